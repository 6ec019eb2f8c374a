"""Benchmarks beside the peers, in one run on the same data: medians of several rounds, taken in turn.

accuracy  switched off against not received: silences whose answer is known, simulated and made of real tracks
seas      the same on simulated seas with coast stations, satellites or both (synthetic)
shuttles  ranks of 4 ships that call in the dark again and again among 2,000 in a simulated sea (synthetic;
          DARKSHIPS_BENCH_SEEDS=1,2 chooses the seas)
association   fixes of ships that share an MMSI on the right track, simulated and in made-up encounters (synthetic)
gaps      closed gaps >= 6 h from a store of 5 M rows and 2,000 vessels (synthetic), rows a second
scale     store to gaps and to watchlist as the archive grows, the cost of a night, memory, Dask workers (takes an hour;
          DARKSHIPS_BENCH_DAYS=50,366 chooses the archives, DARKSHIPS_BENCH_FOLDER keeps them: 25 MB a day)
startup   darkships --version, --help, and a run with nothing new, wall time of whole processes
demo      scripts/demo with fresh outputs and a fresh cache, wall time of a whole process
nmea-kernel   lines of an NMEA log to decoded fields, on one core
ingest    CSV of two providers and an NMEA log, from a file on disk to a committed store
size      bytes a row on disk
memory    peak of a process that ingests one file of 10 GB (takes minutes and 20 GB of disk)
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from bench_association import bench_association
from bench_gaps import bench_gaps
from bench_ingest import bench_ingest, bench_memory, bench_nmea_kernel, bench_size
from bench_reception import bench_reception
from bench_scale import bench_scale
from bench_seas import bench_seas
from bench_shuttles import bench_shuttles
from bench_table import Row, in_turn, row


def bench_startup() -> list[Row]:
    """Measure whole processes that have little to do, beside python doing nothing."""
    program = Path(sys.executable).with_name("darkships")
    sample = Path(__file__).resolve().parent.parent / "data" / "demo"

    def darkships(*arguments: str) -> None:
        subprocess.run([program, *arguments], check=True, capture_output=True)

    with tempfile.TemporaryDirectory() as folder:
        config, store, out = (f"{folder}/{name}" for name in ("darkships.toml", "store", "out"))
        watched = ("--sites", str(sample / "socal-sites.geojson"), "--feed", str(sample / "socal" / "*.zst"))
        darkships("init", config, *watched, "--store", store, "--out", out)
        darkships("run", "--config", config)
        jobs = {
            "darkships --version": lambda: darkships("--version"),
            "darkships --help": lambda: darkships("--help"),
            "darkships run, nothing new": lambda: darkships("run", "--config", config),
            "python": lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
        }
        taken = in_turn(jobs, 9)
    targets = {"darkships --version": 0.2, "darkships --help": 0.2, "darkships run, nothing new": 1.5}
    return [row("startup", job, "s", taken[job], "python -c pass", taken["python"], target)
            for job, target in targets.items()]  # fmt: skip


def bench_demo() -> list[Row]:
    """Measure the demo after install: nothing compiled, no sea-distance field cached, no store."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(__file__).with_name("demo")
        env = {**os.environ, "DARKSHIPS_CACHE": f"{folder}/cache"}
        start = time.perf_counter()
        subprocess.run([script, f"{folder}/out"], check=True, capture_output=True, env=env)
        first = time.perf_counter() - start
        start = time.perf_counter()
        subprocess.run([script, f"{folder}/out"], check=True, capture_output=True, env=env)
        second = time.perf_counter() - start
    return [row("demo", "first run after install", "s", first, None, None, 60.0),
            row("demo", "second run", "s", second, None, None, None)]  # fmt: skip


BENCHMARKS = {
    "accuracy": bench_reception,
    "seas": bench_seas,
    "shuttles": bench_shuttles,
    "association": bench_association,
    "gaps": bench_gaps,
    "scale": bench_scale,
    "startup": bench_startup,
    "demo": bench_demo,
    "nmea-kernel": bench_nmea_kernel,
    "ingest": bench_ingest,
    "size": bench_size,
    "memory": bench_memory,
}


def main() -> None:
    """Run the named benchmarks, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    rows = [found for name in chosen.names or BENCHMARKS for found in BENCHMARKS[name]()]
    table = pd.DataFrame(rows).map(lambda cell: f"{cell:.3g}" if isinstance(cell, float) else cell)
    print(table.fillna("").to_string(index=False))
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
