from itertools import product

import numpy as np
import pandas as pd
import pytest
from builders import MMSI, START, at, gap, trip, trips, visit
from hypothesis import given, settings
from hypothesis import strategies as st

from darkships.renewal import trip_pmf
from darkships.schema import LANES, TRIPS
from darkships.trips.lanes import lane_activity, thinned

WEEK = 168.0
MONDAY_H = -72.0  # START is a Thursday
SINCE, AS_OF = at(MONDAY_H), at(MONDAY_H + 12 * WEEK)


def stay(week, probability, *, weeks=1.0, p_vessel=0.5, mmsi=MMSI, begin=0.25, **columns):
    """Return a row of TRIPS whose window at the berth begins in a week, a quarter in, and lasts so many weeks."""
    start_h = MONDAY_H + (week + begin) * WEEK
    of = gap(off_h=start_h - 1.0, on_h=start_h + weeks * WEEK, mmsi=mmsi)
    window = {"earliest_arrival": at(start_h), "latest_departure": at(start_h + weeks * WEEK)}
    return trip(visit(of, probability, p_vessel=p_vessel), **{"origin_group": "Dunay", **columns}) | window


def lanes(*rows, since=SINCE, as_of=AS_OF):
    return lane_activity(trips(*rows), since=since, as_of=as_of)


def test_a_stay_is_counted_in_its_week():
    found = lanes(stay(3, 0.4, weeks=0.5)).set_index("week_start")["expected_round_trips"]
    assert found[at(MONDAY_H + 3 * WEEK)] == pytest.approx(0.4)
    assert found.sum() == pytest.approx(0.4)


def test_a_stay_that_may_be_in_either_week_is_shared():
    found = lanes(stay(3, 0.4, weeks=1.5))["expected_round_trips"]
    # Three quarters of week 3 and three of week 4: half and half.
    assert found[found > 0].tolist() == pytest.approx([0.2, 0.2])
    assert found[found > 0].index.tolist() == [3, 4]


def test_every_week_of_the_data_has_a_row_and_its_name():
    found = lanes(stay(3, 0.4))
    assert found["week"].tolist()[:2] == ["2023-W36", "2023-W37"]
    assert START.strftime("%G-W%V") == "2023-W36"
    assert found["week_start"].tolist() == [at(MONDAY_H + k * WEEK) for k in range(13)]
    assert list(found.columns) == LANES.names


def test_weeks_that_data_to_come_can_change_say_so():
    found = lanes(stay(3, 0.4), since=at(MONDAY_H + 1), as_of=at(MONDAY_H + 10.5 * WEEK))
    assert found["is_whole"].tolist() == [False] + [True] * 9 + [False]
    assert (
        found["is_settled"].tolist() == [False] + [True] * 7 + [False] * 3
    )  # two weeks, the usual cycle, before as_of


def test_open_gaps_and_vessels_are_counted_where_they_may_stay():
    rows = [stay(3, 0.4), stay(3, 0.1, mmsi=MMSI + 1), stay(5, 0.2, is_open=True)]
    found = lanes(*rows)
    assert found["vessels"].tolist() == [0, 0, 0, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0]
    assert found["open_gaps"].tolist() == [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]


def test_each_pair_of_groups_is_a_lane_and_an_unknown_origin_one_too():
    rows = [
        stay(3, 0.4),
        stay(3, 0.3, origin_group=None, mmsi=MMSI + 1),
        stay(3, 0.2, origin_group="Bay", mmsi=MMSI + 2),
    ]
    by_lane = lanes(*rows).groupby("origin_group", dropna=False)["expected_round_trips"].sum()
    assert by_lane["Dunay"] == pytest.approx(0.4)
    assert by_lane["Bay"] == pytest.approx(0.2)
    assert by_lane[by_lane.index.isna()].tolist() == pytest.approx([0.3])


def test_sites_that_are_not_watched_make_no_lane():
    assert lanes(stay(3, 0.4, watched=False)).empty
    assert list(lane_activity(TRIPS.empty(), since=SINCE, as_of=AS_OF).columns) == LANES.names


def test_a_trip_that_an_earlier_silence_holds_is_not_counted_again():
    found = lanes(stay(3, 0.4, weeks=0.5, p_begun=0.25))["expected_round_trips"]
    assert found.sum() == pytest.approx(0.4 * 0.75)


def naive_quantiles(cases, p_vessel_of):
    """Enumerate whether vessels make visits, whether silences hold one, how many trips, and how many in the week."""
    chance = {}
    vessels = sorted(p_vessel_of)
    for kinds in product([False, True], repeat=len(vessels)):
        kind = dict(zip(vessels, kinds, strict=True))
        weight = np.prod([p_vessel_of[v] if kind[v] else 1 - p_vessel_of[v] for v in vessels])
        totals = {0: 1.0}
        for vessel, p, share, pmf in cases:
            here = {0: 1.0}
            if kind[vessel]:
                here = {0: 1.0 - p}
                for n, p_n in enumerate(pmf, 1):
                    for k in range(n + 1):
                        binomial = share**k * (1 - share) ** (n - k) * float(_choose(n, k))
                        here[k] = here.get(k, 0.0) + p * p_n * binomial
            totals = _sum(totals, here)
        for n, p_n in totals.items():
            chance[n] = chance.get(n, 0.0) + weight * p_n
    order = sorted(chance)
    running = np.cumsum([chance[n] for n in order])
    return sum(n * chance[n] for n in order), [order[int(np.argmax(running >= q))] for q in (0.05, 0.95)], running


