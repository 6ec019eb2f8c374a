"""How cost grows with an archive: simulated traffic of 8,000 ships in the Sea of Japan, some 2 M reports a day."""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from bench_gaps import forget, with_duckdb, with_polars
from bench_table import Row, in_turn, row

from darkships.engine import Cluster, Engine
from darkships.pipeline import Analysis
from darkships.positions.arrays import times, values
from darkships.positions.store import Store
from darkships.schema import FeedBatch
from darkships.simulation.frames import simulate_days
from darkships.simulation.plan import Settings, make_plan
from darkships.sites.watch import read_sites
from darkships.units import US_PER_S

VESSELS, EVERY_S, STATIONS = 8_000, 260.0, 40
SIMULATED_DAYS = 5
"""Simulated; longer archives play them backwards, forwards, ..., so that no ship jumps where they are joined."""

SIZES = (2, 5, 10, 50)
"""Days of the archives."""

SITES = "sea-of-japan"
ROUNDS = 5
_US_PER_DAY = 86_400_000_000


def batches(days: int) -> Iterator[tuple[date, FeedBatch]]:
    """Yield one batch a day."""
    plan = make_plan(Settings(VESSELS, SIMULATED_DAYS, every_s=EVERY_S, stations=STATIONS), read_sites(SITES))
    simulated = list(simulate_days(plan))
    first_us = int(np.datetime64(simulated[0][0], "us").astype(np.int64))
    for number in range(days):
        turn, k = divmod(number, SIMULATED_DAYS)
        batch = simulated[SIMULATED_DAYS - 1 - k if turn % 2 else k][1]
        moved = (_again(table, turn, first_us) for table in (batch.positions, batch.statics))
        yield (
            simulated[0][0] + timedelta(days=number),
            FeedBatch(*moved, batch.quarantine, batch.rows_read, batch.skipped),
        )


def _again(table: pa.Table, turn: int, first_us: int) -> pa.Table:
    """Move reports to a later turn; every other one runs backwards."""
    length_us = SIMULATED_DAYS * _US_PER_DAY
    names = [name for name in ("timestamp", "last_seen") if name in table.column_names]
    moved = [values(table[name]) - first_us for name in names]
    if turn % 2:
        moved = [np.maximum(length_us - US_PER_S - us, 0) for us in reversed(moved)]
    for name, us in zip(names, moved, strict=True):
        at = table.column_names.index(name)
        table = table.set_column(at, table.schema.field(name), times(us + first_us + turn * length_us))
    return table


def fill(folder: Path, days: int) -> None:
    """Make an archive of so many days; one that is there stays."""
    done = folder / "complete"
    if done.exists():
        return
    store = Store.open(folder, create=True)
    for day, batch in batches(days):
        store.ingest(
            name=f"{day}", path=f"{day}", content_hash=f"{day}".ljust(64, "0"), size=0, format="synthetic",
            batches=[batch],
        )  # fmt: skip
    store.compact()
    store.vacuum()
    done.touch()


def measure(folder: Path, what: str) -> tuple[float, float]:
    """Return seconds of a job in a process of its own, after a warm-up, and the process's peak memory in GiB."""
    told = subprocess.run([sys.executable, __file__, str(folder), what], check=True, capture_output=True, text=True)
    seconds, memory = json.loads(told.stdout)
    return seconds, memory


def work(folder: Path, what: str) -> float:
    """Do a job and return its seconds: ``gaps`` and ``watchlist`` from nothing known; ``night``: one date is new."""
    store = Store.open(folder, read_only=True)
    sites = read_sites(SITES) if what == "watchlist" else None
    if what != "night":
        forget(folder)
        start = time.perf_counter()
        analysis = Analysis(store, sites)
        _ = analysis.watchlist() if sites is not None else analysis.gaps
        return time.perf_counter() - start
    forget(folder)
    before = store.time_range()[1] - timedelta(days=1)
    Analysis(store, as_of=before.replace(hour=23, minute=59, second=59, microsecond=999_999)).gaps  # noqa: B018
    start = time.perf_counter()
    Analysis(store).gaps  # noqa: B018  the last date is new to the summaries
    return time.perf_counter() - start


