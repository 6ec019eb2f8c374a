"""A darkships.toml as far as it is right, for the checks that look at more than one value."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from darkships.config.alerting import TARGETS, AnyTarget
from darkships.config.lines import Place, lines_of
from darkships.config.settings import SECTIONS, TABLES, Config
from darkships.errors import ConfigError


class Fault(NamedTuple):
    """Something that is wrong."""

    place: Place
    """What in the file is at fault; empty where nothing in it is."""
    what: str


class Table(NamedTuple):
    """One [[name]] of a file."""

    place: Place
    raw: Mapping[str, Any]
    """All that it says."""
    sound: Mapping[str, Any]
    """The values that are right on their own."""


@dataclass(frozen=True)
class Draft:
    """What a file says, right or wrong."""

    path: Path
    text: str
    raw: Mapping[str, Any]

    @property
    def base(self) -> Path:
        """Folder that paths in the file are relative to."""
        return self.path.resolve().parent

    @property
    def sound(self) -> dict[str, Any]:
        """The values outside of all tables that are right on their own."""
        return self._sound(Config, {name: value for name, value in self.raw.items() if name not in SECTIONS})

    def section(self, name: str) -> Table:
        """Return a [name], empty if there is none."""
        raw = self.raw.get(name)
        raw = raw if isinstance(raw, dict) else {}
        return Table((name,), raw, self._sound(SECTIONS[name][0], raw))

    def tables(self, name: str) -> Iterator[Table]:
        """Yield each [[name]]."""
        tables = self.raw.get(name)
        for number, raw in enumerate(tables if isinstance(tables, list) else []):
            if isinstance(raw, dict):
                kind = TABLES[name][0] if name != "target" else TARGETS.get(str(raw.get("kind")), AnyTarget)
                yield Table((name, number), raw, self._sound(kind, raw))

    def error(self, faults: Iterable[Fault]) -> ConfigError:
        """Return one error that tells of all faults, by line."""
        lines = lines_of(self.text)
        found = sorted((lines.get(place, 0), what) for place, what in faults)
        told = (f"line {line}: {what}" if line else what for line, what in found)
        return ConfigError("\n  ".join([f"{self.path} has {len(found)} problem(s):", *told]))

    def _sound(self, kind: type, raw: Mapping[str, Any]) -> dict[str, Any]:
        hints, found = get_type_hints(kind, include_extras=True), {}
        for name in raw.keys() & hints.keys():
            check = TypeAdapter[Any](hints[name], config=ConfigDict(arbitrary_types_allowed=True))
            try:
                found[name] = check.validate_python(raw[name], context={"base": self.base})
            except ValidationError:  # told where the file is checked as a whole
                continue
        return found
