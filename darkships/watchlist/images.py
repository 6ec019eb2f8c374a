"""The next image: of which berth, and when, one satellite image would tell most about a lead."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.polygon import orient

from darkships.renewal import Rhythm, trip_pmf
from darkships.schema import IMAGES, LEADS, TRIPS, WATCHLIST, validate
from darkships.units import S_PER_H
from darkships.watchlist.presence import presence

DETECTED = 0.9
"""A ship that lies there shows: an image of 10 m or better in which a berth can be seen shows ships of 50 m; one in ten
is lost between cranes, alongside another or under cloud."""

CONFUSED = 0.2
"""Without it a ship that fits lies there nevertheless: some ship lay at Najin on 49 of 109 days with images (CSIS,
February 2024), and length and outline tell more than half of them from the one that is looked for."""

HORIZON_H = 72.0
"""A vessel that is still silent can be looked for so long after ``as_of``: tasking a satellite takes days."""

WINDOW_SHARE = 0.8
"""The window is where an image tells at least so much of what it tells at the best time."""

_TIMES = 145


class _Look(NamedTuple):
    """A trip that an image may show, or several as arrays: when it can be at the berth, and how often."""

    probability: Any
    window_h: Any
    """In which it can be there."""
    arrival_h: Any
    """How long after the earliest arrival it is likely to come."""
    stay_h: Any
    spare_h: Any
    max_round_trips: Any
    cycle_h: Any
    cycle_regularity: Any
    cycle_certainty: Any


class Image(NamedTuple):
    """What is known before an image is taken; information in bits."""

    trip: int
    """Which it would show: a row."""
    next_image_from: float
    """Hours after its earliest arrival."""
    next_image_to: float
    next_image_bits: float
    probability_if_seen: float
    probability_if_not_seen: float


def next_images(leads: pd.DataFrame, trips: pd.DataFrame, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return for each lead the image that would tell most.

    Of all silences and groups of a vessel it is that with the greatest chance to show it, for the more of a lead's
    probability an image can meet the more it tells.

    Parameters
    ----------
    leads, trips
        LEADS and TRIPS tables of one run.
    as_of
        Time up to which the data is known.

    Returns
    -------
    pandas.DataFrame
        One row a lead: mmsi and the fields of :class:`Image`, as times, and ``next_image_group``.

    """
    leads, trips = validate(leads, LEADS, where="leads"), validate(trips, TRIPS, where="trips")
    watched = trips[trips["watched"]].sort_values(
        ["probability", "off_timestamp", "gap_id", "site_group"], ascending=[False, True, True, True], kind="stable"
    )
    looks, of_vessel = _looks(watched, as_of), watched.groupby("mmsi").indices
    images = pd.DataFrame(
        [
            _best_image(looks, list(of_vessel[mmsi]), probability)
            for mmsi, probability in zip(leads["mmsi"], leads["probability"], strict=True)
        ],
        columns=list(Image._fields),
    )
    trip = watched.take(images["trip"].to_numpy()).reset_index(drop=True)
    times = {
        end: (trip["earliest_arrival"] + pd.Series([pd.Timedelta(hours=h) for h in images[end]])).dt.floor("min")
        for end in ("next_image_from", "next_image_to")
    }
    return images.drop(columns="trip").assign(
        mmsi=leads["mmsi"].to_numpy(), next_image_group=trip["site_group"], **times
    )


def information_bits(probability: float, p_there: "np.ndarray | float") -> np.ndarray:
    """Return the mutual information, in bits, of what an image shows and whether the lead is true.

    Parameters
    ----------
    probability
        Of the lead.
    p_there
        Probability that the vessel is there and then, at most that of the lead.

    """
    seen_if_true, seen_if_not = _p_seen(probability, np.asarray(p_there, np.float64)), CONFUSED
    seen = probability * seen_if_true + (1.0 - probability) * seen_if_not
    known = probability * _entropy(seen_if_true) + (1.0 - probability) * _entropy(np.asarray(seen_if_not))
    bits: np.ndarray = np.maximum(_entropy(seen) - known, 0.0)
    return bits


