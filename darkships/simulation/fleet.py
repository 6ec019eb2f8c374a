"""What made-up ships are: kind, size, speed, identity. Every name says SYNTHETIC, every number is made up."""

from dataclasses import dataclass

import numpy as np

from darkships.kernels import Array
from darkships.kernels.simulation import CLASS_A, CLASS_B, CLASS_B_SO, Ships, seeds

MOST_SHIPS = 900_000

MIDS = (273, 440, 431, 351, 414, 538, 477, 636, 511, 219, 257, 338, 366, 412, 563, 710)
"""Maritime identification digits of flags (ITU). The six digits behind them are counted down from 999999."""

KINDS = (
    # word, share, ship type (ITU-R M.1371 table 53), length from and to (m), speed from and to (kn), share of class B
    ("CARGO", 0.40, 70, 80, 300, 9.5, 15.0, 0.0),
    ("TANKER", 0.18, 80, 90, 330, 10.0, 14.0, 0.0),
    ("FISHING", 0.20, 30, 14, 70, 7.5, 11.0, 0.5),
    ("PASSENGER", 0.06, 60, 90, 300, 15.0, 22.0, 0.0),
    ("FAST", 0.02, 40, 30, 90, 24.0, 32.0, 0.0),
    ("TUG", 0.06, 52, 20, 45, 8.0, 12.0, 0.0),
    ("YACHT", 0.08, 37, 8, 24, 5.5, 16.0, 1.0),
)
_FISHING = 2


@dataclass(frozen=True)
class Fleet:
    """Made-up ships: what kernels need of them, and who they say they are, arrays and lists (s,)."""

    ships: Ships
    mmsi: Array
    imo: Array
    names: list[str]
    callsigns: list[str]
    ship_type: Array
    length_m: Array
    beam_m: Array
    draught_dm: Array


def make_fleet(count: int, seed: int, rng: np.random.Generator) -> Fleet:
    """Make ships up.

    Parameters
    ----------
    count
        How many.
    seed
        What decides their chances.
    rng
        What decides what they are.

    """
    shares = np.array([kind[1] for kind in KINDS])
    kind = rng.choice(len(KINDS), count, p=shares / shares.sum())
    types, shortest, longest, slowest, fastest, of_class_b = np.array([k[2:] for k in KINDS]).T
    length_m = np.rint(shortest[kind] + rng.random(count) ** 1.5 * (longest - shortest)[kind]).astype(np.int64)
    kn = np.round(slowest[kind] + rng.random(count) * (fastest - slowest)[kind], 1)
    is_b = (rng.random(count) < of_class_b[kind]) & (length_m < 40)
    class_b = np.where(rng.random(count) < 0.25, CLASS_B_SO, CLASS_B)
    ais_class = np.where(is_b, class_b, CLASS_A).astype(np.int8)
    antenna_m = np.where(is_b, 4.0, 8.0 + 0.08 * length_m)
    ships = Ships(seeds(seed, count), ais_class, antenna_m, kn, kind == _FISHING)
    number = np.arange(count)
    draught_dm = np.maximum(1, np.rint(length_m * 0.35 + rng.uniform(5.0, 15.0, count))).astype(np.int64)
    return Fleet(
        ships,
        mmsi=np.array(MIDS)[number % len(MIDS)] * 1_000_000 + 999_999 - number,
        imo=np.where(is_b | (length_m < 30), 0, _imo_numbers(number)),
        names=[f"SYNTHETIC {n}" for n in range(count)],
        callsigns=[f"SY{n:05d}"[:7] for n in range(count)],
        ship_type=types[kind].astype(np.int64),
        length_m=length_m,
        beam_m=np.maximum(3, np.rint(length_m / 6.5)).astype(np.int64),
        draught_dm=np.minimum(draught_dm, 255),
    )


def _imo_numbers(number: Array) -> Array:
    """Return IMO numbers with a right check digit, lower than any that was given to a ship."""
    first = 100_000 + number
    digits = first[:, None] // 10 ** np.arange(5, -1, -1) % 10
    checked: Array = first * 10 + digits @ np.arange(7, 1, -1) % 10
    return checked
