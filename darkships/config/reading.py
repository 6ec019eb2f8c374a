"""A darkships.toml read and checked as a whole."""

import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from darkships.config.alerting import AppriseTarget, ListConfig, Rule, SmtpTarget, WebhookTarget
from darkships.config.lines import Place, lines_of
from darkships.config.settings import Config, EngineConfig, FeedConfig
from darkships.errors import ConfigError

_TABLES = {
    "feed": (FeedConfig,),
    "list": (ListConfig,),
    "rule": (Rule,),
    "target": (SmtpTarget, WebhookTarget, AppriseTarget),
}
"""What is written as [[name]], in the configuration its plural, and what it can be."""

_SECTIONS = {"engine": (EngineConfig,)}
"""What is written as [name]."""

_MOST_SIGNS = 60


def read_config(path: Path) -> Config:
    """Read and check a configuration file.

    Raises
    ------
    ConfigError
        If the file is missing, is no TOML, or has unknown keys, wrong types or impossible values: all of them at once,
        each with its line.

    """
    try:
        text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
        raw = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); name a darkships.toml with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    try:
        checked = TypeAdapter(Config)
        return checked.validate_python(raw, context={"base": path.resolve().parent}, by_alias=True, by_name=False)
    except ValidationError as error:
        found = sorted(_problems(error, raw, lines_of(text)))
    told = (f"line {line}: {what}" if line else what for line, what in found)
    raise ConfigError("\n  ".join([f"{path} has {len(found)} problem(s):", *told]))


def _problems(error: ValidationError, raw: dict[str, Any], lines: dict[Place, int]) -> Iterator[tuple[int, str]]:
    """Yield each problem with its line, 0 where there is none."""
    details = error.errors()
    for detail in details:
        place, value = _found_at(raw, detail["loc"])
        inner = [other for other in details if other["loc"][: len(detail["loc"])] == detail["loc"]]
        if detail["type"] == "too_short" and len(inner) > 1:
            continue  # its items were refused, each with a problem of its own
        yield lines.get(place, 0), _sentence(detail, place, value)


def _found_at(raw: Any, loc: Place) -> tuple[Place, Any]:
    """Return as much of a place as is in the file, and what stands there."""
    place: Place = ()
    for key in loc:
        known = raw.keys() if isinstance(raw, dict) else range(len(raw)) if isinstance(raw, list) else ()
        if key in known:
            place, raw = (*place, key), raw[key]
    return place, raw


def _sentence(detail: Any, place: Place, value: Any) -> str:
    """Say what was found and what was expected."""
    kind, name = detail["type"], str(detail["loc"][-1] if detail["loc"] else "")
    if kind == "missing":
        return f"{_where(place)}{name!r} is missing"
    if kind == "unexpected_keyword_argument":
        sections = (_TABLES | _SECTIONS).get(str(place[0]), (Config,)) if len(place) > 1 else (Config,)
        known = {field.name for section in sections for field in fields(section)}
        return f"{_where(place[:-1])}unknown key {name!r} (known: {', '.join(sorted(map(_written, known)))})"
    if kind == "dataclass_type" and place[0] in _SECTIONS:
        return f"{place[0]!r} must be written as a table [{place[0]}]"
    if kind == "dataclass_type" or place in {(table,) for table in _TABLES}:
        return f"{place[0]!r} must be written as one or more [[{place[0]}]] tables"
    if kind.startswith("union_tag") or (kind == "value_error" and isinstance(value, dict)):
        return _where(place) + detail["msg"].removeprefix("Value error, ")
    shown = repr(value) if len(repr(value)) <= _MOST_SIGNS else repr(value)[:_MOST_SIGNS] + "..."
    expected = detail["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    expected = (
        expected.replace("valid tuple", "list").replace("a valid string", "text").replace("valid number", "number")
    )
    expected = expected.replace("Tuple should have", "expected").replace("Value should have", "expected")
    return f"{_where(place)}found {shown}, {expected.replace(' after validation, not 0', '')}"


def _written(name: str) -> str:
    return next((table for table in _TABLES if name == f"{table}s"), name)


def _where(place: Place) -> str:
    """Return a place as one reads it in the file."""
    if not place:
        return ""
    table = f"[[{place[0]}]] number {int(place[1]) + 1}: " if len(place) > 1 and place[0] in _TABLES else ""
    keys = place[2:] if table else place
    inside = ", ".join(f"item {key + 1}" if isinstance(key, int) else key for key in keys)
    return f"{table}{inside}: " if inside else table
