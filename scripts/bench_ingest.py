"""Benchmarks of the ingester: bytes of a feed to a committed store, beside libraries that only convert."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import bench_feeds
import duckdb
import numpy as np
import pyais
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
from bench_table import Row, in_turn, row

from darkships.kernels import nmea_lines
from darkships.kernels.nmea_parts import assemble, intern
from darkships.kernels.nmea_payload import decode
from darkships.kernels.nmea_times import NO_TIME
from darkships.pipeline import ingest
from darkships.positions.store import Store

ROWS, VESSELS = 6_000_000, 12_000
NMEA_ROWS = 3_000_000
PYAIS_MESSAGES = 40_000
BIG_BYTES = 10_000_000_000
ROUNDS = 3
_TIMES = {"marinecadastre": None, "dma": ["%d/%m/%Y %H:%M:%S"]}
_EIGHT = ["mmsi", "timestamp", "lon", "lat", "sog", "cog", "heading", "nav_status"]


def bench_nmea_kernel() -> list[Row]:
    """Measure lines of bytes to decoded fields on one core, beside pyais."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        frame = bench_feeds.reports(200_000, VESSELS // 6)
        for tagged in (False, True):
            path = Path(folder) / "log.nmea"
            messages = bench_feeds.write_nmea(frame, path, tagged=tagged)
            data = np.frombuffer(path.read_bytes(), np.uint8)
            lines = [line.rpartition(b"\\")[2] for line in path.read_bytes().split(b"\n")[:PYAIS_MESSAGES]]
            taken = in_turn(
                {"darkships": _Decoding(data, messages), "pyais": lambda lines=lines: _with_pyais(lines)}, 9
            )
            value, peer = messages / taken["darkships"] / 1e6, PYAIS_MESSAGES / taken["pyais"] / 1e6
            what = "TAG blocks" if tagged else "bare lines"
            rows.append(row("nmea-kernel", f"decode, {what}", "M msg/s", value, "pyais", peer, 8.0))
    return rows


class _Decoding:
    """Runs the kernels over a log, in blocks that stay in the cache."""

    def __init__(self, data: np.ndarray, messages: int) -> None:
        ends = np.flatnonzero(data == ord("\n")) + 1
        cuts = [0, *ends[np.searchsorted(ends, np.arange(1 << 20, data.size, 1 << 20))], data.size]
        self._blocks = [data[a:b] for a, b in pairwise(cuts) if b > a]
        most = max(np.count_nonzero(block <= ord("!")) for block in self._blocks) + 1
        self._records, self._clock = np.empty((most, nmea_lines.WIDTH), np.int64), np.empty(most, np.int64)
        self._whole, self._real = np.empty((most, 9), np.int32), np.empty((most, 5))
        self._messages = messages

    def __call__(self) -> None:
        """Decode every message."""
        done = 0
        for data in self._blocks:
            found, _ = nmea_lines.lex(data, 0, self._records, np.zeros(6, np.int64))
            records = self._records[:found]
            stations, _ = intern(data, records[:, nmea_lines.STATION], records[:, nmea_lines.STATION_SIZE])
            groups = np.full(found, -1, np.int32)
            parts, _, messages, _ = assemble(records, 0, stations, groups, 0, np.array([NO_TIME, -1, -1, -1]))
            decode(data, records, parts, messages, self._whole, self._real, self._clock)
            done += messages.size
        if done < self._messages - len(self._blocks):  # a message may lie across a border
            raise RuntimeError(f"{done} messages decoded, {self._messages} written")


def _with_pyais(lines: list[bytes]) -> None:
    for line in lines:
        if line.startswith(b"!AIVDM,1,"):
            pyais.decode(line)


