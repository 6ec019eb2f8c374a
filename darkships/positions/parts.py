"""Parts of the store: Parquet files that are staged under a passing name and published all together."""

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from darkships.errors import StoreError
from darkships.positions.arrays import same_throughout, values
from darkships.remote import Place, UrlPath

ROW_GROUP_ROWS = 250_000
"""About so many; all row groups of a part are of one size, for each costs time by itself."""

QUICK, SMALL = 1, 3
"""Levels of zstandard: what comes in is written quickly, a tenth larger; what is compacted stays."""

KINDS = ("positions", "statics", "quarantine")
"""Of parts, and their folders."""

_US_PER_DAY = 86_400_000_000

_QUICK_LEVELS = {"lon": -1, "lat": -1}
"""Of columns that another level than QUICK writes more quickly, and no larger: little repeats in their split bytes."""

_STAGED = ".staged"
_MOST_WRITERS = 4
_POSITION_ENCODINGS = {
    "mmsi": "DELTA_BINARY_PACKED",
    "timestamp": "DELTA_BINARY_PACKED",
    "lon": "BYTE_STREAM_SPLIT",
    "lat": "BYTE_STREAM_SPLIT",
    "heading": "DELTA_BINARY_PACKED",
    "offset": "DELTA_BINARY_PACKED",
}
_POSITION_DICTIONARIES = [
    "sog", "cog", "rot_deg_min", "nav_status", "msg_type", "utc_second", "ais_class", "receiver", "station",
    "n_receptions", "reception_span_ms", "flags", "file_id",
]  # fmt: skip
_TOLD_LABELS = ("ais_class", "receiver", "msg_type")
_MOST_LABELS = 50
_POSITION_STATISTICS = ["mmsi", "utc_second"]
"""What reading asks for; any other column's limits would cost a tenth of the encoding and cut nothing off."""


T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """One Parquet file as the catalog lists it; times in microseconds since 1970, empty for quarantine."""

    path: str
    kind: str
    date: str | None
    rows: int
    min_timestamp: int | None
    max_timestamp: int | None
    min_mmsi: int | None
    max_mmsi: int | None
    bytes: int
    checksum: str


@dataclass
class Staging:
    """Parts of one commit: written and flushed to disk under passing names, then published or discarded."""

    root: Path
    owner: str
    """What the names of the parts derive from beside their content."""
    level: int = QUICK
    """Of compression."""
    parts: list[Part] = field(default_factory=list)
    """What will be published."""
    _token: str = field(default_factory=lambda: uuid.uuid4().hex)
    _begun: list[Part] = field(default_factory=list)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_WRITERS))

    def write(self, table: pa.Table, kind: str, date: str | None = None) -> None:
        """Write one part and list it."""
        self.parts.append(self.put(table, kind, date))

    def later(self, task: Callable[[], T]) -> Future[T]:
        """Run a task that puts parts in a thread beside the caller's; ``discard`` waits for it."""
        return self._pool.submit(task)

    def put(self, table: pa.Table, kind: str, date: str | None = None) -> Part:
        """Write one part; it is published only if the caller lists it in ``parts``."""
        content = encode(table, kind, self.level)
        checksum = hashlib.sha256(content).hexdigest()
        name = hashlib.sha256(f"{self.owner}:{checksum}".encode()).hexdigest()[:24]
        folder = f"{kind}/date={date}" if date else kind
        part = Part(
            f"{folder}/part-{name}.parquet", kind, date, table.num_rows, *_bounds(table), len(content), checksum
        )
        self._begun.append(part)
        try:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            with self._staged(part).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(
                f"{self.root}: a part could not be written ({error.strerror}); nothing was changed, "
                "make room or allow writing and run again"
            ) from error
        return part

    def publish(self) -> None:
        """Give the parts their names; they count only once the catalog lists them."""
        for part in self.parts:
            self._staged(part).replace(self.root / part.path)
        for folder in {folder for part in self.parts for folder in Path(part.path).parents}:
            sync_folder(self.root / folder)  # each may be new in the one above

    def discard(self) -> None:
        """Wait for what is being written, and remove what was not published.

        What cannot be removed counts as little as what a crash leaves.
        """
        self._pool.shutdown(cancel_futures=True)
        for part in self._begun:
            with suppress(OSError):
                self._staged(part).unlink()

    def _staged(self, part: Part) -> Path:
        path = self.root / part.path
        return path.with_name(f".{path.stem}-{self._token}{_STAGED}")


@contextmanager
def opened(path: Place) -> Iterator[pq.ParquetFile]:
    """Open a part, and explain it if it cannot be read. From a URL only what is read of it travels, in few requests."""
    is_far = isinstance(path, UrlPath)
    try:
        with pq.ParquetFile(path.open() if isinstance(path, UrlPath) else path, pre_buffer=is_far) as file:
            yield file
    except (OSError, pa.ArrowInvalid) as error:
        then = (
            "run again if the store was published meanwhile, else publish it again"
            if is_far
            else "ingest their sources into a new store"
        )
        raise StoreError(
            f"the part {path} is missing or damaged ({error}); darkships store verify names all such parts, {then}"
        ) from error