def _choose(n, k):
    return 1 if k in {0, n} else _choose(n - 1, k - 1) + _choose(n - 1, k)


def _sum(one, other):
    out = {}
    for (a, p), (b, q) in product(one.items(), other.items()):
        out[a + b] = out.get(a + b, 0.0) + p * q
    return out


SILENCES = st.tuples(
    st.sampled_from([MMSI, MMSI + 1]), st.floats(0.05, 0.95), st.sampled_from([0.5, 1.5, 3.0]), st.integers(1, 3)
)


@settings(max_examples=25)
@given(st.lists(SILENCES, min_size=1, max_size=4), st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_numbers_equal_the_sum_over_all_worlds(silences, p_first, p_second):
    p_vessel_of = {MMSI: p_first, MMSI + 1: p_second}
    rows = [
        stay(
            3,
            p * p_vessel_of[mmsi],
            weeks=weeks,
            p_vessel=p_vessel_of[mmsi],
            mmsi=mmsi,
            max_round_trips=most,
            spare_h=500.0,
        )
        | {"gap_id": f"{k}"}
        for k, (mmsi, p, weeks, most) in enumerate(silences)
    ]
    week = lanes(*rows).iloc[3]
    cases = [(mmsi, p, min(0.75 / weeks, 1.0), trip_pmf(500.0, most)) for mmsi, p, weeks, most in silences]
    there = {mmsi: p_vessel_of[mmsi] for mmsi, *_ in silences}
    mean, quantiles, running = naive_quantiles(cases, there)
    assert week["expected_round_trips"] == pytest.approx(mean)
    if min(abs(running - q).min() for q in (0.05, 0.95)) > 1e-9:
        assert [week["expected_round_trips_low"], week["expected_round_trips_high"]] == quantiles


def test_thinning_by_hand():
    assert thinned(np.array([0.2, 0.5, 0.3]), 0.5).tolist() == pytest.approx([0.2 + 0.25 + 0.075, 0.25 + 0.15, 0.075])
    assert thinned(np.array([0.2, 0.8]), 1.0).tolist() == [0.2, 0.8]


def sure(week, mmsi, **columns):
    """Return a stay that is certain."""
    return stay(week, 1.0, weeks=0.5, p_vessel=1.0, mmsi=mmsi, **columns)


def test_a_certain_rise_by_hand():
    # Settled weeks 0 to 9 with k certain trips in week k: a slope of 1; all error is the chance of the numbers:
    # sum((k - 4.5)^2 k) / 82.5^2 = 371.25 / 6806.25.
    rows = [sure(week, MMSI + 100 * week + k) for week in range(10) for k in range(week)]
    found = lanes(*rows).iloc[0]
    spread = 1.6448536 * np.sqrt(371.25 / 6806.25)
    assert (found["trend"], found["trend_low"], found["trend_high"]) == pytest.approx((1.0, 1.0 - spread, 1.0 + spread))
    assert found["p_growing"] > 0.9999


def test_trends_of_simulated_worlds_have_this_mean_and_spread():
    p_vessel = {MMSI: 0.6, MMSI + 1: 0.8}
    rows = [
        stay(6, 0.3, weeks=2.0, p_vessel=0.6, max_round_trips=3, spare_h=500.0), stay(8, 0.5, p_vessel=0.6),
        stay(7, 0.4, p_vessel=0.8, mmsi=MMSI + 1),
    ]  # fmt: skip
    found = lanes(*rows).iloc[0]
    rng, n = np.random.default_rng(1), 40_000
    slope = np.zeros(n)
    weight = (np.arange(10) - 4.5) / 82.5
    is_visitor = {mmsi: rng.random(n) < p for mmsi, p in p_vessel.items()}
    shares = {
        0: [0] * 6 + [0.375, 0.5, 0.125, 0],
        1: [0] * 8 + [0.75, 0.25],
        2: [0] * 7 + [0.75, 0.25, 0],
    }
    poisson = 0.0
    for k, row in enumerate(rows):
        pmf = trip_pmf(row["spare_h"], row["max_round_trips"])
        n_trips = rng.choice(np.arange(1, pmf.size + 1), n, p=pmf)
        n_trips *= is_visitor[row["mmsi"]] & (rng.random(n) < row["probability"] / row["p_vessel"])
        for j in range(3):
            slope += np.where(n_trips > j, rng.choice(weight, n, p=shares[k]), 0.0)
        poisson += n_trips.mean() * np.dot(weight**2, shares[k])
    assert found["trend"] == pytest.approx(slope.mean(), abs=4 * slope.std() / np.sqrt(n))
    spread = (found["trend_high"] - found["trend_low"]) / 2 / 1.6448536
    assert spread == pytest.approx(np.sqrt(slope.var() + poisson), rel=0.02)


def test_few_weeks_are_no_trend():
    found = lanes(stay(0, 0.4), as_of=at(MONDAY_H + 4.5 * WEEK))
    assert found["is_settled"].sum() == 2
    assert found[["trend", "trend_low", "trend_high", "p_growing"]].isna().all(axis=None)


def test_nothing_happening_is_no_growth():
    found = lanes(stay(3, 0.0)).iloc[0]
    assert (found["trend"], found["p_growing"]) == (0.0, 0.5)


def test_order_of_rows_does_not_matter():
    rows = [stay(week, 0.3, weeks=2.0, mmsi=MMSI + week % 3) for week in range(8)]
    pd.testing.assert_frame_equal(lanes(*rows), lanes(*rows[::-1]), check_exact=True)