def bench_ingest() -> list[Row]:
    """Measure files on disk to a committed store: sorted, deduplicated, with statics and quarantine."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        frame = bench_feeds.reports(ROWS, VESSELS)
        for kind in ("marinecadastre", "dma"):
            path = root / f"{kind}.csv"
            bench_feeds.write_csv(frame, kind, path)
            jobs = {
                "darkships": lambda path=path: _ingest(path, root),
                "pyarrow": lambda path=path, kind=kind: _with_pyarrow(path, kind, root),
                "duckdb": lambda path=path: _with_duckdb(path, root),
            }
            taken = in_turn(jobs, ROUNDS)
            best = min(taken["pyarrow"], taken["duckdb"])
            value, target = ROWS / taken["darkships"] / 1e6, 0.8 * ROWS / best / 1e6
            rows += [row("ingest", f"{kind} CSV to store", "M rows/s", value, peer, ROWS / taken[peer] / 1e6, target)
                     for peer in ("pyarrow", "duckdb")]  # fmt: skip
            path.unlink()
        path = root / "log.nmea"
        messages = bench_feeds.write_nmea(frame.iloc[:NMEA_ROWS], path, tagged=True)
        taken = in_turn({"darkships": lambda: _ingest(path, root)}, ROUNDS)
        rows.append(row("ingest", "NMEA log to store", "M msg/s", messages / taken["darkships"] / 1e6, None, None, 2.5))
    return rows


def _ingest(path: Path, root: Path) -> None:
    with tempfile.TemporaryDirectory(dir=root) as folder:
        (report,) = ingest([path], Store.open(Path(folder) / "store", create=True))
        if report.error:
            raise RuntimeError(report.error)


def _with_pyarrow(path: Path, kind: str, root: Path) -> None:
    table = arrow_csv.read_csv(path, convert_options=arrow_csv.ConvertOptions(timestamp_parsers=_TIMES[kind]))
    pq.write_table(table, root / "peer.parquet")


def _with_duckdb(path: Path, root: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {os.cpu_count()}")
        connection.execute(f"copy (select * from read_csv('{path}')) to '{root / 'peer.parquet'}' (format parquet)")


def bench_memory() -> list[Row]:
    """Measure the peak memory of a whole process that ingests one file of 10 GB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.csv"
        day = Path(folder) / "day.csv"
        bench_feeds.write_csv(bench_feeds.reports(ROWS, VESSELS), "marinecadastre", day)
        header, _, body = day.read_bytes().partition(b"\n")
        with path.open("wb") as file:
            file.write(header + b"\n")
            for number in range(1, -(-BIG_BYTES // len(body)) + 1):
                file.write(body.replace(b",2025-01-01T", b",2025-01-%02dT" % number))
        day.unlink()
        start = time.perf_counter()
        program = Path(sys.executable).with_name("darkships")
        subprocess.run([program, "ingest", path, "--store", f"{folder}/store"], check=True, capture_output=True)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
        size = path.stat().st_size
    return [row("memory", f"peak, ingest of {size / 1e9:.1f} GB in {seconds:.0f} s", "GiB", peak, None, None, 1.5)]


def bench_size() -> list[Row]:
    """Measure bytes a row of eight columns on disk, beside pyarrow's zstd with default encodings."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        path = root / "day.csv"
        bench_feeds.write_csv(bench_feeds.reports(ROWS, VESSELS), "marinecadastre", path)
        store = Store.open(root / "store", create=True)
        ingest([path], store)
        store.compact()
        table = store.read(columns=_EIGHT)
        pq.write_table(table, root / "peer.parquet", compression="zstd")
        peer = sum(_column_bytes(root / "peer.parquet").values()) / table.num_rows
        listed = (root / part for part in store.listed_parts())
        ours = sum(sum(_column_bytes(part).values()) for part in listed) / table.num_rows
    return [row("size", "eight columns on disk", "B/row", ours, "pyarrow zstd", peer, 14.0)]


def _column_bytes(path: Path) -> dict[str, int]:
    """Return the compressed bytes of the eight columns of a Parquet file."""
    metadata = pq.read_metadata(path)
    found: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            if column.path_in_schema in _EIGHT:
                found[column.path_in_schema] = found.get(column.path_in_schema, 0) + column.total_compressed_size
    return found
