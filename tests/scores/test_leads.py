from itertools import product

import numpy as np
import pandas as pd
import pytest
from builders import MMSI, gap, trip, trips, visit, visits
from hypothesis import given, settings
from hypothesis import strategies as st

from darkships.schema import LEADS
from darkships.scores.leads import lead_id, rank


def silence(number=0, mmsi=MMSI):
    return gap(mmsi=mmsi, off_h=100.0 * number, on_h=100.0 * number + 60.0)


def test_a_vessel_with_two_silences_by_hand():
    first, second = silence(0), silence(1)
    of = visits(visit(first, 0.25, p_vessel=0.5), visit(second, 0.1, p_vessel=0.5))
    (lead,) = rank(of, trips(trip(first, expected=1.0, most=1), trip(second, expected=1.0, most=1))).to_dict("records")
    # A visitor (one half) visits in the first with 0.5, in the second with 0.2: none with 0.4, two with 0.1.
    assert lead["probability"] == pytest.approx(0.5 * 0.6)
    assert lead["expected_round_trips"] == pytest.approx(0.35)
    assert (lead["expected_round_trips_low"], lead["expected_round_trips_high"]) == (0.0, 1.0)
    expected = {"rank": 1, "mmsi": MMSI, "n_gaps": 2, "gap_id": first["gap_id"], "site": "Rajin", "site_group": "Rajin"}
    assert {name: lead[name] for name in expected} == expected


def test_a_lone_silence_keeps_its_probability():
    lead = rank(visits(visit(silence(), 0.37, p_vessel=0.6)), trips(trip(silence(), expected=2.5, most=9)))
    assert lead["probability"].tolist() == pytest.approx([0.37])
    assert lead["expected_round_trips"].tolist() == pytest.approx([0.37 * 2.5])


def test_sites_of_a_group_and_groups_of_a_silence_add_up():
    of = silence()
    rows = visits(
        visit(of, 0.2, p_vessel=0.8, site="Dunay", site_group="Bay"),
        visit(of, 0.3, p_vessel=0.8, site="Vostochny", site_group="Bay"),
        visit(of, 0.1, p_vessel=0.8, site="Rajin"),
    )
    found = rank(rows, trips(trip(of, expected=2.0, most=9, group="Bay"), trip(of, expected=3.0, most=9)))
    assert found["probability"].tolist() == pytest.approx([0.6])
    assert found["expected_round_trips"].tolist() == pytest.approx([0.5 * 2.0 + 0.1 * 3.0])
    assert found[["site", "site_group"]].to_numpy().tolist() == [["Vostochny", "Bay"]]


def naive_numbers(p_if_visitor, expected, most, p_vessel):
    """Enumerate the numbers of trips of all silences; return P(any), and the 5 % and 95 % quantiles of their sum."""
    of_gaps = []
    for p, mean, fits in zip(p_if_visitor, expected, most, strict=True):
        more = 1.0 - 1.0 / mean
        weights = [more**k for k in range(fits)]
        of_gaps.append([1.0 - p, *(p * w / sum(weights) for w in weights)])
    chance = {0: 1.0 - p_vessel}
    for world in product(*(range(len(pmf)) for pmf in of_gaps)):
        weight = p_vessel * np.prod([pmf[n] for pmf, n in zip(of_gaps, world, strict=True)])
        chance[sum(world)] = chance.get(sum(world), 0.0) + weight
    order = sorted(chance)
    running = np.cumsum([chance[n] for n in order])
    return 1.0 - chance[0], [order[int(np.argmax(running >= q))] for q in (0.05, 0.95)], running


SILENCES = st.tuples(st.floats(0.05, 0.95), st.floats(1.01, 3.0), st.integers(1, 5))


@settings(max_examples=25)
@given(st.lists(SILENCES, min_size=1, max_size=4), st.floats(0.05, 0.95))
def test_numbers_equal_the_sum_over_all_worlds(silences, p_vessel):
    of_gaps = [silence(k) for k in range(len(silences))]
    pairs = list(zip(of_gaps, silences, strict=True))
    rows = visits(*(visit(of, p * p_vessel, p_vessel=p_vessel) for of, (p, _, _) in pairs))
    found = rank(rows, trips(*(trip(of, expected=mean, most=most) for of, (_, mean, most) in pairs)))
    any_trip, quantiles, running = naive_numbers(*zip(*silences, strict=True), p_vessel)
    assert found["probability"].tolist() == pytest.approx([any_trip])
    assert found["expected_round_trips"].tolist() == pytest.approx([p_vessel * sum(p * m for p, m, _ in silences)])
    if min(abs(running - q).min() for q in (0.05, 0.95)) > 1e-9:
        assert found[["expected_round_trips_low", "expected_round_trips_high"]].to_numpy().tolist() == [quantiles]


def fleet(*chances):
    """Return visits and trips of vessels with these probabilities, in the order of their MMSI."""
    of = [silence(mmsi=MMSI + k) for k in range(len(chances))]
    rows = [visit(g, p, p_vessel=0.9) for g, p in zip(of, chances, strict=True)]
    return visits(*rows), trips(*(trip(g, expected=1.5, most=3) for g in of))


def test_the_most_probable_comes_first_and_ties_go_by_mmsi():
    found = rank(*fleet(0.2, 0.7, 0.2, 0.5))
    assert found["mmsi"].tolist() == [MMSI + 1, MMSI + 3, MMSI, MMSI + 2]
    assert found["rank"].tolist() == [1, 2, 3, 4]


def test_at_equal_probability_more_trips_come_first():
    of, of_trips = fleet(0.4, 0.4)
    of_trips["expected_round_trips"] = [1.5, 2.0]
    assert rank(of, of_trips)["mmsi"].tolist() == [MMSI + 1, MMSI]


def test_rows_in_any_order_give_the_same_leads():
    of_gaps = [silence(number, MMSI + vessel) for vessel in range(4) for number in range(3)]
    rng = np.random.default_rng(5)
    of = visits(
        *(visit(g, rng.uniform(0, 0.3), p_vessel=0.7, site=site) for g in of_gaps for site in ("Dunay", "Rajin"))
    )
    of_trips = trips(*(trip(g, expected=1.7, most=4, group=group) for g in of_gaps for group in ("Dunay", "Rajin")))
    mixed = rank(of.sample(frac=1.0, random_state=1), of_trips.sample(frac=1.0, random_state=2))
    pd.testing.assert_frame_equal(mixed, rank(of, of_trips), check_exact=True)


def test_declared_visits_make_no_lead_and_do_not_count():
    declared, hidden = silence(0), silence(1)
    alone = visits(visit(declared, 0.0, declared=True))
    assert rank(alone, trips(trip(declared, expected=1.0, most=1)).iloc[:0]).empty
    both = visits(visit(declared, 0.0, declared=True), visit(hidden, 0.3))
    found = rank(both, trips(trip(hidden, expected=1.0, most=1)))
    assert found["n_gaps"].tolist() == [1]
    assert found["probability"].tolist() == pytest.approx([0.3])


def test_a_silence_of_years_is_counted_up_to_a_bound():
    found = rank(visits(visit(silence(), 0.5, p_vessel=0.5)), trips(trip(silence(), expected=60.0, most=5000)))
    assert found["expected_round_trips"].tolist() == pytest.approx([30.0])
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
