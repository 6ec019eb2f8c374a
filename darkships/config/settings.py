"""What a darkships.toml can say: the frozen dataclasses are its documentation and its check."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic.dataclasses import dataclass

from darkships.urls import Url, is_url

STRICT = ConfigDict(
    extra="forbid",
    arbitrary_types_allowed=True,
    validate_by_name=True,
    validate_by_alias=True,
    hide_input_in_errors=True,
)


def _beside(value: Any, info: ValidationInfo) -> Any:
    """Return a path that is relative to the folder of the configuration."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError("expected the text of a path")
    return (info.context or {}).get("base", Path()) / value


def _feed_path(value: Any, info: ValidationInfo) -> Any:
    """Return a path, a pattern or a URL."""
    if isinstance(value, Url):
        return value
    return Url(value) if isinstance(value, str) and is_url(value) else _beside(value, info)


def _site_source(value: Any, info: ValidationInfo) -> Any:
    """Return a shipped list's name as it is, a file relative to the configuration."""
    is_file = isinstance(value, str) and value.endswith((".geojson", ".json"))
    return str(_beside(value, info)) if is_file else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _pairs(value: Any) -> Any:
    if not isinstance(value, dict | tuple):
        raise ValueError('expected a table of text, such as {mmsi = "ID"}')  # noqa: TRY004  pydantic takes ValueError
    return tuple(sorted(value.items())) if isinstance(value, dict) else value


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True)]
Text = Annotated[str, Field(strict=True)]
FilePath = Annotated[Path, BeforeValidator(_beside)]
Share = Annotated[Number, Field(gt=0.0, lt=1.0)]


@dataclass(frozen=True, config=STRICT)
class FeedConfig:
    """One set of input files: paths, patterns and URLs."""

    paths: Annotated[tuple[Annotated[Path | Url, BeforeValidator(_feed_path)], ...], Field(min_length=1)]
    format: Text = "auto"
    map: Annotated[tuple[tuple[Text, Text], ...], BeforeValidator(_pairs)] = ()
    receiver: Text = "unknown"


@dataclass(frozen=True, config=STRICT)
class Config:
    """Everything a run needs.

    Paths in the file are relative to the file's own folder.
    """

    store: FilePath
    sites: Annotated[
        tuple[Annotated[Text, BeforeValidator(_site_source)], ...], BeforeValidator(_listed), Field(min_length=1)
    ]
    feeds: Annotated[tuple[FeedConfig, ...], Field(alias="feed", min_length=1)]
    out: FilePath
    label: Text = ""
    min_gap_h: Annotated[Number, Field(ge=0.1, le=24.0 * 366)] = 6.0
    max_speed_kn: Annotated[Number, Field(ge=1.0, le=200.0)] = 60.0
    min_probability: Annotated[Number, Field(ge=0.0, le=1.0)] = 0.5
    prior_vessel: Share = 0.2
    prior_gap: Share = 0.5
    max_run_age_h: Annotated[Number, Field(gt=0.0)] = 26.0
    """A last good run that is older is a fault (darkships doctor)."""
    max_feed_lag_h: Annotated[Number, Field(gt=0.0)] = 24.0
    """A feed that is quiet for longer is a fault."""
    keep_outputs: Annotated[Count, Field(ge=1)] = 30
    """Folders of outputs that stay, the latest included."""
