"""A simulation before it runs: the sea, the ships, what they do, what is planted, and who listens."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

import geopandas as gpd
import numpy as np
import pandas as pd

from darkships.errors import DarkshipsError
from darkships.kernels import Array
from darkships.kernels.simulation import PORT, Legs
from darkships.kernels.simulation_lives import REGULAR
from darkships.kernels.simulation_reports import Episodes
from darkships.simulation.fleet import MOST_SHIPS, Fleet, make_fleet
from darkships.simulation.lies import plant_lies, steal_identities
from darkships.simulation.lives import make_lives
from darkships.simulation.receivers import Receivers, make_receivers, outage_truth
from darkships.simulation.sea import Area, Sea, around, make_sea
from darkships.simulation.stories import CLONE, SPOOFED, check_shares, choose_stories

MOST_DAYS, MOST_STATIONS = 3660, 999

_MESSAGES_A_SHIP_PER_S = 0.03
_UNTYPABLE = re.compile(r"[^A-Z0-9 .-]")
"""Keeps destinations to what a transponder's keyboard has, and commas out of CSV."""


@dataclass(frozen=True)
class Settings:
    """What a simulation is made of."""

    vessels: int
    days: int
    seed: int = 1
    start: date = date(2024, 1, 1)
    area: Area | None = None
    """West, south, east, north in degrees; None: the sites and three degrees around."""
    harbours: int = 12
    """Ports to make up beside the sites."""
    stations: int = 12
    satellites: int = 2
    """With neither stations nor satellites, one feed hears the whole area."""
    reception: float = 0.95
    """Chance that a station hears a message sent close by."""
    every_s: float = 0.0
    """Least time between two position reports of a ship, as in a thinned feed; 0: as ships send them."""
    noise_m: float = 8.0
    """Standard deviation of a position, north and east."""
    shares: dict[str, float] = field(default_factory=dict)
    """Share of the ships for each kind of story, instead of those of SHARES."""

    @property
    def start_s(self) -> int:
        """The start as seconds since 1970."""
        return int(datetime.combine(self.start, time(), UTC).timestamp())


@dataclass(frozen=True)
class Plan:
    """A simulation that can be run, and its truth."""

    settings: Settings
    sea: Sea
    fleet: Fleet
    legs: Legs
    episodes: Episodes
    receivers: Receivers
    truth: pd.DataFrame
    """Columns TRUTH of `darkships.simulation.lives`."""
    draught_dm: Array
    """(l,): draught on each leg"""
    bound_for: Array
    """(l,): destination typed on each leg"""
    destinations: list[str]
    sharing: list[int]
    """Ships whose MMSI another uses, and those others."""


def make_plan(settings: Settings, sites: gpd.GeoDataFrame) -> Plan:
    """Plan a simulation: the same settings give the same plan.

    Parameters
    ----------
    settings
        What it is made of.
    sites
        A SITES table: ports of the area, those to watch and others.

    Raises
    ------
    DarkshipsError
        If a setting is impossible, or no site lies in the area.

    """
    _check(settings)
    rng = np.random.default_rng(settings.seed)
    sea = make_sea(sites, settings.area or around(sites), harbours=settings.harbours, rng=rng)
    fleet = make_fleet(settings.vessels, settings.seed, rng)
    story = choose_stories(fleet, settings.shares, rng)
    lives = make_lives(sea, fleet, story, settings.days, rng)
    episodes, lies = plant_lies(sea, lives, np.flatnonzero(story == SPOOFED), settings.days, rng)
    thieves, honest = np.flatnonzero(story == CLONE), np.flatnonzero(story == REGULAR)
    fleet, shared, stolen = steal_identities(fleet, thieves, honest, settings.days, rng)
    receivers = make_receivers(
        sea, stations=settings.stations, satellites=settings.satellites, share=settings.reception,
        messages_per_s=_MESSAGES_A_SHIP_PER_S * settings.vessels, days=settings.days, rng=rng,
    )  # fmt: skip
    truth = pd.concat([lives.truth, lies, stolen, outage_truth(receivers)], ignore_index=True)
    return Plan(settings, sea, fleet, lives.legs, episodes, receivers, truth, *_typed(sea, fleet, lives.legs), shared)


def _typed(sea: Sea, fleet: Fleet, legs: Legs) -> tuple[Array, Array, list[str]]:
    """Return what is typed in on each leg: the draught, loaded or in ballast, and the destination.

    Where a ship lies it still names that place; nobody names a watched site, or a place on the open sea.
    """
    ship = np.repeat(np.arange(fleet.mmsi.size), np.diff(legs.first))
    is_loaded = (legs.place + ship) % 2 == 0
    full = fleet.draught_dm[ship]
    draught_dm = np.where(is_loaded, full, np.maximum(1, full * 7 // 10))
    said = (sea.places.kind == PORT) & ~sea.places.watched
    words = [
        _UNTYPABLE.sub(" ", name.upper())[:20] if port else "FOR ORDERS"
        for name, port in zip(sea.names, said, strict=True)
    ]
    return draught_dm, legs.place, words


def _check(settings: Settings) -> None:
    if not 2 <= settings.vessels <= MOST_SHIPS:
        raise DarkshipsError(f"{settings.vessels} vessels; expected 2 to {MOST_SHIPS}")
    if not 1 <= settings.days <= MOST_DAYS:
        raise DarkshipsError(f"{settings.days} days; expected 1 to {MOST_DAYS}")
    if not 0.0 < settings.reception <= 1.0:
        raise DarkshipsError(f"reception {settings.reception:g}; expected a share above 0, at most 1")
    if min(settings.harbours, settings.stations, settings.satellites) < 0 or settings.stations > MOST_STATIONS:
        raise DarkshipsError(f"harbours, stations and satellites from 0, stations up to {MOST_STATIONS}, are expected")
    check_shares(settings.shares)
