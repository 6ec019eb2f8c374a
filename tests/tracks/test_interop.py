import pandas as pd
import pytest
from builders import MMSI, positions, together, tracks

from darkships.errors import SchemaError
from darkships.tracks.interop import from_movingpandas, to_movingpandas
from darkships.tracks.segmentation import segment_tracks

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # movingpandas with pandas 3


@pytest.fixture
def fleet():
    """Two ships under one MMSI, and another with speeds, courses and receivers of its own."""
    return together(
        tracks(hours=range(5), lon=[132.0 + k / 7 for k in range(5)], lat=42.5),
        tracks(hours=[k + 0.25 for k in range(5)], lon=[5.0 + k / 3 for k in range(5)], lat=-17.0 / 3, number=1),
        tracks(
            hours=[0, 1e-9, 1 / 3600, 0.1], lon=[-179.95, 179.95, 180.0, -180.0], lat=[0.1, 0.2, 0.3, 0.4],
            mmsi=MMSI + 5, sog=[0.1, 0.2, None, 102.2], cog=[0.0, 359.9, None, 10.0], nav_status=[0, 1, 5, None],
        ),
    )  # fmt: skip


def test_there_and_back_is_exact(fleet):
    fleet = fleet.drop_duplicates(["track_id", "timestamp"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(from_movingpandas(to_movingpandas(fleet)), fleet)


def test_one_trajectory_a_track_named_by_it(fleet):
    assert sorted(t.id for t in to_movingpandas(fleet).trajectories) == sorted(fleet["track_id"].unique())


def test_outliers_single_fixes_and_repeated_times_stay_out(fleet):
    alone = tracks(hours=[3], lon=[1.0], lat=[2.0], mmsi=MMSI + 9)
    false = tracks(hours=[1.5], lon=[50.0], lat=[2.0], is_outlier=True, number=999)
    repeated = fleet.assign(lat=fleet["lat"] + 0.001)
    collection = to_movingpandas(together(fleet, alone, false, repeated))
    expected = fleet.drop_duplicates(["track_id", "timestamp"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(from_movingpandas(collection), expected)


def test_a_frame_as_segment_tracks_makes_it_comes_back(fleet):
    plain = segment_tracks(positions(hours=range(4), lon=[132.0, 132.1, 132.2, 132.3], lat=42.5))
    pd.testing.assert_frame_equal(from_movingpandas(to_movingpandas(plain)), plain)


def test_no_tracks_make_an_empty_collection_and_come_back(fleet):
    collection = to_movingpandas(fleet.iloc[:0])
    assert len(collection) == 0
    assert from_movingpandas(collection).empty


def test_trajectories_of_others_are_refused_with_what_they_lack(fleet):
    collection = to_movingpandas(fleet)
    for trajectory in collection.trajectories:
        trajectory.df = trajectory.df.drop(columns="nav_status")
    with pytest.raises(SchemaError, match="'nav_status' is missing"):
        from_movingpandas(collection)
