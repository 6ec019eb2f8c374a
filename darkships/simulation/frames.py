"""A simulation's reports as tables, day by day: what a store takes without any text."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from darkships.kernels import Array
from darkships.kernels.simulation import CLASS_A
from darkships.kernels.simulation_reports import Rows
from darkships.positions.arrays import build, labels, times
from darkships.schema import LABEL, POSITIONS, QUARANTINE, STATICS, FeedBatch
from darkships.simulation.plan import Plan
from darkships.simulation.reports import HOURS_A_DAY, simulate_hours
from darkships.units import US_PER_S

_PER_DEG = 600_000
_S_PER_DAY = 86_400


def _without_file(table: pa.Schema) -> pa.Schema:
    return pa.schema([field for field in table if field.name != "file_id"])


_POSITIONS, _STATICS = _without_file(POSITIONS.arrow), _without_file(STATICS.arrow)


def simulate_days(plan: Plan, *, threads: int | None = None) -> Iterator[tuple[date, FeedBatch]]:
    """Yield what is heard on each day, in order of time; one day is in memory at a time.

    Parameters
    ----------
    plan
        What is simulated (`make_plan`).
    threads
        How many; None: as many as there are cores. They change nothing but the time it takes.

    Yields
    ------
    day, batch
        The UTC date, and POSITIONS and STATICS of it. There is no static report as such: STATICS has one row for each
        voyage of a ship that was heard that day.

    Examples
    --------
    >>> from darkships.simulation.plan import Settings, make_plan
    >>> from darkships.sites.watch import read_sites
    >>> plan = make_plan(Settings(vessels=20, days=2, every_s=600), read_sites("sea-of-japan"))
    >>> [day.isoformat() for day, batch in simulate_days(plan)]
    ['2024-01-01', '2024-01-02']

    """
    hours = simulate_hours(plan, statics=False, threads=threads)
    offset = 0
    for number in range(plan.settings.days):
        rows = [next(hours) for _ in range(HOURS_A_DAY)]
        day = Rows(*(np.concatenate(pieces) for pieces in zip(*rows, strict=True)))
        n = day.ship.size
        batch = FeedBatch(positions(plan, day, offset), _statics(plan, day), QUARANTINE.arrow.empty_table(), n, {})
        offset += n
        yield plan.settings.start + timedelta(days=number), batch


def positions(plan: Plan, rows: Rows, offset: int = 0) -> pa.Table:
    """Return position reports as a POSITIONS table without file_id, its offsets counted on from one."""
    n = rows.ship.size
    second = rows.second + np.int64(plan.settings.start_s)
    is_a = plan.fleet.ships.ais_class[rows.ship] == CLASS_A
    told = {
        "mmsi": build(pa.int32(), plan.fleet.mmsi[rows.ship].astype(np.int32)),
        "timestamp": times(second * US_PER_S),
        "lon": build(pa.float64(), degrees(rows.lon)),
        "lat": build(pa.float64(), degrees(rows.lat)),
        "sog": build(pa.float32(), (rows.sog / 10.0).astype(np.float32)),
        "cog": build(pa.float32(), (rows.cog / 10.0).astype(np.float32), rows.cog < 3600),
        "heading": build(pa.int16(), rows.heading, rows.heading < 511),
        "nav_status": build(pa.int8(), rows.status, rows.status < 15),
        "msg_type": build(pa.int8(), rows.msg_type),
        "utc_second": build(pa.int8(), (second % 60).astype(np.int8)),
        "ais_class": labels(np.where(is_a, 0, 1), ["A", "B"]),
        "receiver": _receiver(plan, rows),
        "station": labels(rows.station.astype(np.int64), plan.receivers.names or [""]),
        "n_receptions": build(pa.uint16(), np.ones(n, np.uint16)),
        "reception_span_ms": build(pa.uint16(), np.zeros(n, np.uint16)),
        "flags": build(pa.uint32(), np.zeros(n, np.uint32)),
        "offset": build(pa.int64(), offset + 1 + np.arange(n)),
    }
    columns = [told[field.name] if field.name in told else pa.nulls(n, field.type) for field in _POSITIONS]
    return pa.table(columns, schema=_POSITIONS)


def degrees(scaled: Array) -> Array:
    """Return 1/10,000 minutes as degrees, rounded to millionths as the NMEA decoder has them."""
    rounded: Array = np.floor(scaled * (1e6 / _PER_DEG) + 0.5) / 1e6
    return rounded


def _receiver(plan: Plan, rows: Rows) -> pa.DictionaryArray:
    code = np.where(rows.station < 0, 2, (rows.station >= plan.receivers.lon.size).astype(np.int64))
    return labels(code, ["terrestrial", "satellite", "unknown"]).cast(LABEL)


def _statics(plan: Plan, rows: Rows) -> pa.Table:
    """Return a row for each voyage heard: a leg, with the harbour that it leads to as destination."""
    fleet, n_legs = plan.fleet, plan.legs.kind.size
    leg, at, count = np.unique(rows.leg, return_index=True, return_counts=True)
    last = np.zeros(n_legs, np.int64)
    last[rows.leg] = rows.second  # in order of time, so that the last one stays
    ship = rows.ship[at]
    is_a = fleet.ships.ais_class[ship] == CLASS_A
    second = rows.second[at] + np.int64(plan.settings.start_s)
    told = {
        "mmsi": pa.array(fleet.mmsi[ship]),
        "timestamp": times(second * US_PER_S),
        "last_seen": times((last[leg] + plan.settings.start_s) * US_PER_S),
        "n_reports": pa.array(count),
        "imo": pa.array(fleet.imo[ship], mask=fleet.imo[ship] == 0),
        "name": pa.array([fleet.names[k] for k in ship.tolist()]),
        "callsign": pa.array([fleet.callsigns[k] for k in ship.tolist()]),
        "ship_type": pa.array(fleet.ship_type[ship]),
        "length_m": pa.array(fleet.length_m[ship]),
        "beam_m": pa.array(fleet.beam_m[ship]),
        "draught_m": pa.array((plan.draught_dm[leg] / 10.0).astype(np.float32), mask=~is_a),
        "destination": pa.array([plan.destinations[k] for k in plan.bound_for[leg].tolist()], mask=~is_a),
        "epfd": pa.array(np.ones(leg.size)),
    }
    columns = [
        told[field.name].cast(field.type) if field.name in told else pa.nulls(leg.size, field.type)
        for field in _STATICS
    ]
    return pa.table(columns, schema=_STATICS)
