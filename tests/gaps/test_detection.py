import numpy as np
import pandas as pd
import pytest
from builders import MMSI, START, at, together, tracks
from hypothesis import given
from hypothesis import strategies as st

from darkships.errors import DarkshipsError, SchemaError
from darkships.gaps.detection import detect_gaps
from darkships.schema import GAPS
from darkships.units import EARTH_RADIUS_NM


def sail(*hours, **columns):
    """Return a track on the equator that makes six nautical miles an hour, near enough."""
    return tracks(hours=hours, lon=[140.0 + 0.1 * h for h in hours], lat=0.0, **columns)


def contacts(*hours, mmsi=MMSI):
    return pd.DataFrame({"mmsi": mmsi, "timestamp": at(list(hours))})


def spans(gaps):
    """Return (off, on) of each gap in hours, on as None while open."""
    off = (gaps["off_timestamp"] - START) / pd.Timedelta(hours=1)
    on = (gaps["on_timestamp"] - START) / pd.Timedelta(hours=1)
    return [(a, None if np.isnan(b) else b) for a, b in zip(off, on, strict=True)]


def test_a_closed_gap_with_all_its_numbers():
    track = sail(0, 1, 2, 12, 13, sog=[1, 2, 3, 4, 5], cog=[10, 20, 30, 40, 50], nav_status=[0, 1, 5, 7, 8])
    (gap,) = detect_gaps(track).to_dict("records")
    nm_a_degree = np.radians(1.0) * EARTH_RADIUS_NM
    expected = {
        "gap_id": f"{MMSI}-20230907T020000Z", "mmsi": MMSI, "track_id": 1000 * MMSI, "is_open": False,
        "off_timestamp": at(2), "on_timestamp": at(12), "off_fix_timestamp": at(2), "on_fix_timestamp": at(12),
        "off_sog_kn": 3.0, "on_sog_kn": 4.0, "off_cog_deg": 30.0, "on_cog_deg": 40.0, "off_nav_status": 5,
        "duration_h": 10.0, "fixes_12h_before": 3, "fixes_12h_after": 2, "satellite_share_12h_before": 0.0,
        "off_approach_h": 1.0, "on_departure_h": 1.0, "vessels_heard": 0,
    }  # fmt: skip
    assert {name: gap[name] for name in expected} == expected
    places = {"off_lon": 140.2, "on_lon": 141.2, "off_approach_lon": 140.1, "on_departure_lon": 141.3, "off_lat": 0.0}
    assert {name: gap[name] for name in places} == pytest.approx(places)
    assert gap["distance_nm"] == pytest.approx(nm_a_degree)
    assert gap["implied_speed_kn"] == pytest.approx(nm_a_degree / 10.0)
    assert np.isnan(gap["cruise_kn"])  # twenty minutes at more than 3 kn say nothing


def test_an_open_gap_lasts_until_as_of():
    (gap,) = detect_gaps(sail(0, 1, 2), as_of=at(30)).to_dict("records")
    assert gap["is_open"]
    assert gap["duration_h"] == 28.0
    assert gap["off_timestamp"] == at(2)
    for name in ("on_timestamp", "on_lat", "on_lon", "distance_nm", "implied_speed_kn", "on_departure_h"):
        assert pd.isna(gap[name])


def test_as_of_may_stand_in_another_time_zone():
    assert spans(detect_gaps(sail(0), as_of=at(8).tz_convert("Asia/Tokyo"))) == [(0, None)]


def test_without_as_of_the_latest_message_of_anybody_is_the_end():
    silent, last = sail(0, 1), sail(0, 2, 4, 6, 8, mmsi=MMSI + 1)
    assert spans(detect_gaps(together(silent, last))) == [(1, None)]
    assert spans(detect_gaps(sail(0, 1), contacts=contacts(9, mmsi=MMSI + 1))) == [(1, None)]


def test_a_contact_inside_a_silence_ends_it():
    track = sail(0, 10)
    assert spans(detect_gaps(track)) == [(0, 10)]
    assert spans(detect_gaps(track, contacts=contacts(5))) == []
    assert spans(detect_gaps(track, contacts=contacts(3, 5), min_gap_h=4.0)) == [(5, 10)]


def test_a_gap_after_a_contact_tells_both_the_fix_and_the_message():
    (gap,) = detect_gaps(sail(0, 20), contacts=contacts(3, 18)).to_dict("records")
    assert (gap["off_fix_timestamp"], gap["off_timestamp"]) == (at(0), at(3))
    assert (gap["on_timestamp"], gap["on_fix_timestamp"]) == (at(18), at(20))
    assert gap["duration_h"] == 15.0
    assert gap["implied_speed_kn"] == pytest.approx(gap["distance_nm"] / 20.0)
    assert gap["gap_id"].endswith("T030000Z")


def test_a_contact_after_the_last_fix_closes_the_gap_without_an_on_fix():
    found = detect_gaps(sail(0), contacts=contacts(8), as_of=at(10))
    assert spans(found) == [(0, 8)]
    assert not found["is_open"].any()
    assert found[["on_lat", "on_fix_timestamp", "distance_nm"]].isna().all(axis=None)


