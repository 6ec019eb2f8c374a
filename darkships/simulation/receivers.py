"""Who listens to made-up ships: stations on the coast with their outages, and satellites in low orbits."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from darkships.kernels import Array
from darkships.kernels.simulation import PORT
from darkships.kernels.simulation_reports import TICK_S, Ears
from darkships.simulation.lives import TRUTH
from darkships.simulation.sea import Sea
from darkships.units import EARTH_RADIUS_M, S_PER_H

BACKGROUND_MESSAGES_PER_S = 90.0
"""What a satellite hears of ships outside the simulation."""

_HEIGHTS_M = (15.0, 20.0, 30.0, 60.0, 120.0, 300.0)
_ORBIT_M = 600_000.0
_INCLINATION_DEG = 98.0
_EARTH_GM = 3.986004418e14
_SIDEREAL_DAY_S = 86_164.1
_HORIZON_DEG = 20.0
_MESSAGE_S = 256 / 9600
"""A message of one slot takes 256 bits at 9,600 bits a second (ITU-R M.1371-5)."""

_CHANNELS = 2
_S_PER_DAY = 86_400


@dataclass(frozen=True)
class Receivers:
    """Stations (t,), when they are down, and satellites."""

    lon: Array
    lat: Array
    height_m: Array
    names: list[str]
    outages: pd.DataFrame
    """station (-1: the whole feed), start_s, end_s"""
    share: float
    satellites: int
    satellite_share: float


def make_receivers(
    sea: Sea,
    *,
    stations: int,
    satellites: int,
    share: float,
    messages_per_s: float,
    days: int,
    rng: np.random.Generator,
) -> Receivers:
    """Place stations at ports and let them fail now and then.

    Parameters
    ----------
    sea
        Where the ports are.
    stations, satellites
        How many.
    share
        Chance that a station hears a message sent close by.
    messages_per_s
        What all ships together send, which decides how many messages to a satellite collide.
    days
        Length of the simulation.
    rng
        What decides where and when.

    """
    ports = np.flatnonzero(sea.places.kind == PORT)
    at = rng.permutation(ports)[np.arange(stations) % ports.size]
    # Pure ALOHA: messages of ships that do not hear each other survive if none begins within one length of theirs
    # on their channel (N. Abramson, AFIPS 37, 1970).
    rate = (messages_per_s + BACKGROUND_MESSAGES_PER_S) / _CHANNELS
    return Receivers(
        sea.places.lon[at],
        sea.places.lat[at],
        rng.choice(_HEIGHTS_M, stations),
        [f"SYNTH{k + 1:03d}" for k in range(stations)] + [f"SYNTHSAT{k + 1:02d}" for k in range(satellites)],
        _outages(stations, days, rng),
        share,
        satellites,
        float(np.exp(-2.0 * rate * _MESSAGE_S)),
    )


def _outages(stations: int, days: int, rng: np.random.Generator) -> pd.DataFrame:
    """Let each station fail once in two weeks for up to a day, all together once a month for some hours."""
    found = []
    for station in range(-1, stations):
        mean_days, longest_h = (30.0, 5.0) if station < 0 else (14.0, 24.0)
        starts = rng.uniform(0.0, days * _S_PER_DAY, rng.poisson(days / mean_days))
        found += [(station, start, start + rng.uniform(0.5, longest_h) * S_PER_H) for start in sorted(starts)]
    if not stations:
        found = []
    return pd.DataFrame(found, columns=["station", "start_s", "end_s"]).round()


def ears(receivers: Receivers, sea: Sea, start_s: int) -> Ears:
    """Return who listens in the hour that begins then."""
    minute = np.arange(60)
    is_up = np.ones((receivers.lon.size, 60), bool)
    for station, from_s, to_s in receivers.outages.itertuples(index=False):
        down = (start_s + minute * 60 + 60 > from_s) & (start_s + minute * 60 < to_s)
        is_up[slice(None) if station < 0 else int(station), down] = False
    return Ears(
        receivers.lon,
        receivers.lat,
        receivers.height_m,
        is_up,
        receivers.share,
        _directions(receivers.satellites, start_s),
        float(np.cos(np.radians(_HORIZON_DEG))),
        receivers.satellite_share,
        np.array(sea.area),
    )


def _directions(count: int, start_s: int) -> Array:
    """Return the directions (360, k, 3) of satellites in circular orbits, spread around the Earth, in an hour."""
    t = (start_s + np.arange(0, S_PER_H, TICK_S))[:, None]
    k = np.arange(count)[None, :]
    period_s = 2.0 * np.pi * np.sqrt((EARTH_RADIUS_M + _ORBIT_M) ** 3 / _EARTH_GM)
    along = 2.0 * np.pi * (t / period_s + k * 0.618)
    node = 2.0 * np.pi * (k / max(count, 1) / 2.0 - t / _SIDEREAL_DAY_S)
    tilt = np.radians(_INCLINATION_DEG)
    x, y = np.cos(along), np.sin(along) * np.cos(tilt)
    xyz = (x * np.cos(node) - y * np.sin(node), x * np.sin(node) + y * np.cos(node), np.sin(along) * np.sin(tilt))
    return np.ascontiguousarray(np.stack(xyz, axis=-1))


def outage_truth(receivers: Receivers) -> pd.DataFrame:
    """Return the outages as rows of truth: the station, or feed, stands for the place."""
    found = receivers.outages
    names = ["feed" if station < 0 else receivers.names[station] for station in found["station"].astype(int)]
    rows = found[["start_s", "end_s"]].assign(ship=-1, kind="outage", place=names, other_ship=-1)
    return rows.reindex(columns=list(TRUTH))
