"""darkships.toml to a frozen configuration; every error is told at once."""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from darkships.errors import ConfigError
from darkships.urls import Url, is_url


@dataclass(frozen=True)
class FeedConfig:
    """One set of input files: paths, patterns and URLs."""

    paths: tuple[Path | Url, ...]
    format: str = "auto"
    map: tuple[tuple[str, str], ...] = ()
    receiver: str = "unknown"


@dataclass(frozen=True)
class Config:
    """Everything a run needs.

    Paths in the file are relative to the file's own folder.
    """

    store: Path
    sites: tuple[str, ...]
    feeds: tuple[FeedConfig, ...]
    out: Path
    label: str = ""
    min_gap_h: float = 6.0
    max_speed_kn: float = 60.0
    min_probability: float = 0.5
    prior_vessel: float = 0.2
    prior_gap: float = 0.5
    path: Path = field(default=Path("darkships.toml"))


_NUMBERS = {
    "min_gap_h": (0.1, 24.0 * 366),
    "max_speed_kn": (1.0, 200.0),
    "min_probability": (0.0, 1.0),
    "prior_vessel": (0.0001, 0.9999),
    "prior_gap": (0.0001, 0.9999),
}
_KNOWN = {f.name for f in fields(Config)} - {"feeds", "path"} | {"feed"}
_FEED_KNOWN = {"paths", "format", "map", "receiver"}


def read_config(path: Path) -> Config:
    """Read and check a configuration file.

    Raises
    ------
    ConfigError
        If the file is missing, is no TOML, or has unknown keys, wrong types or impossible values: all of them at once.

    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); name a darkships.toml with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    problems = _problems(raw)
    if problems:
        raise ConfigError(f"{path} has {len(problems)} problem(s): " + "; ".join(problems))
    base = path.resolve().parent
    feeds = tuple(
        FeedConfig(
            tuple(Url(item) if is_url(item) else base / item for item in feed["paths"]),
            feed.get("format", "auto"),
            tuple(sorted(feed.get("map", {}).items())),
            feed.get("receiver", "unknown"),
        )
        for feed in raw["feed"]
    )
    sites = [raw["sites"]] if isinstance(raw["sites"], str) else raw["sites"]
    plain = {key: raw[key] for key in _KNOWN & raw.keys() - {"feed", "store", "sites", "out"}}
    return Config(
        store=base / raw["store"],
        sites=tuple(_site_source(item, base) for item in sites),
        feeds=feeds,
        out=base / raw["out"],
        path=path,
        **plain,
    )


def _site_source(item: str, base: Path) -> str:
    """Return a shipped list's name as it is, a file relative to the configuration."""
    return str(base / item) if item.endswith((".geojson", ".json")) else item


def _problems(raw: dict[str, Any]) -> list[str]:
    found = [f"unknown key {key!r} (known: {', '.join(sorted(_KNOWN))})" for key in sorted(raw.keys() - _KNOWN)]
    found += [f"{key!r} is missing" for key in ("store", "sites", "out", "feed") if key not in raw]
    found += [f"{key!r} must be text" for key in ("store", "out", "label") if not isinstance(raw.get(key, ""), str)]
    sites = raw.get("sites", "")
    listed = isinstance(sites, list) and sites and all(isinstance(s, str) for s in sites)
    if not isinstance(sites, str) and not listed:
        found.append("'sites' must be text or a list of at least one text")
    for key, (low, high) in _NUMBERS.items():
        value = raw.get(key, low)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            found.append(f"{key!r} is {value!r}, expected a number from {low:g} to {high:g}")
    if "feed" not in raw:
        return found
    feeds = raw["feed"]
    if not isinstance(feeds, list) or not feeds or not all(isinstance(feed, dict) for feed in feeds):
        return [*found, "'feed' must be written as one or more [[feed]] tables"]
    for number, feed in enumerate(feeds, start=1):
        found += _feed_problems(feed, number)
    return found


def _feed_problems(feed: dict[str, Any], number: int) -> list[str]:
    where = f"[[feed]] number {number}"
    found = [f"{where}: unknown key {key!r}" for key in sorted(feed.keys() - _FEED_KNOWN)]
    paths = feed.get("paths")
    if not isinstance(paths, list) or not paths or not all(isinstance(p, str) for p in paths):
        found.append(f"{where}: 'paths' must be a list of files, folders, patterns or URLs")
    found += [
        f"{where}: {key!r} must be text" for key in ("format", "receiver") if not isinstance(feed.get(key, ""), str)
    ]
    columns = feed.get("map", {})
    if not isinstance(columns, dict) or not all(isinstance(v, str) for v in columns.values()):
        found.append(f"{where}: 'map' must be a table of text, such as map = {{mmsi = \"ID\"}}")
    return found