def read_part(path: Place, columns: list[str] | None = None) -> pa.Table:
    """Read a part, or some of its columns, in the calling thread."""
    with opened(path) as file:
        return file.read(columns=columns, use_threads=False)


def read_groups(path: Place, columns: list[str]) -> Iterator[pa.Table]:
    """Read some columns of a part likewise, a row group at a time: all are of one size, the last has no more."""
    with opened(path) as file:
        rows = file.metadata.row_group(0).num_rows if file.num_row_groups else 1
        for batch in file.iter_batches(rows, columns=columns, use_threads=False):
            yield pa.Table.from_batches([batch])


def encode(table: pa.Table, kind: str, level: int = QUICK) -> pa.Buffer:
    """Return a table as the bytes of a Parquet file, encoded as suits its kind; ``level`` is zstandard's, of most."""
    sink, levels = pa.BufferOutputStream(), _QUICK_LEVELS if level == QUICK else {}
    encodings = (
        {
            "use_dictionary": _with_dictionary(table),
            "column_encoding": _POSITION_ENCODINGS,
            "write_statistics": _POSITION_STATISTICS,
        }
        if kind == "positions"
        else {}
    )
    pq.write_table(
        _labelled(table),
        sink,
        compression="zstd",
        compression_level={name: levels.get(name, level) for name in table.column_names},
        row_group_size=max(1, -(-table.num_rows // max(1, round(table.num_rows / ROW_GROUP_ROWS)))),
        version="2.6",
        **encodings,
    )
    return sink.getvalue()


def _with_dictionary(table: pa.Table) -> list[str]:
    """Return which columns a dictionary suits; one number throughout is as small without, in a third of the time."""
    names = [name for name in _POSITION_DICTIONARIES if name in table.column_names]
    return [name for name in names if not _is_one_number(table[name])]


def _is_one_number(column: pa.ChunkedArray) -> bool:
    return pa.types.is_integer(column.type) and not column.null_count and same_throughout(values(column))


def _labelled(table: pa.Table) -> pa.Table:
    """Say in a part's metadata which labels occur in it, where they are few: who needs none of them reads none."""
    told = {}
    for name in (name for name in _TOLD_LABELS if name in table.column_names):
        names = sorted(_labels(table[name]))
        if len(names) <= _MOST_LABELS:
            told[name] = json.dumps(names)
    return table.replace_schema_metadata(told or None)


def _labels(column: pa.ChunkedArray) -> set[Any]:
    if pa.types.is_dictionary(column.type):
        return {label for chunk in column.chunks for label in chunk.dictionary.to_pylist()}
    return set(pc.unique(column).to_pylist()) - {None}


def part_labels(path: Place) -> dict[str, set[Any]]:
    """Return which labels can occur in columns of a part; without those of which it does not say."""
    with opened(path) as file:
        return told_labels(file.metadata)


def told_labels(metadata: pq.FileMetaData) -> dict[str, set[Any]]:
    """Return the same of a part that is open."""
    told = metadata.metadata or {}
    return {name: set(json.loads(told[name.encode()])) for name in _TOLD_LABELS if name.encode() in told}


def files(root: Path) -> list[Path]:
    """Return every file in the folders of parts, staged ones too."""
    found = [path for kind in KINDS for path in (root / kind).rglob("*")]
    return sorted(path for path in found if path.is_file() and (path.suffix in {_STAGED, ".parquet"}))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def by_date(table: pa.Table) -> list[tuple[str, pa.Table]]:
    """Split a table by the UTC date of its timestamp, dates in rising order."""
    if not table.num_rows:
        return []
    t_us = values(table["timestamp"])
    if t_us.min() // _US_PER_DAY == t_us.max() // _US_PER_DAY:
        return [(_date(t_us[0] // _US_PER_DAY), table)]
    days = t_us // _US_PER_DAY
    if (np.diff(days) < 0).any():
        order = np.argsort(days, kind="stable")
        days, table = days[order], table.take(pa.array(order))
    cuts = [0, *(np.flatnonzero(np.diff(days)) + 1), days.size]
    return [(_date(days[start]), table.slice(start, stop - start)) for start, stop in pairwise(cuts)]


def _date(day: int) -> str:
    """Return the date of a day since 1970."""
    return str(np.datetime64(int(day), "D"))


def _bounds(table: pa.Table) -> tuple[int | None, int | None, int | None, int | None]:
    if "mmsi" not in table.column_names:
        return None, None, None, None
    times_us, mmsi = (pc.min_max(column).as_py() for column in (table["timestamp"].cast(pa.int64()), table["mmsi"]))
    return times_us["min"], times_us["max"], mmsi["min"], mmsi["max"]
