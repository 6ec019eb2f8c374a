"""Benchmarks beside the peers, in one run on the same data: medians of several rounds, taken in turn.

gaps      closed gaps >= 6 h from a store of 5 M rows and 2,000 vessels (synthetic), rows a second
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
from datetime import timedelta
from pathlib import Path

import duckdb
import geopandas as gpd
import movingpandas as mpd
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from bench_ingest import bench_ingest, bench_memory, bench_nmea_kernel, bench_size
from bench_table import Row, in_turn, row

from darkships.pipeline import Analysis
from darkships.positions.store import Store
from darkships.schema import POSITIONS, QUARANTINE, STATICS, FeedBatch

ROWS, VESSELS, DAYS = 5_000_000, 2_000, 30
ROUNDS = 5
MOVINGPANDAS_ROWS = 100_000
_US_PER_H = 3_600_000_000


def synthetic_batches(rows: int, vessels: int, days: int) -> list[FeedBatch]:
    """Return reports of vessels that wander off a coast, with silences: one batch a day, in time order as in a feed."""
    rng = np.random.default_rng(7)
    per_vessel = rows // vessels
    step_us = rng.exponential(1.0, (vessels, per_vessel))
    step_us[rng.random(step_us.shape) < 0.002] += 500.0
    time_us = np.cumsum(step_us, axis=1)
    time_us *= days * 24 * _US_PER_H / time_us[:, -1:]
    lon = 132.0 + np.cumsum(rng.normal(0.0, 1e-4, step_us.shape), axis=1)
    lat = 40.0 + np.cumsum(rng.normal(0.0, 1e-4, step_us.shape), axis=1)
    start_us = int(pd.Timestamp("2025-01-01", tz="UTC").timestamp()) * 1_000_000
    flat_us = (time_us.ravel() + start_us).astype(np.int64) // 1_000_000 * 1_000_000
    columns = {
        "mmsi": np.repeat(np.arange(vessels, dtype=np.int32) + 273_000_000, per_vessel),
        "timestamp": flat_us.view("datetime64[us]"),
        "lon": np.round(lon.ravel(), 5),
        "lat": np.round(lat.ravel(), 5),
        "sog": np.round(rng.uniform(0.0, 14.0, flat_us.size), 1).astype(np.float32),
        "cog": np.round(rng.uniform(0.0, 359.9, flat_us.size), 1).astype(np.float32),
    }
    day = (flat_us - start_us) // (24 * _US_PER_H)
    batches = []
    for number in range(days + 1):
        at = np.flatnonzero(day == number)
        at = at[np.argsort(flat_us[at], kind="stable")]
        batches.append(FeedBatch(_positions({k: v[at] for k, v in columns.items()}), *_nothing(), at.size, {}))
    return batches


def _positions(columns: dict[str, np.ndarray]) -> pa.Table:
    n = columns["mmsi"].size
    fixed = {
        "receiver": "terrestrial",
        "ais_class": "A",
        "n_receptions": 1,
        "reception_span_ms": 0,
        "flags": 0,
        "msg_type": 1,
    }
    schema = pa.schema([field for field in POSITIONS.arrow if field.name != "file_id"])
    arrays = []
    for field in schema:
        if field.name in columns:
            arrays.append(pa.array(columns[field.name]).cast(field.type))
        elif field.name == "offset":
            arrays.append(pa.array(np.arange(n), field.type))
        elif field.name in fixed:
            arrays.append(pa.array([fixed[field.name]] * n).cast(field.type))
        else:
            arrays.append(pa.nulls(n, field.type))
    return pa.table(arrays, schema=schema)


def _nothing() -> tuple[pa.Table, pa.Table]:
    statics = pa.schema([field for field in STATICS.arrow if field.name != "file_id"])
    return statics.empty_table(), QUARANTINE.arrow.empty_table()


def ours(store: Path) -> int:
    """Return the number of closed gaps: the store read, tracks associated, gaps found with all their columns."""
    return int((~Analysis(Store.open(store, read_only=True)).gaps["is_open"]).sum())


def with_polars(store: Path) -> int:
    """Return the number of closed gaps by a lazy query."""
    frame = pl.scan_parquet(f"{store}/positions/**/*.parquet", hive_partitioning=False)
    before = pl.col("timestamp").shift(1).over("mmsi")
    gaps = (
        frame.select("mmsi", "timestamp", "lon", "lat")
        .sort("mmsi", "timestamp")
        .with_columns(before.alias("off"))
        .filter(pl.col("timestamp") - pl.col("off") >= timedelta(hours=6))
    )
    return gaps.collect().height


def with_duckdb(store: Path) -> int:
    """Return the number of closed gaps by a window query."""
    query = f"""
        select count(*) from (
            select mmsi, timestamp, lon, lat, lag(timestamp) over (partition by mmsi order by timestamp) as off
            from read_parquet('{store}/positions/**/*.parquet', hive_partitioning = false))
        where timestamp - off >= interval 6 hour"""
    return int(duckdb.sql(query).fetchall()[0][0])


def with_pandas(store: Path) -> int:
    """Return the number of closed gaps by sorting and shifting."""
    files = sorted(store.glob("positions/**/*.parquet"))
    columns = ["mmsi", "timestamp", "lon", "lat"]
    frame = pd.concat([pd.read_parquet(file, columns=columns, partitioning=None) for file in files])
    frame = frame.sort_values(["mmsi", "timestamp"])
    silence = frame["timestamp"].diff().where(frame["mmsi"].eq(frame["mmsi"].shift()))
    return int((silence >= pd.Timedelta(hours=6)).sum())


def with_movingpandas(store: Path) -> int:
    """Return the number of trajectories that movingpandas splits the first rows into."""
    table = Store.open(store, read_only=True).read(columns=["mmsi", "timestamp", "lon", "lat"])
    frame = table.slice(0, MOVINGPANDAS_ROWS).to_pandas()
    frame["t"] = frame["timestamp"].dt.tz_localize(None)
    points = gpd.GeoDataFrame(
        frame[["mmsi", "t"]], geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326"
    )
    collection = mpd.TrajectoryCollection(points.set_index("t"), "mmsi", min_length=-1)
    return len(mpd.ObservationGapSplitter(collection).split(gap=timedelta(hours=6)).trajectories)


def bench_gaps() -> list[Row]:
    """Measure store -> closed gaps."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store"
        store = Store.open(path, create=True)
        store.ingest(
            name="synthetic", path="synthetic", content_hash="0" * 64, size=0, format="synthetic",
            batches=synthetic_batches(ROWS, VESSELS, DAYS),
        )  # fmt: skip
        store.compact()
        peers = {"polars": with_polars, "duckdb": with_duckdb, "pandas": with_pandas}
        counts = {name: peer(path) for name, peer in peers.items()}
        print(f"closed gaps: darkships {ours(path)}, {counts}", file=sys.stderr)
        jobs = {"darkships": lambda: ours(path), **{name: lambda peer=peer: peer(path) for name, peer in peers.items()}}
        taken = in_turn(jobs, ROUNDS)
        taken["movingpandas"] = in_turn({"movingpandas": lambda: with_movingpandas(path)}, 1)["movingpandas"]
        taken["movingpandas"] *= ROWS / MOVINGPANDAS_ROWS
    value = ROWS / taken.pop("darkships") / 1e6
    target = ROWS / taken["polars"] / 1e6
    return [row("gaps", "store to closed gaps", "M rows/s", value, name, ROWS / s / 1e6, target)
            for name, s in taken.items()]  # fmt: skip


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
    "gaps": bench_gaps,
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
