"""Who sends no long-range messages (type 27) is not heard where others are by these only; all of it synthetic."""

import numpy as np
import pandas as pd
import pytest
from builders import at
from random_sea import batch

from darkships.kernels.hours import COLUMNS, cell_of
from darkships.kernels.silences import CLASS_A, CLASS_B, OTHER_THAN_27
from darkships.pipeline import Analysis
from darkships.positions.parts import part_labels
from darkships.positions.store import Store
from darkships.reception.chances import hours_of_month
from darkships.reception.records import MONTH

HARBOUR_LON, COAST_LON, LAT, KN, DAYS = 136.0, 136.5, 39.3, 10.0, 8
SENDERS, OTHERS = 20, 3
DARK = 273_000_001


def ship(rng, mmsi, start_h, *, sends, dark=None):
    """Return a ship that sails east for ten hours and back, again and again.

    Near the coast it is heard; beyond only its long-range messages are, in one hour of two.
    """
    hours = np.arange(start_h, 24.0 * DAYS, 0.1)
    out_h = 10.0 - abs((hours - start_h) % 20.0 - 10.0)
    lon = HARBOUR_LON + out_h * KN / 60.0 / np.cos(np.radians(LAT))
    far = lon > COAST_LON
    heard = ~far | (sends & (rng.random(24 * DAYS)[hours.astype(int)] < 0.5))
    if dark:
        heard &= (hours < dark[0]) | (hours >= dark[1])
    cog = np.where((hours - start_h) % 20.0 < 10.0, 90.0, 270.0)
    columns = {"mmsi": mmsi, "timestamp": at(hours), "lon": lon, "lat": LAT, "sog": KN, "cog": cog, "nav_status": 0}
    receiver, msg_type = np.where(far, "satellite", "terrestrial"), np.where(far, 27, 1)
    return pd.DataFrame(columns | {"receiver": receiver, "msg_type": msg_type})[heard]


@pytest.fixture(scope="module")
def sea(tmp_path_factory):
    rng = np.random.default_rng(1)
    ships = [ship(rng, DARK + 1 + n, rng.uniform(0, 20), sends=n < SENDERS) for n in range(SENDERS + OTHERS)]
    ships.append(ship(rng, DARK, 0.0, sends=True, dark=(102.0, 118.0)))
    frame = pd.concat(ships).sort_values(["mmsi", "timestamp"], ignore_index=True)
    store = Store.open(tmp_path_factory.mktemp("long-range") / "store", create=True)
    store.ingest(name="f", path="f", content_hash="f", size=0, format="f", batches=[batch(frame)])
    return store, Analysis(store)


def test_parts_say_whether_long_range_messages_may_occur_in_them(sea):
    told = [part_labels(path)["msg_type"] for path in sorted(sea[0].path.glob("positions/*/*"))]
    assert told == [{1, 27}] * DAYS


def test_hours_of_long_range_messages_only_are_counted(sea):
    found = sea[1].reception
    far = found["west_lon"] > COAST_LON
    assert (found.loc[far, "long_range_hours"] == found.loc[far, "heard_hours"]).all()
    assert found.loc[far, "long_range_hours"].sum() > 1000
    assert found.loc[found["east_lon"] < COAST_LON, "long_range_hours"].sum() == 0


def test_only_who_sends_them_is_missed_by_them(sea):
    gaps = sea[1].gaps
    gaps = gaps[~gaps["is_open"]]
    others = gaps[gaps["mmsi"] > DARK + SENDERS]
    assert len(others) >= OTHERS * 5
    assert others["p_switched_off"].max() < 0.1
    dark = gaps[(gaps["mmsi"] == DARK) & (gaps["duration_h"] > 15.0)].iloc[0]
    assert dark["p_switched_off"] > 0.9


def test_chances_without_long_range_messages_are_those_of_the_other_hours():
    cell, beside = cell_of(136.1, 39.3), cell_of(136.1, 39.3) + COLUMNS
    months = np.array([(0, cell, 0, 100, 80, 60, 50), (0, beside, 1, 100, 70, 0, 0)], MONTH)
    short = months.copy()
    short["heard"][0], short["long_range"] = 30, 0
    of_all, of_short = hours_of_month(months), hours_of_month(short)
    assert of_all.there[:, cell].tolist() == [100, 0, 100]
    assert of_all.heard[:, cell].tolist() == [80, 0, 30]
    np.testing.assert_array_equal(of_all.chance[OTHER_THAN_27], of_short.chance[CLASS_A])
    np.testing.assert_array_equal(of_all.chance[CLASS_B], of_short.chance[CLASS_B])
    assert of_all.chance[CLASS_A, cell] == pytest.approx(0.8, abs=0.1)
