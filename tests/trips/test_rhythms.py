import pandas as pd
import pytest
from builders import MMSI, call, gap, port_calls, visit, visits

from darkships.errors import SchemaError
from darkships.renewal import learnt_rhythm
from darkships.schema import PORT_CALLS, SHUTTLES, TRIPS
from darkships.trips.rhythms import shuttles
from darkships.trips.rounds import round_trips

NO_CALLS = PORT_CALLS.empty()
WEEK = 168.0


def weekly(n, *, probability=0.4, on_h=60.0, calls=NO_CALLS, **columns):
    """Return the trips of a vessel (one that makes visits: 0.6) that is silent every week."""
    rows = (visit(gap(off_h=WEEK * k, on_h=WEEK * k + on_h), probability, p_vessel=0.6, **columns) for k in range(n))
    return round_trips(visits(*rows), calls=calls)


def rhythm_of(found):
    assert found[["cycle_h", "cycle_regularity", "cycle_certainty", "cycle_intervals"]].drop_duplicates().shape[0] == 1
    return found.iloc[0]


def test_likely_trips_show_their_rhythm():
    found = rhythm_of(weekly(7))
    assert found["cycle_intervals"] == 6
    assert (found["cycle_h"], found["cycle_regularity"], found["cycle_certainty"]) == learnt_rhythm([WEEK] * 6)


def test_unlikely_ones_do_not():
    found = rhythm_of(weekly(7, probability=0.3))  # one half of 0.6
    assert (found["cycle_h"], found["cycle_intervals"]) == (336.0, 0)


def test_from_a_silence_that_can_hold_two_trips_no_interval_is_taken():
    # 150 h less 200 nm at 12 kn and a stay of 48 h leave 85 h: one trip. With 250 h there is room for another.
    assert rhythm_of(weekly(3, on_h=150.0))["cycle_intervals"] == 2
    assert rhythm_of(weekly(3, on_h=150.0, slack_h=250.0))["cycle_intervals"] == 0


def test_calls_that_ais_shows_count_for_the_rhythm():
    # The silences of weeks 0 and 1 arrive at 100 nm / 12 kn; a call two weeks after that of week 1.
    arrival = 2 * WEEK + WEEK + 100 / 12
    found = rhythm_of(weekly(2, calls=port_calls(call(arrival, arrival + 40.0))))
    assert found["cycle_intervals"] == 2
    expected = learnt_rhythm([WEEK, 2 * WEEK])
    assert (found["cycle_h"], found["cycle_regularity"]) == pytest.approx(expected[:2], rel=1e-6)


def test_two_within_a_day_are_one():
    found = weekly(1, calls=port_calls(call(20.0, 30.0)))
    assert found["cycle_intervals"].tolist() == [0]


def test_silences_of_one_trip_are_no_cycle():
    out, back = gap(off_h=0.0, on_h=60.0), gap(off_h=65.0, on_h=130.0)
    near = {"p_vessel": 0.6, "there_nm": 20.0}
    rows = visit(out, 0.4, **near, sea_distance_off_nm=100.0), visit(back, 0.4, **near, sea_distance_on_nm=100.0)
    found = round_trips(visits(*rows), calls=NO_CALLS)
    assert found["continues"].tolist() == [False, True]
    assert rhythm_of(found)["cycle_intervals"] == 0


def test_a_known_rhythm_narrows_what_a_long_silence_holds():
    lone = visit(gap(off_h=11 * WEEK, on_h=11 * WEEK + 1300.0), 0.4, p_vessel=0.6, max_round_trips=20, slack_h=1250.0)
    known = [visit(gap(off_h=WEEK * k, on_h=WEEK * k + 60.0), 0.4, p_vessel=0.6) for k in range(11)]
    (alone,) = round_trips(visits(lone), calls=NO_CALLS).to_dict("records")
    after = round_trips(visits(*known, lone), calls=NO_CALLS).iloc[-1]
    assert alone["expected_round_trips_high"] - alone["expected_round_trips_low"] > 7
    assert after["expected_round_trips_high"] - after["expected_round_trips_low"] <= 3
    assert 7.0 < after["expected_round_trips"] < 8.2  # seven whole weeks to spare


def test_shuttles_by_hand():
    calls = port_calls(
        *(call(WEEK * k - 60, WEEK * k - 5, site="Dunay") for k in range(3)),
        call(900.0, 950.0),
        call(0, 9, mmsi=MMSI + 1),
    )
    rows = [visit(gap(off_h=WEEK * k, on_h=WEEK * k + 60.0), 0.4, p_vessel=0.6) for k in range(3)]
    single = visit(gap(mmsi=MMSI + 1), 0.4)
    origin = [row | {"site": "Dunay", "site_group": "Dunay", "watched": False} for row in rows]
    found = shuttles(round_trips(visits(*rows, *origin, single), calls=calls), calls=calls)
    (shuttle,) = found.to_dict("records")
    expected = {
        "mmsi": MMSI, "site_group": "Rajin", "origin_group": "Dunay", "silences": 3, "likely_trips": 3, "seen_calls": 1,
        "cycle_intervals": 3,
    }  # fmt: skip
    assert {name: shuttle[name] for name in expected} == expected
    assert shuttle["expected_round_trips"] == pytest.approx(1.2)
    assert shuttle["cycle_low_h"] < shuttle["cycle_h"] < shuttle["cycle_high_h"]
    assert list(found.columns) == SHUTTLES.names


def test_a_shuttle_of_unknown_origin_stays():
    found = shuttles(weekly(3), calls=NO_CALLS)
    assert found["origin_group"].isna().tolist() == [True]
    assert found["silences"].tolist() == [3]


def test_no_trips_no_shuttles():
    found = shuttles(TRIPS.empty(), calls=NO_CALLS)
    assert found.empty
    assert list(found.columns) == SHUTTLES.names
    assert shuttles(weekly(1), calls=NO_CALLS).empty
    with pytest.raises(SchemaError, match="trips is not a trips table"):
        shuttles(pd.DataFrame({"mmsi": [1]}), calls=NO_CALLS)
