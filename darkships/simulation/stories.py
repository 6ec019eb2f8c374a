"""Which made-up ship lives which story."""

import numpy as np

from darkships.errors import DarkshipsError
from darkships.kernels import Array
from darkships.kernels.simulation_lives import DARK_TRANSFER, DARK_VISIT, LAID_UP, LEFT_AREA, MOORED_OFF, REGULAR
from darkships.simulation.fleet import Fleet

SPOOFED, CLONE = 6, 7
"""Stories that are regular but for what is sent: false places, and the identity of another ship."""

STORIES = {
    "dark_visit": DARK_VISIT,
    "dark_transfer": DARK_TRANSFER,
    "laid_up": LAID_UP,
    "moored_off": MOORED_OFF,
    "left_area": LEFT_AREA,
    "spoofed": SPOOFED,
    "clone": CLONE,
}
"""What can be planted, by the word that the truth has for it; ``spoofed`` becomes spoofed_circle and spoofed_jump."""

SHARES = {
    "dark_visit": 0.03,
    "dark_transfer": 0.01,
    "laid_up": 0.02,
    "moored_off": 0.06,
    "left_area": 0.04,
    "spoofed": 0.005,
    "clone": 0.01,
}
"""Share of the ships for each; the others are regular."""

_LEAST_DARK_M = 60


def check_shares(shares: dict[str, float]) -> None:
    """Raise an error for a kind that is unknown or shares that are too large."""
    unknown = [kind for kind in shares if kind not in STORIES]
    if unknown:
        raise DarkshipsError(f"unknown kind {unknown[0]!r}; expected one of {', '.join(STORIES)}")
    if any(share < 0.0 for share in shares.values()) or sum((SHARES | shares).values()) > 1.0:
        raise DarkshipsError(f"shares {SHARES | shares}; expected each from 0 and no more than 1 together")


def choose_stories(fleet: Fleet, shares: dict[str, float], rng: np.random.Generator) -> Array:
    """Return the story (s,) of each ship; ships that sail in the dark are large and do not fish, if there are such."""
    n = fleet.mmsi.size
    story = np.full(n, REGULAR)
    is_large = (fleet.length_m >= _LEAST_DARK_M) & ~fleet.ships.fishes
    order = rng.permutation(n)
    order = order[np.argsort(~is_large[order], kind="stable")]
    at = 0
    for kind, share in (SHARES | shares).items():
        count = round(share * n)
        if STORIES[kind] == DARK_TRANSFER:
            count -= count % 2
        story[order[at : at + count]] = STORIES[kind]
        at += count
    return story
