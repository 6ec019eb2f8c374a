"""From a header to a dialect and its columns: by format, by the user's map, or by names that leave no doubt."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from darkships.errors import FeedError
from darkships.feed.dialects import (
    ALIASES,
    CANONICAL,
    FOREIGN,
    FORMATS,
    LAST_RESORT,
    REQUIRED,
    UNCLEAR,
    UNITS,
    Dialect,
    find_dialect,
    known_formats,
)

SLASH_FORMS = {"timestamp_dmy": "dmy", "timestamp_mdy": "mdy"}
"""Names for the time column in a map that also say how its dates with slashes are ordered."""

DECIMALS = {"comma": ",", "point": "."}
"""What "decimal" can be in a map."""

SWITCHES = ", ".join((*SLASH_FORMS, *UNITS, "decimal=comma"))

_SPEED_HINT = "knots: sog, metres a second: sog_ms, km/h: sog_kmh, tenths of a knot: sog_kn10"
_DRAUGHT_HINT = "metres: draught_m, decimetres: draught_dm"


class Header(NamedTuple):
    """The names that a stream's rows have, and what its first row holds."""

    names: tuple[str, ...]
    first: Mapping[str, str] = {}
    """Values of the first row as text; those that are not known are missing."""
    inner: tuple[str, ...] = ()
    """JSON paths that lead to objects."""
    is_json: bool = False
    """Rows need not have the same names."""

    def folded(self) -> set[str]:
        """Return all names without case, blanks and punctuation."""
        return {fold_name(name) for name in (*self.names, *self.inner)}


class Binding(NamedTuple):
    """A dialect bound to one header: our names to column numbers, and what to tell the user."""

    dialect: Dialect
    header: tuple[str, ...]
    columns: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def with_times(self, form: str) -> "Binding":
        """Return it with the order of its dates decided."""
        return self._replace(dialect=replace(self.dialect, time_form=form))

    def describe(self) -> str:
        """Return the mapping as one line of text."""
        return ", ".join(f"{name}={self.header[index]}" for name, index in self.columns.items())


def choose(header: Header, where: str, format_: str, column_map: Mapping[str, str] | None) -> Binding:
    """Bind a header by the user's map, by the format the user named, or by what it is.

    Raises
    ------
    FeedError
        When the format is not known, or the header is not what it should be.

    """
    if column_map:
        return bind_map(column_map, header, where)
    dialect = find_dialect(format_)
    if dialect is not None:
        return bind(dialect, header, where)
    if format_ not in {"auto", "mapped"}:
        raise FeedError(
            f"format {format_!r} is not known; expected auto or {', '.join(n for n, _, _ in known_formats())}"
        )
    return recognise(header, where)


def recognise(header: Header, where: str) -> Binding:
    """Find the format a header belongs to.

    Raises
    ------
    FeedError
        When it is none, with the header found and what is missing; or when it is one of several that differ in units.

    """
    folded, doubtful = header.folded(), []
    for dialect in FORMATS:
        if dialect.names or not _has_marks(dialect, header, folded):
            continue
        binding = bind(dialect, header, where)
        if _fits(binding, header):
            return binding
        doubtful.append(dialect.name)
    if len(doubtful) > 1:
        raise FeedError(
            f"{where} has the columns of {' and of '.join(doubtful)}, which differ in units, and its first row does "
            f"not show which it is; say so with --format. First row: {', '.join(header.first.values())[:200]!r}"
        )
    refuse_foreign(folded, where)
    return _bind_aliases(header, where)


def refuse_foreign(folded: Iterable[str], where: str) -> None:
    """Refuse what is known to be no feed.

    Raises
    ------
    FeedError
        With what it is and where it belongs.

    """
    names = set(folded)
    for foreign in FOREIGN:
        if {fold_name(mark) for mark in foreign.marks} <= names and foreign.unless not in names:
            raise FeedError(f"{where} is no AIS feed: {foreign.what}")


