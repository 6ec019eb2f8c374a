"""How cost grows with an archive: simulated traffic of 8,000 ships, some 2 M reports a day."""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from bench_archive import fill
from bench_gaps import forget, with_duckdb, with_polars
from bench_table import Row, in_turn, row

from darkships.engine import Cluster, Engine
from darkships.pipeline import Analysis
from darkships.positions.store import Store
from darkships.sites.watch import read_sites

SIZES = (2, 5, 10, 50)
"""Days of the archives."""

SITES = ("sea-of-japan", "north-korea")
ROUNDS = 5
_PATIENCE_S = 60.0


class Cost(NamedTuple):
    """What a job takes."""

    seconds: float
    cpu_s: float
    """Of all threads; other work on the machine changes it least."""
    memory_gib: float
    """Peak of the process that does it once."""


def measure(folder: Path, what: str) -> Cost:
    """Return what a job costs in a process of its own, after a warm-up if it takes less than a minute."""
    told = subprocess.run([sys.executable, __file__, str(folder), what], check=True, capture_output=True, text=True)
    return Cost(*json.loads(told.stdout))


def gaps(folder: Path) -> None:
    """Find all gaps with nothing summed up yet."""
    forget(folder)
    Analysis(Store.open(folder, read_only=True)).gaps  # noqa: B018


def watchlist(folder: Path) -> None:
    """Make the watchlist with nothing summed up yet."""
    forget(folder)
    Analysis(Store.open(folder, read_only=True), read_sites(SITES)).watchlist()


def before_night(folder: Path) -> None:
    """Sum up all dates but the last; a copy of that is kept beside."""
    store, beside = Store.open(folder, read_only=True), folder / "before"
    if not beside.exists():
        forget(folder)
        evening = store.time_range()[1] - timedelta(days=1)
        evening = evening.replace(hour=23, minute=59, second=59, microsecond=999_999)
        Analysis(store, as_of=evening).gaps  # noqa: B018
        (folder / "summaries").rename(beside)
    forget(folder)
    shutil.copytree(beside, folder / "summaries")


def night(folder: Path) -> None:
    """Find all gaps when the last date is new."""
    Analysis(Store.open(folder, read_only=True)).gaps  # noqa: B018


JOBS = {"gaps": (lambda _: None, gaps), "watchlist": (lambda _: None, watchlist), "night": (before_night, night)}


def bench_scale() -> list[Row]:
    """Measure what grows with the archive, and what must not."""
    sizes = [int(days) for days in os.environ.get("DARKSHIPS_BENCH_DAYS", "").split(",") if days] or list(SIZES)
    with _folder() as root:
        found = [each for days in sizes for each in _archive(root, days)]
        cost = measure(fill(root, 5), "watchlist")
        told = f"store to watchlist, 5 days, 8,000 vessels, {len(read_sites(SITES))} sites"
        found.append(row("scale", told, "s", cost.seconds, None, None, 5.0))
        found.append(_beside_peers(fill(root, min(sizes))))
        found.append(_two_workers(fill(root, max(days for days in sizes if days <= max(SIZES))), fill(root, 2)))
    return found


def _archive(root: Path, days: int) -> list[Row]:
    """Measure an archive of so many days; its last night beside that of two days."""
    folder, two = fill(root, days), fill(root, 2)
    reports = Store.open(folder, read_only=True).info().positions / 1e6
    cost, last, first = measure(folder, "gaps"), measure(folder, "night"), measure(two, "night")
    label = f"{reports:.0f} M reports, {days} days"
    return [
        row("scale", f"store to gaps, {label}", "M rows/s", reports / cost.seconds, None, None, 40.0),
        row("scale", f"CPU of store to gaps, {label}", "s", cost.cpu_s, None, None, None),
        row("scale", f"peak memory, {label}", "GiB", cost.memory_gib, None, None, 2.0),
        row("scale", f"last night, {label}", "s", last.seconds, "night 2", first.seconds, 1.3 * first.seconds),
        row("scale", f"CPU of last night, {label}", "s", last.cpu_s, "night 2", first.cpu_s, 1.3 * first.cpu_s),
    ]


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
    folder, (prepare, job) = Path(sys.argv[1]), JOBS[sys.argv[2]]
    took, began = [], time.perf_counter()
    while not took or (len(took) < ROUNDS and time.perf_counter() - began < _PATIENCE_S):
        prepare(folder)
        start, cpu_start = time.perf_counter(), time.process_time()
        job(folder)
        took.append((time.perf_counter() - start, time.process_time() - cpu_start))
        if len(took) == 1:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    seconds, cpu_s = (statistics.median(each) for each in zip(*(took[1:] or took), strict=True))
    sys.stdout.write(json.dumps([seconds, cpu_s, memory]))


if __name__ == "__main__":
    main()
