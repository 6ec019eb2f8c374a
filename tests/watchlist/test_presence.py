import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.watchlist.presence import PROMPT, STAY_SIGMA, presence

ONE = np.array([1.0])


def simulated(at_h, *, window_h, arrival_h, stay_h, pmf, n=20_000):
    """Draw ships: their number of trips, and where each stay lies."""
    rng = np.random.default_rng(11)

    def stays():
        drawn = np.exp(rng.normal(np.log(stay_h), STAY_SIGMA, (50, n)))
        fits = drawn <= window_h
        return np.where(fits.any(axis=0), drawn[fits.argmax(axis=0), np.arange(n)], window_h)

    there = np.zeros((at_h.size, n), bool)
    number = rng.choice(np.arange(1, pmf.size + 1), n, p=pmf)
    for k in range(pmf.size):
        length = stays()
        anywhere = rng.uniform(0.0, 1.0, n) * (window_h - length)
        prompt = np.minimum(rng.uniform(0.0, 2.0 * arrival_h, n), window_h - length)
        start = np.where((k == 0) & (rng.random(n) < PROMPT), prompt, anywhere)
        there |= (number > k) & (at_h[:, None] >= start) & (at_h[:, None] <= start + length)
    return there.mean(axis=1)


@pytest.mark.parametrize(
    "silence",
    [
        {"window_h": 84.0, "arrival_h": 4.0, "stay_h": 48.0, "pmf": ONE},
        {"window_h": 40.0, "arrival_h": 2.0, "stay_h": 48.0, "pmf": ONE},
        {"window_h": 300.0, "arrival_h": 10.0, "stay_h": 48.0, "pmf": np.array([0.5, 0.3, 0.2])},
        {"window_h": 2000.0, "arrival_h": 10.0, "stay_h": 30.0, "pmf": np.array([0.1, 0.2, 0.3, 0.3, 0.1])},
    ],
    ids=["days", "tight", "two weeks", "months"],
)
def test_it_is_the_share_of_simulated_ships(silence):
    at_h = np.linspace(1.0, silence["window_h"] - 1.0, 23)  # a silence of 9 x 9 steps is a stair near its ends
    assert presence(at_h, **silence) == pytest.approx(simulated(at_h, **silence), abs=0.06)


def test_by_hand():
    # A stay of ten hours to the minute, room for ten more: straight there (0 to 10 h) or from u in 0..10 on.
    sure = {"window_h": 20.0, "arrival_h": 0.0, "pmf": ONE}
    at_h = np.array([0.0, 2.0, 9.0, 11.0, 20.0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("darkships.watchlist.presence.STAY_SIGMA", 1e-9)
        found = presence(at_h, stay_h=10.0, **sure)
        assert found == pytest.approx(0.5 * np.array([1, 1, 1, 0, 0]) + 0.5 * np.array([0, 0.2, 0.9, 0.9, 0]))
        # A second trip lies anywhere, too.
        twice = presence(at_h, stay_h=10.0, **{**sure, "pmf": np.array([0.0, 1.0])})
        assert twice == pytest.approx(1 - (1 - found) * (1 - np.array([0, 0.2, 0.9, 0.9, 0])))


@given(
    st.floats(0.0, 5000.0),
    st.floats(0.0, 200.0),
    st.floats(1.0, 200.0),
    st.lists(st.floats(0.01, 1), min_size=1, max_size=9),
)
def test_always_a_probability_and_nobody_is_there_outside_the_window(window_h, arrival_h, stay_h, weights):
    pmf = np.array(weights) / sum(weights)
    at_h = np.concatenate([[-5.0, window_h + 5.0], np.linspace(0.0, window_h, 30)])
    found = presence(at_h, window_h=window_h, arrival_h=arrival_h, stay_h=stay_h, pmf=pmf)
    assert (found[:2] < 1e-12).all()
    assert ((found >= 0.0) & (found <= 1.0)).all()


def test_the_more_trips_the_more_likely_somebody_is_there():
    at_h = np.linspace(0.0, 500.0, 40)
    few, many = (
        presence(at_h, window_h=500.0, arrival_h=5.0, stay_h=48.0, pmf=pmf) for pmf in (ONE, np.array([0, 0, 1.0]))
    )
    assert (many >= few - 1e-12).all()
    assert many.mean() > few.mean() + 0.1
