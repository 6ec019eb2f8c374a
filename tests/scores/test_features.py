import math

import numpy as np
import pandas as pd
import pytest
from builders import candidate, candidates, gap, gaps

from darkships.scores.features import ITEM_OF, STAY_MEDIAN_H, STAY_SIGMA, dwell_log_likelihood, features
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


def test_speeds_and_turns_by_hand():
    # 0.1 degrees in half an hour are 12 kn; it sails east, comes back west of where it left, and goes on east.
    where = equator(140.0, 139.9, 139.9, 140.0)
    row = one({"cruise_kn": 12.0, "closing_speed_kn": -6.0, "opening_speed_kn": 30.0}, **where)
    speed_kn = DEGREE_NM * 0.1 / 0.5
    assert row["off_speed"] == pytest.approx(math.log(speed_kn / 12.0))
    assert row["on_speed"] == pytest.approx(math.log(speed_kn / 12.0))
    assert row["closing"] == pytest.approx(-6.0 / speed_kn)
    assert row["closing_sharp"] == 0.0
    assert row["opening"] == row["opening_sharp"] == 1.0
    assert row["both_ends"] == row["closing"]
    assert row["off_towards_on"] == pytest.approx(-1.0)
    assert row["on_from_off"] == pytest.approx(-1.0)


def test_a_turn_to_the_side_is_no_turn_towards():
    row = one(**equator(140.0, 140.0, 139.9, 140.1, on_lat=0.1, on_departure_lat=0.1))
    assert row["off_towards_on"] == pytest.approx(0.0, abs=1e-9)
    assert row["on_from_off"] == pytest.approx(0.0, abs=1e-9)


def test_the_antimeridian_turns_nothing():
    here = one(**equator(139.95, 140.1, 139.85, 140.3))
    there = one(**equator(179.95, -179.9, 179.85, -179.7))
    assert there == pytest.approx(here, nan_ok=True)


def test_what_an_open_gap_does_not_tell_is_unknown():
    row = one(on_h=None)
    unknown = {"log_distance", "directness", "passage", "off_towards_on", "opening", "opening_sharp", "on_speed",
               "on_from_off", "both_ends"}  # fmt: skip
    assert {name for name, value in row.items() if math.isnan(value)} == unknown


def test_a_vessel_that_was_not_seen_moving_has_no_course():
    row = one(off_approach_h=0.0, off_approach_lon=132.0, off_approach_lat=42.5)
    assert math.isnan(row["off_speed"])
    assert math.isnan(row["off_towards_on"])


def test_times_and_distances_by_hand():
    row = one({"there_nm": 60.0, "cruise_kn": 10.0, "direct_nm": 240.0, "slack_h": 36.0, "own_calls": 3})
    assert row["slack_share"] == pytest.approx(0.75)
    assert row["directness"] == pytest.approx(0.5)
    assert row["passage"] == pytest.approx(-0.5 * (math.log(0.5) / 0.25) ** 2)
    assert row["log_distance"] == pytest.approx(math.log(122.0))
    assert row["own_calls"] == pytest.approx(math.log(4.0))
    assert row["log_sites"] == 0.0


def test_sites_of_a_gap_are_counted_and_rows_keep_their_labels():
    of = [gap(), gap(off_h=100.0, on_h=150.0)]
    rows = candidates(candidate(of[0]), candidate(of[1], site="Dunay"), candidate(of[1])).set_index(pd.Index([7, 3, 5]))
    found = features(rows, gaps(*of))
    assert list(found.columns) == list(ITEM_OF)
    assert found["log_sites"].to_dict() == pytest.approx({7: 0.0, 3: math.log(2.0), 5: math.log(2.0)})


@pytest.mark.parametrize("sailing_h", [0.5, 8.0, 40.0])
def test_the_density_of_durations_adds_up_to_one(sailing_h):
    edges_h = np.concatenate([[0.0], np.geomspace(1e-3, 3000.0, 400_000)])
    middles_h, widths_h = (edges_h[1:] + edges_h[:-1]) / 2.0, np.diff(edges_h)
    density = np.exp(dwell_log_likelihood(middles_h, np.full(middles_h.size, sailing_h))) - 1e-6
    assert float(density @ widths_h) == pytest.approx(1.0, abs=0.02)


def test_without_sailing_the_density_is_the_lognormal_stay():
    stay_h = np.array([0.7, 6.0, 30.0])
    z = (np.log(stay_h) - math.log(STAY_MEDIAN_H)) / STAY_SIGMA
    expected = np.exp(-0.5 * z**2) / (math.sqrt(2.0 * math.pi) * STAY_SIGMA * stay_h)
    assert np.exp(dwell_log_likelihood(stay_h, np.zeros(3))) == pytest.approx(expected, abs=2e-6)


def test_a_silence_shorter_than_the_way_is_most_unlikely():
    too_short, enough = dwell_log_likelihood(np.array([5.0, 25.0]), np.array([20.0, 20.0]))
    assert too_short < enough - 5.0


def test_a_ship_that_stays_long_explains_a_long_silence_better():
    duration_h, sailing_h = np.array([100.0, 100.0]), np.array([10.0, 10.0])
    unknown, merchant = dwell_log_likelihood(duration_h, sailing_h, np.array([np.nan, 30.0]))
    assert merchant > unknown
    assert unknown == dwell_log_likelihood(duration_h, sailing_h)[0]
