import pandas as pd
import pytest
from builders import MMSI, at, call, gap, port_calls, visit, visits

from darkships.schema import PORT_CALLS
from darkships.trips.rounds import round_trips

NO_CALLS = PORT_CALLS.empty()


def ends(*rows, calls=NO_CALLS, group="Rajin"):
    found = round_trips(visits(*rows), calls=calls)
    columns = ["origin", "origin_basis", "origin_departure", "destination", "destination_basis", "destination_arrival"]
    return found.loc[found["site_group"] == group, columns].to_numpy(object).tolist()


def test_without_calls_or_ports_nearby_nothing_is_known():
    (found,) = ends(visit(gap(), 0.3))
    assert pd.isna(found).all()


def test_an_open_gap_has_no_destination_yet():
    (found,) = ends(visit(gap(on_h=None), 0.3), calls=port_calls(call(-30, -5, site="Dunay"), call(52, 60)))
    assert found[:2] == ["Dunay", "call"]
    assert pd.isna(found[3:]).all()


def test_a_call_of_weeks_ago_is_not_where_the_trip_began():
    calls = port_calls(call(-300, -193, site="Dunay"), call(48 + 191, 300, site="Vostochny"))
    (found,) = ends(visit(gap(), 0.3), calls=calls)
    assert pd.isna(found[:3]).all()
    assert found[3:] == ["Vostochny", "call", at(48 + 191)]


def test_a_likely_dark_call_in_an_earlier_silence_is_an_origin():
    earlier = gap(off_h=-60.0, on_h=-20.0)
    dark = visit(earlier, 0.6, site="Dunay", watched=False)
    (found,) = ends(visit(gap(), 0.3), dark)
    assert found[:3] == ["Dunay", "dark", at(-20.0)]
    assert ends(visit(gap(), 0.3), dark | {"probability": 0.4})[0][:1] != ["Dunay"]
    # A call that AIS shows after it is nearer.
    assert ends(visit(gap(), 0.3), dark, calls=port_calls(call(-10, -5, site="Nakhodka")))[0][0] == "Nakhodka"
    assert ends(visit(gap(), 0.3), dark, calls=port_calls(call(-99, -90, site="Nakhodka")))[0][0] == "Dunay"


def test_and_in_a_later_one_a_destination():
    later = gap(off_h=70.0, on_h=100.0)
    (found,) = ends(visit(gap(), 0.3), visit(later, 0.6, site="Dunay", watched=False))
    assert found[3:] == ["Dunay", "dark", at(70.0)]


def test_a_dark_call_at_the_same_group_is_the_trip_before_and_no_origin():
    (first, second) = ends(visit(gap(off_h=-100.0, on_h=-50.0), 0.6), visit(gap(), 0.6))
    assert pd.isna(second[:3]).all()
    assert pd.isna(first[3:]).all()


@pytest.mark.parametrize(("there_nm", "known"), [(14.0, True), (16.0, False)])
def test_a_port_near_the_fix_is_an_origin(there_nm, known):
    near = visit(gap(), 0.0, site="Dunay", there_nm=there_nm, watched=False)
    (found,) = ends(visit(gap(), 0.3), near)
    if known:
        assert found == ["Dunay", "place", at(0.0), "Dunay", "place", at(48.0)]
    else:
        assert pd.isna(found).all()
    # Of the trip to Dunay itself it is none.
    (of_dunay,) = ends(visit(gap(), 0.3), near, group="Dunay")
    assert pd.isna(of_dunay).all()


def test_calls_of_other_vessels_do_not_count():
    (found,) = ends(visit(gap(), 0.3), calls=port_calls(call(-30, -5, site="Dunay", mmsi=MMSI + 1)))
    assert pd.isna(found).all()
