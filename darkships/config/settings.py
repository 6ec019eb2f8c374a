"""What a darkships.toml can say: the frozen dataclasses are its documentation and its check."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic.dataclasses import dataclass

from darkships.config.alerting import TARGETS, ListConfig, Rule, Target
from darkships.config.fields import STRICT, Count, FilePath, Number, Text, beside
from darkships.units import memory_size
from darkships.urls import Url, is_url


def _feed_path(value: Any, info: ValidationInfo) -> Any:
    """Return a path, a pattern or a URL."""
    if isinstance(value, Url):
        return value
    return Url(value) if isinstance(value, str) and is_url(value) else beside(value, info)


def _store_folder(value: Any, info: ValidationInfo) -> Any:
    """Return the folder into which feeds are taken in."""
    if isinstance(value, str) and is_url(value):
        raise ValueError(
            "expected a folder: at a URL a store can only be read (darkships store publish copies one there)"
        )
    return beside(value, info)


def _site_source(value: Any, info: ValidationInfo) -> Any:
    """Return a shipped list's name as it is, a file relative to the configuration."""
    is_file = isinstance(value, str) and value.endswith((".geojson", ".json"))
    return str(beside(value, info)) if is_file else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _pairs(value: Any) -> Any:
    if not isinstance(value, dict | tuple):
        raise ValueError('expected a table of text, such as {mmsi = "ID"}')  # noqa: TRY004  pydantic takes ValueError
    return tuple(sorted(value.items())) if isinstance(value, dict) else value


def _format(text: str) -> str:
    from darkships.feed.dialects import known_formats  # brings all readers, and few configurations name a format

    known = ["auto", *(name for name, _, _ in known_formats())]
    if text not in known:
        raise ValueError(f"expected one of {', '.join(known)} (darkships formats tells of each)")
    return text


def _receiver(text: str) -> str:
    from darkships.schema import RECEIVERS  # brings pandas

    if text not in RECEIVERS:
        raise ValueError(f"expected one of {', '.join(RECEIVERS)}")
    return text


Share = Annotated[Number, Field(gt=0.0, lt=1.0)]


@dataclass(frozen=True, config=STRICT)
class FeedConfig:
    """One set of input files: paths, patterns and URLs."""

    paths: Annotated[tuple[Annotated[Path | Url, BeforeValidator(_feed_path)], ...], Field(min_length=1)]
    format: Annotated[Text, AfterValidator(_format)] = "auto"
    map: Annotated[tuple[tuple[Text, Text], ...], BeforeValidator(_pairs)] = ()
    receiver: Annotated[Text, AfterValidator(_receiver)] = "unknown"


def _bytes(value: Any) -> Any:
    return memory_size(value) if isinstance(value, str) else value


@dataclass(frozen=True, config=STRICT)
class EngineConfig:
    """Where an analysis runs; what comes out does not depend on it."""

    memory: Annotated[Count, BeforeValidator(_bytes)] = 2**30
    """For reports, in bytes; the file says it as 800MB or 1.5GiB."""
    workers: Annotated[Count, Field(ge=1)] | None = None
    """Processes to start instead of threads."""
    scheduler: Text | None = None
    """Address of a Dask scheduler."""


@dataclass(frozen=True, config=STRICT)
class Config:
    """Everything a run needs.

    Paths in the file are relative to the file's own folder.
    """

    store: Annotated[Path, BeforeValidator(_store_folder)]
    sites: Annotated[
        tuple[Annotated[Text, BeforeValidator(_site_source)], ...], BeforeValidator(_listed), Field(min_length=1)
    ]
    feeds: Annotated[tuple[FeedConfig, ...], Field(alias="feed", min_length=1)]
    out: FilePath
    lists: Annotated[tuple[ListConfig, ...], Field(alias="list")] = ()
    rules: Annotated[tuple[Rule, ...], Field(alias="rule")] = ()
    targets: Annotated[tuple[Target, ...], Field(alias="target")] = ()
    engine: EngineConfig = EngineConfig()
    label: Text = ""
    min_gap_h: Annotated[Number, Field(ge=0.1, le=24.0 * 366)] = 6.0
    max_speed_kn: Annotated[Number, Field(ge=1.0, le=200.0)] = 60.0
    min_probability: Annotated[Number, Field(ge=0.0, le=1.0)] = 0.5
    prior_vessel: Share = 0.2
    prior_gap: Share = 0.5
    model: FilePath | None = None
    """Weights of evidence that darkships calibrate wrote; None: the shipped ones."""
    max_run_age_h: Annotated[Number, Field(gt=0.0)] = 26.0
    """A last good run that is older is a fault (darkships doctor)."""
    max_feed_lag_h: Annotated[Number, Field(gt=0.0)] = 24.0
    """A feed that is quiet for longer is a fault."""
    keep_positions_days: Annotated[Count | None, Field(ge=1)] = None
    """Reports of older dates go; what they told of silences and calls stays."""
    keep_outputs: Annotated[Count, Field(ge=1)] = 30
    """Folders of outputs that stay, the latest included."""

    @property
    def alert_rules(self) -> tuple[Rule, ...]:
        """What is told: what the rules say; without any, all that is of at least ``min_probability``."""
        return self.rules or (Rule(min_probability=self.min_probability),)


TABLES: dict[str, tuple[type, ...]] = {
    "feed": (FeedConfig,),
    "list": (ListConfig,),
    "rule": (Rule,),
    "target": tuple(TARGETS.values()),
}
"""What is written as [[name]], in the configuration its plural, and what it can be."""

SECTIONS: dict[str, tuple[type, ...]] = {"engine": (EngineConfig,)}
"""What is written as [name]."""
