"""Benchmarks of the ingester: bytes of a feed to a committed store, beside libraries that only convert."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import bench_feeds
import duckdb
import numpy as np
import pyais
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
from bench_table import Row, in_turn, row

from darkships.intake import ingest
from darkships.kernels import nmea_records
from darkships.kernels.nmea_lines import lex
from darkships.kernels.nmea_parts import assemble, intern
from darkships.kernels.nmea_payload import decode
from darkships.kernels.nmea_times import NO_TIME
from darkships.positions.store import Store

ROWS, VESSELS = 6_000_000, 12_000
NMEA_ROWS = 3_000_000
PYAIS_MESSAGES = 40_000
BIG_BYTES = 10_000_000_000
ROUNDS = 3
REAL_DAY = Path(__file__).resolve().parents[2] / "shared" / "data" / "us_2020-01-01.parquet"
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
        self._records, self._clock = np.empty((most, nmea_records.WIDTH), np.int64), np.empty(most, np.int64)
        self._whole, self._real = np.empty((most, 9), np.int32), np.empty((most, 5))
        self._messages = messages

    def __call__(self) -> None:
        """Decode every message."""
        done = 0
        for data in self._blocks:
            found, _ = lex(data, 0, self._records, np.zeros(6, np.int64))
            records = self._records[:found]
            stations, _ = intern(data, records[:, nmea_records.STATION], records[:, nmea_records.STATION_SIZE], 5)
            groups = np.full(found, -1, np.int32)
            parts, _, messages, _ = assemble(records, 0, stations, groups, 0, np.array([NO_TIME, -1, -1, -1]), 5)
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
        maker = multiprocessing.get_context("spawn").Process(target=_write_big, args=(path,))
        maker.start()  # a process of its own: what the maker takes would count as its child's
        maker.join()
        start = time.perf_counter()
        program = Path(sys.executable).with_name("darkships")
        child = subprocess.Popen([program, "ingest", path, "--store", f"{folder}/store"], stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        if status:
            raise RuntimeError(f"the ingest ended with status {status}")
        seconds, size = time.perf_counter() - start, path.stat().st_size
    metric = f"peak, ingest of {size / 1e9:.1f} GB in {seconds:.0f} s"
    return [row("memory", metric, "GiB", usage.ru_maxrss / 1024**2, None, None, 1.5)]


def _write_big(path: Path) -> None:
    """Write one day again and again, each time as the next day."""
    day = path.with_name("day.csv")
    bench_feeds.write_csv(bench_feeds.reports(ROWS, VESSELS), "marinecadastre", day)
    header, _, body = day.read_bytes().partition(b"\n")
    with path.open("wb") as file:
        file.write(header + b"\n")
        for number in range(1, -(-BIG_BYTES // len(body)) + 1):
            file.write(body.replace(b",2025-01-01T", b",2025-01-%02dT" % number))
    day.unlink()


def bench_size() -> list[Row]:
    """Measure bytes a row of eight columns on disk, beside pyarrow's zstd with default encodings.

    On a real day of US traffic where it lies beside the checkout, else on a synthetic one, which packs less well.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        path = REAL_DAY if REAL_DAY.exists() else root / "day.csv"
        if path != REAL_DAY:
            bench_feeds.write_csv(bench_feeds.reports(ROWS, VESSELS), "marinecadastre", path)
        store = Store.open(root / "store", create=True)
        ingest([path], store)
        table = store.read(columns=_EIGHT)
        peers = {"pyarrow zstd, in time order": table.sort_by("timestamp"), "pyarrow zstd, sorted as ours": table}
        for name, rows in peers.items():
            pq.write_table(rows, root / f"{name}.parquet", compression="zstd")
        ours = {"ingested": _bytes_a_row((root / "store").glob("positions/**/*.parquet"))}
        store.compact()
        store.vacuum()
        ours["compacted"] = _bytes_a_row((root / "store").glob("positions/**/*.parquet"))
        sizes = {name: _bytes_a_row([root / f"{name}.parquet"]) for name in peers}
    day = "real day" if path == REAL_DAY else "synthetic day"
    return [row("size", f"eight columns, {day}, {when}", "B/row", value, name, size, 14.0)
            for when, value in ours.items() for name, size in sizes.items()]  # fmt: skip


def _bytes_a_row(paths: Iterable[Path]) -> float:
    """Return the compressed bytes a row of the eight columns in Parquet files."""
    size, rows = 0, 0
    for path in paths:
        metadata = pq.read_metadata(path)
        rows += metadata.num_rows
        for group in range(metadata.num_row_groups):
            columns = [metadata.row_group(group).column(number) for number in range(metadata.num_columns)]
            size += sum(c.total_compressed_size for c in columns if c.path_in_schema in _EIGHT)
    return size / rows