def test_messages_after_as_of_are_ignored():
    track, heard = sail(0, 1, 20, 21), contacts(15)
    early = detect_gaps(track, contacts=heard, as_of=at(12))
    pd.testing.assert_frame_equal(early, detect_gaps(sail(0, 1), as_of=at(12)))
    assert spans(early) == [(1, None)]
    assert spans(detect_gaps(track, contacts=heard, as_of=at(18))) == [(1, 15)]
    assert spans(detect_gaps(track, as_of=at(20))) == [(1, 20)]


def test_nothing_is_known_before_the_first_message():
    assert detect_gaps(sail(10, 11), as_of=at(5)).empty


def test_an_outlier_neither_ends_nor_makes_a_gap():
    false = tracks(hours=[5], lon=[10.0], lat=[50.0], number=999, is_outlier=True)
    assert spans(detect_gaps(together(sail(0, 10), false))) == [(0, 10)]
    only = tracks(hours=[0, 10], lon=[10.0, 10.0], lat=50.0, number=999, is_outlier=True)
    assert detect_gaps(only).empty


def test_two_ships_of_one_mmsi_have_gaps_of_their_own_and_other_names():
    found = detect_gaps(together(sail(0, 10), tracks(hours=[0, 3, 11], lon=5.0, lat=50.0, number=1)))
    assert spans(found) == [(0, 10), (3, 11)]
    assert found["gap_id"].tolist() == [f"{MMSI}-20230907T000000Z", f"{MMSI}-20230907T030000Z-1"]


@pytest.mark.parametrize(("seconds", "expected"), [(-1, 0), (0, 1), (1, 1)])
def test_exactly_the_minimum_counts(seconds, expected):
    assert len(detect_gaps(sail(0, 6.0 + seconds / 3600.0))) == expected
    assert len(detect_gaps(sail(0), as_of=at(6.0 + seconds / 3600.0))) == expected


def test_a_gap_keeps_its_name_when_it_closes_and_when_more_is_known():
    opened = detect_gaps(sail(0, 1), as_of=at(12))["gap_id"].tolist()
    closed = detect_gaps(together(sail(0, 1, 20, 40), sail(3, mmsi=MMSI - 1)), min_gap_h=2.0)
    assert opened == closed.loc[closed["off_timestamp"] == at(1), "gap_id"].tolist()


def test_fixes_of_the_twelve_hours_before_and_the_satellites_share():
    hours = [0, 1, 2, 8, 13, 30]
    heard_by = ["satellite", "satellite", "terrestrial", "satellite", "terrestrial", "satellite"]
    found = detect_gaps(sail(*hours, receiver=heard_by), min_gap_h=12.0)
    assert found["fixes_12h_before"].tolist() == [4]  # hours 1, 2, 8 and 13: the edge counts
    assert found["satellite_share_12h_before"].tolist() == [0.5]


def test_the_vessels_own_speeds_leave_out_what_is_slow():
    minutes = np.arange(0, 1000, 5) / 60.0
    sog = np.where(minutes < 8.0, 0.2, np.where(minutes < 16.0, 12.2, 17.2))
    found = detect_gaps(tracks(hours=[*minutes, 40.0], lon=140.0, lat=0.0, sog=[*sog, 0.0]))
    assert found["cruise_kn"].tolist() == [12.25]
    assert found["max_kn"].tolist() == [17.25]


def test_others_heard_near_the_ends_during_the_silence_are_counted():
    own = sail(0, 10)
    near = tracks(hours=[4], lon=[140.4], lat=[0.3], mmsi=MMSI + 1)
    away = tracks(hours=[4], lon=[145.0], lat=[0.3], mmsi=MMSI + 2)
    after = tracks(hours=[19], lon=[140.4], lat=[0.3], mmsi=MMSI + 3)
    found = detect_gaps(together(own, near, away, after), as_of=at(10))
    assert found.set_index("mmsi")["vessels_heard"].to_dict() == {MMSI: 1, MMSI + 1: 1, MMSI + 2: 0}


def test_no_tracks_make_no_gaps():
    found = detect_gaps(sail(0).iloc[:0])
    assert found.empty
    assert list(found.columns) == GAPS.names


def test_unsorted_tracks_are_refused():
    with pytest.raises(SchemaError, match="not sorted by"):
        detect_gaps(sail(0, 10).iloc[::-1])


def test_an_as_of_without_a_time_zone_is_refused():
    with pytest.raises(SchemaError, match=r"'as_of'.*time-zone-aware UTC"):
        detect_gaps(sail(0, 10), as_of=at(10).tz_localize(None))


@pytest.mark.parametrize("hours", [0.0, -1.0, float("nan")])
def test_a_minimum_that_is_not_positive_is_refused(hours):
    with pytest.raises(DarkshipsError, match=r"min_gap_h is .* expected more than 0"):
        detect_gaps(sail(0, 10), min_gap_h=hours)


@given(st.lists(st.integers(0, 80), min_size=1, max_size=25), st.lists(st.integers(0, 80), max_size=6))
def test_no_message_falls_into_a_gap_and_every_long_silence_is_one(hours, heard):
    hours = sorted(hours)
    found = detect_gaps(sail(*hours), contacts=contacts(*heard), as_of=at(80))
    known = sorted({*hours, *(h for h in heard if h >= hours[0])})
    ends = [*known[1:], 80]
    expected = [(a, b if b in known else None) for a, b in zip(known, ends, strict=True) if b - a >= 6]
    assert spans(found) == expected
