import numpy as np
import pandas as pd
import pytest
from builders import MMSI, at, gap, gaps, table

from darkships.flags.silences import mark_gaps
from darkships.schema import FLAGS

HOME, OTHER = 1000 * MMSI, 1000 * MMSI + 1


def flag(kind, from_h, to_h, *, track_id=HOME, mmsi=MMSI):
    when = {"from_timestamp": at(from_h), "to_timestamp": at(to_h)}
    what = {"lat": 42.0, "lon": 132.0, "fixes": 20, "distance_nm": 30.0, "speed_kn": 200.0, "detail": "made by hand"}
    return {"mmsi": mmsi, "track_id": track_id, "kind": kind, **when, **what}


def marked(*flags, **columns):
    """Return what becomes of one silence, from hour 0 to 48 unless told."""
    frame = table(FLAGS, flags) if flags else FLAGS.empty()
    found = mark_gaps(gaps(gap(**columns)), frame).iloc[0]
    return [None if pd.isna(found[name]) else found[name] for name in ("off_flags", "on_flags", "explained_by")]


def test_nothing_flagged_says_nothing():
    assert marked() == [None, None, None]
    assert marked(flag("circle", 10, 20, mmsi=MMSI + 1)) == [None, None, None]


@pytest.mark.parametrize(
    ("flagged", "off", "on"),
    [
        (flag("circle", -5, -0.5), "circle", None),
        (flag("circle", -5, -1.5), None, None),
        (flag("frozen", 48.5, 50), None, "frozen"),
        (flag("circle", -5, -0.5, track_id=OTHER), None, None),
        (flag("shared_mmsi", -60, -30, track_id=OTHER), "shared_mmsi", None),
        (flag("shared_mmsi", -99, -60, track_id=OTHER), None, None),
    ],
)
def test_flags_of_the_track_stand_at_the_end_that_they_touch(flagged, off, on):
    assert marked(flagged) == [off, on, None]


def test_kinds_at_an_end_are_sorted_and_told_once():
    both = (flag("frozen", -1, 0), flag("circle", -3, 0), flag("circle", -9, -0.2))
    assert marked(*both)[0] == "circle;frozen"


@pytest.mark.parametrize(
    ("away", "explained"),
    [
        (flag("excursion", 0.1, 3, track_id=OTHER), "spoofing"),  # the transmitter went there at once
        (flag("excursion", 10, 40, track_id=OTHER), "spoofing"),  # and was there for most of it
        (flag("jump", 0.5, 20, track_id=OTHER), "spoofing"),
        (flag("excursion", 10, 12, track_id=OTHER), None),  # 2 h of 48 explain little
        (flag("excursion", 60, 62, track_id=OTHER), None),
        (flag("glitch", 0.1, 40, track_id=OTHER), None),
        (flag("excursion", 0.1, 3), None),  # the silence is that of the forged track
    ],
)
def test_a_silence_in_which_the_transmitter_spoke_elsewhere_is_explained_by_spoofing(away, explained):
    assert marked(away)[2] == explained


def test_the_ship_that_shares_the_mmsi_explains_nothing():
    away, shared = flag("jump", 0.1, 40, track_id=OTHER), flag("shared_mmsi", -30, -10)
    assert marked(away, shared)[2] is None
    assert marked(away, flag("shared_mmsi", -300, -200))[2] == "spoofing"


def test_ends_that_the_vessel_never_sailed_apart_are_two_ships():
    assert marked(distance_nm=1300.0, implied_speed_kn=27.1)[2] == "shared_mmsi"  # its own high speed is 14 kn
    assert marked(distance_nm=1300.0, implied_speed_kn=25.9)[2] is None
    assert marked(distance_nm=1300.0, implied_speed_kn=27.1, max_kn=np.nan)[2] is None
    assert marked(distance_nm=40.0, implied_speed_kn=99.0)[2] is None


def test_an_open_silence_has_one_end():
    assert marked(flag("circle", -5, 0), flag("jump", 0.2, 9, track_id=OTHER), on_h=None) == [
        "circle",
        None,
        "spoofing",
    ]
