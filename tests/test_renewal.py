import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.renewal import (
    DEFAULT_CERTAINTY,
    DEFAULT_RHYTHM,
    LIKELY_CYCLE_H,
    Rhythm,
    learnt_rhythm,
    new_trip_pmfs,
    trip_pmf,
    with_chance,
)

RHYTHMS = st.builds(Rhythm, st.floats(100.0, 2000.0), st.sampled_from([1, 2, 4, 8, 16]), st.floats(2.0, 90.0))


def naive_pmf(spare_h, most, rhythm):
    """Negative binomial stages by gamma functions, so many of them a cycle, cut off at what fits."""
    mean, shape = rhythm.regularity * spare_h / rhythm.cycle_h, rhythm.certainty
    p = shape / (mean + shape)

    def stages(k):
        log = math.lgamma(k + shape) - math.lgamma(shape) - math.lgamma(k + 1) + shape * math.log(p)
        return math.exp(log + k * math.log1p(-p)) if k else math.exp(log)

    weights = [sum(stages(k) for k in range(n * rhythm.regularity, (n + 1) * rhythm.regularity)) for n in range(most)]
    return [weight / sum(weights) for weight in weights]


@given(st.floats(0.1, 9000.0), st.integers(1, 30), RHYTHMS)
def test_the_distribution_equals_its_formula(spare_h, most, rhythm):
    assert trip_pmf(spare_h, most, rhythm).tolist() == pytest.approx(naive_pmf(spare_h, most, rhythm), abs=1e-9)


def test_it_is_the_number_of_cycles_that_a_ship_of_unknown_pace_makes():
    rng, n, spare_h = np.random.default_rng(3), 40_000, 1000.0
    pace = rng.gamma(DEFAULT_CERTAINTY, 4.0 / LIKELY_CYCLE_H / DEFAULT_CERTAINTY, n)  # stages an hour
    cycles_h = rng.gamma(4.0, 1.0, (n, 60)) / pace[:, None]
    number = 1 + (np.cumsum(cycles_h, axis=1) <= spare_h).sum(axis=1)
    share = np.bincount(number, minlength=61)[1:] / n
    assert np.abs(trip_pmf(spare_h, 60) - share).max() < 4 * 0.5 / np.sqrt(n)


def test_pure_chance_by_hand():
    # Further trips are negative binomial with mean 1 and shape 2: 4/9, 8/27, 4/27.
    chance = Rhythm(336.0, 1, 2.0)
    assert trip_pmf(336.0, 3, chance).tolist() == pytest.approx(np.array([12, 8, 4]) / 24)
    assert trip_pmf(336.0, 1, chance).tolist() == [1.0]


@given(st.floats(-1e4, 1e6), st.integers(1, 400), RHYTHMS)
def test_probabilities_add_up_to_one_and_stop_at_what_fits(spare_h, most, rhythm):
    pmf = trip_pmf(spare_h, most, rhythm)
    assert pmf.size == most
    assert (pmf >= 0.0).all()
    assert pmf.sum() == pytest.approx(1.0)


def test_nothing_to_spare_is_one_trip():
    assert trip_pmf(0.0, 5).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert trip_pmf(-20.0, 2).tolist() == [1.0, 0.0]


def test_a_silence_of_months_holds_many_trips_but_fewer_than_fit():
    pmf = trip_pmf(180.0 * 24.0, 105)
    number = np.arange(1, 106)
    assert pmf @ number == pytest.approx(1 + 180 / 14, rel=0.05)  # an active ship: one in two weeks (METHODS 8)
    assert 3 <= number[np.searchsorted(np.cumsum(pmf), 0.05)] < 8
    assert 25 <= number[np.searchsorted(np.cumsum(pmf), 0.95)] < 35


def test_a_regular_shuttle_is_known_better():
    # Six weeks to spare: with six even weekly intervals known it is about seven trips, and no wide range.
    pmf = trip_pmf(6 * 168.0, 30, learnt_rhythm([168.0] * 12))
    number = np.arange(1, 31)
    mean = pmf @ number
    assert 6.0 < mean < 7.2
    assert np.sqrt(pmf @ (number - mean) ** 2) < 0.9
    wide = trip_pmf(6 * 168.0, 30)
    assert np.sqrt(wide @ (number - wide @ number) ** 2) > 2.0


def test_rhythms_by_hand():
    assert learnt_rhythm([]) == DEFAULT_RHYTHM == (336.0, 4, 2.0)
    # Even weeks are clockwork: 16 stages a cycle. The pace: 2 + 16 x 6 stages in 2 x 336 / 16 + 6 x 168 h.
    assert learnt_rhythm([168.0] * 6) == pytest.approx((16 * 1050.0 / 98.0, 16, 98.0))
    # One interval tells little: of all regularities it is as probable as with the default cycle nearly; two weeks stay.
    cycle_h, _, certainty = learnt_rhythm([336.0])
    assert cycle_h == pytest.approx(336.0)
    assert certainty < 2.0 + 17


def test_uneven_intervals_are_no_clockwork():
    assert learnt_rhythm([30.0, 700.0, 90.0, 400.0, 35.0, 600.0]).regularity <= 2
    assert learnt_rhythm([150.0, 180.0, 165.0, 172.0, 160.0, 171.0]).regularity >= 8


def test_quantiles_of_the_cycle():
    # Chi-square with 4 degrees of freedom: 5 % and 95 % quantiles 0.7107 and 9.4877; the pace is a quarter of it.
    assert DEFAULT_RHYTHM.cycle_quantile_h(0.05) == pytest.approx(336.0 / (9.4877 / 4.0), rel=0.01)
    assert DEFAULT_RHYTHM.cycle_quantile_h(0.95) == pytest.approx(336.0 / (0.7107 / 4.0), rel=0.04)


def test_new_trips_of_a_silence_by_hand():
    pmf = np.array([0.75, 0.25])
    # If the first one is counted already, one trip is none that is new, two are one.
    none, whole, half = with_chance(np.tile(pmf, (3, 1)), np.full(3, 0.4), np.array([0.0, 1.0, 0.5])).tolist()
    assert none == pytest.approx([0.6, 0.3, 0.1])
    assert whole == pytest.approx([0.6 + 0.3, 0.1, 0.0])
    assert half == pytest.approx([0.75, 0.2, 0.05])


KNOWN = st.tuples(st.floats(-10.0, 3000.0), st.integers(1, 9), RHYTHMS, st.floats(0.0, 1.0))


@given(st.lists(KNOWN, max_size=12), st.floats(0.0, 1.0))
def test_many_silences_at_once_are_as_each_alone(known, p):
    trips = pd.DataFrame(
        [(spare_h, most, *rhythm, begun) for spare_h, most, rhythm, begun in known],
        columns=["spare_h", "max_round_trips", "cycle_h", "cycle_regularity", "cycle_certainty", "p_begun"],
    )
    found = new_trip_pmfs(trips, np.full(len(known), p))
    for (spare_h, most, rhythm, begun), pmf in zip(known, found, strict=True):
        alone = with_chance(trip_pmf(spare_h, most, rhythm)[None], np.array([p]), np.array([begun]))[0]
        assert pmf.tolist() == alone.tolist()  # to the bit: what else is asked changes nothing
