from itertools import product

import numpy as np
import pandas as pd
import pytest
from builders import MMSI, gap, trip, trips, visit, visits
from hypothesis import given, settings
from hypothesis import strategies as st

from darkships.renewal import trip_pmf
from darkships.schema import LEADS
from darkships.scores.leads import lead_id, rank


def silence(number=0, mmsi=MMSI):
    return gap(mmsi=mmsi, off_h=100.0 * number, on_h=100.0 * number + 60.0)


def ranked(*rows, **of_trips):
    """Return the leads of visits, each alone in its gap and group."""
    return rank(visits(*rows), trips(*(trip(row, **of_trips) for row in rows)))


def mean_of(spare_h, most):
    return trip_pmf(spare_h, most) @ np.arange(1, most + 1)


def test_a_vessel_with_two_silences_by_hand():
    first, second = silence(0), silence(1)
    rows = visit(first, 0.25, p_vessel=0.5), visit(second, 0.1, p_vessel=0.5)
    (lead,) = ranked(*rows).to_dict("records")
    # A visitor (one half) visits in the first with 0.5, in the second with 0.2: none with 0.4, two with 0.1.
    assert lead["probability"] == pytest.approx(0.5 * 0.6)
    assert lead["expected_round_trips"] == pytest.approx(0.35)
    assert (lead["expected_round_trips_low"], lead["expected_round_trips_high"]) == (0.0, 1.0)
    expected = {"rank": 1, "mmsi": MMSI, "n_gaps": 2, "gap_id": first["gap_id"], "site": "Rajin", "site_group": "Rajin"}
    assert {name: lead[name] for name in expected} == expected


def test_a_lone_silence_keeps_its_probability():
    lead = ranked(visit(silence(), 0.37, p_vessel=0.6), most=9, spare_h=500.0)
    assert lead["probability"].tolist() == pytest.approx([0.37])
    assert lead["expected_round_trips"].tolist() == pytest.approx([0.37 * mean_of(500.0, 9)])


def test_sites_of_a_group_and_groups_of_a_silence_add_up():
    of = silence()
    rows = (
        visit(of, 0.2, p_vessel=0.8, site="Dunay", site_group="Bay"),
        visit(of, 0.3, p_vessel=0.8, site="Vostochny", site_group="Bay"),
        visit(of, 0.1, p_vessel=0.8, site="Rajin"),
    )
    bay = trip(rows[1] | {"probability": 0.5}, most=9, spare_h=300.0)
    found = rank(visits(*rows), trips(bay, trip(rows[2], most=9, spare_h=900.0)))
    assert found["probability"].tolist() == pytest.approx([0.6])
    assert found["expected_round_trips"].tolist() == pytest.approx([0.5 * mean_of(300.0, 9) + 0.1 * mean_of(900.0, 9)])
    assert found[["site", "site_group"]].to_numpy().tolist() == [["Vostochny", "Bay"]]


def test_a_trip_of_two_silences_counts_once():
    # Of a visitor (one half) the first holds a visit with 0.4 and the second with 0.2, one trip where both do.
    first, second = (visit(silence(k), p, p_vessel=0.5) for k, p in enumerate((0.2, 0.1)))
    shared = {"trip_id": first["gap_id"], "continues": True, "p_begun": 0.4}
    (lead,) = rank(visits(first, second), trips(trip(first), trip(second, **shared))).to_dict("records")
    assert lead["probability"] == pytest.approx(0.5 * (1 - 0.6 * 0.8))
    assert lead["expected_round_trips"] == pytest.approx(0.5 * (0.4 + 0.2 - 0.4 * 0.2))
    assert lead["expected_round_trips_high"] == 1.0
    assert ranked(first, second)["expected_round_trips"].tolist() == pytest.approx([0.3])


def naive_numbers(p_if_visitor, spare, most, p_vessel):
    """Enumerate the numbers of trips of all silences; return P(any), and the 5 % and 95 % quantiles of their sum."""
    of_gaps = []
    for p, spare_h, fits in zip(p_if_visitor, spare, most, strict=True):
        of_gaps.append([1.0 - p, *(p * trip_pmf(spare_h, fits))])
    chance = {0: 1.0 - p_vessel}
    for world in product(*(range(len(pmf)) for pmf in of_gaps)):
        weight = p_vessel * np.prod([pmf[n] for pmf, n in zip(of_gaps, world, strict=True)])
        chance[sum(world)] = chance.get(sum(world), 0.0) + weight
    order = sorted(chance)
    running = np.cumsum([chance[n] for n in order])
    return 1.0 - chance[0], [order[int(np.argmax(running >= q))] for q in (0.05, 0.95)], running


SILENCES = st.tuples(st.floats(0.05, 0.95), st.floats(0.0, 900.0), st.integers(1, 5))