def image_orders(watchlist: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return a watchlist's images as an order, the most telling first: an IMAGES table with the areas as geometry."""
    leads = validate(watchlist, WATCHLIST, where="the watchlist")
    orders = leads.sort_values(["next_image_bits", "rank"], ascending=[False, True], kind="stable", ignore_index=True)
    orders = validate(orders.assign(order=np.arange(1, len(orders) + 1)), IMAGES, where="the orders")[IMAGES.names]
    # Counterclockwise, as RFC 7946 wants rings.
    areas = [orient(area) for area in shapely.from_wkt(orders["next_image_area"].to_numpy(object))]
    return gpd.GeoDataFrame(orders, geometry=areas, crs="EPSG:4326")


def _looks(watched: pd.DataFrame, as_of: pd.Timestamp) -> _Look:
    """Return trips as arrays (n,): of most no row is looked at."""
    start, end = watched["earliest_arrival"], watched["latest_departure"]
    end = end.mask(watched["is_open"], as_of + pd.Timedelta(hours=HORIZON_H))
    window_h, arrival_h = (
        ((time - start).dt.total_seconds() / S_PER_H).clip(lower=0.0) for time in (end, watched["likely_arrival"])
    )
    whole = watched.assign(window_h=window_h, arrival_h=arrival_h)
    return _Look(*(whole[name].to_numpy() for name in _Look._fields))


def _best_image(looks: _Look, rows: Sequence[int], probability: float) -> Image:
    """Return the image for one lead; ``rows`` are its silences and groups, the most probable first."""
    best, best_there, best_hours = rows[0], np.zeros(1), np.zeros(1)
    for row in rows:
        if looks.probability[row] <= best_there.max():
            break  # not even a vessel that is there all the time would show better
        hours, there = _there(_Look(*(column[row] for column in looks)))
        if there.max() > best_there.max():
            best, best_there, best_hours = row, there, hours
    bits = information_bits(probability, best_there)
    told = np.flatnonzero(bits >= WINDOW_SHARE * bits.max())
    peak = int(bits.argmax())
    jumps = np.flatnonzero(np.diff(told) > 1)
    run = next(part for part in np.split(told, jumps + 1) if peak in part)
    seen, unseen = _after(probability, float(best_there[peak]))
    return Image(best, best_hours[run[0]], best_hours[run[-1]], float(bits[peak]), seen, unseen)


def _there(look: _Look) -> tuple[np.ndarray, np.ndarray]:
    """Return times (t,), in hours after the earliest arrival, and the chance (t,) that the vessel is at the berth."""
    rhythm = Rhythm(look.cycle_h, int(look.cycle_regularity), look.cycle_certainty)
    pmf = trip_pmf(look.spare_h, int(look.max_round_trips), rhythm)
    hours = np.linspace(0.0, look.window_h, _TIMES)
    stay = presence(hours, window_h=look.window_h, arrival_h=look.arrival_h, stay_h=look.stay_h, pmf=pmf)
    return hours, look.probability * stay


def _p_seen(probability: float, p_there: np.ndarray) -> np.ndarray:
    """Return the chance that an image shows a ship that fits if the lead is true."""
    there = np.minimum(p_there / max(probability, 1e-12), 1.0)
    seen: np.ndarray = CONFUSED + (1.0 - CONFUSED) * DETECTED * there
    return seen


def _after(probability: float, p_there: float) -> tuple[float, float]:
    """Return the lead's probability after an image that shows a ship that fits, and after one that shows none."""
    seen = float(_p_seen(probability, np.asarray(p_there)))
    found, missed = probability * seen, probability * (1.0 - seen)
    return found / (found + (1.0 - probability) * CONFUSED), missed / (missed + (1.0 - probability) * (1.0 - CONFUSED))


def _entropy(p: np.ndarray) -> np.ndarray:
    """Return the entropy of a chance (...), in bits."""
    inside = np.clip(p, 1e-15, 1.0 - 1e-15)
    bits: np.ndarray = -(inside * np.log2(inside) + (1.0 - inside) * np.log2(1.0 - inside))
    return bits
