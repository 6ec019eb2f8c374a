import numpy as np
import pandas as pd
import pytest
from builders import MMSI, at, call, gap, port_calls, visit, visits

from darkships.errors import SchemaError
from darkships.renewal import trip_pmf
from darkships.schema import PORT_CALLS, TRIPS
from darkships.trips.rounds import STAY_H, round_trips

NO_CALLS = PORT_CALLS.empty()
DAY = 24.0


def trips_of(*rows, calls=NO_CALLS):
    return round_trips(visits(*rows), calls=calls)


def test_a_trip_with_all_its_numbers():
    calls = port_calls(
        call(-90, -80, site="Vostochny"),
        call(-30, -5, site="Dunay"),
        call(52, 60, site="Vladivostok"),
        call(90, 99, site="Dunay"),
        call(-3, -1, site="Nakhodka", mmsi=MMSI + 1),
    )
    (trip,) = trips_of(visit(gap(), 0.3, max_round_trips=3, slack_h=STAY_H + 336.0), calls=calls).to_dict("records")
    expected = {
        "mmsi": MMSI, "site": "Rajin", "site_group": "Rajin", "off_timestamp": at(0), "on_timestamp": at(48),
        "origin": "Dunay", "origin_group": "Dunay", "origin_basis": "call", "origin_departure": at(-5),
        "destination": "Vladivostok", "destination_group": "Vladivostok", "destination_basis": "call",
        "destination_arrival": at(52), "max_round_trips": 3, "shuttle_number": 1, "is_open": False, "watched": True,
        "probability": 0.3, "p_vessel": 0.5, "trip_id": gap()["gap_id"], "continues": False, "p_begun": 0.0,
        "stay_h": STAY_H, "spare_h": 336.0, "cycle_h": 336.0, "cycle_regularity": 4, "cycle_certainty": 2.0,
        "cycle_intervals": 0,
    }  # fmt: skip
    assert {name: trip[name] for name in expected} == expected
    pmf = trip_pmf(336.0, 3)
    assert trip["expected_round_trips"] == pytest.approx(pmf @ [1, 2, 3])
    assert (trip["expected_round_trips_low"], trip["expected_round_trips_high"]) == (1.0, 3.0)
    # 100 nm at 15 kn and at 12 kn; 48 h less 100 nm at 15 kn.
    assert trip["earliest_arrival"] == at(100 / 15)
    assert trip["likely_arrival"] == at(100 / 12)
    assert trip["latest_departure"] == at(48 - 100 / 15)


def test_no_arrival_after_the_latest_departure():
    hurried = visit(gap(on_h=14.0), 0.3, there_nm=100.0)
    (trip,) = trips_of(hurried).to_dict("records")
    assert trip["likely_arrival"] == trip["latest_departure"] < at(100 / 12)


def test_one_trip_a_gap_and_group_at_its_nearest_site():
    found = trips_of(
        visit(gap(), 0.1, site="Dunay", there_nm=50.0, site_group="Nakhodka bay"),
        visit(gap(), 0.2, site="Vostochny", there_nm=30.0, site_group="Nakhodka bay"),
        visit(gap(), 0.3, site="Rajin", there_nm=100.0),
    )
    assert found[["site_group", "site"]].to_numpy().tolist() == [["Nakhodka bay", "Vostochny"], ["Rajin", "Rajin"]]
    assert found["probability"].tolist() == pytest.approx([0.3, 0.3])
    assert found["earliest_arrival"].tolist() == [at(30 / 15), at(100 / 15)]
    assert found["latest_departure"].tolist() == [at(48 - 30 / 15), at(48 - 100 / 15)]


def test_in_a_watched_group_an_origin_makes_no_lead():
    found = trips_of(
        visit(gap(), 0.1, site="Rajin", site_group="Bay"),
        visit(gap(), 0.4, site="Pier", site_group="Bay", watched=False),
        visit(gap(), 0.2, site="Dunay", watched=False),
    )
    assert found[["site_group", "watched", "probability"]].to_numpy().tolist() == [
        ["Bay", True, 0.1], ["Dunay", False, 0.2],
    ]  # fmt: skip


def test_declared_calls_make_no_trip():
    declared = visit(gap(), 0.0, declared=True)
    assert trips_of(declared).empty
    assert trips_of(declared, visit(gap(), 0.2, site="Sonbong"))["site"].tolist() == ["Sonbong"]


def test_a_shuttle_counts_up_by_vessel_and_group_in_time():
    silences = [gap(off_h=off, on_h=off + 48.0) for off in (400.0, 0.0, 200.0)]
    other = gap(off_h=100.0, on_h=148.0, mmsi=MMSI + 1)
    rows = [*(visit(g, 0.1) for g in silences), visit(other, 0.1), visit(silences[2], 0.1, site="Sonbong")]
    found = trips_of(*rows).set_index(["mmsi", "off_timestamp", "site_group"])["shuttle_number"]
    assert found.to_dict() == {
        (MMSI, at(0.0), "Rajin"): 1, (MMSI, at(200.0), "Rajin"): 2, (MMSI, at(200.0), "Sonbong"): 1,
        (MMSI, at(400.0), "Rajin"): 3, (MMSI + 1, at(100.0), "Rajin"): 1,
    }  # fmt: skip


