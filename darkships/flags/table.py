"""Flags as the FLAGS table: what goes on over midnight is one, and what several vessels or the land tell is added."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from darkships.flags.dates import Records
from darkships.kernels import Array
from darkships.schema import FLAG_KINDS, FLAGS, TRACKS_PER_MMSI, validate

_OF_KERNELS = FLAG_KINDS[:6]
"""In the order of their numbers in :mod:`darkships.kernels.flags`."""

_LASTING = ("shared_mmsi", "excursion", "circle", "frozen")
_JUMPS = ("jump", "excursion")

PAUSE = pd.Timedelta(hours=1)
"""What a vessel does again so soon goes on."""

MASS_VESSELS, MASS_CELL_DEG, MASS_SPAN = 4, 0.05, "1h"
"""So many vessels that jump into one cell within one hour: GNSS interference moves all receivers around alike."""


def flag_table(
    flags: Records, mmsi: Array, number: Array, *, is_inland: Callable[[Array, Array], Array]
) -> pd.DataFrame:
    """Return the FLAGS table.

    Parameters
    ----------
    flags
        FLAG records (k,) of all dates.
    mmsi, number
        Arrays (c,): whose each chain is, and the number of its track within the vessel.
    is_inland
        Tells which places (n,), longitudes and latitudes, lie so far inland that no ship can be there; asked only
        for places out of a vessel's reach, for a land mask knows few rivers and no lakes.

    """
    if not flags.size:
        return FLAGS.empty()
    frame = pd.DataFrame({
        "mmsi": mmsi[flags["chain"]],
        "track_id": TRACKS_PER_MMSI * mmsi[flags["chain"]] + number[flags["chain"]],
        "kind": np.array(_OF_KERNELS, object)[flags["kind"]],
        "from_timestamp": _times(flags["from_us"]),
        "to_timestamp": _times(flags["to_us"]),
        **{name: flags[column] for name, column in (
            ("lat", "lat"), ("lon", "lon"), ("fixes", "fixes"), ("distance_nm", "size_nm"), ("speed_kn", "speed_kn"))},
    })  # fmt: skip
    frame = _joined(frame)
    frame = pd.concat([frame, _on_land(frame, is_inland), _together(frame)], ignore_index=True)
    frame = frame.sort_values(list(FLAGS.key), kind="stable", ignore_index=True)
    told = map(_Told, *(frame[name].tolist() for name in _Told._fields))
    frame["detail"] = [_DETAILS[kind](flag) for kind, flag in zip(frame["kind"].tolist(), told, strict=True)]
    return validate(frame, FLAGS, where="the flags of a store")


def _joined(frame: pd.DataFrame) -> pd.DataFrame:
    """Make one of what a track goes on doing."""
    frame = frame.sort_values(["track_id", "kind", "from_timestamp"], kind="stable", ignore_index=True)
    before = frame.shift()
    goes_on = (
        (frame["track_id"] == before["track_id"])
        & (frame["kind"] == before["kind"])
        & frame["kind"].isin(_LASTING)
        & (frame["from_timestamp"] - before["to_timestamp"] <= PAUSE)
    )
    how = dict.fromkeys(frame.columns, "first") | {"to_timestamp": "max", "fixes": "sum"}
    return frame.groupby((~goes_on).cumsum()).agg(how)


def _on_land(frame: pd.DataFrame, is_inland: Callable[[Array, Array], Array]) -> pd.DataFrame:
    jumps = frame[frame["kind"].isin(_JUMPS)]
    if jumps.empty:
        return jumps
    return jumps[is_inland(jumps["lon"].to_numpy(), jumps["lat"].to_numpy())].assign(kind="on_land")


def _together(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a flag for each of the vessels that jumped to one place at one time; ``fixes`` counts the vessels."""
    jumps = frame[frame["kind"].isin(_JUMPS)]
    cell = [np.floor(jumps[axis] / MASS_CELL_DEG) for axis in ("lon", "lat")]
    vessels = jumps.groupby([*cell, jumps["from_timestamp"].dt.floor(MASS_SPAN)])["mmsi"].transform("nunique")
    return jumps.assign(kind="mass_jump", fixes=vessels)[vessels >= MASS_VESSELS]


class _Told(NamedTuple):
    """What details of a flag tell."""

    fixes: float
    distance_nm: float
    speed_kn: float


_DETAILS: dict[str, Callable[[_Told], str]] = {
    "shared_mmsi": lambda told: (
        f"one of several places at once, from which reports alternate, never nearer than {told.distance_nm:.0f} nm: "
        "the MMSI is shared, cloned or its positions forged"
    ),
    "jump": lambda told: f"a jump of {told.distance_nm:.0f} nm at {told.speed_kn:.0f} kn",
    "excursion": lambda told: (
        f"a jump of {told.distance_nm:.0f} nm at {told.speed_kn:.0f} kn, and back: out of the vessel's reach"
    ),
    "glitch": lambda told: (
        f"a jump of {told.distance_nm:.0f} nm at {told.speed_kn:.0f} kn, small or on the vessel's own path: "
        "a receiver or a clock that erred"
    ),
    "circle": lambda told: (
        f"round and round on a circle of {told.distance_nm:.1f} nm at {told.speed_kn:.0f} kn, as GNSS interference "
        "makes it; a ship that waits with its helm over does it too"
    ),
    "frozen": lambda told: f"the same place while the ship says {told.speed_kn:.1f} kn: a receiver that stands",
    "on_land": lambda told: (
        f"far from the sea after a jump of {told.distance_nm:.0f} nm; the land mask knows few rivers and no lakes"
    ),
    "mass_jump": lambda told: (
        f"one of {told.fixes:.0f} vessels that jumped to this place within the hour: GNSS interference or forgery"
    ),
}


def _times(us: Array) -> pd.Series:
    return pd.Series(np.ascontiguousarray(us).view("datetime64[us]")).dt.tz_localize("UTC")
