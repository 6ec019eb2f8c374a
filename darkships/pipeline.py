"""The one module that knows the order of the stages.

feed -> positions -> tracks -> flags -> gaps -> visits -> trips -> scores -> watchlist
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from darkships.engine import Engine, Local
from darkships.errors import DarkshipsError
from darkships.evidence.berth import berth_fit
from darkships.evidence.identity import vessel_identity
from darkships.evidence.meetings import meetings
from darkships.evidence.voyage import voyage_evidence
from darkships.feed.cadence import check_cadence
from darkships.flags.silences import mark_gaps
from darkships.flags.table import flag_table
from darkships.gaps.detection import MIN_GAP_H
from darkships.gaps.stretch import gaps_of
from darkships.kernels import Array
from darkships.kernels.geodesy import haversine_nm_many
from darkships.kernels.hours import CELLS_PER_DEG
from darkships.positions.dates import DateParts
from darkships.positions.store import Store
from darkships.reception.map import reception_map
from darkships.reception.outages import outages
from darkships.reception.silences import weigh
from darkships.schema import TRACKS_PER_MMSI, time_us
from darkships.scores.leads import rank
from darkships.scores.model import Prior, VisitModel, load_model
from darkships.scores.visits import score
from darkships.sites.field import MARGIN_NM, SeaFields
from darkships.sites.land import land_cells
from darkships.sites.mask import is_inland
from darkships.summaries import DEFAULT_MEMORY, Known, summarise, unknown_dates
from darkships.summary import Question, Summary
from darkships.tracks.chains import MAX_SPEED_KN, Speed, number_tracks
from darkships.tracks.segmentation import segment_tracks
from darkships.trips.lanes import lane_activity
from darkships.trips.rhythms import shuttles
from darkships.trips.rounds import round_trips
from darkships.units import US_PER_H
from darkships.visits.calls import calls_of_chains
from darkships.visits.candidates import candidate_visits
from darkships.watchlist.paths import water_paths
from darkships.watchlist.table import build_watchlist

FIELD_STEP_NM = 60.0
"""Sea-distance fields reach so far in steps, for a field is computed anew when it grows."""

_TRACK_COLUMNS = ["mmsi", "timestamp", "lon", "lat", "sog", "cog", "nav_status", "receiver"]


@dataclass(frozen=True)
class Parameters:
    """What an analysis depends on beside the data."""

    min_gap_h: float = MIN_GAP_H
    max_speed_kn: float = MAX_SPEED_KN
    prior_vessel: float = Prior.vessel
    prior_gap: float = Prior.gap
    model: Path | None = None
    """File of the fitted weights; None: the shipped ones."""


class Analysis:
    """All stages on one store, each computed once when it is asked for.

    ``as_of`` is the time up to which the data is known; default: the latest report in the store.
    """

    def __init__(
        self,
        store: Store,
        sites: gpd.GeoDataFrame | None = None,
        *,
        as_of: pd.Timestamp | None = None,
        parameters: Parameters | None = None,
        engine: Engine | None = None,
        memory_bytes: int = DEFAULT_MEMORY,
        on_rows: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        self.store = store
        self._sites = sites
        self.parameters = parameters or Parameters()
        self._as_of = as_of
        self._engine = engine or Local()
        self._memory_bytes = memory_bytes
        self._on_rows = on_rows

    @cached_property
    def as_of(self) -> pd.Timestamp:
        """The time up to which the data is known."""
        return self._as_of if self._as_of is not None else pd.Timestamp(self.store.time_range()[1])

    @property
    def sites(self) -> gpd.GeoDataFrame:
        """The watched sites."""
        if self._sites is None:
            raise ValueError("this stage needs sites")
        return self._sites

    @cached_property
    def positions(self) -> pd.DataFrame:
        """Reports of ships up to ``as_of``, sorted by vessel and time."""
        table = self.store.read(columns=_TRACK_COLUMNS, until=self.as_of, ships_only=True)
        return table.to_pandas(split_blocks=True)

    @cached_property
    def statics(self) -> pd.DataFrame:
        """Static reports up to ``as_of``."""
        return self.store.read_statics(until=self.as_of).to_pandas()

    @cached_property
    def identity(self) -> pd.DataFrame:
        """Who each vessel says it is, one row a vessel of ``positions``."""
        return vessel_identity(self.statics, mmsi=self.summary.silences.vessels["mmsi"])

    @cached_property
    def unknown_dates(self) -> list[DateParts]:
        """Dates of which nothing is known: their reports have expired and were not summed up with these parameters."""
        return unknown_dates(self.store.place, self.store.dates(self.as_of), self._question)

    @property
    def summary(self) -> Summary:
        """What all dates tell of tracks, silences, stays at the sites and reception."""
        return self._known.summary

    @cached_property
    def _known(self) -> Known:
        check_cadence(self.store.formats, self.parameters.min_gap_h)
        with self.store.in_use():
            return summarise(
                self.store.place,
                self.store.dates(self.as_of),
                self._question,
                self._engine,
                memory_bytes=self._memory_bytes,
                on_rows=self._on_rows,
                forgets=self._as_of is None,
            )

    @cached_property
    def last_seen(self) -> "pd.Series[pd.Timestamp]":
        """Time of each vessel's last message, by MMSI."""
        vessels = self.summary.silences.vessels
        times = np.ascontiguousarray(vessels["seen_us"]).view("datetime64[us]")
        return pd.Series(times, index=pd.Index(vessels["mmsi"], name="mmsi")).dt.tz_localize("UTC")

    @property
    def _question(self) -> Question:
        speed = Speed(max_speed_kn=self.parameters.max_speed_kn)
        return Question(round(self.parameters.min_gap_h * US_PER_H), speed, self._sites)

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """The TRACKS table."""
        return segment_tracks(self.positions, max_speed_kn=self.parameters.max_speed_kn)

    @cached_property
    def _track_numbers(self) -> tuple[Array, Array]:
        return number_tracks(self.summary.chains, self._question.speed)

    @property
    def _as_of_us(self) -> int:
        return int(time_us(pd.Series([self.as_of], name="as_of"))[0])

    @cached_property
    def reception(self) -> pd.DataFrame:
        """The RECEPTION table."""
        return reception_map(self.summary.reception.months)

    @cached_property
    def outages(self) -> pd.DataFrame:
        """The OUTAGES table."""
        return outages(self.summary.reception, self._as_of_us)

    @cached_property
    def flags(self) -> pd.DataFrame:
        """The FLAGS table."""
        chains, (number, _) = self.summary.chains, self._track_numbers
        return flag_table(self.summary.flags, chains["mmsi"], number, is_inland=is_inland)

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """The GAPS table, each gap with what reception and flags say of it; what outages explain is none."""
        summary, (number, before) = self.summary, self._track_numbers
        sharing = self.flags.loc[self.flags["kind"] == "shared_mmsi", "track_id"]
        shared = np.isin(TRACKS_PER_MMSI * summary.chains["mmsi"] + number, sharing)
        gaps = gaps_of(
            summary.silences, summary.chains, summary.pieces, number, before, shared=shared,
            min_gap_us=self._question.min_gap_us, as_of_us=self._as_of_us,
        )  # fmt: skip
        return mark_gaps(self.weighed(gaps), self.flags)

    def weighed(self, gaps: pd.DataFrame) -> pd.DataFrame:
        """Return a GAPS table weighed against what the store tells of reception."""
        with self.store.in_use():
            return weigh(
                gaps,
                self.summary.reception,
                self._known,
                self.outages,
                land=land_cells(CELLS_PER_DEG),
                min_gap_h=self.parameters.min_gap_h,
                as_of_us=self._as_of_us,
            )

    @cached_property
    def sea(self) -> SeaFields:
        """Sea distances to the sites, as far as gaps begin or end (and the fields go at all)."""
        ends = [self.gaps[[f"{end}_lon", f"{end}_lat"]].dropna().to_numpy(np.float64) for end in ("off", "on")]
        lon, lat = np.concatenate(ends).T
        farthest_nm = max(
            (
                float(haversine_nm_many(lon, lat, np.full(lon.size, x), np.full(lon.size, y)).max(initial=0.0))
                for x, y in zip(self.sites["approach_lon"], self.sites["approach_lat"], strict=True)
            ),
            default=0.0,
        )
        return SeaFields(
            self.sites, margin_nm=min(math.ceil(farthest_nm / FIELD_STEP_NM + 1) * FIELD_STEP_NM, MARGIN_NM)
        )

    @cached_property
    def calls(self) -> pd.DataFrame:
        """The PORT_CALLS table."""
        return calls_of_chains(self.summary.stays, self.summary.chains["mmsi"], *self._track_numbers, self.sites)

    @cached_property
    def candidates(self) -> pd.DataFrame:
        """The CANDIDATES table."""
        return candidate_visits(self.gaps, self.sites, sea=self.sea, calls=self.calls, as_of=self.as_of)

    @cached_property
    def voyage(self) -> pd.DataFrame:
        """What static reports say around each gap."""
        return voyage_evidence(self.gaps, self.statics, sites=self.sites)

    @cached_property
    def fit(self) -> pd.DataFrame:
        """How each vessel's type fits the sites within reach."""
        return berth_fit(self.candidates, self.calls, self.identity)

    @cached_property
    def met(self) -> "pd.Series[float]":
        """Which vessel each could have met in the dark, by gap."""
        return meetings(self.gaps)

    @property
    def prior(self) -> Prior:
        """What is believed before the evidence."""
        return Prior(self.parameters.prior_vessel, self.parameters.prior_gap)

    @cached_property
    def visits(self) -> pd.DataFrame:
        """The VISITS table."""
        return self.visits_by(self.model)

    @cached_property
    def model(self) -> VisitModel:
        """The fitted weights of the score."""
        return load_model(self.parameters.model)

    def visits_by(
        self, model: VisitModel, *, candidates: pd.DataFrame | None = None, without: Collection[str] = ()
    ) -> pd.DataFrame:
        """Return the VISITS table under a fitted model: of some candidates, or if some evidence were not known."""
        return score(
            self.candidates if candidates is None else candidates,
            self.gaps,
            voyage=self.voyage,
            fit=self.fit,
            met=self.met,
            prior=self.prior,
            model=model,
            without=without,
        )

    @cached_property
    def trips(self) -> pd.DataFrame:
        """The TRIPS table."""
        return round_trips(self.visits, calls=self.calls)

    @cached_property
    def shuttles(self) -> pd.DataFrame:
        """The SHUTTLES table."""
        return shuttles(self.trips, calls=self.calls)

    @cached_property
    def lanes(self) -> pd.DataFrame:
        """The LANES table."""
        since = pd.Timestamp(self.store.time_range()[0])
        return lane_activity(self.trips, since=since, as_of=self.as_of)

    @cached_property
    def leads(self) -> pd.DataFrame:
        """The LEADS table."""
        return rank(self.visits, self.trips)

    def watchlist(self, *, top: int | None = None, min_probability: float = 0.0) -> pd.DataFrame:
        """Return the WATCHLIST table."""
        return build_watchlist(
            self.leads,
            self.visits,
            self.trips,
            self.gaps,
            self.identity,
            self.sites,
            as_of=self.as_of,
            store_version=self.store.version,
            data_label=self.store.label,
            last_seen=self.last_seen,
            top=top,
            min_probability=min_probability,
        )

    def stamped(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a table that names what it was made from: store version and as_of."""
        return frame.assign(store_version=self.store.version, as_of=self.as_of)

    def mmsi_of(self, vessel: str) -> int:
        """Return the MMSI that a user means by an MMSI or a lead's id."""
        if vessel.isdecimal():
            return int(vessel)
        found = self.leads.loc[self.leads["lead_id"] == vessel.upper(), "mmsi"]
        if found.empty:
            raise DarkshipsError(f"{vessel!r} is neither an MMSI nor the id of a lead in this store")
        return int(found.iloc[0])

    def candidate_paths(self, watchlist: pd.DataFrame) -> gpd.GeoDataFrame:
        """Return the shortest water paths of each lead's best trip, to the site and back from it."""
        return water_paths(watchlist, self.sea)


def weigh_gaps(
    gaps: pd.DataFrame, store: Store, *, as_of: pd.Timestamp | None = None, min_gap_h: float = MIN_GAP_H
) -> pd.DataFrame:
    """Say of each gap how likely its transmitter was off, by what the store tells of reception.

    Parameters
    ----------
    gaps
        A GAPS table, of ``detect_gaps``.
    store
        Where the reports of all vessels are.
    as_of
        The time up to which the data is known. Default: the latest report in the store.
    min_gap_h
        Shortest silence kept, without the hours in which the feed itself was silent.

    Returns
    -------
    pandas.DataFrame
        A GAPS table without gaps that an outage explains.

    """
    until = as_of if as_of is not None else pd.Timestamp(store.time_range()[1])  # told, what others weighed stays
    return Analysis(store, as_of=until, parameters=Parameters(min_gap_h=min_gap_h)).weighed(gaps)
