"""Where synthetic ships sail, what they send and who hears them."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from small_sea import AREA, settings

from darkships.errors import DarkshipsError
from darkships.kernels.geodesy import haversine_nm_many
from darkships.kernels.simulation import PORT, UNDER_WAY, motion
from darkships.kernels.simulation_reports import Rows
from darkships.simulation.plan import make_plan
from darkships.simulation.reports import simulate_hours
from darkships.sites.mask import PIXELS_PER_DEG, is_water


def reports(plan, *, statics=False, threads=None):
    hours = list(simulate_hours(plan, statics=statics, threads=threads))
    return Rows(*(np.concatenate(pieces) for pieces in zip(*hours, strict=True)))


@pytest.fixture(scope="session")
def heard(plan):
    return reports(plan)


@pytest.fixture(scope="session")
def sent(perfect):
    return reports(perfect)


def test_ways_stay_on_water(plan):
    """But for islets smaller than a pixel of the land mask, which the sea's grid does not see."""
    ways = plan.sea.ways
    share = np.linspace(0.0, 1.0, 100)[:, None, None]
    for start, end in pairwise(ways.first.tolist()):
        corners = np.column_stack([ways.lon[start:end], ways.lat[start:end]])
        between = corners[:-1] + share * (corners[1:] - corners[:-1])
        on_land = ~is_water(*between.reshape(-1, 2).T).reshape(between.shape[:2])
        assert (on_land.mean(axis=0) * np.diff(ways.nm[start:end]) < 60.0 / PIXELS_PER_DEG).all()


def test_every_two_ports_of_one_sea_have_a_way(plan):
    ports = np.flatnonzero(plan.sea.places.kind == PORT)
    between = plan.sea.ways.between[:, :, 0]
    assert all(between[a, b] >= 0 for a in ports for b in ports if a < b)


def test_legs_follow_each_other_without_a_pause_and_without_a_jump(plan):
    legs = plan.legs
    for first, end in pairwise(legs.first.tolist()):
        for leg in range(first, end - 1):
            assert legs.end_s[leg] == legs.start_s[leg + 1] > legs.start_s[leg]
            here, there = (motion(plan.sea.places, plan.sea.ways, legs, k, legs.end_s[leg])[:2] for k in (leg, leg + 1))
            np.testing.assert_allclose(here, there, atol=1e-6)
        assert legs.start_s[first] < 0.0
        assert legs.end_s[end - 1] >= plan.settings.days * 86_400


def test_no_ship_is_faster_than_it_can(perfect, sent):
    order = np.lexsort([sent.second, sent.ship])
    ship, second, lon, lat = (column[order] for column in sent[:4])
    spoofed = set(perfect.truth.loc[perfect.truth["kind"].str.startswith("spoofed"), "ship"])
    same = (ship[1:] == ship[:-1]) & ~np.isin(ship[1:], list(spoofed))
    nm = haversine_nm_many(lon[:-1] / 6e5, lat[:-1] / 6e5, lon[1:] / 6e5, lat[1:] / 6e5)
    allowed = perfect.fleet.ships.kn[ship[1:]] * (second[1:] - second[:-1]) / 3600.0 + 0.01
    assert (nm[same] <= 1.01 * allowed[same] + 0.01).all()


@pytest.mark.parametrize(
    ("kn", "ais_class", "kind", "seconds"),
    [((9.5, 14.0), 0, UNDER_WAY, 10.0), ((14.5, 23.0), 0, UNDER_WAY, 6.0), ((24.0, 40.0), 0, UNDER_WAY, 2.0)],
)
def test_ships_report_at_the_intervals_of_the_itu(perfect, sent, kn, ais_class, kind, seconds):
    """ITU-R M.1371-5 annex 1 table 1; the median leaves out bends, where they report more often."""
    order = np.lexsort([sent.second, sent.ship])
    ship, second, leg, sog = (column[order] for column in (sent.ship, sent.second, sent.leg, sent.sog))
    fits = (perfect.fleet.ships.ais_class[ship] == ais_class) & (perfect.legs.kind[leg] == kind)
    fits &= (sog >= 10 * kn[0]) & (sog <= 10 * kn[1])
    steps = np.diff(second)[(leg[1:] == leg[:-1]) & fits[1:] & fits[:-1]]
    assert steps.size > 50
    assert np.median(steps) == pytest.approx(seconds, abs=1.0)
    assert steps.max() <= 1.1 * seconds + 1.0


def test_moored_ships_report_every_three_minutes(perfect, sent):
    steps = np.concatenate(
        [np.diff(np.sort(sent.second[(sent.ship == ship) & (sent.status == 5)])) for ship in range(60)]
    )
    assert np.median(steps) == pytest.approx(180.0, abs=2.0)