@settings(max_examples=25)
@given(st.lists(SILENCES, min_size=1, max_size=4), st.floats(0.05, 0.95))
def test_numbers_equal_the_sum_over_all_worlds(silences, p_vessel):
    of_gaps = [silence(k) for k in range(len(silences))]
    pairs = list(zip(of_gaps, silences, strict=True))
    rows = [visit(of, p * p_vessel, p_vessel=p_vessel) for of, (p, _, _) in pairs]
    of_trips = (trip(row, most=most, spare_h=spare) for row, (_, spare, most) in zip(rows, silences, strict=True))
    found = rank(visits(*rows), trips(*of_trips))
    any_trip, quantiles, running = naive_numbers(*zip(*silences, strict=True), p_vessel)
    assert found["probability"].tolist() == pytest.approx([any_trip])
    assert found["expected_round_trips"].tolist() == pytest.approx(
        [p_vessel * sum(p * mean_of(spare, most) for p, spare, most in silences)]
    )
    if min(abs(running - q).min() for q in (0.05, 0.95)) > 1e-9:
        assert found[["expected_round_trips_low", "expected_round_trips_high"]].to_numpy().tolist() == [quantiles]


def fleet(*chances):
    """Return visits and trips of vessels with these probabilities, in the order of their MMSI."""
    of = [silence(mmsi=MMSI + k) for k in range(len(chances))]
    rows = [visit(g, p, p_vessel=0.9) for g, p in zip(of, chances, strict=True)]
    return visits(*rows), trips(*(trip(row, most=3, spare_h=100.0) for row in rows))


def test_the_most_probable_comes_first_and_ties_go_by_mmsi():
    found = rank(*fleet(0.2, 0.7, 0.2, 0.5))
    assert found["mmsi"].tolist() == [MMSI + 1, MMSI + 3, MMSI, MMSI + 2]
    assert found["rank"].tolist() == [1, 2, 3, 4]


def test_the_rank_weighs_probability_and_trips_alike():
    of, of_trips = fleet(0.5, 0.45, 0.85)
    of_trips.loc[1, ["max_round_trips", "spare_h"]] = [9, 500.0]
    found = rank(of, of_trips)
    assert found["mmsi"].tolist() == [MMSI + 2, MMSI + 1, MMSI]
    assert (found["probability"] * found["expected_round_trips"]).is_monotonic_decreasing
    assert found["expected_round_trips"][1] > found["expected_round_trips"][0]


def test_who_stays_away_for_a_year_and_hardly_called_does_not_come_first():
    of, of_trips = fleet(0.1, 0.85)
    of_trips.loc[0, ["max_round_trips", "spare_h"]] = [30, 9000.0]
    found = rank(of, of_trips)
    assert found["expected_round_trips"].tolist() == sorted(found["expected_round_trips"])
    assert found["mmsi"].tolist() == [MMSI + 1, MMSI]


def test_at_equal_probability_more_trips_come_first():
    of, of_trips = fleet(0.4, 0.4)
    of_trips["spare_h"] = [300.0, 400.0]
    assert rank(of, of_trips)["mmsi"].tolist() == [MMSI + 1, MMSI]


def test_rows_in_any_order_give_the_same_leads():
    of_gaps = [silence(number, MMSI + vessel) for vessel in range(4) for number in range(3)]
    rng = np.random.default_rng(5)
    rows = [visit(g, rng.uniform(0, 0.3), p_vessel=0.7, site=site) for g in of_gaps for site in ("Dunay", "Rajin")]
    of, of_trips = visits(*rows), trips(*(trip(row, most=4, spare_h=400.0) for row in rows))
    mixed = rank(of.sample(frac=1.0, random_state=1), of_trips.sample(frac=1.0, random_state=2))
    pd.testing.assert_frame_equal(mixed, rank(of, of_trips), check_exact=True)


def test_declared_visits_make_no_lead_and_do_not_count():
    declared, hidden = silence(0), silence(1)
    seen, dark = visit(declared, 0.0, declared=True), visit(hidden, 0.3)
    assert rank(visits(seen), trips(trip(seen)).iloc[:0]).empty
    found = rank(visits(seen, dark), trips(trip(dark)))
    assert found["n_gaps"].tolist() == [1]
    assert found["probability"].tolist() == pytest.approx([0.3])


def test_a_silence_of_years_is_counted_up_to_a_bound():
    found = ranked(visit(silence(), 0.5, p_vessel=0.5), most=5000, spare_h=20_000.0)
    assert 28.0 < found["expected_round_trips"][0] < 31.0  # one half of a trip in two weeks
    assert 0.0 <= found["expected_round_trips_low"][0] < found["expected_round_trips_high"][0] <= 400.0


def test_a_lead_keeps_its_name():
    # BLAKE2b, 32 bit, of the nine digits: printf 273000001 | b2sum -l 32
    assert lead_id(273000001) == "DS-F9512BAE"
    assert lead_id(2000001) == "DS-51BA2C19"
    assert rank(*fleet(0.4))["lead_id"].tolist() == ["DS-F9512BAE"]


def test_no_visits_no_leads():
    of, of_trips = fleet(0.4)
    found = rank(of.iloc[:0], of_trips)
    assert found.empty
    assert list(found.columns) == LEADS.names
