import math

import numpy as np
import pandas as pd
import pytest
from builders import MMSI, at, call, candidate, candidates, gap, port_calls
from hypothesis import given
from hypothesis import strategies as st

from darkships.errors import SchemaError
from darkships.schema import PORT_CALLS, TRIPS
from darkships.trips.rounds import CYCLE_SHAPE, LIKELY_CYCLE_H, round_trips, trip_numbers, trip_pmf

NO_CALLS = PORT_CALLS.empty()


def naive_pmf(spare_h, most):
    """Negative binomial further trips, by gamma functions, cut off at what fits."""
    mean = max(spare_h, 0.0) / LIKELY_CYCLE_H
    p = CYCLE_SHAPE / (mean + CYCLE_SHAPE)
    weights = [
        math.gamma(k + CYCLE_SHAPE) / (math.gamma(CYCLE_SHAPE) * math.factorial(k)) * p**CYCLE_SHAPE * (1.0 - p) ** k
        for k in range(most)
    ]
    return [weight / sum(weights) for weight in weights]


@given(st.floats(-100.0, 20_000.0), st.integers(1, 60))
def test_the_distribution_equals_its_formula(spare_h, most):
    assert trip_pmf(spare_h, most).tolist() == pytest.approx(naive_pmf(spare_h, most), abs=1e-12)


@given(st.floats(-1e4, 1e6), st.integers(1, 400))
def test_probabilities_add_up_to_one_and_stop_at_what_fits(spare_h, most):
    pmf = trip_pmf(spare_h, most)
    assert pmf.size == most
    assert (pmf >= 0.0).all()
    assert pmf.sum() == pytest.approx(1.0)


@given(st.floats(0.0, 1e4), st.floats(1.0, 1e4), st.integers(1, 100))
def test_more_spare_hours_never_mean_fewer_trips(spare_h, more_h, most):
    mean, low, high = trip_numbers(np.array([spare_h, spare_h + more_h]), np.array([most, most]))
    assert 1.0 <= mean[0] <= mean[1] + 1e-12
    assert mean[1] <= most
    assert low[0] <= low[1]
    assert high[0] <= high[1]
    assert ((low <= mean) & (mean <= np.maximum(high, mean)) & (high <= most)).all()


def test_quantiles_by_hand():
    # Two weeks to spare: further trips are negative binomial with mean 1 and shape 2, p = 2/3: 4/9, 8/27, 4/27, ...
    cut = np.array([4 / 9, 8 / 27, 4 / 27]) / (4 / 9 + 8 / 27 + 4 / 27)
    mean, low, high = trip_numbers(np.array([336.0, 336.0, 0.0]), np.array([3, 1, 50]))
    assert mean.tolist() == pytest.approx([float(cut @ [1, 2, 3]), 1.0, 1.0])
    assert low.tolist() == [1.0, 1.0, 1.0]
    assert high.tolist() == [3.0, 1.0, 1.0]


def test_a_silence_of_months_holds_many_trips_but_fewer_than_fit():
    # METHODS 8: an active ship makes about one round trip in two weeks.
    mean, low, high = trip_numbers(np.array([180.0 * 24.0]), np.array([105]))
    assert mean[0] == pytest.approx(1 + 180 / 14, rel=0.01)
    assert 1 < low[0] < mean[0] < high[0] < 105


def test_a_trip_with_all_its_numbers():
    calls = port_calls(
        call(-90, -80, site="Vostochny"),
        call(-30, -5, site="Dunay"),
        call(52, 60, site="Vladivostok"),
        call(90, 99, site="Dunay"),
        call(-3, -1, site="Nakhodka", mmsi=MMSI + 1),
    )
    of = candidates(candidate(gap(), max_round_trips=3, slack_h=336.0))
    (trip,) = round_trips(of, calls=calls).to_dict("records")
    expected = {
        "mmsi": MMSI, "site": "Rajin", "site_group": "Rajin", "off_timestamp": at(0), "on_timestamp": at(48),
        "origin": "Dunay", "origin_departure": at(-5), "destination": "Vladivostok", "destination_arrival": at(52),
        "max_round_trips": 3, "expected_round_trips_low": 1.0, "expected_round_trips_high": 3.0, "shuttle_number": 1,
        "is_open": False,
    }  # fmt: skip
    assert {name: trip[name] for name in expected} == expected
    assert trip["expected_round_trips"] == pytest.approx((4 / 9 + 16 / 27 + 12 / 27) / (24 / 27))


