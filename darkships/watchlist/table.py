"""Leads to the watchlist: each with its vessel, its best trip, the evidence in words, and the image to take next."""

from typing import Any, cast

import geopandas as gpd
import pandas as pd
import shapely

from darkships.errors import SchemaError
from darkships.schema import GAPS, LEADS, TRIPS, VISITS, WATCHLIST, validate
from darkships.watchlist.images import next_images
from darkships.watchlist.paragraph import paragraph
from darkships.watchlist.text import labelled
from darkships.watchlist.wording import best_alternative, evidence_against, evidence_for

MOST_CORNERS = 60
_COORDINATE_DIGITS = 5  # about a metre
_FROM_GAP = [
    "gap_id", "off_lat", "off_lon", "on_lat", "on_lon", "vessels_heard", "hours_looked_at", "hours_expected",
    "fixes_12h_before", "satellite_share_12h_before", "off_flags", "on_flags", "explained_by",
]  # fmt: skip
_FROM_LEAD = [
    "rank", "lead_id", "expected_round_trips", "expected_round_trips_low", "expected_round_trips_high", "n_gaps",
    "gap_id", "site",
]  # fmt: skip


def build_watchlist(
    leads: pd.DataFrame,
    visits: pd.DataFrame,
    trips: pd.DataFrame,
    gaps: pd.DataFrame,
    identity: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    *,
    as_of: pd.Timestamp,
    store_version: int,
    data_label: str,
    last_seen: "pd.Series[pd.Timestamp]",
    top: int | None = None,
    min_probability: float = 0.0,
) -> pd.DataFrame:
    """Put together what an analyst opens.

    Parameters
    ----------
    leads, visits, trips, gaps, sites
        LEADS, VISITS, TRIPS, GAPS and SITES tables of one run; ``sites`` with polygons.
    identity
        Who each vessel says it is: mmsi, imo, imo_valid, name, callsign, flag, ship_type, length_m.
    as_of
        Time up to which the data is known.
    store_version
        Version of the store it is made from.
    data_label
        What kind of data this is, such as SYNTHETIC; empty for real data. It leads every text.
    last_seen
        Time of each vessel's last message, by MMSI.
    top
        Keep the first leads only. Default: all.
    min_probability
        Keep leads of at least this probability.

    Returns
    -------
    pandas.DataFrame
        A WATCHLIST table.

    """
    leads = validate(leads, LEADS, where="leads").sort_values("rank")
    leads = leads[leads["probability"] >= min_probability].head(len(leads) if top is None else top)
    if leads.empty:
        return WATCHLIST.empty()
    frame = (
        _best_trips(leads, visits, trips, gaps)
        .merge(identity.drop_duplicates("mmsi"), on="mmsi", how="left", validate="m:1")
        .merge(next_images(leads, trips, as_of=as_of), on="mmsi", validate="1:1")
        .assign(lead_probability=leads["probability"].to_numpy(), as_of=as_of)
    )
    rows = cast("list[dict[str, Any]]", frame.to_dict("records"))
    watched = sites[sites["role"] == "watch"]
    areas = {
        group: image_area(shapely.union_all(watched.loc[watched["site_group"] == group].geometry.to_numpy()))
        for group in frame["next_image_group"].unique()
    }
    frame = frame.assign(
        probability=frame["lead_probability"],
        last_seen=frame["mmsi"].map(last_seen),
        draught_change_m=frame["draught_after_m"] - frame["draught_before_m"],
        evidence_for=[labelled(evidence_for(row), data_label) for row in rows],
        evidence_against=[labelled(evidence_against(row), data_label) for row in rows],
        best_alternative=[labelled(best_alternative(row), data_label) for row in rows],
        summary=[labelled(paragraph(row), data_label) for row in rows],
        next_image_area=frame["next_image_group"].map(areas),
        data_label=data_label,
        store_version=store_version,
    )
    return validate(frame, WATCHLIST, where="the result of build_watchlist")[WATCHLIST.names]


def image_area(polygon: shapely.Geometry) -> str:
    """Return one polygon that covers a site, or the sites of a group, of few corners, as WKT.

    Several parts or many corners become their convex hull, and if that has many too, its bounds: no berth is cut off.
    """
    for area in (polygon, polygon.convex_hull):
        if area.geom_type == "Polygon" and shapely.get_num_coordinates(area) <= MOST_CORNERS:
            return _wkt(area)
    return _wkt(shapely.box(*polygon.bounds))


def _wkt(area: shapely.Geometry) -> str:
    text: str = shapely.to_wkt(area, rounding_precision=_COORDINATE_DIGITS)
    return text


def _best_trips(leads: pd.DataFrame, visits: pd.DataFrame, trips: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """Return the candidate visit of each lead's best trip, with its gap and its expected number of trips."""
    visits, trips, gaps = validate(visits, VISITS), validate(trips, TRIPS), validate(gaps, GAPS)
    hidden = visits[~visits["declared"] & visits["gap_id"].isin(leads["gap_id"])]
    of_group = hidden.groupby(["gap_id", "site_group"])["probability"].sum().rename("group_probability").reset_index()
    visits = hidden.merge(of_group, on=["gap_id", "site_group"], validate="m:1")
    likely = trips[["gap_id", "site_group", "expected_round_trips"]]
    best = leads[_FROM_LEAD].merge(visits, on=["gap_id", "site"], how="left", validate="1:1")
    unknown = best.loc[best["off_timestamp"].isna(), "lead_id"]
    if len(unknown):
        raise SchemaError(
            f"the best trips of {len(unknown)} leads ({', '.join(unknown[:3])}) are not in the visits; "
            "expected leads and visits of one run"
        )
    best = best.merge(gaps[_FROM_GAP], on="gap_id", how="left", validate="m:1")
    likely = likely.rename(columns={"expected_round_trips": "likely_round_trips"})
    return best.merge(likely, on=["gap_id", "site_group"], how="left", validate="m:1")
