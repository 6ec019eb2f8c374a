"""Benchmarks beside the peers, in one run on the same data: medians of several rounds, taken in turn.

accuracy  switched off against not received: silences whose answer is known, simulated and made of real tracks
association   fixes of ships that share an MMSI on the right track, simulated and in made-up encounters (synthetic)
gaps      closed gaps >= 6 h from a store of 5 M rows and 2,000 vessels (synthetic), rows a second
scale     store to gaps and to watchlist as the archive grows, the cost of a night, memory, Dask workers (takes an hour;
          DARKSHIPS_BENCH_DAYS=50,366 chooses the archives, DARKSHIPS_BENCH_FOLDER keeps them)
startup   darkships --version, wall time of a whole process
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
from bench_table import Row, in_turn, row


def bench_startup() -> list[Row]:
    """Measure how long a whole process of darkships --version takes, beside python doing nothing."""
    program = Path(sys.executable).with_name("darkships")
    jobs = {
        "darkships": lambda: subprocess.run([program, "--version"], check=True, capture_output=True),
        "python": lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
    }
    taken = in_turn(jobs, 9)
    return [row("startup", "darkships --version", "s", taken["darkships"], "python -c pass", taken["python"], 0.2)]


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
