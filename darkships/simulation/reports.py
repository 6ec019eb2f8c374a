"""A simulation's messages, hour by hour: the same whatever the number of threads."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from darkships.kernels import Array
from darkships.kernels.simulation_reports import MOST_PER_H, STATIC_S, Clocks, Rows, transmit
from darkships.simulation.plan import Plan
from darkships.simulation.receivers import ears

_TYPES = (np.int32, np.int32, np.int32, np.int32, np.int16, np.int16, np.int16, np.int8, np.int8, np.int16, np.int32)
_BLOCK = 256
"""Ships that one thread takes at a time."""

HOURS_A_DAY, _S_PER_H = 24, 3600


def simulate_hours(plan: Plan, *, statics: bool, threads: int | None = None) -> Iterator[Rows]:
    """Yield what is heard in each hour, in order of time and ship.

    Parameters
    ----------
    plan
        What is simulated.
    statics
        Send static reports too.
    threads
        How many; None: as many as there are cores. They change nothing but the time it takes.

    """
    clocks = _clocks(plan, statics=statics)
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for hour in range(plan.settings.days * HOURS_A_DAY):
            yield _hour(plan, clocks, hour * _S_PER_H, pool)


def _clocks(plan: Plan, *, statics: bool) -> Clocks:
    """Return the clocks at the start, so that not all ships send at once."""
    ships = plan.fleet.ships.seed.size
    luck = np.random.default_rng([plan.settings.seed, 1]).random((2, ships))
    static_s = luck[1] * max(STATIC_S, plan.settings.every_s) if statics else np.full(ships, np.inf)
    legs, episodes = plan.legs.first[:-1].copy(), plan.episodes.first[:-1].copy()
    return Clocks(luck[0] * max(10.0, plan.settings.every_s), static_s, legs, episodes)


def _hour(plan: Plan, clocks: Clocks, start_s: int, pool: ThreadPoolExecutor) -> Rows:
    heard = ears(plan.receivers, plan.sea, start_s)

    def take(first: int) -> list[Array]:
        last = min(first + _BLOCK, clocks.next_s.size)
        rows = Rows(*(np.empty((last - first) * MOST_PER_H, kind) for kind in _TYPES))
        n = transmit(
            plan.fleet.ships, plan.legs, plan.sea.places, plan.sea.ways, plan.episodes, heard, clocks, rows, first,
            last, float(start_s + _S_PER_H), plan.settings.every_s, plan.settings.noise_m,
        )  # fmt: skip
        return [column[:n].copy() for column in rows]

    found = list(pool.map(take, range(0, clocks.next_s.size, _BLOCK)))
    columns = [np.concatenate(pieces) for pieces in zip(*found, strict=True)]
    order = np.argsort((columns[1] - start_s).astype(np.int16), kind="stable")
    return Rows(*(column[order] for column in columns))
