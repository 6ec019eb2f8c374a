import numpy as np
import pandas as pd
import pytest
from builders import MMSI, at, call, candidates, gap, gaps, port_calls, sites
from hypothesis import given
from hypothesis import strategies as st

from darkships.errors import SchemaError
from darkships.schema import CANDIDATES, PORT_CALLS
from darkships.visits.candidates import candidate_visits

NO_CALLS = PORT_CALLS.empty()
KN = 1.0 / 1.1  # what the vessel was seen to do is taken a tenth higher


class Canal:
    """A sea that is a canal along the equator, sixty miles a degree."""

    def __init__(self, places):
        self.lon = places["approach_lon"].to_numpy()

    def matrix_nm(self, lon, lat):
        assert np.isfinite(lon).all()
        assert np.isfinite(lat).all()
        return 60.0 * np.abs(lon[:, None] - self.lon)


def silence(off_nm, on_nm=None, *, hours=48.0, cruise_kn=12.0, max_kn=12.0, **columns):
    """Return a gap of a vessel that goes silent and comes back so many miles west (minus) or east of longitude 140."""
    lon = {"off_lon": 140.0 + off_nm / 60.0, "off_lat": 0.0, "off_approach_lat": 0.0, "off_approach_lon": 140.0}
    if on_nm is not None:
        lon |= {"on_lon": 140.0 + on_nm / 60.0, "on_lat": 0.0, "on_departure_lat": 0.0, "on_departure_lon": 140.0}
    speeds = {"cruise_kn": cruise_kn, "max_kn": max_kn * KN}
    return gap(on_h=None if on_nm is None else hours, as_of_h=hours, **{**lon, **speeds, **columns})


def visit(row, places=None, *, as_of_h=48.0, **options):
    places = sites(Rajin=(140.0, 0.0)) if places is None else places
    return candidate_visits(gaps(row), places, sea=Canal(places), as_of=at(as_of_h), **options)


