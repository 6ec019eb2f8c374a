"""Keeping a store tidy and sound: what is in it, compaction, vacuum."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from darkships.errors import StoreError
from darkships.kernels import Array
from darkships.kernels.identity import ship_mmsis
from darkships.positions.arrays import values
from darkships.positions.catalog import Catalog, replace_parts
from darkships.positions.commits import publish
from darkships.positions.gathering import gather
from darkships.positions.kept import FOLDER
from darkships.positions.listing import Listing, parts_of
from darkships.positions.parts import KINDS, SMALL, Part, Staging, files, read_part
from darkships.positions.reading import Query, find_pieces, in_threads
from darkships.positions.statics import sort_statics
from darkships.remote import Place
from darkships.schema import POSITIONS

MAX_PART_ROWS = 4_000_000
"""A date with more rows is cut between vessels, so that a part fits comfortably in memory."""


_COUNTED = ("sources", "parts", "positions", "expired", "contacts", "statics", "ships", "dates", "bytes", "duplicates")


@dataclass(frozen=True)
class StoreInfo:
    """What is in a store."""

    version: int
    label: str
    sources: int
    parts: int
    positions: int
    expired: int
    """Positions that were let go."""
    contacts: int
    statics: int
    ships: int
    dates: int
    first_date: str
    last_date: str
    bytes: int
    duplicates: int
    quarantined: dict[str, int]
    skipped: dict[str, int]

    def rows(self) -> list[tuple[str, str]]:
        """Return what to show a user, name by name."""
        shown = [("version", str(self.version)), ("label", self.label or "real data")]
        shown += [(name, f"{getattr(self, name):,}") for name in _COUNTED]
        shown += [("first_date", self.first_date), ("last_date", self.last_date)]
        shown += [(f"quarantined: {reason}", f"{n:,}") for reason, n in sorted(self.quarantined.items())]
        return shown + [(f"skipped: {reason}", f"{n:,}") for reason, n in sorted(self.skipped.items())]


def describe(root: Place, catalog: Listing) -> StoreInfo:
    """Return what is in a store; positions and statics are counted before what files have in common is merged."""
    with catalog.reading() as connection:
        listed = {kind: parts_of(connection, kind) for kind in KINDS}
        totals = "COUNT(*), COALESCE(SUM(contacts), 0), COALESCE(SUM(duplicates), 0)"
        sources, contacts, duplicates = connection.execute(f"SELECT {totals} FROM sources").fetchone()
        reasons = [json.loads(row[0]) for row in connection.execute("SELECT reasons FROM sources")]
    everything = [part for parts in listed.values() for part in parts]
    dates = sorted({part.date or "" for part in listed["positions"]})
    mmsi = np.unique(np.concatenate([np.empty(0, np.int32), *in_threads(_vessels(root), listed["positions"])]))
    return StoreInfo(
        version=int(catalog.meta("version")),
        label=catalog.meta("label"),
        sources=sources,
        parts=len(everything),
        positions=sum(part.rows for part in listed["positions"]),
        expired=sum(part.rows for part in catalog.expired()),
        contacts=contacts,
        statics=sum(part.rows for part in listed["statics"]),
        ships=int(ship_mmsis(mmsi).sum()),
        dates=len(dates),
        first_date=dates[0] if dates else "",
        last_date=dates[-1] if dates else "",
        bytes=sum(part.bytes for part in everything),
        duplicates=duplicates,
        quarantined=_summed(reason["quarantined"] for reason in reasons),
        skipped=_summed(reason["skipped"] for reason in reasons),
    )


def compact(root: Path, catalog: Catalog, max_rows: int = MAX_PART_ROWS) -> int:
    """Rewrite every date that lies in more parts than it needs; one commit; return how many dates."""
    dates, old, names = set(), [], POSITIONS.names
    closed_before = catalog.meta("closed_before")  # what was summed up of earlier dates names their parts
    staging = Staging(root, "compact", SMALL)
    try:
        for date, parts in _by_date(catalog.parts("positions", "date >= ?", (closed_before,))):
            if _is_scattered(parts, max_rows):
                for vessels in _buckets(root, parts, max_rows):
                    table = gather(find_pieces(root, parts, Query(mmsi=vessels), names), names)
                    staging.write(table, "positions", date)
                old += parts
                dates.add(date)
        for date, parts in _by_date(catalog.parts("statics")):
            if len(parts) > 1:
                tables = [read_part(root / part.path) for part in parts]
                staging.write(sort_statics(pa.concat_tables(tables)), "statics", date)
                old += parts
                dates.add(date)
        if old:
            _replace(catalog, staging, old, root)
    finally:
        staging.discard()
    return len(dates)


def vacuum(root: Path, catalog: Catalog) -> int:
    """Remove files that the catalog does not list, and what was summed up; return how many.

    Summaries of reports that have expired stay: they cannot be made again.
    """
    with catalog.alone():
        listed = {root / part.path for kind in KINDS for part in catalog.parts(kind)}
        orphans = [path for path in files(root) if path not in listed]
        try:
            for path in orphans:
                path.unlink()
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()
            if (root / FOLDER).exists() and not catalog.expired():
                orphans += [path for path in (root / FOLDER).rglob("*") if path.is_file()]
                shutil.rmtree(root / FOLDER)  # made again when they are asked for
        except OSError as error:
            raise StoreError(f"{root}: a file that does not count could not be removed ({error})") from error
    return len(orphans)


def _replace(catalog: Catalog, staging: Staging, old: list[Part], root: Path) -> None:
    with catalog.writing() as connection:
        if not replace_parts(connection, old, staging.parts):
            raise StoreError(f"{root} was compacted by another darkships meanwhile; nothing was changed")
        publish(staging)


def _is_scattered(parts: list[Part], max_rows: int) -> bool:
    """Tell whether parts of a date share a range of MMSIs, or two neighbours would fit in one part."""
    parts = sorted(parts, key=lambda part: (part.min_mmsi or 0, part.max_mmsi or 0))
    return any((a.max_mmsi or 0) >= (b.min_mmsi or 0) or a.rows + b.rows <= max_rows for a, b in pairwise(parts))


def _buckets(root: Path, parts: list[Part], max_rows: int) -> list[Array]:
    """Cut the vessels of a date into groups, in rising order, each of at most ``max_rows`` reports if it can be."""
    mmsi = np.concatenate([values(read_part(root / part.path, ["mmsi"])["mmsi"]) for part in parts])
    vessels, counts = np.unique(mmsi, return_counts=True)
    cuts, held = [], 0
    for i, count in enumerate(counts.tolist()):
        if held and held + count > max_rows:
            cuts.append(i)
            held = 0
        held += count
    return np.split(vessels, cuts)


def _by_date(parts: list[Part]) -> Iterable[tuple[str | None, list[Part]]]:
    return [(date, list(group)) for date, group in groupby(parts, key=lambda part: part.date)]


def _summed(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


def _vessels(root: Place) -> Callable[[Part], Array]:
    return lambda part: np.unique(values(read_part(root / part.path, ["mmsi"])["mmsi"]))
