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
from datetime import timedelta
from pathlib import Path

from bench_archive import fill
from bench_gaps import forget, with_duckdb, with_polars
from bench_table import Row, in_turn, row

from darkships.engine import Cluster, Engine
from darkships.pipeline import Analysis
from darkships.positions.store import Store
from darkships.sites.watch import read_sites

SIZES = (2, 5, 10, 50)
"""Days of the archives."""

NIGHTS = (2, 366)
"""Days of archives of a hundredth of the ships."""

SITES = ("sea-of-japan", "north-korea")
ROUNDS = 5


def measure(folder: Path, what: str) -> tuple[float, float]:
    """Return seconds of a job in a process of its own, after a warm-up, and the peak memory of the warm-up in GiB."""
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
            folder = fill(root, days)
            reports = Store.open(folder, read_only=True).info().positions / 1e6
            seconds, memory = measure(folder, "gaps")
            label = f"{reports:.0f} M reports, {days} days"
            found += [
                row("scale", f"store to gaps, {label}", "M rows/s", reports / seconds, None, None, 40.0),
                row("scale", f"peak memory, {label}", "GiB", memory, None, None, 2.0),
            ]
            nights[days] = measure(folder, "night")[0]
        found.append(_beside_peers(fill(root, min(sizes))))
        seconds, _ = measure(fill(root, 5), "watchlist")
        told = f"store to watchlist, 5 days, 8,000 vessels, {len(read_sites(SITES))} sites"
        found.append(row("scale", told, "s", seconds, None, None, 5.0))
        found.append(_night(nights, "2 M reports a day"))
        small = {days: measure(fill(root, days, small=True), "night")[0] for days in NIGHTS}
        found.append(_night(small, "80 vessels"))
        found.append(_two_workers(fill(root, max(sizes)), fill(root, 2)))
    return found


def _night(nights: dict[int, float], told: str) -> Row:
    last, first = max(nights), min(nights)
    return row("scale", f"night {last}, {told}", "s", nights[last], f"night {first}", nights[first],
               1.3 * nights[first])  # fmt: skip


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


def _two_workers(folder: Path, small: Path) -> Row:
    """Compare a cluster of one worker process with one of two, taken in turn."""
    taken: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(3):
        for workers, seconds in taken.items():
            cluster = Cluster.of(workers)
            try:
                _analyse(small, cluster)  # kernels are loaded
                start = time.perf_counter()
                _analyse(folder, cluster)
            finally:
                cluster.close()
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
    """Do the job that the arguments name, of which the memory is told, and again, of which the time is told."""
    folder, what = Path(sys.argv[1]), sys.argv[2]
    work(folder, what)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    seconds = statistics.median(work(folder, what) for _ in range(3))
    sys.stdout.write(json.dumps([seconds, memory]))


if __name__ == "__main__":
    main()