def bind(dialect: Dialect, header: Header, where: str) -> Binding:
    """Find a dialect's columns in a header, by name.

    Raises
    ------
    FeedError
        When a column that no report can do without is missing, or a name stands twice.

    """
    if header.is_json:
        return _bind_paths(dialect, header, where)
    columns = {}
    for name, source in dialect.columns.items():
        places: list[int] = []
        for choice in source.split("|"):
            places = places or _places((fold_name(choice),), header.names)
        if len(places) > 1:
            raise FeedError(f"{where}: column {source!r} of format {dialect.name} stands {len(places)} times; keep one")
        if places:
            columns[name] = places[0]
        elif name in dialect.required:
            raise FeedError(
                f"{where}: column {source!r} ({name}) of format {dialect.name} is missing. "
                f"Found: {show_header(header)}. Add the column, or name the columns with --map"
            )
    return Binding(dialect, header.names, columns, (dialect.note,) if dialect.note else ())


def bind_map(column_map: Mapping[str, str], header: Header, where: str) -> Binding:
    """Bind the columns that the user named.

    Raises
    ------
    FeedError
        When a name of ours is unknown or given twice, a required one is missing, or a column is not in the header.

    """
    for _, fault in faults_of_map(column_map):
        raise FeedError(f"{where}: --map {fault}; found: {show_header(header)}")
    form = next((SLASH_FORMS[key] for key in column_map if key in SLASH_FORMS), "auto")
    sources = {_ours(key): source for key, source in column_map.items() if key != "decimal"}
    divisors = {UNITS[key][0]: UNITS[key][1] for key in column_map if key in UNITS}
    columns = {}
    for name, source in sources.items():
        places = [i for i, column in enumerate(header.names) if column == source]
        places = places or _places((fold_name(source),), header.names)
        if len(places) != 1 and not (header.is_json and name not in REQUIRED):
            what = "is not there" if not places else f"stands {len(places)} times"
            raise FeedError(f"{where}: column {source!r}, named by --map, {what}; found: {show_header(header)}")
        columns[name] = header.names[places[0]] if places else source
    decimal = DECIMALS[column_map.get("decimal", "point")]
    dialect = Dialect("mapped", "mapped by the user", columns, form, decimal=decimal, divisors=divisors)
    return _bound(dialect, header)


