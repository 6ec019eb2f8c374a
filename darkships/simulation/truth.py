"""The truth of a simulation: what was planted, and which ship made each report where two share an MMSI."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from darkships.kernels.simulation_reports import Rows
from darkships.positions.arrays import build, times
from darkships.schema import TIME
from darkships.simulation.frames import degrees
from darkships.simulation.plan import Plan
from darkships.units import US_PER_S

TRACKS = pa.schema([
    ("mmsi", pa.int32()), ("timestamp", TIME), ("lon", pa.float64()), ("lat", pa.float64()), ("ship", pa.int32()),
])  # fmt: skip
"""Columns of truth_tracks.parquet: ``ship`` is the simulation's own number, as in truth.csv."""


def truth_table(plan: Plan) -> pd.DataFrame:
    """Return what was planted, one row each, in order of kind and time.

    Times are UTC. ``from`` and ``to`` bound a silence, a lie or an outage; ``arrival`` and ``departure`` the stay at
    ``site`` in it: a watched site, a port, a place on the open sea, the area's edge, or a station. An MMSI in
    ``other_mmsi`` is that of the ship met; the ship copied has the same MMSI and stands in ``other_ship``.
    """
    truth, mmsi = plan.truth, np.append(plan.fleet.mmsi, 0)
    columns = {
        "mmsi": mmsi[truth["ship"].to_numpy(int)],
        "name": np.array([*plan.fleet.names, ""])[truth["ship"].to_numpy(int)],
        "ship": truth["ship"],
        "kind": truth["kind"],
        "site": truth["place"],
        **{name: _iso(plan, truth[column]) for name, column in (
            ("from", "start_s"), ("to", "end_s"), ("arrival", "arrival_s"), ("departure", "departure_s"))},
        "lat": truth["lat"].astype(float).round(5),
        "lon": truth["lon"].astype(float).round(5),
        "other_mmsi": mmsi[truth["other_ship"].to_numpy(int)],
        "other_ship": truth["other_ship"],
        "data": "SYNTHETIC",
    }  # fmt: skip
    table = pd.DataFrame(columns)
    for name, none in (("mmsi", 0), ("ship", -1), ("other_mmsi", 0), ("other_ship", -1)):
        table[name] = table[name].astype("Int64").mask(table[name] == none)
    return table.sort_values(["kind", "from", "ship"], ignore_index=True)


def _iso(plan: Plan, seconds: pd.Series) -> pd.Series:
    at = pd.to_datetime(seconds.astype(float).round() + plan.settings.start_s, unit="s")
    return at.dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def shared_tracks(plan: Plan, rows: Rows) -> pa.Table:
    """Return the position reports of ships that share an MMSI, each with the ship that made it."""
    at = np.flatnonzero(np.isin(rows.ship, plan.sharing) & np.isin(rows.msg_type, (1, 18)))
    second = rows.second[at] + np.int64(plan.settings.start_s)
    columns = [
        build(pa.int32(), plan.fleet.mmsi[rows.ship[at]].astype(np.int32)),
        times(second * US_PER_S),
        build(pa.float64(), degrees(rows.lon[at])),
        build(pa.float64(), degrees(rows.lat[at])),
        build(pa.int32(), rows.ship[at]),
    ]
    return pa.table(columns, schema=TRACKS)


class TruthWriter:
    """Writes truth.csv and truth_tracks.parquet into a folder, the latter hour by hour."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        truth_table(plan).to_csv(folder / "truth.csv", index=False, lineterminator="\n")
        self._tracks = pq.ParquetWriter(folder / "truth_tracks.parquet", TRACKS, compression="zstd")

    def add(self, rows: Rows) -> None:
        """Take what was heard in an hour."""
        self._tracks.write_table(shared_tracks(self._plan, rows))

    def close(self) -> None:
        """Finish the files."""
        self._tracks.close()