def test_without_calls_origin_and_destination_are_unknown():
    found = round_trips(candidates(candidate(gap())), calls=NO_CALLS)
    assert found[["origin", "origin_departure", "destination", "destination_arrival"]].isna().all(axis=None)


def test_an_open_gap_has_no_destination_yet():
    calls = port_calls(call(-30, -5, site="Dunay"), call(52, 60, site="Dunay"))
    of = candidates(candidate(gap(on_h=None)), candidate(gap(off_h=-60, on_h=-40)))
    found = round_trips(of, calls=calls)
    assert found["destination"].tolist()[0] == "Dunay"
    assert pd.isna(found["destination"].tolist()[1])
    assert found["is_open"].tolist() == [False, True]


def test_one_trip_a_gap_and_group_at_its_nearest_site():
    of = candidates(
        candidate(gap(), site="Dunay", there_nm=50.0, site_group="Nakhodka bay"),
        candidate(gap(), site="Vostochny", there_nm=30.0, site_group="Nakhodka bay"),
        candidate(gap(), site="Rajin", there_nm=100.0),
    )
    found = round_trips(of, calls=NO_CALLS)
    assert found[["site_group", "site"]].to_numpy().tolist() == [["Nakhodka bay", "Vostochny"], ["Rajin", "Rajin"]]


def test_declared_calls_make_no_trip():
    declared = candidate(gap(), declared=True)
    assert round_trips(candidates(declared), calls=NO_CALLS).empty
    both = candidates(declared, candidate(gap(), site="Sonbong"))
    assert round_trips(both, calls=NO_CALLS)["site"].tolist() == ["Sonbong"]


def test_a_shuttle_counts_up_by_vessel_and_group_in_time():
    silences = [gap(off_h=off, on_h=off + 48.0) for off in (400.0, 0.0, 200.0)]
    other = gap(off_h=100.0, on_h=148.0, mmsi=MMSI + 1)
    of = candidates(*(candidate(g) for g in silences), candidate(other), candidate(silences[2], site="Sonbong"))
    found = round_trips(of, calls=NO_CALLS).set_index(["mmsi", "off_timestamp", "site_group"])["shuttle_number"]
    assert found.to_dict() == {
        (MMSI, at(0.0), "Rajin"): 1, (MMSI, at(200.0), "Rajin"): 2, (MMSI, at(200.0), "Sonbong"): 1,
        (MMSI, at(400.0), "Rajin"): 3, (MMSI + 1, at(100.0), "Rajin"): 1,
    }  # fmt: skip


def test_order_of_rows_does_not_matter():
    rows = [candidate(gap(off_h=off, on_h=off + 40.0), site=site) for off in (0.0, 90.0) for site in ("Rajin", "Dunay")]
    calls = port_calls(call(-30, -5, site="Dunay"), call(52, 60, site="Vostochny"))
    pd.testing.assert_frame_equal(
        round_trips(candidates(*rows), calls=calls), round_trips(candidates(*rows[::-1]), calls=calls[::-1])
    )


def test_calls_of_a_wrong_type_are_refused():
    with pytest.raises(SchemaError, match="calls is not a port calls table: column 'arrival' has type"):
        round_trips(candidates(candidate(gap())), calls=port_calls(call(0, 1)).astype({"arrival": str}))


def test_no_candidates_no_trips():
    found = round_trips(candidates(candidate(gap())).iloc[:0], calls=NO_CALLS)
    assert found.empty
    assert list(found.columns) == TRIPS.names
