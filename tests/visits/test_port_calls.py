import numpy as np
import pandas as pd
import pytest
import shapely
from builders import MMSI, at, positions, sites, together, tracks
from shapely.geometry import Polygon

from darkships.schema import PORT_CALLS
from darkships.tracks.segmentation import segment_tracks
from darkships.visits.calls import port_calls
from darkships.visits.stays import sites_of

RAJIN = (130.30, 42.22)
PLACES = sites(Rajin=RAJIN, Dunay=(132.35, 42.88))
OUTSIDE = 130.50


def called(inside=5, *, at_sea_before=True, at_sea_after=True, sog=0.1, **columns):
    """Return a track that is an hour outside, some half hours inside, and an hour outside again."""
    lon = [OUTSIDE] * 2 * at_sea_before + [RAJIN[0]] * inside + [OUTSIDE] * 2 * at_sea_after
    speed = [10.0 if x == OUTSIDE else sog for x in lon]
    return tracks(hours=[0.5 * k for k in range(len(lon))], lon=lon, lat=RAJIN[1], sog=speed, **columns)


def test_a_call_with_all_its_numbers():
    (call,) = port_calls(called(), PLACES).to_dict("records")
    assert call == {
        "mmsi": MMSI, "track_id": 1000 * MMSI, "site": "Rajin", "site_group": "Rajin", "arrival": at(1),
        "departure": at(3), "stopped_h": 2.0, "arrival_seen": True, "departure_seen": True,
    }  # fmt: skip


def test_looking_places_up_changes_no_polygon_that_threads_share():
    places = sites(Rajin=RAJIN)
    assert sites_of(np.array([RAJIN[0]]), np.array([RAJIN[1]]), places).tolist() == [0]
    assert not shapely.is_prepared(places.geometry.to_numpy()).any()


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("after", [False, True])
def test_arrival_and_departure_are_seen_only_from_outside(before, after):
    calls = port_calls(called(at_sea_before=before, at_sea_after=after), PLACES)
    assert calls[["arrival_seen", "departure_seen"]].to_numpy().tolist() == [[before, after]]


def test_the_neighbouring_vessel_in_the_table_is_not_seen_arriving():
    inside = called(at_sea_before=False, at_sea_after=False)
    others = [called(mmsi=MMSI + d) for d in (-1, 1)]
    calls = port_calls(together(inside, *others), PLACES).set_index("mmsi")
    assert not calls.loc[MMSI, ["arrival_seen", "departure_seen"]].any()


def test_who_crosses_a_site_under_way_has_not_called():
    assert port_calls(called(sog=5.0), PLACES).empty


def test_a_stop_shorter_than_half_an_hour_is_no_call():
    hours = [0.0, 0.45, 0.45]
    short = tracks(hours=hours, lon=RAJIN[0], lat=RAJIN[1], sog=0.0)
    assert port_calls(short, PLACES).empty
    assert len(port_calls(tracks(hours=[0.0, 0.5], lon=RAJIN[0], lat=RAJIN[1], sog=0.0), PLACES)) == 1


def test_a_vessel_without_speeds_counts_as_stopped():
    assert port_calls(called(sog=None), PLACES)["stopped_h"].tolist() == [2.0]


def test_a_silence_inside_belongs_to_the_call():
    track = tracks(hours=[0, 1, 40, 41], lon=[RAJIN[0]] * 4, lat=RAJIN[1], sog=0.0)
    assert port_calls(track, PLACES)[["arrival", "departure", "stopped_h"]].to_numpy().tolist() == [
        [at(0), at(41), 41.0]
    ]


def test_leaving_and_coming_back_are_two_calls():
    away = tracks(hours=[0, 1, 2, 3, 4], lon=[RAJIN[0], RAJIN[0], OUTSIDE, RAJIN[0], RAJIN[0]], lat=RAJIN[1], sog=0.0)
    assert port_calls(away, PLACES)["arrival"].tolist() == [at(0), at(3)]


def test_outliers_make_no_call():
    false = called().assign(is_outlier=True)
    assert port_calls(false, PLACES).empty


def test_two_tracks_of_one_mmsi_call_each_on_its_own():
    calls = port_calls(together(called(), called(number=1)), PLACES)
    assert calls["track_id"].tolist() == [1000 * MMSI, 1000 * MMSI + 1]
    assert calls["stopped_h"].tolist() == [2.0, 2.0]


def test_no_tracks_no_calls():
    found = port_calls(called().iloc[:0], PLACES)
    assert found.empty
    assert list(found.columns) == PORT_CALLS.names


def test_points_in_sites_by_hand():
    overlapping = sites(First=(10.0, 0.0), Second=(10.08, 0.0), Far=(-179.97, 60.0))
    lon = np.array([10.0, 10.04, 10.1, 10.2, -179.96, np.nan])
    lat = np.array([0.0, 0.0, 0.0, 0.0, 60.0, np.nan])
    assert sites_of(lon, lat, overlapping).tolist() == [0, 0, 1, -1, 2, -1]


def test_the_polygon_counts_not_its_box():
    triangle = sites(Corner=(10.0, 0.0)).set_geometry([Polygon([(9.95, -0.05), (10.05, -0.05), (9.95, 0.05)])])
    assert sites_of(np.array([9.96, 10.04]), np.array([-0.04, 0.04]), triangle).tolist() == [0, -1]


def test_the_input_is_left_alone():
    track = called()
    before = track.copy()
    port_calls(track, PLACES)
    pd.testing.assert_frame_equal(track, before)


@pytest.mark.parametrize(("knots", "calls"), [(6.0, 0), (0.2, 1)])
def test_of_a_feed_without_speeds_who_crosses_a_site_has_not_called_there(knots, calls):
    minutes = np.arange(0, 300, 5)
    east_nm = np.where(np.abs(minutes - 150) < 50, knots * (minutes - 150) / 60.0, 6.0 * (minutes - 150) / 60.0)
    lon = RAJIN[0] + east_nm / 60.0 / np.cos(np.radians(RAJIN[1]))
    fixes = positions(hours=minutes / 60.0, lon=lon, lat=RAJIN[1])
    assert len(port_calls(segment_tracks(fixes), PLACES)) == calls
