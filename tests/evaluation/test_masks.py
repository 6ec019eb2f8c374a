import numpy as np
import pytest
from seas import fleet, sites_file, store_of

from darkships.evaluation.fixes import Fixes
from darkships.evaluation.masks import EDGE_NM, choose_masks
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


def test_the_choice_depends_on_the_seed_only(sea, masks):
    assert choose_masks(*sea, most=100, min_gap_h=1.0, seed=0).equals(masks)
    assert not choose_masks(*sea, most=100, min_gap_h=1.0, seed=1).equals(masks)


def test_places_where_two_vessels_stay_are_sites(sea, sea_cache):
    sites = sites_of_stays(sea[0])
    assert len(sites) == 1
    known = sea[2].set_index("site").geometry.loc["West"]
    assert sites.geometry.iloc[0].intersects(known)
