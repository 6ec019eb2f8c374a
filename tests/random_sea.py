"""Random traffic near two sites for properties of whole stores: synthetic, as POSITIONS tables."""

import numpy as np
import pandas as pd
import pyarrow as pa
from builders import START, at, sites

from darkships.schema import POSITIONS, QUARANTINE, STATICS, FeedBatch

DAYS = 6
SITES = sites(Rajin=(130.30, 42.22), Dunay=(131.00, 42.30))
_PLACES = [(130.30, 42.22), (131.00, 42.30), (130.7, 42.1), (131.6, 42.1)]


def reports(seed: int, *, days: int = DAYS) -> pd.DataFrame:
    """Return reports of a few vessels: silences of all lengths, two ships under one MMSI, strays, contacts, stops."""
    rng = np.random.default_rng(seed)
    rows = [_ship(rng, 273_000_001 + number, days) for number in range(4)]
    rows += [_ship(rng, 273_000_001, days, shift=8.0)] if rng.random() < 0.7 else []  # a clone far away
    frame = pd.concat(rows).drop_duplicates(["mmsi", "hours"]).sort_values(["mmsi", "hours"], ignore_index=True)
    stray = rng.random(len(frame)) < 0.03
    frame.loc[stray, "lon"] += rng.choice([25.0, -25.0], stray.sum())
    contact = rng.random(len(frame)) < 0.08
    frame.loc[contact, ["lon", "lat"]] = np.nan
    return frame.assign(
        timestamp=at(frame.pop("hours").to_numpy()),
        cog=np.round(rng.uniform(0.0, 359.9, len(frame)), 1),
        nav_status=rng.choice([0, 1, 5], len(frame)),
        receiver=rng.choice(["terrestrial", "satellite"], len(frame), p=[0.8, 0.2]),
        msg_type=np.where((frame["mmsi"] % 2 == 1) & (rng.random(len(frame)) < 0.1), 27, 1),
    )


def _ship(rng: np.random.Generator, mmsi: int, days: int, shift: float = 0.0) -> pd.DataFrame:
    """Return a ship that lies at a place, sails to the next one, and is silent now and then."""
    minutes = rng.choice([3, 20, 60, 400, 1300], 400, p=[0.3, 0.4, 0.22, 0.06, 0.02])
    hours = np.cumsum(minutes) / 60.0 + rng.uniform(0.0, 20.0)
    hours = hours[hours < 24.0 * days]
    stop = (hours // 9.0).astype(int) % len(_PLACES)
    lon, lat = np.array(_PLACES)[stop].T + rng.normal(0.0, 0.005, (2, hours.size))
    sog = np.where(rng.random(hours.size) < 0.4, 0.2, np.round(rng.uniform(0.0, 15.0, hours.size), 1))
    sog[rng.random(hours.size) < 0.1] = np.nan
    return pd.DataFrame({"mmsi": mmsi, "hours": np.round(hours, 4), "lon": lon + shift, "lat": lat, "sog": sog})


def table(frame: pd.DataFrame, declared=POSITIONS, *, without: tuple[str, ...] = ("file_id",)) -> pa.Table:
    """Return reports as a POSITIONS table."""
    fill = {"n_receptions": 1, "reception_span_ms": 0, "flags": 0, "ais_class": "A", "offset": 1, "file_id": 1}
    columns = []
    for field in declared.arrow:
        if field.name in without:
            continue
        values = frame[field.name] if field.name in frame else [fill.get(field.name)] * len(frame)
        columns.append(pa.array(values, field.type, from_pandas=True))
    names = [name for name in declared.names if name not in without]
    return pa.table(columns, schema=pa.schema([declared.arrow.field(name) for name in names]))


def batch(frame: pd.DataFrame) -> FeedBatch:
    """Return reports as a feed would bring them."""
    nothing = pa.schema([field for field in STATICS.arrow if field.name != "file_id"]).empty_table()
    return FeedBatch(table(frame), nothing, QUARANTINE.arrow.empty_table(), len(frame), {})


def by_day(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the reports of each date from the first on; some may be empty."""
    day = (frame["timestamp"] - START) // pd.Timedelta(days=1)
    return [frame[day == number] for number in range(int(day.max()) + 1)]
