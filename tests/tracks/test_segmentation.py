import numpy as np
import pandas as pd
import pytest
from builders import MMSI, positions

from darkships.errors import SchemaError
from darkships.schema import TRACKS
from darkships.tracks.segmentation import segment_tracks


def east_bound(n=6, *, lon=132.0, mmsi=MMSI, later_h=0.0, **columns):
    return positions(
        hours=[k + later_h for k in range(n)], lon=[lon + 0.2 * k for k in range(n)], lat=42.5, mmsi=mmsi, **columns
    )


def test_one_ship_is_one_track_and_columns_that_no_feed_gave_are_null():
    found = segment_tracks(east_bound())
    assert list(found.columns) == TRACKS.names
    assert found["track_id"].unique().tolist() == [1000 * MMSI]
    assert not found["is_outlier"].any()
    assert found[["nav_status", "receiver"]].isna().all(axis=None)


def test_speed_and_course_that_no_feed_gave_are_those_made_good():
    found = segment_tracks(east_bound())  # 0.2 degrees of longitude an hour
    assert found["sog"].to_numpy() == pytest.approx(np.full(6, 0.2 * 60.0 * np.cos(np.radians(42.5))), rel=0.01)
    assert found["cog"].to_numpy() == pytest.approx(np.full(6, 90.0), abs=0.2)
    both = pd.concat([east_bound(), east_bound(lon=5.0, later_h=0.5)])  # never from one ship of an MMSI to the other
    assert segment_tracks(both)["sog"].max() < 9.0


def test_what_the_feed_gave_is_kept():
    given = east_bound(3, sog=[1.0, 2.0, 3.0], cog=[359.0, 0.5, 1.0], nav_status=[0, 1, 5], receiver="satellite")
    found = segment_tracks(given)
    for name in ("timestamp", "lon", "lat", "sog", "cog", "nav_status", "receiver"):
        assert found[name].astype(given[name].dtype).equals(given[name])


def test_an_outlier_is_kept_and_named_so():
    fixes = east_bound()
    fixes.loc[3, ["lon", "lat"]] = 10.0, 55.0
    found = segment_tracks(fixes)
    assert found["is_outlier"].tolist() == [False, False, False, True, False, False]
    assert found["track_id"].tolist() == [1000 * MMSI + (999 if row == 3 else 0) for row in range(6)]


def test_pitfall_8_two_ships_under_one_mmsi_are_two_tracks():
    found = segment_tracks(pd.concat([east_bound(), east_bound(lon=5.0)]))
    by_place = found.groupby(found["lon"] < 100.0)["track_id"].unique()
    assert sorted(ids.tolist() for ids in by_place) == [[1000 * MMSI], [1000 * MMSI + 1]]


def test_contacts_make_no_fix():
    fixes = east_bound()
    fixes.loc[2, ["lon", "lat"]] = np.nan
    assert len(segment_tracks(fixes)) == 5


def test_order_of_rows_does_not_matter_and_the_input_is_left_alone():
    fixes = pd.concat([east_bound(), east_bound(lon=5.0, later_h=0.5), east_bound(mmsi=MMSI + 1)], ignore_index=True)
    mixed = fixes.sample(frac=1.0, random_state=4)
    before = mixed.copy()
    pd.testing.assert_frame_equal(segment_tracks(mixed), segment_tracks(fixes))
    pd.testing.assert_frame_equal(mixed, before)


def test_the_speed_limit_is_the_callers():
    def numbers(max_speed_kn):
        found = segment_tracks(east_bound(2), max_speed_kn=max_speed_kn, position_slack_nm=0.0)
        return (found["track_id"] - 1000 * MMSI).tolist()

    # 0.2 degrees of longitude at 42.5 N are 8.85 nm, sailed in an hour.
    assert numbers(8.9) == [0, 0]
    assert numbers(8.8) == [0, 1]


def test_no_rows_give_no_tracks():
    assert list(segment_tracks(east_bound().iloc[:0]).columns) == TRACKS.names


@pytest.mark.parametrize("missing", ["mmsi", "timestamp", "lat", "lon"])
def test_a_missing_column_is_named(missing):
    with pytest.raises(SchemaError, match=rf"lack {missing}.*expected"):
        segment_tracks(east_bound().drop(columns=missing))


def test_naive_times_are_refused():
    fixes = east_bound()
    fixes["timestamp"] = fixes["timestamp"].dt.tz_localize(None)
    with pytest.raises(SchemaError, match="time-zone-aware UTC"):
        segment_tracks(fixes)
