import math

import pandas as pd
import pytest
from builders import candidate, candidates, gap, gaps

from darkships.scores.features import ITEM_OF, features
from darkships.units import EARTH_RADIUS_NM

DEGREE_NM = math.radians(1.0) * EARTH_RADIUS_NM


def one(candidate_columns=None, **gap_columns):
    of = gap(**gap_columns)
    (row,) = features(candidates(candidate(of, **(candidate_columns or {}))), gaps(of)).to_dict("records")
    return row


def equator(off, on, before, after, **columns):
    """Return the places of a gap on the equator by longitude: the two ends, and where it was 0.5 h before and after."""
    lon = {"off_lon": off, "on_lon": on, "off_approach_lon": before, "on_departure_lon": after}
    lat = dict.fromkeys(("off_lat", "on_lat", "off_approach_lat", "on_departure_lat"), 0.0)
    return {**lon, **lat, "off_approach_h": 0.5, "on_departure_h": 0.5, **columns}


def test_speeds_by_hand():
    # 0.1 degrees in half an hour are 12 kn, and half of that after it came back.
    where = equator(140.0, 139.9, 139.9, 139.95)
    row = one({"cruise_kn": 12.0, "closing_speed_kn": -6.0, "opening_speed_kn": 3.0}, **where)
    speed_kn = DEGREE_NM * 0.1 / 0.5
    assert row["closing"] == pytest.approx(-6.0 / speed_kn)
    assert row["opening"] == pytest.approx(3.0 / (speed_kn / 2.0))


def test_speed_and_course_at_the_ends_by_hand():
    angles = {"cruise_kn": 10.0, "off_angle_deg": 60.0, "on_angle_deg": 180.0}
    row = one(angles, off_sog_kn=8.0, on_sog_kn=11.0)
    assert row["off_way"] == pytest.approx(0.8 * 0.5)
    assert row["on_way"] == pytest.approx(-1.1)
    assert row["fastest_end"] == pytest.approx(1.1)


def test_without_a_reported_speed_the_speed_made_good_counts():
    where = equator(140.0, 139.9, 139.9, 139.95, off_sog_kn=None, on_sog_kn=None)
    row = one({"cruise_kn": 12.0, "off_angle_deg": 0.0, "on_angle_deg": 0.0}, **where)
    made_good = DEGREE_NM * 0.1 / 0.5 / 12.0
    assert (row["off_way"], row["on_way"]) == pytest.approx((made_good, made_good / 2.0))
    assert row["fastest_end"] == pytest.approx(made_good)


@pytest.mark.parametrize(
    ("off_kn", "on_kn", "on_lat", "known"), [(0.1, 0.3, 42.2, False), (0.1, 0.3, 42.01, True), (0.1, 5.0, 42.2, True)]
)
def test_of_who_lay_at_two_places_nobody_knows_how_it_sailed_between(off_kn, on_kn, on_lat, known):
    row = one({"cruise_kn": 10.0}, off_sog_kn=off_kn, on_sog_kn=on_kn, off_lat=42.0, on_lat=on_lat,
              distance_nm=(on_lat - 42.0) * DEGREE_NM)  # fmt: skip
    assert row["fastest_end"] == pytest.approx(on_kn / 10.0 if known else math.nan, nan_ok=True)


def test_a_drifting_vessel_does_not_close_at_full_speed():
    where = equator(140.0, 140.0, 139.999, 140.001)  # 0.12 kn
    row = one({"closing_speed_kn": 0.1}, **where)
    assert row["closing"] == pytest.approx(0.1 / 2.0)


def test_what_an_open_gap_does_not_tell_is_unknown():
    row = one({"other_callers": 1}, on_h=None)
    unknown = {"log_distance", "passage", "opening", "on_way"}
    assert {name for name, value in row.items() if math.isnan(value)} == unknown


def test_times_and_distances_by_hand():
    row = one({"there_nm": 60.0, "cruise_kn": 10.0, "direct_nm": 240.0, "slack_h": 36.0})
    assert row["spare"] == pytest.approx(0.75)
    assert row["passage"] == pytest.approx(0.5)
    assert row["log_distance"] == pytest.approx(math.log(122.0))
    assert row["log_sites"] == 0.0


def test_history_by_hand():
    row = one({"own_calls": 3, "vessel_calls": 9, "other_callers": 4})
    assert row["own_calls"] == 1.0
    assert row["own_share"] == pytest.approx(3.1 / 10.0)
    assert row["other_callers"] == pytest.approx(math.log(5.0))


def test_where_ais_shows_no_call_at_all_history_is_unknown():
    row = one({"own_calls": 0, "vessel_calls": 9, "other_callers": 0})
    assert all(math.isnan(row[name]) for name in ("own_calls", "own_share", "other_callers"))


def test_open_calls_at_an_origin_are_no_history_of_hidden_ones():
    row = one({"own_calls": 3, "vessel_calls": 9, "other_callers": 4, "watched": False})
    assert all(math.isnan(row[name]) for name in ("own_calls", "own_share", "other_callers"))


def test_sites_of_a_gap_are_counted_and_rows_keep_their_labels():
    of = [gap(), gap(off_h=100.0, on_h=150.0)]
    rows = candidates(candidate(of[0]), candidate(of[1], site="Dunay"), candidate(of[1])).set_index(pd.Index([7, 3, 5]))
    found = features(rows, gaps(*of))
    assert list(found.columns) == list(ITEM_OF)
    assert found["log_sites"].to_dict() == pytest.approx({7: 0.0, 3: math.log(2.0), 5: math.log(2.0)})
