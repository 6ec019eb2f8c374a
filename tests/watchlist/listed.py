"""Two leads made by hand: one whose silence closed, one still silent."""

from typing import Any

import numpy as np
import pandas as pd
from builders import at, gap, gaps, sites, table, trip, trips, visit, visits

from darkships.schema import LEADS

AS_OF = at(300.0)
ANGARA, SILENT = 273000001, 445000002
SITES = sites(Rajin=(130.3, 42.2), Vostochny_east=(133.0, 42.7))

CLOSED_GAP = gap(off_h=14.0 + 1 / 3, on_h=157.5, mmsi=ANGARA, off_lat=42.123456789, off_lon=131.5)
OPEN_GAP = gap(
    off_h=280.0, on_h=None, as_of_h=300.0, mmsi=SILENT, vessels_heard=0, hours_looked_at=18.0, hours_expected=3.0
)

CLOSED_VISIT = visit(CLOSED_GAP, 0.86, there_nm=46.2) | {
    "sea_distance_on_nm": 52.0, "slack_h": 135.0, "closing_speed_kn": 9.84, "opening_speed_kn": -3.2, "own_calls": 2,
    "time_db": 8.14, "approach_db": 9.96, "departure_db": -1.3, "draught_db": 5.0, "history_db": 0.1,
    "draught_before_m": 5.2, "draught_after_m": 6.8, "p_passage": 0.11, "p_still": 0.03,
    "earliest_arrival": at(18.0), "latest_departure": at(153.25),
}  # fmt: skip
OPEN_VISIT = visit(OPEN_GAP, 0.3, there_nm=46.0) | {
    "earliest_arrival": at(283.0), "latest_departure": AS_OF, "closing_speed_kn": np.nan, "time_db": 2.0,
    "reception_db": -7.0, "best_alternative": "not_received", "p_not_received": 0.66,
}  # fmt: skip


def lead(rank: int, of: dict[str, Any], probability: float, **columns: Any) -> dict[str, Any]:
    numbers = {"expected_round_trips": 3.5, "expected_round_trips_low": 0.0, "expected_round_trips_high": 6.0}
    shared = {name: of[name] for name in ("mmsi", "gap_id", "site", "site_group")}
    return {
        "rank": rank,
        "lead_id": f"DS-{rank:08X}",
        "probability": probability,
        "n_gaps": 4,
        **numbers,
        **shared,
        **columns,
    }


def identity(**columns: Any) -> pd.DataFrame:
    ship = {
        "mmsi": ANGARA, "imo": 9179842.0, "imo_valid": True, "name": "ANGARA", "callsign": "UBKX",
        "flag": "Russian Federation", "ship_type": 70.0, "length_m": 115.0,
    }  # fmt: skip
    nobody = dict.fromkeys(ship) | {"mmsi": SILENT, "flag": "Democratic People's Republic of Korea"}
    return pd.DataFrame([ship | columns, nobody])


def stages() -> tuple[pd.DataFrame, ...]:
    """Return leads, visits, trips and gaps of the two."""
    return (
        table(LEADS, [lead(1, CLOSED_VISIT, 0.9612), lead(2, OPEN_VISIT, 0.3)]),
        visits(CLOSED_VISIT, OPEN_VISIT),
        trips(trip(CLOSED_VISIT, expected_round_trips=1.25), trip(OPEN_VISIT, expected_round_trips=1.25)),
        gaps(CLOSED_GAP, OPEN_GAP),
    )


def options(**changed: Any) -> dict[str, Any]:
    seen = pd.Series({ANGARA: at(299.0), SILENT: at(280.0)})
    return {"as_of": AS_OF, "store_version": 7, "data_label": "", "last_seen": seen, **changed}