def bench_scale() -> list[Row]:
    """Measure what grows with the archive, and what must not."""
    sizes = [int(days) for days in os.environ.get("DARKSHIPS_BENCH_DAYS", "").split(",") if days] or list(SIZES)
    found, nights = [], {}
    with _folder() as root:
        for days in sorted({2, *sizes}):
            folder = root / f"days-{days}"
            fill(folder, days)
            reports = Store.open(folder, read_only=True).info().positions / 1e6
            seconds, memory = measure(folder, "gaps")
            label = f"{reports:.0f} M reports, {days} days"
            found += [
                row("scale", f"store to gaps, {label}", "M rows/s", reports / seconds, None, None, 40.0),
                row("scale", f"peak memory, {label}", "GiB", memory, None, None, 2.0),
            ]
            nights[days] = measure(folder, "night")[0]
        found.append(_beside_peers(root / f"days-{min(sizes)}"))
        seconds, _ = measure(root / "days-5", "watchlist") if 5 in sizes else (float("nan"), 0.0)
        found.append(row("scale", "store to watchlist, 5 days, 8,000 vessels", "s", seconds, None, None, 5.0))
        last = max(nights)
        found.append(row("scale", f"night {last}", "s", nights[last], "night 2", nights[2], 1.3 * nights[2]))
        found.append(_two_workers(root / f"days-{sorted(sizes)[-2 if len(sizes) > 1 else 0]}"))
    return found


def _beside_peers(folder: Path) -> Row:
    def ours() -> int:
        forget(folder)
        return len(Analysis(Store.open(folder, read_only=True)).gaps)

    jobs: dict[str, Callable[[], int]] = {
        "darkships": ours, "polars": lambda: with_polars(folder), "duckdb": lambda: with_duckdb(folder)
    }  # fmt: skip
    taken = in_turn(jobs, ROUNDS)
    reports = Store.open(folder, read_only=True).info().positions / 1e6
    best = min(("polars", "duckdb"), key=lambda peer: taken[peer])
    return row("scale", f"store to gaps beside peers, {reports:.0f} M reports", "M rows/s",
               reports / taken["darkships"], best, reports / taken[best], None)  # fmt: skip


def _two_workers(folder: Path) -> Row:
    """Compare a cluster of one worker process with one of two, taken in turn."""
    taken: dict[int, list[float]] = {1: [], 2: []}
    for number in range(4):
        for workers, seconds in taken.items():
            cluster = Cluster.of(workers)
            try:
                _analyse(folder, cluster)  # kernels are loaded
                start = time.perf_counter()
                _analyse(folder, cluster)
            finally:
                cluster.close()
            if number:
                seconds.append(time.perf_counter() - start)
    one, two = (statistics.median(seconds) for seconds in taken.values())
    return row("scale", "gaps with 2 Dask workers", "s", two, "1 worker", one, one / 1.7)


def _analyse(folder: Path, engine: Engine) -> None:
    forget(folder)
    Analysis(Store.open(folder, read_only=True), engine=engine).gaps  # noqa: B018


@contextmanager
def _folder() -> Iterator[Path]:
    if kept := os.environ.get("DARKSHIPS_BENCH_FOLDER"):
        yield Path(kept)
        return
    with tempfile.TemporaryDirectory() as passing:
        yield Path(passing)


def main() -> None:
    """Do the job that the arguments name twice, and tell of the second time."""
    folder, what = Path(sys.argv[1]), sys.argv[2]
    work(folder, what)
    seconds = statistics.median(work(folder, what) for _ in range(3))
    sys.stdout.write(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20]))


if __name__ == "__main__":
    main()
