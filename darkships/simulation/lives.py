"""What made-up ships do from the first day to the last, and the silences planted in it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from darkships.errors import DarkshipsError
from darkships.kernels import Array
from darkships.kernels.simulation import GROUND, PORT, Legs, passage_s
from darkships.kernels.simulation_lives import DARK_TRANSFER, LEFT_AREA, REGULAR, Life, Silences, live, most_legs
from darkships.simulation.fleet import Fleet
from darkships.simulation.sea import Sea
from darkships.simulation.stories import STORIES
from darkships.units import S_PER_H

TRUTH = (
    "ship", "kind", "place", "start_s", "end_s", "arrival_s", "departure_s", "lon", "lat", "other_ship",
)  # fmt: skip
"""Columns of the truth while it is made: ships by number, times in seconds since the start."""

_S_PER_DAY = 86_400.0
_LEG_TYPES = (np.float64, np.float64, np.int8, np.int32, np.int32, np.bool_, np.float64, np.float64)
_SILENCE_TYPES = (np.int32, np.int8, np.float64, np.float64, np.int32, np.float64, np.float64)


@dataclass(frozen=True)
class Lives:
    """The legs of all ships, their silences, and these as truth."""

    legs: Legs
    silences: Silences
    truth: pd.DataFrame


@dataclass(frozen=True)
class _Meeting:
    home: int
    ground: int = 0
    at_s: float = 0.0
    span_s: float = 0.0


def make_lives(sea: Sea, fleet: Fleet, story: Array, days: int, rng: np.random.Generator) -> Lives:
    """Let every ship live its story.

    Parameters
    ----------
    sea, fleet
        Where and who.
    story
        (s,) REGULAR, DARK_VISIT, ...; what is no story of the kernels' is lived as REGULAR.
    days
        How long.
    rng
        What decides where ships begin, and where and when they meet.

    """
    end_s = days * _S_PER_DAY
    homes = _homes(sea)
    begins = [_Meeting(int(home)) for home in rng.choice(homes, story.size)]
    pairs = np.flatnonzero(story == DARK_TRANSFER).reshape(-1, 2)
    for ships in pairs.tolist():
        met = _meeting(sea, fleet, ships, [begins[ship].home for ship in ships], end_s, rng)
        if met is None:
            story[ships] = REGULAR
        else:
            for ship, meeting in zip(ships, met, strict=True):
                begins[ship] = meeting
    story = np.where(story > LEFT_AREA, REGULAR, story)
    legs, silences = _live_all(sea, fleet, story, begins, end_s)
    return Lives(legs, silences, _truth(sea, silences, pairs, end_s))


def _homes(sea: Sea) -> Array:
    """Return the ports where ships begin: open, and with a way to another open one."""
    is_open = (sea.places.kind == PORT) & ~sea.places.watched
    ways = sea.ways.between[:, :, 0] >= 0
    linked = (ways | ways.T)[:, is_open].any(axis=1)
    homes = np.flatnonzero(is_open & linked)
    if not homes.size:
        raise DarkshipsError("no two ports of the area share a sea; give a larger --bbox or more --harbours")
    return homes


def _meeting(
    sea: Sea, fleet: Fleet, ships: list[int], homes: list[int], end_s: float, rng: np.random.Generator
) -> list[_Meeting] | None:
    """Return where and when two ships meet; None if no place on the open sea is in reach of both."""
    ways = sea.ways.between[:, :, 0]
    grounds = [g for g in np.flatnonzero(sea.places.kind == GROUND).tolist() if all(ways[h, g] >= 0 for h in homes)]
    if not grounds:
        return None
    ground = int(rng.choice(grounds))
    lengths = [sea.ways.nm[sea.ways.first[ways[home, ground] + 1] - 1] for home in homes]
    earliest_s = max(passage_s(nm, fleet.ships.kn[ship]) for nm, ship in zip(lengths, ships, strict=True))
    at_s = rng.uniform(1.1 * earliest_s, max(1.2 * earliest_s, 0.9 * end_s))
    span_s = rng.uniform(4.0, 18.0) * S_PER_H
    return [_Meeting(home, ground, at_s, span_s) for home in homes]


def _live_all(sea: Sea, fleet: Fleet, story: Array, begins: list[_Meeting], end_s: float) -> tuple[Legs, Silences]:
    room = most_legs(end_s / _S_PER_DAY)
    life = Life(
        Legs(np.zeros(2, np.int64), *(np.empty(room, kind) for kind in _LEG_TYPES)),
        Silences(*(np.empty(room, kind) for kind in _SILENCE_TYPES)),
        np.zeros(3, np.int64),
    )
    legs: list[list[Array]] = [[] for _ in _LEG_TYPES]
    silences: list[list[Array]] = [[] for _ in _SILENCE_TYPES]
    for ship, begin in enumerate(begins):
        live(life, fleet.ships, ship, int(story[ship]), begin.home, begin.ground, begin.at_s, begin.span_s,
             sea.places, sea.ways, end_s)  # fmt: skip
        life.silences.ship[:] = ship
        for kept, column in zip(legs, life.legs[1:], strict=True):
            kept.append(column[: life.n[0]].copy())
        for kept, column in zip(silences, life.silences, strict=True):
            kept.append(column[: life.n[1]].copy())
    first = np.cumsum([0, *map(len, legs[0])])
    return Legs(first, *map(np.concatenate, legs)), Silences(*map(np.concatenate, silences))


def _truth(sea: Sea, silences: Silences, pairs: Array, end_s: float) -> pd.DataFrame:
    """Return the silences that touch the period, as truth."""
    words = {code: word for word, code in STORIES.items()}
    other = {a: b for pair in pairs.tolist() for a, b in (pair, pair[::-1])}
    seen = np.flatnonzero((silences.start_s < end_s) & (silences.end_s > 0.0))
    kept = Silences(*(column[seen] for column in silences))
    rows = {
        "ship": kept.ship,
        "kind": [words[kind] for kind in kept.kind.tolist()],
        "place": [sea.names[place] for place in kept.place.tolist()],
        "start_s": kept.start_s,
        "end_s": kept.end_s,
        "arrival_s": kept.arrival_s,
        "departure_s": kept.departure_s,
        "lon": sea.places.lon[kept.place],
        "lat": sea.places.lat[kept.place],
        "other_ship": [
            other[ship] if kind == DARK_TRANSFER else -1
            for ship, kind in zip(kept.ship.tolist(), kept.kind.tolist(), strict=True)
        ],
    }
    return pd.DataFrame(rows, columns=list(TRUTH))