def faults_of_map(column_map: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what makes a map of no use for any file: the name that is wrong, empty if one is missing, and why."""
    sources: dict[str, str] = {}
    for key, source in column_map.items():
        name = _ours(key)
        if key == "decimal":
            if source not in DECIMALS:
                yield key, f"says decimal={source}; expected decimal=comma or decimal=point"
        elif name not in CANONICAL:
            yield key, f"names {key}; expected {', '.join(CANONICAL)}, {SWITCHES}"
        elif name in sources:
            yield key, f"names {name} twice ({sources[name]!r} and {source!r}); keep one"
        else:
            sources[name] = source
    absent = [name for name in REQUIRED if name not in sources]
    if absent:
        yield "", f"does not name {', '.join(absent)}; expected a column for each"


def show_header(header: Header) -> str:
    """Return a header as text for a message, not longer than a few lines."""
    return repr(",".join(header.names)[:400])


def fold_name(name: str) -> str:
    """Return a column name without case, blanks and punctuation."""
    return "".join(c for c in name.lower() if c.isascii() and c.isalnum())


def _ours(key: str) -> str:
    """Return the column of ours that a name in a map stands for."""
    return "timestamp" if key in SLASH_FORMS else UNITS[key][0] if key in UNITS else key


def _bound(dialect: Dialect, header: Header, notes: Sequence[str] = ()) -> Binding:
    """Bind a dialect whose columns are names of the header as they stand there (JSON: also others)."""
    names = header.names if not header.is_json else tuple(dict.fromkeys(dialect.columns.values()))
    columns = {name: names.index(source) for name, source in dialect.columns.items()}
    return Binding(dialect, names, columns, tuple(notes))


def _bind_paths(dialect: Dialect, header: Header, where: str) -> Binding:
    """Bind JSON paths: as the first rows write them where they are there, as declared where not."""
    folded = header.folded()
    for name in REQUIRED[:2]:
        if not _present(dialect.columns[name], folded):
            raise FeedError(
                f"{where}: {dialect.columns[name]!r} ({name}) of format {dialect.name} is missing. "
                f"Found: {show_header(header)}. Name the fields with --map"
            )
    written = {fold_name(name): name for name in header.names}
    sources = {
        name: "|".join(written.get(fold_name(c), c) if c[0] != "^" and "*" not in c else c for c in source.split("|"))
        for name, source in dialect.columns.items()
    }
    names = tuple(sources.values())
    return Binding(dialect, names, {name: i for i, name in enumerate(sources)}, (dialect.note,) if dialect.note else ())


def _has_marks(dialect: Dialect, header: Header, folded: set[str]) -> bool:
    required = dialect.required[:2] if header.is_json and dialect.marks else dialect.required
    wanted = [dialect.columns[name] for name in required]
    return all(_present(source, folded) for source in (*wanted, *dialect.marks))


def _present(source: str, folded: set[str]) -> bool:
    return any(fold_name(choice) in folded for choice in source.split("|"))


def _fits(binding: Binding, header: Header) -> bool:
    """Tell whether the first row has the shapes of the dialect; a file without rows has any."""
    if not header.first:
        return not binding.dialect.shapes
    for name, pattern in binding.dialect.shapes.items():
        source = binding.header[binding.columns[name]] if name in binding.columns else ""
        value = next((header.first[choice] for choice in source.split("|") if choice in header.first), "")
        if re.fullmatch(pattern, value.strip(), re.ASCII) is None:
            return False
    return True


def _places(folded: Sequence[str], names: Sequence[str]) -> list[int]:
    return [i for i, name in enumerate(names) if fold_name(name) in folded]


def _bind_aliases(header: Header, where: str) -> Binding:
    """Accept a header of unknown origin when the names of its columns leave no doubt."""
    names = header.names
    leaves = [name.rpartition(".")[2] for name in names] if header.is_json else []
    sources: dict[str, str] = {}
    for name, aliases in ALIASES.items():
        places = _places(aliases, names) or _places(aliases, leaves)
        for resort in LAST_RESORT.get(name, ()):
            places = places or _places((resort,), names)
        if len(places) == 1:
            sources[name] = names[places[0]]
        elif len(places) > 1 and name in REQUIRED:
            found = " and ".join(repr(names[i]) for i in places)
            raise FeedError(f"{where}: {found} could each be the {name}; name the columns with --map {name}=COLUMN,...")
    missing = [name for name in REQUIRED if name not in sources]
    if missing:
        raise FeedError(_not_recognised(header, missing, where))
    dialect = Dialect("mapped", "recognised by its column names", sources, time_form="auto")
    return _bound(dialect, header, _unclear(header, sources))


def _unclear(header: Header, known: Iterable[str]) -> list[str]:
    """Name the columns left out because their unit is not clear."""
    notes = []
    for column in header.names:
        leaf = column.rpartition(".")[2] if header.is_json else column
        name = UNCLEAR.get(fold_name(leaf))
        if name is not None and name not in known:
            hint = _SPEED_HINT if name == "sog" else _DRAUGHT_HINT
            notes.append(
                f"column {column!r} is left out, its unit is not clear; add it to --map under its unit ({hint})"
            )
    return notes


def _not_recognised(header: Header, missing: Sequence[str], where: str) -> str:
    """Say what a header lacks, held against the known format it resembles most."""
    folded = header.folded()

    def likeness(dialect: Dialect) -> float:
        return sum(_present(source, folded) for source in dialect.columns.values()) / len(dialect.columns)

    nearest = max((d for d in FORMATS if not d.names), key=likeness)
    lacks = [repr(nearest.columns[n]) for n in nearest.required if not _present(nearest.columns[n], folded)]
    hint = f" It resembles {nearest.name}, without its column {', '.join(lacks)}." if likeness(nearest) >= 0.7 else ""
    return (
        f"{where}: format not recognised, no column for {', '.join(missing)}. "
        f"Header found: {show_header(header)}.{hint} "
        f"Known formats: {', '.join(name for name, _, _ in known_formats())}. "
        f"Name the columns with --map {','.join(f'{name}=COLUMN' for name in REQUIRED)}"
    )