def chain(ping_nm, *, heard_h=3.0, calls=NO_CALLS):
    """Return the trips of two silences: off 100 nm out, a ping at ``ping_nm`` after 20 h, back 100 nm out."""
    first, second = gap(off_h=0.0, on_h=20.0), gap(off_h=20.0 + heard_h, on_h=60.0)
    rows = (
        visit(first, 0.2, p_vessel=0.5) | {"sea_distance_off_nm": 100.0, "sea_distance_on_nm": ping_nm},
        visit(second, 0.1, p_vessel=0.5) | {"sea_distance_off_nm": ping_nm, "sea_distance_on_nm": 100.0},
    )
    return trips_of(*rows, calls=calls)


def test_silences_with_a_ping_near_the_site_between_them_are_one_trip():
    found = chain(30.0)
    assert found["continues"].tolist() == [False, True]
    assert found["trip_id"].tolist() == [gap()["gap_id"]] * 2
    assert found["shuttle_number"].tolist() == [1, 1]
    # A vessel that makes visits (one half) made it in the first with 0.4: then the second adds none of its own.
    assert found["p_begun"].tolist() == pytest.approx([0.0, 0.4])


@pytest.mark.parametrize("ping", [{"ping_nm": 60.0}, {"ping_nm": 30.0, "heard_h": 15.0}], ids=["back", "long"])
def test_a_vessel_that_came_back_or_was_heard_for_long_makes_another_trip(ping):
    found = chain(**ping)
    assert found["continues"].tolist() == [False, False]
    assert found["trip_id"].nunique() == 2
    assert found["shuttle_number"].tolist() == [1, 2]
    assert found["p_begun"].tolist() == [0.0, 0.0]


def test_a_call_between_two_silences_ends_the_trip():
    assert chain(30.0, calls=port_calls(call(21.0, 22.0, site="Sonbong")))["continues"].tolist() == [False, False]
    other = port_calls(call(21.0, 22.0, site="Sonbong", mmsi=MMSI + 1))
    assert chain(30.0, calls=other)["continues"].tolist() == [False, True]


def test_a_trip_over_three_silences_begins_and_ends_at_its_ports():
    calls = port_calls(call(-30.0, -2.0, site="Dunay"), call(95.0, 99.0, site="Vostochny"))
    ends_h = [(0.0, 20.0), (22.0, 40.0), (41.0, 90.0)]
    off_on_nm = [(100.0, 40.0), (40.0, 20.0), (20.0, 100.0)]
    rows = [
        visit(gap(off_h=off, on_h=on), 0.1, p_vessel=0.5) | {"sea_distance_off_nm": a, "sea_distance_on_nm": b}
        for (off, on), (a, b) in zip(ends_h, off_on_nm, strict=True)
    ]
    found = trips_of(*rows, calls=calls)
    assert found["trip_id"].tolist() == [gap()["gap_id"]] * 3
    assert found["origin"].tolist() == ["Dunay"] * 3
    assert found["destination"].tolist() == ["Vostochny"] * 3
    assert found["origin_departure"].tolist() == [at(-2.0)] * 3
    assert found["p_begun"].tolist() == pytest.approx([0.0, 0.2, 1 - 0.8**2])


def test_stays_are_those_that_ais_shows_at_the_group():
    calls = port_calls(*(call(1000 + k, 1000 + k + 10 + k, mmsi=MMSI + 1 + k) for k in range(5)))
    assert trips_of(visit(gap(), 0.1), calls=calls)["stay_h"].tolist() == [12.0]
    assert trips_of(visit(gap(), 0.1), calls=calls.head(4))["stay_h"].tolist() == [STAY_H]
    unseen = calls.assign(departure_seen=False)
    assert trips_of(visit(gap(), 0.1), calls=unseen)["stay_h"].tolist() == [STAY_H]


def test_a_silence_of_months_has_a_wide_distribution_of_trips():
    long = visit(gap(on_h=180 * DAY), 0.3, max_round_trips=100, slack_h=180 * DAY - 20.0)
    (trip,) = trips_of(long).to_dict("records")
    assert 12 < trip["expected_round_trips"] < 15
    assert 1 < trip["expected_round_trips_low"] < 8
    assert 25 < trip["expected_round_trips_high"] < 40


def test_order_of_rows_does_not_matter():
    rows = [
        visit(gap(off_h=off, on_h=off + 40.0), 0.3, site=site) for off in (0.0, 90.0) for site in ("Rajin", "Dunay")
    ]
    calls = port_calls(call(-30, -5, site="Dunay"), call(52, 60, site="Vostochny"))
    pd.testing.assert_frame_equal(trips_of(*rows, calls=calls), trips_of(*rows[::-1], calls=calls[::-1]))


def test_inputs_are_left_as_they_were():
    of, calls = visits(visit(gap(), 0.3)), port_calls(call(-30, -5))
    before = of.copy(), calls.copy()
    round_trips(of, calls=calls)
    pd.testing.assert_frame_equal(of, before[0])
    pd.testing.assert_frame_equal(calls, before[1])


def test_calls_of_a_wrong_type_are_refused():
    with pytest.raises(SchemaError, match="calls is not a port calls table: column 'arrival' has type"):
        trips_of(visit(gap(), 0.3), calls=port_calls(call(0, 1)).astype({"arrival": str}))


def test_no_visits_no_trips():
    found = round_trips(visits(visit(gap(), 0.3)).iloc[:0], calls=NO_CALLS)
    assert found.empty
    assert list(found.columns) == TRIPS.names


def test_a_vessel_that_makes_no_visits_has_numbers_all_the_same():
    found = trips_of(visit(gap(), 0.0, p_vessel=0.0))
    assert found["p_begun"].tolist() == [0.0]
    assert np.isfinite(found["expected_round_trips"]).all()