def test_a_candidate_with_all_its_numbers():
    (row,) = visit(silence(-60.0, 96.0, off_approach_lon=138.9, on_departure_lon=141.8)).to_dict("records")
    expected = {
        "mmsi": MMSI, "off_timestamp": at(0), "on_timestamp": at(48), "is_open": False, "duration_h": 48.0,
        "site": "Rajin", "site_group": "Rajin", "reachable": True, "declared": False, "own_calls": 0,
        "earliest_arrival": at(5.0), "latest_departure": at(40.0), "max_round_trips": 1,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    numbers = {
        "sea_distance_off_nm": 60.0, "sea_distance_on_nm": 96.0, "cruise_kn": 12.0, "max_kn": 12.0,
        "slack_h": 48.0 - 156.0 / 12.0,
        "closing_speed_kn": (66.0 - 60.0) / 0.4, "opening_speed_kn": (108.0 - 96.0) / 0.4,
        "off_angle_deg": 0.0, "on_angle_deg": 0.0, "vessel_calls": 0, "other_callers": 0,
    }  # fmt: skip
    assert {name: row[name] for name in numbers} == pytest.approx(numbers)
    assert row["direct_nm"] == pytest.approx(156.0, rel=1e-3)  # the great circle: the sphere's degree is 60.04 nm
    assert row["detour_factor"] == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize(
    ("hours", "reached"),
    [
        (23.0, True),  # 120 + 150 = 270 nm, of which 2 are the field's error: 22.33 h at 12 kn, and 0.5 h there
        (22.8, False),
    ],
)
def test_both_legs_and_the_dwell_must_fit(hours, reached):
    assert (len(visit(silence(-120.0, -150.0, hours=hours))) == 1) is reached


@given(
    off_nm=st.integers(-300, 300), on_nm=st.integers(-300, 300), hours=st.integers(6, 90), max_kn=st.integers(8, 30),
    dwell_h=st.sampled_from([0.5, 6.0]),
)  # fmt: skip
def test_reach_is_the_rule_of_the_methods(off_nm, on_nm, hours, max_kn, dwell_h):
    places = sites(Rajin=(140.0, 0.0), Sonbong=(141.0, 0.0), Chongjin=(137.0, 0.0))
    found = visit(silence(off_nm, on_nm, hours=hours, max_kn=max_kn), places, min_dwell_h=dwell_h)
    shown_kn = abs(on_nm - off_nm) / hours
    for site, at_nm in (("Rajin", 0.0), ("Sonbong", 60.0), ("Chongjin", -180.0)):
        spare_nm = max(max_kn, shown_kn) * (hours - dwell_h) + 2.0 - abs(off_nm - at_nm) - abs(on_nm - at_nm)
        if abs(spare_nm) > 0.5:  # a sphere's degree is a little longer than the canal's
            assert (site in found["site"].to_list()) is (spare_nm > 0)


def test_a_longer_stay_must_fit_too():
    row = silence(-120.0, -120.0, hours=24.0)
    assert len(visit(row, min_dwell_h=3.0)) == 1
    assert visit(row, min_dwell_h=5.0).empty


def test_the_way_that_was_sailed_shows_how_fast_the_vessel_is():
    found = visit(silence(-150.0, 150.0, hours=15.0, max_kn=12.0), min_dwell_h=0.05)
    assert found["max_kn"].tolist() == pytest.approx([20.0], rel=1e-3)


@pytest.mark.parametrize(("cruise_kn", "max_kn", "used"), [(np.nan, np.nan, (10.0, 15.0)), (4.0, 5.0, (4.0, 8.0))])
def test_a_vessel_hardly_seen_under_way_gets_a_cargo_ships_speeds(cruise_kn, max_kn, used):
    found = visit(silence(-60.0, -60.0, cruise_kn=cruise_kn, max_kn=max_kn))
    assert tuple(found.loc[0, ["cruise_kn", "max_kn"]]) == used


def test_an_open_gap_needs_only_the_way_there():
    row = silence(-240.0, hours=22.0)
    (found,) = visit(row, as_of_h=22.0).to_dict("records")
    assert found["earliest_arrival"] == at(20.0)
    assert found["latest_departure"] == at(22.0)
    assert found["slack_h"] == pytest.approx(2.0)
    assert pd.isna(found["sea_distance_on_nm"])
    assert pd.isna(found["opening_speed_kn"])
    assert visit(silence(-240.0, hours=20.0), as_of_h=20.0).empty


def test_contacts_around_the_silence_leave_its_window_to_it():
    row = silence(-60.0, -60.0, hours=48.0)
    row |= {"off_timestamp": at(7.0), "on_timestamp": at(41.0), "duration_h": 34.0}
    (found,) = visit(row).to_dict("records")
    assert found["earliest_arrival"] == at(7.0)  # it could have arrived after 5 h, still transmitting
    assert found["latest_departure"] == at(41.0)
    assert found["slack_h"] == pytest.approx(34.0)  # the stay lies in the silence


def test_contacts_can_leave_no_time_for_a_stay():
    row = silence(-60.0, -60.0, hours=48.0)  # back at hour 48, so it left at hour 43 at the latest
    assert visit(row | {"off_timestamp": at(43.2), "duration_h": 4.8}).empty
    assert len(visit(row | {"off_timestamp": at(42.2), "duration_h": 5.8})) == 1


def test_nobody_nears_a_site_faster_than_it_sails():
    """Two places near each other can be snapped to different seas."""
    row = silence(-60.0, -60.0, off_approach_h=0.4, on_departure_h=0.4)
    places = sites(Rajin=(140.0, 0.0))

    class Torn(Canal):
        def matrix_nm(self, lon, lat):
            return np.where(np.abs(lon[:, None] - 138.99) < 1e-9, 400.0, super().matrix_nm(lon, lat))

    for sog, fastest in ((10.0, 10.0), (0.0, 0.01 * 60.04 / 0.4), (np.nan, 0.01 * 60.04 / 0.4)):
        near = row | {"off_approach_lon": 138.99, "on_departure_lon": 138.99, "off_sog_kn": sog, "on_sog_kn": sog}
        (found,) = candidate_visits(gaps(near), places, sea=Torn(places), as_of=at(48)).to_dict("records")
        assert found["closing_speed_kn"] == pytest.approx(fastest, rel=1e-3)
        assert found["opening_speed_kn"] == pytest.approx(fastest, rel=1e-3)


@pytest.mark.parametrize(
    ("hours", "trips"),
    # Rajin-Dunay is 103 nm by sea: at 12 kn with a day at the berth a round trip takes 2 x 8.58 + 24 = 41.17 h.
    [(41.0, 1), (82.0, 1), (82.4, 2), (123.4, 2), (123.6, 3), (20 * 41.17, 20), (20.0, 1)],
)
def test_the_most_round_trips_that_fit(hours, trips):
    found = visit(silence(-103.0, -103.0, hours=hours), as_of_h=hours)
    assert found["max_round_trips"].tolist() == [trips]


def test_round_trips_in_between_go_back_to_the_nearer_end():
    # First 10 + 20 h sailed and 24 h there; each further one 10 + 10 + 24 h.
    for hours, trips in ((97.9, 1), (98.1, 2), (141.9, 2), (142.1, 3)):
        assert visit(silence(-120.0, 240.0, hours=hours))["max_round_trips"].tolist() == [trips]


@pytest.mark.parametrize(("off_nm", "on_nm"), [(0.0, 90.0), (90.0, 0.0), (2.0, -2.0)])
def test_who_is_seen_inside_at_an_end_has_declared_it(off_nm, on_nm):
    assert visit(silence(off_nm, on_nm))["declared"].tolist() == [True]


def test_a_call_declared_at_one_site_hides_nothing_of_another():
    places = sites(Rajin=(140.0, 0.0), Dunay=(141.0, 0.0))
    found = visit(silence(60.0, 90.0), places).set_index("site")
    assert found["declared"].to_dict() == {"Dunay": True, "Rajin": False}


def test_the_angles_between_courses_and_the_ways_to_and_from_the_berth():
    # West of the berth it sails north before off; after on, still west of it, it sails back east.
    way = silence(-60.0, -60.0, off_approach_lon=139.0, off_approach_lat=-0.1, on_departure_lon=139.1)
    (row,) = visit(way).to_dict("records")
    assert row["off_angle_deg"] == pytest.approx(90.0, abs=0.1)
    assert row["on_angle_deg"] == pytest.approx(180.0, abs=0.1)


def test_who_drifts_or_is_not_seen_has_no_course():
    drifting = silence(-60.0, off_approach_lon=139.0, off_approach_lat=0.004)  # 0.24 nm in 0.4 h
    (row,) = visit(drifting).to_dict("records")
    assert np.isnan(row["off_angle_deg"])
    assert np.isnan(row["on_angle_deg"])


def test_calls_elsewhere_and_other_callers_are_counted():
    spans = [call(-90, -80), call(-70, -60, site="Dunay"), call(-10, 0, site="Dunay")]
    others = [call(k, k + 1, mmsi=MMSI + 1 + k % 2) for k in range(-50, -44)]
    (row,) = visit(silence(-60.0, -60.0), calls=port_calls(*spans, *others)).to_dict("records")
    assert (row["own_calls"], row["vessel_calls"], row["other_callers"]) == (1, 2, 2)


def test_own_calls_are_those_that_do_not_touch_the_gap():
    spans = [(-90, -80), (-10, 0), (48, 50), (60, 70), (80, 90)]
    others = [call(-90, -80, site="Dunay"), call(-90, -80, mmsi=MMSI + 1)]
    history = port_calls(*(call(*span) for span in spans), *others)
    assert visit(silence(-60.0, -60.0), calls=history)["own_calls"].tolist() == [3]
    assert visit(silence(-60.0, hours=48.0), calls=history)["own_calls"].tolist() == [1]
    assert visit(silence(-60.0, -60.0), calls=NO_CALLS)["own_calls"].tolist() == [0]


def test_calls_that_are_no_calls_are_refused():
    with pytest.raises(SchemaError, match="calls is not a port calls table: column 'departure' is missing"):
        visit(silence(-60.0, -60.0), calls=port_calls(call(-9, -8)).drop(columns="departure"))


def test_rows_are_sorted_by_vessel_time_and_site_and_keep_their_own_numbers():
    places = sites(Rajin=(140.0, 0.0), Chongjin=(139.0, 0.0))
    rows = gaps(silence(-60.0, -60.0, mmsi=MMSI + 1), silence(-30.0, -30.0))
    found = candidate_visits(rows, places, sea=Canal(places), as_of=at(48))
    assert found[["mmsi", "site", "sea_distance_off_nm"]].to_numpy().tolist() == [
        [MMSI, "Chongjin", pytest.approx(30.0)],
        [MMSI, "Rajin", pytest.approx(30.0)],
        [MMSI + 1, "Chongjin", pytest.approx(0.0)],
        [MMSI + 1, "Rajin", pytest.approx(60.0)],
    ]
    pd.testing.assert_frame_equal(found, candidates(*found.to_dict("records")))


def test_no_gaps_or_no_sites_give_no_candidates():
    places = sites(Rajin=(140.0, 0.0))
    for rows, where in ((gaps(silence(0.0, 0.0)).iloc[:0], places), (gaps(silence(0.0, 0.0)), places.iloc[:0])):
        found = candidate_visits(rows, where, sea=Canal(where), as_of=at(48))
        assert found.empty
        assert list(found.columns) == CANDIDATES.names


def test_the_direct_way_is_the_great_circle_whatever_lies_between():
    class Peninsula(Canal):
        def matrix_nm(self, lon, lat):
            """East of longitude 141 lies another sea, 300 nm further by water."""
            return super().matrix_nm(lon, lat) + np.where(lon[:, None] > 141.0, 300.0, 0.0)

    places = sites(Rajin=(140.0, 0.0))
    row = silence(50.0, 70.0, hours=72.0)
    found = candidate_visits(gaps(row), places, sea=Peninsula(places), as_of=at(72))
    assert found["direct_nm"].tolist() == pytest.approx([20.0], rel=1e-3)
