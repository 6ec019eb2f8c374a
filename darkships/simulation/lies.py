"""What made-up ships send that is not so: false places, and the identity of another."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from darkships.kernels import Array
from darkships.kernels.geodesy import destination
from darkships.kernels.simulation import motion
from darkships.kernels.simulation_lives import LEFT_AREA, Silences
from darkships.kernels.simulation_reports import CIRCLE, JUMP, OFF, Episodes
from darkships.simulation.fleet import Fleet
from darkships.simulation.lives import TRUTH, Lives
from darkships.simulation.sea import Sea
from darkships.units import S_PER_H

_S_PER_DAY = 86_400.0
_WORDS = {CIRCLE: "spoofed_circle", JUMP: "spoofed_jump"}
_TYPES = (np.float64, np.float64, np.int8, np.float64, np.float64, np.float64)


def plant_lies(
    sea: Sea, lives: Lives, ships: Array, days: int, rng: np.random.Generator
) -> tuple[Episodes, pd.DataFrame]:
    """Let the receivers of some ships be spoofed for hours; return this and all silences as episodes, and its truth."""
    n_ships = lives.legs.first.size - 1
    lies: list[tuple[int, float, float, int, float, float, float]] = []
    for ship in ships.tolist():
        for wanted_s in sorted(rng.uniform(0.0, days, rng.integers(1, 3)) * _S_PER_DAY):
            start_s = wanted_s if not lies or lies[-1][0] != ship else max(wanted_s, lies[-1][2])  # one at a time
            kind = int(rng.choice([CIRCLE, JUMP]))
            lon, lat = _true_place(sea, lives, ship, start_s)
            lon, lat = destination(lon, lat, rng.uniform(0.0, 360.0), rng.uniform(5.0, 60.0))
            size_nm = rng.uniform(0.3, 2.0) if kind == CIRCLE else 0.0
            lies.append((ship, start_s, start_s + rng.uniform(2.0, 12.0) * S_PER_H, kind, lon, lat, size_nm))
    rows = [(ship, _WORDS[kind], "", start_s, end_s, np.nan, np.nan, lon, lat, -1)
            for ship, start_s, end_s, kind, lon, lat, _ in lies]  # fmt: skip
    return _episodes(n_ships, lives.silences, lies), pd.DataFrame(rows, columns=list(TRUTH))


def _true_place(sea: Sea, lives: Lives, ship: int, at_s: float) -> tuple[float, float]:
    first, end = lives.legs.first[ship], lives.legs.first[ship + 1]
    leg = int(first + np.searchsorted(lives.legs.end_s[first : end - 1], at_s, side="right"))
    lon, lat, *_ = motion(sea.places, sea.ways, lives.legs, leg, at_s)
    return lon, lat


def _episodes(n_ships: int, silences: Silences, lies: Sequence[tuple[float, ...]]) -> Episodes:
    """Put silences and lies in order of ship and time; who is away needs no silence."""
    off = [
        (ship, start_s, end_s, OFF, 0.0, 0.0, 0.0)
        for ship, kind, start_s, end_s in zip(*(column.tolist() for column in silences[:4]), strict=True)
        if kind != LEFT_AREA
    ]
    rows = sorted([*off, *lies])
    columns = list(zip(*rows, strict=True)) or [()] * 7
    first = np.searchsorted(np.array(columns[0], np.int64), np.arange(n_ships + 1))
    return Episodes(first, *(np.array(column, kind) for column, kind in zip(columns[1:], _TYPES, strict=True)))


def steal_identities(
    fleet: Fleet, thieves: Array, honest: Array, days: int, rng: np.random.Generator
) -> tuple[Fleet, list[int], pd.DataFrame]:
    """Let some ships send the MMSI, IMO number, name and call sign of honest ones all the time.

    Returns
    -------
    fleet, ships, truth
        The fleet as it calls itself; the ships that share an MMSI; a row of truth for each thief.

    """
    mmsi, imo = fleet.mmsi.copy(), fleet.imo.copy()
    names, callsigns = list(fleet.names), list(fleet.callsigns)
    free, rows = list(rng.permutation(honest).tolist()), []
    for thief in thieves.tolist():
        same = (ship for ship in free if (fleet.ships.ais_class[ship] == 0) == (fleet.ships.ais_class[thief] == 0))
        victim = next(same, None)
        if victim is None:
            continue
        free.remove(victim)
        mmsi[thief], imo[thief] = mmsi[victim], imo[victim]
        names[thief], callsigns[thief] = names[victim], callsigns[victim]
        rows.append((thief, "clone", "", 0.0, days * _S_PER_DAY, np.nan, np.nan, np.nan, np.nan, victim))
    shared = sorted({ship for row in rows for ship in (row[0], row[-1])})
    stolen = replace(fleet, mmsi=mmsi, imo=imo, names=names, callsigns=callsigns)
    return stolen, shared, pd.DataFrame(rows, columns=list(TRUTH))