def test_a_station_hears_nobody_beyond_the_horizon(plan, heard):
    at = np.flatnonzero(heard.station < plan.receivers.lon.size)
    station = heard.station[at]
    truthful = ~np.isin(heard.ship[at], plan.truth.loc[plan.truth["kind"].str.startswith("spoofed"), "ship"])
    nm = haversine_nm_many(
        heard.lon[at] / 6e5, heard.lat[at] / 6e5, plan.receivers.lon[station], plan.receivers.lat[station]
    )
    heights = np.sqrt(1.33 * plan.receivers.height_m[station]) + np.sqrt(
        1.33 * plan.fleet.ships.antenna_m[heard.ship[at]]
    )
    assert at.size > 1000
    assert (nm[truthful] <= 3.57 * heights[truthful] / 1.852 * 1.01 + 0.1).all()


def test_a_station_that_is_down_hears_nobody_and_the_others_go_on(plan, heard):
    outages = pd.DataFrame({"station": [1, -1], "start_s": [10_000.0, 90_000.0], "end_s": [50_000.0, 100_000.0]})
    failing = reports(replace(plan, receivers=replace(plan.receivers, outages=outages)))
    for rows, expected in ((heard, True), (failing, False)):
        in_one = (rows.second >= 10_000) & (rows.second < 50_000)
        in_all = (rows.second >= 90_000) & (rows.second < 100_000) & (rows.station < plan.receivers.lon.size)
        assert (in_one & (rows.station == 1)).any() == expected
        assert in_all.any() == expected
        assert (in_one & (rows.station == 2)).any()


def test_nobody_reports_in_a_planted_silence(perfect, sent):
    silences = perfect.truth[~perfect.truth["kind"].isin(["clone", "outage", "spoofed_circle", "spoofed_jump"])]
    assert set(silences["kind"]) >= {"dark_visit", "laid_up", "moored_off"}
    for row in silences.itertuples():
        assert not ((sent.ship == row.ship) & (sent.second >= row.start_s) & (sent.second <= row.end_s)).any(), row


def test_ships_that_meet_in_the_dark_are_at_one_place_at_one_time(plan):
    meetings = plan.truth[plan.truth["kind"] == "dark_transfer"].set_index("ship")
    assert len(meetings)
    for row in meetings.itertuples():
        other = meetings.loc[row.other_ship]
        assert (other["place"], other["other_ship"]) == (row.place, row.Index)
        assert row.arrival_s < other["departure_s"]
        assert other["arrival_s"] < row.departure_s


def test_a_visit_in_the_dark_is_at_a_watched_site(plan, sites):
    visits = plan.truth[plan.truth["kind"] == "dark_visit"]
    assert set(visits["place"]) <= set(sites.loc[sites["role"] == "watch", "site"])
    assert (visits["start_s"] < visits["arrival_s"]).all()
    assert (visits["departure_s"] < visits["end_s"]).all()


def test_spoofed_places_are_miles_from_the_truth(perfect, sent):
    lies = perfect.truth[perfect.truth["kind"] == "spoofed_circle"]
    lies = lies[lies["start_s"] < 86_400]
    assert len(lies)
    for row in lies.itertuples():
        at = (sent.ship == row.ship) & (sent.second >= row.start_s) & (sent.second < row.end_s)
        n = int(at.sum())
        nm = haversine_nm_many(sent.lon[at] / 6e5, sent.lat[at] / 6e5, np.full(n, row.lon), np.full(n, row.lat))
        assert nm.max() < 2.1


def test_everything_lies_in_the_area(heard):
    west, south, east, north = (600_000 * edge for edge in AREA)
    assert ((heard.lon >= west) & (heard.lon <= east) & (heard.lat >= south) & (heard.lat <= north)).all()


def test_threads_change_nothing(plan, heard):
    for one, other in zip(reports(plan, threads=1), heard, strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_seed_is_another_sea(plan, sites):
    other = make_plan(settings(seed=6), sites)
    assert not np.array_equal(other.legs.end_s[:10], plan.legs.end_s[:10])
    assert not other.truth.equals(plan.truth)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vessels": 1}, "1 vessels; expected 2"),
        ({"days": 0}, "0 days"),
        ({"reception": 0.0}, "reception 0"),
        ({"stations": -1}, "stations"),
        ({"shares": {"dark_visits": 0.1}}, "unknown kind 'dark_visits'"),
        ({"shares": {"clone": 1.0}}, "no more than 1 together"),
        ({"area": (0.0, 0.0, 1.0, 1.0)}, "none of the sites lies in the box 0,0,1,1"),
    ],
    ids=str,
)
def test_what_cannot_be_simulated_is_refused(sites, changes, message):
    with pytest.raises(DarkshipsError, match=message):
        make_plan(replace(settings(), **changes), sites)


def test_no_name_of_a_site_breaks_a_line(sites):
    renamed = sites.assign(site=[f'{name}, "N,\n2é' for name in sites["site"]])
    words = make_plan(settings(), renamed).destinations
    assert any(word.startswith("VLADIVOSTOK") for word in words)
    assert all(not set(word) & set(',"\n') and word.isascii() and len(word) <= 20 for word in words)
