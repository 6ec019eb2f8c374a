"""What a vessel's static reports say around each of its gaps: draught, destination, name."""

from functools import cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from darkships.evidence.destination import Destination, named_sites, normalise, parse_destination
from darkships.schema import GAPS, STATICS, validate

MAX_AGE_H = 72.0
"""A statement that is further from the gap's end says nothing of it: another port may lie between."""

_SAID = ("draught_m", "destination", "name")


def voyage_evidence(
    gaps: pd.DataFrame, statics: pd.DataFrame, *, sites: gpd.GeoDataFrame, max_age_h: float = MAX_AGE_H
) -> pd.DataFrame:
    """Find what static reports say before and after each gap, and whether it names a site.

    Parameters
    ----------
    gaps, statics, sites
        GAPS, STATICS and SITES tables.
    max_age_h
        Statements further from the gap's end are left out.

    Returns
    -------
    pandas.DataFrame
        One row a gap and site, for gaps around which something was said: gap_id, site, draught_before_m and
        draught_after_m (last said at or before the silence, first said at or after it), destination_before and
        destination_after (as typed), name_before and name_after, name_changed (to one that it had never sent before,
        from one that it never sent again), destination_hidden (a phrase such as FOR ORDERS typed before),
        destination_names_site, destination_names_other (another watched site and not this one, where it said
        before that it was going, or after that it came from: ``KPRJN>RUVVO``).

    """
    gaps = validate(gaps, GAPS, where="gaps").reset_index(drop=True)
    statics = validate(statics, STATICS, where="statics")
    said = gaps[["gap_id"]].assign(
        **{
            f"{item}|{side}": _said(gaps, statics, item, side, max_age_h)
            for item in _SAID
            for side in ("before", "after")
        }
    )
    said = said[said.drop(columns="gap_id").notna().any(axis=1)].reset_index(drop=True)
    before, after = said["destination|before"], said["destination|after"]
    per_gap = pd.DataFrame(
        {
            "gap_id": said["gap_id"],
            "draught_before_m": said["draught_m|before"].astype(np.float64),
            "draught_after_m": said["draught_m|after"].astype(np.float64),
            "destination_before": before,
            "destination_after": after,
            "name_before": said["name|before"],
            "name_after": said["name|after"],
            "name_changed": _renamed(gaps, said, statics),
            "destination_hidden": before.notna() & np.array([to.is_hidden for to in _parsed(before)], np.bool_),
        }
    )
    return _per_site(per_gap, sites)


def _said(gaps: pd.DataFrame, statics: pd.DataFrame, item: str, side: str, max_age_h: float) -> pd.Series:
    """Return the last value said at or before each gap, or the first said at or after it."""
    before = side == "before"
    # An interval speaks from its first report on, and up to its last.
    end, time, edge = (
        ("off_timestamp", "timestamp", "last_seen") if before else ("on_timestamp", "last_seen", "timestamp")
    )
    known = gaps.loc[gaps[end].notna(), ["mmsi", end]].rename_axis("_row").reset_index()
    spoken = statics.loc[statics[item].notna(), ["mmsi", time, edge, item]]
    found = pd.merge_asof(
        known.sort_values(end, kind="stable"),
        spoken.sort_values(time, kind="stable"),
        left_on=end,
        right_on=time,
        by="mmsi",
        direction="backward" if before else "forward",
    )
    age = found[end] - found[edge] if before else found[edge] - found[end]
    value: pd.Series = found[item].where(age <= pd.Timedelta(hours=max_age_h)).set_axis(found["_row"])
    return value.reindex(gaps.index)


def _texts(column: pd.Series) -> list[str | None]:
    return [text if isinstance(text, str) else None for text in column]


def _parsed(column: pd.Series) -> list[Destination]:
    """Take destinations apart, each different text once."""
    texts = _texts(column)
    known = {text: parse_destination(text) for text in set(texts)}
    return [known[text] for text in texts]


def _renamed(gaps: pd.DataFrame, said: pd.DataFrame, statics: pd.DataFrame) -> list[bool]:
    """Tell over which silences a name went for good and a new one came; two that take turns are no change.

    Case, blanks and punctuation make no other name.
    """
    of_gap, known, letters = gaps.set_index("gap_id"), statics[statics["name"].notna()], cache(_letters)
    changed = []
    for gap_id, *pair in zip(said["gap_id"], _texts(said["name|before"]), _texts(said["name|after"]), strict=True):
        before, after = (letters(name or "") for name in pair)
        changed.append(bool(before and after) and before != after)
        if changed[-1]:
            gap = of_gap.loc[gap_id]
            own = known[known["mmsi"] == gap["mmsi"]]
            earlier = own.loc[own["timestamp"] <= gap["off_timestamp"], "name"].map(letters)
            later = own.loc[own["last_seen"] >= gap["on_timestamp"], "name"].map(letters)
            changed[-1] = not (earlier == after).any() and not (later == before).any()
    return changed


def _letters(name: str) -> str:
    return normalise(name).replace(" ", "")


def _per_site(per_gap: pd.DataFrame, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Repeat each gap's row for every site, with what its destinations name."""
    before, after = (_parsed(per_gap[f"destination_{side}"]) for side in ("before", "after"))
    # Where a ship heads after the silence does not say that it was not elsewhere in it: shuttles name their home port.
    told = _named([said.target for said in before], sites) | _named([said.origin for said in after], sites)
    named = told | _named([said.target for said in after], sites)
    pairs = per_gap.loc[per_gap.index.repeat(len(sites))].reset_index(drop=True)
    pairs.insert(1, "site", np.tile(sites["site"].to_numpy(object), len(per_gap)))
    return pairs.assign(
        destination_names_site=named.ravel(),
        destination_names_other=(told.any(axis=1, keepdims=True) & ~named).ravel(),
    )


def _named(texts: list[str], sites: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Return (texts, sites): each different text is looked at once."""
    code, different = pd.factorize(np.array(texts, object))
    return named_sites(list(different), sites)[code]
