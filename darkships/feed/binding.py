"""From a header to a dialect and its columns: by format, by the user's map, or by names that leave no doubt."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from darkships.errors import FeedError
from darkships.feed.dialects import (
    ALIASES,
    CANONICAL,
    FORMATS,
    LAST_RESORT,
    REQUIRED,
    UNCLEAR,
    Dialect,
    known_formats,
)

SLASH_FORMS = {"timestamp_dmy": "dmy", "timestamp_mdy": "mdy"}
"""Names for the time column in a map that also say how its dates with slashes are ordered."""


class Binding(NamedTuple):
    """A dialect bound to one header: our names to column numbers, and what to tell the user."""

    dialect: Dialect
    header: tuple[str, ...]
    columns: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return the mapping as one line of text."""
        return ", ".join(f"{name}={self.header[index]}" for name, index in self.columns.items())


def recognise(header: Sequence[str], where: str) -> Binding:
    """Find the format a header belongs to.

    Raises
    ------
    FeedError
        When it is none, with the header found and what is missing.

    """
    folded = {fold_name(name) for name in header}
    for dialect in FORMATS:
        wanted = {fold_name(dialect.columns[name]) for name in REQUIRED} | {fold_name(mark) for mark in dialect.marks}
        if not dialect.names and wanted <= folded:
            return bind(dialect, header, where)
    return _bind_aliases(header, where)


def bind(dialect: Dialect, header: Sequence[str], where: str) -> Binding:
    """Find a dialect's columns in a header, by name.

    Raises
    ------
    FeedError
        When a column that no report can do without is missing, or a name stands twice.

    """
    columns = {}
    for name, source in dialect.columns.items():
        places = _places((fold_name(source),), header)
        if len(places) > 1:
            raise FeedError(f"{where}: column {source!r} of format {dialect.name} stands {len(places)} times; keep one")
        if places:
            columns[name] = places[0]
        elif name in REQUIRED:
            raise FeedError(
                f"{where}: column {source!r} ({name}) of format {dialect.name} is missing. "
                f"Found: {show_header(header)}. Add the column, or name the columns with --map"
            )
    return Binding(dialect, tuple(header), columns)


def bind_map(column_map: Mapping[str, str], header: Sequence[str], where: str) -> Binding:
    """Bind the columns that the user named.

    Raises
    ------
    FeedError
        When a name of ours is unknown, a required one is not given, or a column is not in the header.

    """
    form = next((SLASH_FORMS[key] for key in column_map if key in SLASH_FORMS), "auto")
    sources = {("timestamp" if key in SLASH_FORMS else key): source for key, source in column_map.items()}
    unknown = sorted(set(sources) - set(CANONICAL))
    if unknown:
        raise FeedError(f"--map names {', '.join(unknown)}; expected {', '.join((*CANONICAL, *SLASH_FORMS))}")
    absent = [name for name in REQUIRED if name not in sources]
    if absent:
        raise FeedError(f"{where}: --map does not name {', '.join(absent)}; found: {show_header(header)}")
    columns = {}
    for name, source in sources.items():
        places = [i for i, column in enumerate(header) if column == source] or _places((fold_name(source),), header)
        if len(places) != 1:
            what = "is not there" if not places else f"stands {len(places)} times"
            raise FeedError(f"{where}: column {source!r}, named by --map, {what}; found: {show_header(header)}")
        columns[name] = places[0]
    return Binding(Dialect("mapped", "mapped by the user", sources, time_form=form), tuple(header), columns)


def show_header(header: Sequence[str]) -> str:
    """Return a header as text for a message, not longer than a few lines."""
    return repr(",".join(header)[:400])


def fold_name(name: str) -> str:
    """Return a column name without case, blanks and punctuation."""
    return "".join(c for c in name.lower() if c.isascii() and c.isalnum())


def _places(folded: Sequence[str], header: Sequence[str]) -> list[int]:
    return [i for i, name in enumerate(header) if fold_name(name) in folded]


def _bind_aliases(header: Sequence[str], where: str) -> Binding:
    """Accept a header of unknown origin when the names of its columns leave no doubt."""
    columns: dict[str, int] = {}
    for name, aliases in ALIASES.items():
        places = _places(aliases, header) or _places((LAST_RESORT.get(name, "-"),), header)
        if len(places) == 1:
            columns[name] = places[0]
        elif len(places) > 1 and name in REQUIRED:
            found = " and ".join(repr(header[i]) for i in places)
            raise FeedError(f"{where}: {found} could each be the {name}; name the columns with --map {name}=COLUMN,...")
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise FeedError(_not_recognised(header, missing, where))
    sources = {name: header[i] for name, i in columns.items()}
    dialect = Dialect("mapped", "recognised by its column names", sources, time_form="auto")
    return Binding(dialect, tuple(header), columns, tuple(_unclear(header, columns)))


def _unclear(header: Sequence[str], columns: Mapping[str, int]) -> list[str]:
    """Name the columns left out because their unit is not clear."""
    notes = []
    for column in header:
        name = UNCLEAR.get(fold_name(column))
        if name is not None and name not in columns:
            unit = "knots" if name == "sog" else "metres"
            notes.append(
                f"column {column!r} is left out, its unit is not clear; if it is {unit}, add it to --map as {name}"
            )
    return notes


def _not_recognised(header: Sequence[str], missing: Sequence[str], where: str) -> str:
    """Say what a header lacks, held against the known format it resembles most."""
    folded = {fold_name(name) for name in header}

    def likeness(dialect: Dialect) -> float:
        return sum(fold_name(source) in folded for source in dialect.columns.values()) / len(dialect.columns)

    nearest = max((d for d in FORMATS if not d.names), key=likeness)
    lacks = [repr(nearest.columns[name]) for name in REQUIRED if fold_name(nearest.columns[name]) not in folded]
    hint = f" It resembles {nearest.name}, without its column {', '.join(lacks)}." if likeness(nearest) >= 0.7 else ""
    return (
        f"{where}: format not recognised, no column for {', '.join(missing)}. "
        f"Header found: {show_header(header)}.{hint} "
        f"Known formats: {', '.join(name for name, _, _ in known_formats())}. "
        f"Name the columns with --map {','.join(f'{name}=COLUMN' for name in REQUIRED)}"
    )
