"""Which silences could hide a meeting in the dark."""

import numpy as np
import pytest
from builders import MMSI, gap, gaps

from darkships.evidence.meetings import meetings
from darkships.schema import GAPS

OTHER = MMSI + 1
NEAR = {"off_lat": 40.0, "on_lat": 40.0, "off_lon": 134.0, "on_lon": 134.5, "off_sog_kn": 10.0, "on_sog_kn": 10.0}


def met(*rows):
    return meetings(gaps(*rows)).to_dict()


def pair(**other):
    return gap(off_h=0.0, on_h=20.0, **NEAR), gap(**{"mmsi": OTHER, "off_h": 1.0, "on_h": 21.0, **NEAR, **other})


def test_two_that_are_silent_for_the_same_time_within_reach_could_have_met():
    a, b = pair(off_lon=135.0, on_lon=134.9)
    assert met(a, b) == {a["gap_id"]: OTHER, b["gap_id"]: MMSI}


@pytest.mark.parametrize(
    "other",
    [
        {"mmsi": MMSI},
        {"off_h": 10.0, "on_h": 30.0},  # silent together for a third of the time only
        {"on_h": 200.0},
        {"on_h": None, "on_lon": np.nan, "on_lat": np.nan},
        {"off_lon": 140.0, "on_lon": 140.0},  # 275 nm off: no time is left at the middle
        {"p_switched_off": 0.2},
        {"off_sog_kn": 0.1, "on_sog_kn": 0.1},
    ],
)
def test_who_was_not_there_or_lay_still_met_nobody(other):
    assert met(*pair(**other)) == {}


def test_who_lay_still_at_one_end_only_may_have_waited_for_the_other():
    assert len(met(*pair(off_sog_kn=0.1))) == 2


def test_a_meeting_takes_hours():
    short = {"off_h": 0.0, "on_h": 2.9}
    assert met(gap(**short, **NEAR), gap(mmsi=OTHER, **short, **NEAR)) == {}


def test_of_several_the_one_counts_that_was_silent_most_alike():
    a, b = pair()
    c = gap(mmsi=MMSI + 2, off_h=0.5, on_h=20.0, **NEAR)
    assert met(a, b, c)[a["gap_id"]] == MMSI + 2


def test_across_the_date_line():
    east, west = NEAR | {"off_lon": 179.8, "on_lon": 179.9}, {"off_lon": -179.9, "on_lon": -179.7}
    assert len(met(gap(off_h=0.0, on_h=20.0, **east), pair(**west)[1])) == 2


def test_nothing_from_nothing():
    assert meetings(GAPS.empty()).empty
