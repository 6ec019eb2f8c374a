"""What is wrong with a value, in words: what was found, what was expected."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from pydantic import ValidationError

from darkships.config.alerting import TARGETS
from darkships.config.draft import Fault
from darkships.config.lines import Place
from darkships.config.settings import SECTIONS, TABLES, Config
from darkships.urls import is_url, without_secrets

_MOST_SIGNS = 60


def faults_in(error: ValidationError, raw: Mapping[str, Any], base: Place = ()) -> Iterator[Fault]:
    """Yield what pydantic found in what a file says, or in what stands at a place of it."""
    details = error.errors()
    for detail in details:
        place, value = _found_at(raw, (*base, *detail["loc"]))
        inner = [other for other in details if other["loc"][: len(detail["loc"])] == detail["loc"]]
        if detail["type"] == "too_short" and len(inner) > 1:
            continue  # its items were refused, each with a problem of its own
        if detail["type"] == "union_tag_invalid":
            place, value = (*place, "kind"), value["kind"]
        yield Fault(place, _sentence(detail, place, value))


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
    if kind == "union_tag_not_found":
        kind, name = "missing", "kind"
    if kind == "missing":
        return f"{where(place)}{name!r} is missing"
    if kind == "unexpected_keyword_argument":
        sections = (TABLES | SECTIONS).get(str(place[0]), (Config,)) if len(place) > 1 else (Config,)
        known = {field.name for section in sections for field in fields(section)}
        return f"{where(place[:-1])}unknown key {name!r} (known: {', '.join(sorted(map(_written, known)))})"
    if kind == "dataclass_type" and place[0] in SECTIONS:
        return f"{place[0]!r} must be written as a table [{place[0]}]"
    if kind in {"dataclass_type", "model_attributes_type"} or place in {(table,) for table in TABLES}:
        return f"{place[0]!r} must be written as one or more [[{place[0]}]] tables"
    if isinstance(value, str) and is_url(value):
        value = without_secrets(value)
    shown = repr(value) if len(repr(value)) <= _MOST_SIGNS else repr(value)[:_MOST_SIGNS] + "..."
    return f"{where(place)}found {shown}, {_expected(detail)}"


def _expected(detail: Any) -> str:
    """Say in our words what pydantic expected."""
    if detail["type"] == "union_tag_invalid":
        return f"expected one of {', '.join(TARGETS)}"
    expected = detail["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    expected = (
        expected.replace("valid tuple", "list").replace("a valid string", "text").replace("valid number", "number")
    )
    expected = expected.replace("Tuple should have", "expected").replace("Value should have", "expected")
    return expected.replace(" after validation, not 0", "")


def _written(name: str) -> str:
    return next((table for table in TABLES if name == f"{table}s"), name)


def where(place: Place) -> str:
    """Return a place as one reads it in the file."""
    if not place:
        return ""
    table = f"[[{place[0]}]] number {int(place[1]) + 1}: " if len(place) > 1 and place[0] in TABLES else ""
    keys = place[2:] if table else place
    inside = ", ".join(f"item {key + 1}" if isinstance(key, int) else key for key in keys)
    return f"{table}{inside}: " if inside else table
