"""The masked gaps beside what the pipeline, and what simple rules, say of them."""

import hashlib

import geopandas as gpd
import numpy as np
import pandas as pd

from darkships.kernels import Array
from darkships.kernels.geodesy import haversine_nm_many
from darkships.schema import CASES, time_us, validate

RULE_H = 12.0
RULE_KN = 10.0
HELD_OUT_TENTHS = 4

BASELINES = ("duration", "rule_12h", "nearest_port", "gap_count", "slack_10kn", "detour")
"""Length; at least 12 h; nearness of the nearest site to the two ends; the vessel's silences (as arktrace counts them);
spare hours at the best site at 10 kn; the way over the nearest site against the direct one. All as the crow flies."""


def masked_cases(
    masks: pd.DataFrame, gaps: pd.DataFrame, visits: pd.DataFrame, visits_off: pd.DataFrame, sites: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Put every silence of known answer beside its scores.

    Parameters
    ----------
    masks
        As `choose_masks` makes them.
    gaps, visits
        GAPS and VISITS tables of the masked store.
    visits_off
        VISITS without the evidence of reception.
    sites
        The SITES table.

    Returns
    -------
    pandas.DataFrame
        A CASES table: a row for each mask that became a gap, and one for each other closed gap in which a site could
        have been visited unseen (kind ``natural``; taken to hide nothing, as most do).

    """
    closed = gaps[~gaps["is_open"]]
    # Not by track_id: a silence can change which track of a vessel is the first.
    times = {"start_us": time_us(closed["off_timestamp"]), "end_us": time_us(closed["on_timestamp"])}
    cases = masks.merge(closed.assign(**times), on=["mmsi", "start_us", "end_us"], validate="1:1")
    said = _said(visits)
    natural = closed[closed["gap_id"].isin(said.index) & ~closed["gap_id"].isin(cases["gap_id"])]
    cases = pd.concat([cases, natural.assign(kind="natural", site=None, pair=-1)], ignore_index=True)
    nearest = nearest_site(cases, sites)
    group_of = sites.set_index("site")["site_group"]
    cases = cases.join(said, on="gap_id").assign(
        is_visit=cases["kind"] == "visit",
        site_group=cases["site"].map(group_of),
        nearest=nearest,
        nearest_group=group_of.loc[nearest].to_numpy(),
        **baselines(cases, gaps, sites),
    )
    told_off = cases["gap_id"].map(_said(visits_off)["probability"])
    cases = cases.assign(probability=cases["probability"].fillna(0.0), probability_off=told_off.fillna(0.0))
    return validate(cases.assign(part=_parts(cases)), CASES, where="the masked cases")[CASES.names]


def part_of(name: object) -> str:
    """Return the part that a vessel or a group of sites belongs to, ``fit`` or ``held-out``, by a hash of its name."""
    tenth = hashlib.blake2b(str(name).encode(), digest_size=4).digest()[0] % 10
    return "held-out" if tenth < HELD_OUT_TENTHS else "fit"


def _parts(cases: pd.DataFrame) -> Array:
    """Return the part of each case by its vessel and by the port of its pair; ``between`` where they differ."""
    port_of = cases[cases["is_visit"]].set_index("pair")["site_group"]
    vessel = cases["mmsi"].map({mmsi: part_of(mmsi) for mmsi in cases["mmsi"].unique()})
    port = cases["pair"].map(port_of).fillna(cases["nearest_group"]).map(part_of)
    parts: Array = np.where(vessel == port, vessel, "between")
    return parts


def _said(visits: pd.DataFrame) -> pd.DataFrame:
    """Return probability, named site and named group of each gap: the most probable of what AIS does not declare."""
    hidden = visits[~visits["declared"]]
    best = hidden.sort_values(["probability", "site"], ascending=[False, True], kind="stable").drop_duplicates("gap_id")
    groups = hidden.groupby(["gap_id", "site_group"])["probability"].sum().reset_index()
    order = groups.sort_values(["probability", "site_group"], ascending=[False, True], kind="stable")
    return pd.DataFrame(
        {
            "probability": hidden.groupby("gap_id")["probability"].sum(),
            "named": best.set_index("gap_id")["site"],
            "named_group": order.drop_duplicates("gap_id").set_index("gap_id")["site_group"],
        }
    )


def baselines(of: pd.DataFrame, gaps: pd.DataFrame, sites: gpd.GeoDataFrame) -> dict[str, Array]:
    """Return the scores of the simple rules for some gaps among all gaps; higher means rather a visit."""
    off, on = (_distances(of, end, sites) for end in ("off", "on"))
    sailed_nm = (off + on).min(axis=1, initial=np.inf)
    duration_h = of["duration_h"].to_numpy(np.float64)
    return {
        "duration": duration_h,
        "rule_12h": (duration_h >= RULE_H).astype(np.float64),
        "nearest_port": -(off.min(axis=1, initial=np.inf) + on.min(axis=1, initial=np.inf)),
        "gap_count": of["mmsi"].map(gaps["mmsi"].value_counts()).to_numpy(np.float64),
        "slack_10kn": duration_h - sailed_nm / RULE_KN,
        "detour": sailed_nm / np.maximum(of["distance_nm"].to_numpy(np.float64), 1.0),
    }


def nearest_site(of: pd.DataFrame, sites: gpd.GeoDataFrame) -> Array:
    """Return the site nearest to the two ends of each gap, as the crow flies."""
    nearest = (_distances(of, "off", sites) + _distances(of, "on", sites)).argmin(axis=1)
    names: Array = sites["site"].to_numpy()[nearest]
    return names


def _distances(of: pd.DataFrame, end: str, sites: gpd.GeoDataFrame) -> Array:
    """Return (gaps, sites) great circles from an end."""
    lon, lat = of[f"{end}_lon"].to_numpy(np.float64), of[f"{end}_lat"].to_numpy(np.float64)
    shape = (len(of), len(sites))
    places = (sites["approach_lon"].to_numpy()[None], sites["approach_lat"].to_numpy()[None])
    pairs = (np.broadcast_to(x, shape).ravel() for x in (lon[:, None], lat[:, None], *places))
    nm: Array = haversine_nm_many(*pairs).reshape(shape)
    return nm
