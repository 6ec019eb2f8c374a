"""Which silences flags cast doubt on: ends that are not to be trusted, and silences that were none."""

from functools import cache

import numpy as np
import pandas as pd

from darkships.kernels import Array
from darkships.schema import FLAG_KINDS, FLAGS, GAPS, time_us, validate
from darkships.units import S_PER_H, US_PER_S

NEAR = pd.Timedelta(hours=1)
"""A flag of the track so near to an end of a silence casts doubt on the end."""

SHARED_NEAR = pd.Timedelta(days=2)
"""A vessel that shared its MMSI so long before or after does so still: the other's reports explain no silence."""

COVERS = 0.5
"""Reports from elsewhere over so much of a silence explain it."""

BEYOND_SHARE, BEYOND_KN, BEYOND_NM = 1.5, 5.0, 50.0
"""Two ends farther apart than this, and than the vessel's own high speed, so much increased, sails, are two ships'."""

_SEPARATOR = ";"
_SORTED_KINDS = sorted(FLAG_KINDS)


def mark_gaps(gaps: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Say of each silence what flags say of its ends, and whether they explain it.

    Parameters
    ----------
    gaps
        A GAPS table.
    flags
        The FLAGS table of the same data.

    Returns
    -------
    pandas.DataFrame
        The gaps with ``off_flags``, ``on_flags`` and ``explained_by`` filled in. A silence is explained by spoofing if
        the transmitter was heard meanwhile where it cannot have been, right after the silence began or for half of it,
        and by a shared MMSI if its ends are farther apart than the vessel ever sailed; not by the reports of a ship
        that is known to share the MMSI, beside which another one can fall silent.

    """
    gaps, flags = validate(gaps, GAPS, where="gaps"), validate(flags, FLAGS, where="flags")
    beyond = (gaps["distance_nm"] >= BEYOND_NM) & (gaps["implied_speed_kn"] > BEYOND_SHARE * gaps["max_kn"] + BEYOND_KN)
    marked = gaps.assign(explained_by=beyond.map({True: "shared_mmsi", False: None}))
    pairs = _pairs(gaps, flags)
    for end in ("off", "on"):
        marked[f"{end}_flags"] = _of_end(pairs, end).reindex(gaps.index).to_numpy(object)
    spoofed = _explained(pairs)
    marked.loc[spoofed[spoofed].index, "explained_by"] = "spoofing"
    return marked


def _pairs(gaps: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Return each silence beside each flag of its vessel that can bear on it; an open one ends with the flags."""
    until = (gaps["off_timestamp"] + pd.to_timedelta(gaps["duration_h"], unit="h")).dt.as_unit("us")
    gap, flag = _near(gaps, until, flags)
    of_gap = gaps[["track_id", "off_fix_timestamp", "on_fix_timestamp", "off_timestamp", "duration_h"]]
    of_gap = of_gap.assign(until=until).take(gap).reset_index(names="gap")
    of_flag = flags[["track_id", "kind", "from_timestamp", "to_timestamp"]].take(flag).reset_index(drop=True)
    pairs = pd.concat([of_gap, of_flag.rename(columns={"track_id": "track_id_flag"})], axis=1)
    return pairs.assign(is_own=pairs["track_id"] == pairs["track_id_flag"])


def _near(gaps: pd.DataFrame, until: "pd.Series[pd.Timestamp]", flags: pd.DataFrame) -> tuple[Array, Array]:
    """Return rows of silences and of flags of the same vessel no farther apart in time than SHARED_NEAR."""
    near_us = SHARED_NEAR // pd.Timedelta(microseconds=1)
    off_us, off_fix_us, on_fix_us = (time_us(gaps[f"{end}_timestamp"]) for end in ("off", "off_fix", "on_fix"))
    begins = _of_vessel(gaps, np.minimum(off_us, off_fix_us) - near_us)
    ends = _of_vessel(gaps, np.maximum(time_us(until), on_fix_us) + near_us)
    froms, tos = (_of_vessel(flags, time_us(flags[f"{end}_timestamp"])) for end in ("from", "to"))
    order = np.argsort(froms, kind="stable")
    froms, tos = froms[order], np.maximum.accumulate(tos[order])
    start = np.searchsorted(tos, begins)
    count = np.maximum(np.searchsorted(froms, ends, side="right") - start, 0)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(np.arange(len(gaps)), count), order[np.repeat(start, count) + within]


def _of_vessel(rows: pd.DataFrame, us: Array) -> Array:
    """Return times in whole seconds, those of a vessel before those of the next; MMSIs take 30 bits, seconds 33."""
    found: Array = (rows["mmsi"].to_numpy(np.int64) << 33) + us // US_PER_S
    return found


def _of_end(pairs: pd.DataFrame, end: str) -> "pd.Series[str]":
    """Return the kinds of flags at one end of silences, by gap."""
    at = pairs[f"{end}_fix_timestamp"]
    is_shared = pairs["kind"] == "shared_mmsi"
    near = is_shared.map({True: SHARED_NEAR, False: NEAR})
    touches = (pairs["from_timestamp"] - near <= at) & (at <= pairs["to_timestamp"] + near)
    found = pairs.loc[touches & (pairs["is_own"] | is_shared), ["gap", "kind"]].drop_duplicates()
    bits = found["kind"].map({kind: 1 << number for number, kind in enumerate(_SORTED_KINDS)})
    return bits.groupby(found["gap"]).sum().map(_kinds_of)


@cache
def _kinds_of(bits: int) -> str:
    return _SEPARATOR.join(kind for number, kind in enumerate(_SORTED_KINDS) if int(bits) >> number & 1)


def _explained(pairs: pd.DataFrame) -> pd.Series:
    """Tell, by gap, whether the transmitter spoke meanwhile from where it cannot have been."""
    off, until = pairs["off_timestamp"], pairs["until"]
    is_away = ~pairs["is_own"] & pairs["kind"].isin(("jump", "excursion"))
    begins = pairs["from_timestamp"].where(pairs["from_timestamp"] > off, off)
    ends = pairs["to_timestamp"].where(pairs["to_timestamp"] < until, until)
    common_h = (ends - begins).dt.total_seconds() / S_PER_H
    is_soon = (pairs["from_timestamp"] >= off) & (pairs["from_timestamp"] <= off + NEAR)
    spoke = is_away & (common_h > 0.0) & (is_soon | (common_h >= COVERS * pairs["duration_h"]))
    shares = (pairs["kind"] == "shared_mmsi") & (
        (pairs["from_timestamp"] <= until + SHARED_NEAR) & (pairs["to_timestamp"] >= off - SHARED_NEAR)
    )
    by_gap = pd.DataFrame({"spoke": spoke, "shares": shares}).groupby(pairs["gap"]).any()
    return by_gap["spoke"] & ~by_gap["shares"]
