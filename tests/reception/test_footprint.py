"""Who sails out of what the feed hears falls silent there, and has not switched off."""

import numpy as np
import pandas as pd
import pytest
from builders import MMSI, at, gap, gaps
from random_sea import batch

from darkships.kernels.hours import COLUMNS, ROWS, cell_of
from darkships.kernels.silences import CLASS_A, CLASS_B, OTHER_THAN_27
from darkships.pipeline import Analysis
from darkships.positions.store import Store
from darkships.reception.dates import MIN_WITNESSES
from darkships.reception.footprint import HEARD_AT_EDGE, LEFT_SHARE, Edges, or_left
from darkships.reception.records import MONTH
from darkships.reception.weighing import Weighed

HARBOUR_LON, EDGE_LON, LAT, KN = 136.0, 136.8, 39.3, 10.0
"""A home receiver at sea: 37 nm to the east nobody is heard any more."""

DARK, DAYS = 273000100, 8


def days_at_sea(mmsi, start_h, *, dark=None):
    """Return a ship that sails east for five hours, is out for 40, comes back, lies for a day, and so on."""
    hours = np.arange(start_h, 24.0 * DAYS, 0.1)
    cycle = (hours - start_h) % 74.0
    away_h = np.select([cycle < 25.0, cycle < 50.0, cycle < 74.0], [cycle, 50.0 - cycle, 0.0])
    lon = HARBOUR_LON + away_h * KN / 60.0 / np.cos(np.radians(LAT))
    sog, cog = np.where(away_h > 0.0, KN, 0.0), np.where(cycle < 25.0, 90.0, 270.0)
    frame = pd.DataFrame({"mmsi": mmsi, "timestamp": at(hours), "lon": lon, "lat": LAT, "sog": sog, "cog": cog})
    frame = frame.assign(nav_status=0, receiver="terrestrial")
    return frame[(lon < EDGE_LON) & ~((hours >= dark[0]) & (hours < dark[1]) if dark else np.zeros(hours.size, bool))]


def test_who_leaves_a_home_receivers_range_is_not_dark(tmp_path):
    ships = [days_at_sea(273000001 + number, 3.0 * number) for number in range(20)]
    ships.append(
        days_at_sea(DARK, -51.0, dark=(20.0, 30.0))
    )  # out from hour 23 on: it never gets there with its set on
    store = Store.open(tmp_path / "store", create=True)
    frame = pd.concat(ships).query("timestamp >= @at(0)").sort_values(["mmsi", "timestamp"], ignore_index=True)
    store.ingest(name="f", path="f", content_hash="f", size=0, format="f", batches=[batch(frame)])
    found = Analysis(store).gaps
    out = found[(found["mmsi"] != DARK) & ~found["is_open"]]
    assert len(out) > 20
    assert (out["edge_h"] > 0.0).all()
    assert out["p_switched_off"].max() < 0.5
    assert found.loc[found["mmsi"] == DARK, "p_switched_off"].iloc[0] > 0.5


def heard_at(*places):
    months = np.zeros(len(places), MONTH)
    months["cell"], months["heard"], months["there"] = [cell_of(*place) for place in places], 50, 50
    return months


def edges(*rows, group=OTHER_THAN_27, months=None):
    months = heard_at((130.1, 42.1)) if months is None else months
    return Edges.of(gaps(*rows), np.full(len(rows), group), months, np.zeros(ROWS * COLUMNS, bool))


HERE = {"off_lon": 130.1, "off_lat": 42.1, "off_sog_kn": 12.0, "off_cog_deg": 0.0,
        "on_lon": 130.1, "on_lat": 42.1, "on_sog_kn": 12.0, "on_cog_deg": 180.0}  # fmt: skip


def test_the_way_back_is_that_of_the_on_fix_turned_round():
    no_fix = {"on_lon": np.nan, "on_lat": np.nan}
    found = edges(gap(**HERE), gap(**HERE | {"on_cog_deg": np.nan}), gap(on_h=None, **HERE | no_fix))
    assert found.off_h.tolist() == [2.5, 2.5, 2.5]  # as test_silences_kernel has it
    assert found.on_h.tolist() == pytest.approx([2.5, np.nan, 0.0], nan_ok=True)


def test_where_long_silences_begin_as_often_as_hours_are_heard_the_feed_ends():
    # North of 42.5 N fifty hours are heard in one cell, of vessels that vanish there or come back.
    months = heard_at((130.1, 42.1), (130.1, 42.6))
    there = {"off_lat": 42.6, "on_lat": 42.6, "on_h": 40.0}
    for count, hours, outage_h, expected in [(24, 30.0, 0.0, 5.0), (25, 30.0, 0.0, 2.5), (25, 20.0, 0.0, 5.0),
                                             (25, 30.0, 9.0, 5.0)]:  # fmt: skip
        changed = HERE | there | {"off_h": 40.0 - hours, "outage_h": outage_h}
        vanish = [gap(mmsi=MMSI + 1 + n, **changed) for n in range(count)]
        assert edges(gap(**HERE), *vanish, months=months).off_h[0] == expected


def test_who_sends_no_long_range_messages_leaves_where_others_are_heard_by_these_only():
    months = heard_at((130.1, 42.1), (130.1, 42.6))
    months["long_range"][1] = months["heard"][1]
    found = [edges(gap(**HERE), group=group, months=months).off_h[0] for group in (OTHER_THAN_27, CLASS_A, CLASS_B)]
    assert found == [2.5, 5.0, 5.0]  # beyond 42.5 N, 24 nm on, and beyond 43 N, 54 nm


def test_other_vessels_that_vanish_at_the_same_edge_bear_witness_once_each():
    others = [gap(mmsi=MMSI + number, **HERE) for number in (1, 1, 2)]
    beside = gap(mmsi=MMSI + 3, **HERE | {"off_lon": 130.3, "on_lon": 130.4})  # the next cell
    far = gap(mmsi=MMSI + 4, **HERE | {"off_lon": 130.6})
    inward = gap(mmsi=MMSI + 5, **HERE | {"off_sog_kn": 0.0, "on_sog_kn": 0.0})
    found = edges(gap(**HERE), gap(off_h=90, **HERE), *others, beside, far, inward).others.tolist()
    # Of the one far off the on fix is near too, but at its off fix only the one beside is; who lies still sees all.
    assert found == [4, 4, 4, 4, 4, 4, 1, 5]


def test_having_left_counts_as_a_way_only_where_both_ends_the_time_and_others_allow_it():
    plain = np.full(5, -30.0)
    weighed = Weighed(np.full(5, 40.0), np.full(5, 35.0), plain, plain)
    others = np.array([MIN_WITNESSES, 99, 99, 99, MIN_WITNESSES - 1])
    off_h, on_h = np.array([1.0, 1.0, 1.0, np.nan, 1.0]), np.array([2.0, 0.0, 2.0, 2.0, 2.0])
    found = or_left(weighed, Edges(off_h, on_h, others), np.array([9.0, 9.0, 2.0, 9.0, 9.0]))
    three, one = (hours * np.log(1.0 - HEARD_AT_EDGE) for hours in (3.0, 1.0))
    assert found.log_missed_fair.tolist() == pytest.approx([three, one, -30.0, -30.0, -30.0])
    assert found.log_missed[:2] == pytest.approx(np.log(LEFT_SHARE) + np.array([three, one]), abs=1e-9)
    assert found.log_missed[2:].tolist() == [-30.0] * 3
    assert (found.heard_h[:2] < 35.0).all()
    assert found.heard_h[2:].tolist() == [35.0] * 3
