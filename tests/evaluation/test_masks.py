from dataclasses import replace

import numpy as np
import pytest
from seas import WEST, fleet, sites_file, store_of
from shapely import Point

from darkships.errors import DarkshipsError
from darkships.evaluation.fixes import Fixes
from darkships.evaluation.masks import EDGE_NM, _Choice, choose_masks
from darkships.evaluation.stops import sites_of_stays
from darkships.kernels.geodesy import haversine_nm
from darkships.pipeline import Analysis
from darkships.schema import time_us
from darkships.sites.watch import read_sites
from darkships.units import US_PER_H


@pytest.fixture(scope="module")
def sea(tmp_path_factory):
    path = tmp_path_factory.mktemp("sea")
    analysis = Analysis(store_of(path, fleet()), read_sites(sites_file(path)))
    return Fixes.of(analysis.tracks), analysis.calls, analysis.sites


@pytest.fixture(scope="module")
def masks(sea):
    return choose_masks(*sea, most=100, min_gap_h=1.0, seed=0)


def test_each_visit_has_a_stretch_of_like_length(masks):
    paired = masks[masks["pair"] >= 0]
    assert paired["pair"].nunique() >= 3
    hours = (paired["end_us"] - paired["start_us"]) / US_PER_H
    for _, pair in paired.assign(hours=hours).groupby("pair"):
        visit, other = pair[pair["kind"] == "visit"], pair[pair["kind"] != "visit"]
        assert len(visit) == len(other) == 1
        assert 0.8 <= other["hours"].item() / visit["hours"].item() <= 1.25


def test_a_visits_mask_begins_and_ends_under_way_at_different_distances(sea, masks):
    fixes, _, sites = sea
    place = sites.set_index("site")[["approach_lon", "approach_lat"]]
    visits = masks[masks["kind"] == "visit"]
    away = []
    for row in visits.itertuples():
        for time in (row.start_us, row.end_us):
            i = fixes.row(row.track_id, time)
            assert fixes.t_us[i] == time
            away.append(haversine_nm(fixes.lon[i], fixes.lat[i], *place.loc[row.site]))
    assert min(away) > EDGE_NM[0] - 1.0
    assert max(away) < EDGE_NM[1]
    assert np.unique(np.round(away, 1)).size > len(away) / 2


def test_other_masks_hold_no_call_and_none_overlap(sea, masks):
    _, calls, _ = sea
    arrival, departure = time_us(calls["arrival"]), time_us(calls["departure"])
    for row in masks.itertuples():
        touched = (calls["mmsi"] == row.mmsi) & (arrival < row.end_us) & (departure > row.start_us)
        assert touched.any() == (row.kind == "visit")
    for _, own in masks.sort_values("start_us").groupby("mmsi"):
        assert (own["start_us"].to_numpy()[1:] > own["end_us"].to_numpy()[:-1]).all()


def test_of_a_site_one_call_at_a_time_is_masked(sea):
    """The others go on there: that nobody is heard would tell of the call."""
    fixes, _, sites = sea
    choice = _Choice(fixes, sites, np.random.default_rng(0), round(US_PER_H))
    first = np.unique(fixes.track_id, return_index=True)[1]
    span_us = max(fixes.t_us[first]), max(fixes.t_us[first]) + 10 * US_PER_H
    a, b, c = ([fixes.row(fixes.track_id[at], us) for us in span_us] for at in first[:3])
    assert choice._take(a, "visit", "One", 0)
    assert not choice._take(b, "visit", "One", 1)
    assert choice._take(c, "visit", "Two", 1)


def test_the_choice_depends_on_the_seed_only(sea, masks):
    assert choose_masks(*sea, most=100, min_gap_h=1.0, seed=0).equals(masks)
    assert not choose_masks(*sea, most=100, min_gap_h=1.0, seed=1).equals(masks)


def test_places_at_the_coast_where_two_vessels_stay_are_sites_and_those_at_sea_are_not(sea, sea_cache):
    at_sea = sea[0]
    with pytest.raises(DarkshipsError, match="no place at the coast where 2 vessels stay"):
        sites_of_stays(at_sea)
    rajin = (130.283, 42.227)
    at_coast = replace(at_sea, lon=at_sea.lon + rajin[0] - WEST[0], lat=at_sea.lat + rajin[1] - WEST[1])
    (place,) = sites_of_stays(at_coast).geometry
    assert place.contains(Point(rajin))


def test_a_place_whose_water_the_mask_does_not_know_is_no_site(sea, sea_cache):
    # Bayonne, New Jersey: the nearest sea of the mask lies five miles off, on the other side of Staten Island.
    lon, lat = -74.1996, 40.6350
    there = replace(sea[0], lon=sea[0].lon + lon - WEST[0], lat=sea[0].lat + lat - WEST[1])
    with pytest.raises(DarkshipsError, match="no place at the coast"):
        sites_of_stays(there)


def track(rows):
    """Return Fixes of one vessel without a stay; rows of (hours, lon, lat, sog)."""
    hours, lon, lat, sog = (np.array(column, float) for column in zip(*rows, strict=True))
    t_us = np.round(hours * US_PER_H).astype(np.int64)
    ids = np.full(t_us.size, 273000301)
    return Fixes(ids, 1000 * ids, t_us, lon, lat, sog.astype(np.float32), np.empty((0, 2), np.int64))


def crossing(*, slow_h=(), unseen_h=(0.0, 0.0)):
    """Return a way past the west port's pier at 7 kn for ten hours each way, slow at some hours, unseen for some."""
    hours = np.arange(0.0, 20.0, 0.1)
    lon = WEST[0] + (hours - 10.0) * 7.0 / 60.0 / np.cos(np.radians(WEST[1]))
    return track(
        [
            (h, x, WEST[1], 0.2 if any(abs(h - slow) < 0.15 for slow in slow_h) else 7.0)
            for h, x in zip(hours, lon, strict=True)
            if not unseen_h[0] < h < unseen_h[1]
        ]
    )


@pytest.mark.parametrize(
    ("fixes", "fair"),
    [
        (crossing(), True),  # right through the port without a stop: hard, but fair
        (crossing(slow_h=[10.0]), False),  # a stop of minutes inside
        (crossing(slow_h=[3.0]), True),  # one at sea
        (crossing(unseen_h=(9.6, 10.4)), False),  # unseen for 0.8 h at the port
        (crossing(unseen_h=(3.0, 3.8)), True),  # unseen for as long 50 miles off
    ],
)
def test_a_stretch_in_which_a_call_could_hide_is_no_fair_one(sea, fixes, fair):
    choice = _Choice(fixes, sea[2], np.random.default_rng(0), round(US_PER_H))
    starts, ends = np.array([10]), np.array([fixes.t_us.size - 10])
    length_us = int(fixes.t_us[ends[0]] - fixes.t_us[starts[0]])
    assert choice._fits(starts, ends, length_us).tolist() == [fair]
