"""What one date shows of positions that cannot be true; dates add up by standing beside each other."""

from typing import Any

import numpy as np
import numpy.typing as npt

from darkships.kernels import Array, fixed
from darkships.kernels.flags import patterns, places

Records = npt.NDArray[Any]

FLAG = np.dtype(
    [
        ("kind", "i1"), ("chain", "i8"), ("from_us", "i8"), ("to_us", "i8"), ("fixes", "i8"), ("lon", "f8"),
        ("lat", "f8"), ("size_nm", "f8"), ("speed_kn", "f8"),
    ]
)  # fmt: skip
"""A finding of :mod:`darkships.kernels.flags`; ``chain`` is the row of the track that it stands on."""


def of_date(
    t_us: Array, lon: Array, lat: Array, sog: Array, fragment: Array, mmsi: Array, ends: Array, fixes: Array
) -> Records:
    """Return the FLAGs of one date, by fragment, kind and time.

    Parameters
    ----------
    t_us, lon, lat, sog, fragment
        Arrays (n,) of its fixes, sorted by vessel and time; the fragment of each, -1 for outliers.
    mmsi, ends, fixes
        Arrays (f,), (f, 2), (f,) of its fragments: whose, first and last row, and size.

    """
    t_us, lon, lat, sog = map(fixed, (t_us, lon, lat, sog))
    found = np.concatenate([
        patterns(t_us, lon, lat, sog, fragment, ends, fixes), places(mmsi, t_us, lon, lat, fragment, ends, fixes)
    ])  # fmt: skip
    found = found[np.lexsort((found[:, 2], found[:, 0], found[:, 1]))]
    flags = np.empty(len(found), FLAG)
    for name, column in zip(FLAG.names or (), found.T, strict=True):
        flags[name] = column
    return flags


def add(a: Records, b: Records, place: Array, chains_a: int) -> Records:
    """Return the flags of two neighbouring stretches; ``place`` (c,) tells where their chains are now, b's last."""
    both = np.concatenate([a, b])
    both["chain"][a.size :] += chains_a
    both["chain"] = place[both["chain"]]
    return both
