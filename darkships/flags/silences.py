"""Which silences flags cast doubt on: ends that are not to be trusted, and silences that were none."""

import pandas as pd

from darkships.schema import FLAGS, GAPS, validate
from darkships.units import S_PER_H

NEAR = pd.Timedelta(hours=1)
"""A flag of the track so near to an end of a silence casts doubt on the end."""

SHARED_NEAR = pd.Timedelta(days=2)
"""A vessel that shared its MMSI so long before or after does so still: the other's reports explain no silence."""

COVERS = 0.5
"""Reports from elsewhere over so much of a silence explain it."""

BEYOND_SHARE, BEYOND_KN, BEYOND_NM = 1.5, 5.0, 50.0
"""Two ends farther apart than this, and than the vessel's own high speed, so much increased, sails, are two ships'."""

_SEPARATOR = ";"


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
    known = gaps["mmsi"].isin(flags["mmsi"])
    if not known.any():
        return marked
    pairs = _pairs(gaps[known], flags)
    for end in ("off", "on"):
        marked.loc[known, f"{end}_flags"] = _of_end(pairs, end).reindex(gaps.index[known]).to_numpy(object)
    spoofed = _explained(pairs)
    marked.loc[spoofed[spoofed].index, "explained_by"] = "spoofing"
    return marked


def _pairs(gaps: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Return each silence beside each flag of its vessel; an open one ends with the flags."""
    of_gap = gaps[["mmsi", "track_id", "off_fix_timestamp", "on_fix_timestamp", "off_timestamp", "duration_h"]]
    of_flag = flags[["mmsi", "track_id", "kind", "from_timestamp", "to_timestamp"]]
    pairs = of_gap.reset_index(names="gap").merge(of_flag, on="mmsi", suffixes=("", "_flag"))
    until = pairs["off_timestamp"] + pd.to_timedelta(pairs["duration_h"], unit="h")
    pairs["is_own"] = pairs["track_id"] == pairs["track_id_flag"]
    return pairs.assign(until=until.dt.as_unit("us"))


def _of_end(pairs: pd.DataFrame, end: str) -> pd.Series:
    """Return the kinds of flags at one end of silences, by gap."""
    at = pairs[f"{end}_fix_timestamp"]
    is_shared = pairs["kind"] == "shared_mmsi"
    near = is_shared.map({True: SHARED_NEAR, False: NEAR})
    touches = (pairs["from_timestamp"] - near <= at) & (at <= pairs["to_timestamp"] + near)
    found = pairs[touches & (pairs["is_own"] | is_shared)]
    return found.groupby("gap")["kind"].agg(lambda kinds: _SEPARATOR.join(sorted(set(kinds))))


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
