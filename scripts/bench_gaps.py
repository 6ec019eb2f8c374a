"""Closed gaps from a store, beside the peers on the same files."""

import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import duckdb
import geopandas as gpd
import movingpandas as mpd
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
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


def forget(store: Path) -> None:
    """Remove what is known of a store, so that all of it is read again."""
    shutil.rmtree(store / "summaries", ignore_errors=True)


def ours(store: Path) -> int:
    """Return the number of closed gaps: the store read, tracks associated, gaps found with all their columns."""
    forget(store)
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
