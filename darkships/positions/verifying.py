"""Whether a store is sound: every part is read again, and what files gave is added up."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from darkships.kernels import Array
from darkships.positions.arrays import values
from darkships.positions.ledger import Account, Ledger
from darkships.positions.listing import Listing
from darkships.positions.parts import Part, files
from darkships.positions.reading import in_threads
from darkships.remote import Place
from darkships.schema import TABLES

_SEVERAL_A_LINE = {"nmea", "mixed"}
"""Formats in which one line may give more than one position: no offset is then its position's own."""


@dataclass(frozen=True)
class Verdict:
    """What was found in a store."""

    faults: tuple[str, ...]
    """A sentence for each thing that is not as the catalog says."""
    orphans: tuple[Path, ...]
    """Files that the catalog does not list: left by a crash, or being written just now."""
    parts: int
    rows: int
    version: int


def inspect(root: Place, catalog: Listing) -> Verdict:
    """Read every part again, a few in memory at a time, and compare all with the catalog."""
    with catalog.reading() as connection:
        ledger = Ledger.read(connection)
    listed = {root / part.path for part in ledger.parts}
    orphans = tuple(path for path in files(root) if path not in listed) if isinstance(root, Path) else ()
    tally = _Tally(ledger)
    found = in_threads(lambda part: _fault(root, part, tally), ledger.parts)
    faults = [f"{part.path}: {fault}" for part, fault in zip(ledger.parts, found, strict=True) if fault]
    rows = sum(part.rows for part in ledger.parts)
    return Verdict((*ledger.damage, *faults, *tally.faults()), orphans, len(ledger.parts), rows, ledger.version)


@dataclass
class _Tally:
    """What the rows of all parts add up to, file by file."""

    ledger: Ledger
    _rows: dict[str, Counter[int]] = field(default_factory=lambda: {"positions": Counter(), "statics": Counter()})
    _seen: dict[int, Array] = field(default_factory=dict)
    """By file, a bit for each offset."""
    _twice: Counter[int] = field(default_factory=Counter)
    _astray: Counter[int] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def add(self, table: pa.Table, kind: str) -> None:
        """Take the rows of one part."""
        file_ids = values(table["file_id"])
        for file_id in np.unique(file_ids).tolist():
            mine = file_ids == file_id
            offsets = values(table["offset"])[mine] if kind == "positions" else None
            with self._lock:
                self._rows[kind][file_id] += int(mine.sum())
                if offsets is not None and file_id in self.ledger.accounts:
                    self._add_offsets(self.ledger.accounts[file_id], offsets)

    def _add_offsets(self, account: Account, offsets: Array) -> None:
        first, last = self.ledger.offsets_of(account)
        inside = (offsets >= first) & (offsets <= last)
        self._astray[account.file_id] += int((~inside).sum())
        offsets = offsets[inside]
        if not offsets.size or account.format in _SEVERAL_A_LINE:
            return
        start = int(offsets.min()) // 8
        marks = np.zeros(int(offsets.max()) + 1 - start * 8, np.bool_)
        marks[offsets - start * 8] = True
        bits = np.packbits(marks)
        seen = self._seen.get(account.file_id, np.empty(0, np.uint8))
        if seen.size < start + bits.size:
            seen = np.concatenate((seen, np.zeros(start + bits.size - seen.size, np.uint8)))
        before = seen[start : start + bits.size]
        again = int(np.unpackbits(before & bits).sum())
        self._twice[account.file_id] += offsets.size - int(marks.sum()) + again
        before |= bits
        self._seen[account.file_id] = seen

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each sum that is not what the catalog says."""
        accounts = self.ledger.accounts
        for kind, rows in self._rows.items():
            for file_id in sorted(rows.keys() - accounts.keys()):
                yield f"{rows[file_id]} rows of {kind} come from file {file_id}, which the catalog does not know"
        for file_id, account in sorted(accounts.items()):
            yield from self._faults_of(file_id, account)
        kept, held = sum(account.kept for account in accounts.values()), self._rows["positions"].total()
        if held + self.ledger.merged + self.ledger.expired != kept:
            merged = f", {self.ledger.merged} that compaction merged" if self.ledger.merged else ""
            expired = f", {self.ledger.expired} that expired" if self.ledger.expired else ""
            yield f"the parts hold {held} positions{merged}{expired}, but {kept} were kept of all files"

    def _faults_of(self, file_id: int, account: Account) -> Iterator[str]:
        counted = {
            "positions": (self._rows["positions"][file_id], account.kept),
            "statics": (self._rows["statics"][file_id], account.statics),
            "quarantine": (self.ledger.quarantined[file_id], account.quarantined),
        }
        has_gone = self.ledger.merged or self.ledger.expired
        for kind, (held, said) in counted.items():
            if held > said or (held < said and not (kind == "positions" and has_gone)):
                yield f"source {account.name}: the parts hold {held} rows of {kind}, {said} were taken"
        if self._twice[file_id]:
            yield f"source {account.name}: {self._twice[file_id]} rows are there twice"
        if self._astray[file_id]:
            first, last = self.ledger.offsets_of(account)
            yield f"source {account.name}: {self._astray[file_id]} rows are not from its lines {first} to {last}"


def _fault(root: Place, part: Part, tally: _Tally) -> str:
    """Say what is wrong with a part; nothing if it is sound. Its rows are added up as far as they can be read."""
    try:
        content = (root / part.path).read_bytes()
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if hashlib.sha256(content).hexdigest() != part.checksum or len(content) != part.bytes:
        return "its bytes are not those that were written"
    table = pq.read_table(pa.BufferReader(content))
    if table.schema != TABLES[part.kind].arrow:
        return "its columns are not the declared ones"
    if part.kind != "quarantine":
        tally.add(table, part.kind)
    if table.num_rows != part.rows:
        return f"it has {table.num_rows} rows, the catalog says {part.rows}"
    return _misplacement(table, part) if part.date is not None else ""


def _misplacement(table: pa.Table, part: Part) -> str:
    if not _is_sorted(table):
        return "its rows are not sorted by vessel and time"
    return "" if _is_within(table, part) else "its times or vessels are not those that the catalog says"


def _is_sorted(table: pa.Table) -> bool:
    mmsi, t_us = values(table["mmsi"]).astype(np.int64), values(table["timestamp"])
    step = np.diff(mmsi)
    return bool(((step > 0) | ((step == 0) & (np.diff(t_us) >= 0))).all())


def _is_within(table: pa.Table, part: Part) -> bool:
    """Tell whether a part is found by its times, its vessels and its date."""
    times_us, mmsi = (pc.min_max(table[name].cast(pa.int64())).as_py() for name in ("timestamp", "mmsi"))
    bounds = times_us["min"], times_us["max"], mmsi["min"], mmsi["max"]
    dates = {str(np.datetime64(times_us[end], "us").astype("datetime64[D]")) for end in ("min", "max")}
    return bounds == (part.min_timestamp, part.max_timestamp, part.min_mmsi, part.max_mmsi) and dates == {part.date}
