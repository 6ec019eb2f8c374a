"""What the outputs of a run say of each vessel that somebody may be told of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from darkships.alerts.lists import VesselList
from darkships.alerts.rhythm import overdue
from darkships.schema import to_pandas
from darkships.scores.leads import lead_id
from darkships.watchlist.export import read_watchlist
from darkships.watchlist.runs import RunRecord
from darkships.watchlist.text import missing

_FROM_WATCHLIST = (
    "lead_id", "mmsi", "imo", "name", "site", "site_group", "probability", "expected_round_trips", "off_timestamp",
    "on_timestamp", "is_open", "earliest_arrival", "latest_departure", "sea_distance_off_nm", "closing_speed_kn",
    "evidence_for", "evidence_against", "best_alternative", "next_image_from", "next_image_to", "next_image_area",
)  # fmt: skip

_OF_OPEN = [
    "mmsi", "off_timestamp", "site", "site_group", "sea_distance_off_nm", "closing_speed_kn", "earliest_arrival",
]  # fmt: skip


class OpenGap(msgspec.Struct, frozen=True):
    """A silence that has not ended, and the place that it most likely hides a visit to."""

    off_timestamp: datetime
    site: str
    site_group: str
    sea_distance_off_nm: float
    closing_speed_kn: float | None
    earliest_arrival: datetime
    reached: tuple[str, ...]
    """Groups of watched sites that are within reach by now."""
    ways: tuple[tuple[str, float, datetime], ...] = ()
    """Of each group the likeliest site's distance by sea, in nautical miles, and the earliest arrival there."""


class Facts(msgspec.Struct, frozen=True):
    """One vessel's lead; of a listed vessel without one, who it is only."""

    lead_id: str
    mmsi: int
    as_of: datetime
    data_label: str
    imo: int | None = None
    name: str | None = None
    site: str = ""
    site_group: str = ""
    probability: float = 0.0
    expected_round_trips: float = 0.0
    off_timestamp: datetime | None = None
    on_timestamp: datetime | None = None
    is_open: bool = False
    earliest_arrival: datetime | None = None
    latest_departure: datetime | None = None
    sea_distance_off_nm: float | None = None
    closing_speed_kn: float | None = None
    evidence_for: str = ""
    evidence_against: str = ""
    best_alternative: str = ""
    next_image_from: datetime | None = None
    next_image_to: datetime | None = None
    next_image_area: str = ""
    open_gap: OpenGap | None = None
    lists: tuple[str, ...] = ()
    overdue: str = ""
    """How its rhythm is broken; empty if it is not, or has none."""


class Silence(NamedTuple):
    """From the last message before to the first after; None while open."""

    off: datetime
    on: datetime | None


class Known(NamedTuple):
    """All that a run says."""

    record: RunRecord
    leads: dict[str, Facts]
    """By lead_id."""
    folder: Path

    def silences(self, mmsi: Iterable[int]) -> dict[int, list[Silence]]:
        """Return the silences of some vessels, in order of time."""
        wanted = sorted(set(mmsi))
        columns = ["mmsi", "off_timestamp", "on_timestamp"]
        rows = pq.read_table(self.folder / "gaps.parquet", columns=columns, filters=[("mmsi", "in", wanted or [0])])
        found: dict[int, list[Silence]] = {}
        for vessel, off, on in sorted(zip(*rows.to_pydict().values(), strict=True), key=lambda row: row[:2]):
            found.setdefault(vessel, []).append(Silence(off, on))
        return found


def read_facts(folder: Path, lists: Iterable[VesselList] = ()) -> Known:
    """Read what the outputs of a run say of every lead and of every listed vessel.

    Raises
    ------
    DarkshipsError
        If they are no outputs of a run.

    """
    record = RunRecord.read(folder)
    watchlist = read_watchlist(folder / "watchlist.parquet")
    visits = to_pandas(pq.read_table(folder / "visits.parquet"))
    visits = visits[visits["watched"] & ~visits["declared"]]
    on_lists = _listed(folder, lists)
    open_gaps, rhythms = _open_gaps(visits), overdue(visits, datetime.fromisoformat(record.as_of))
    shared: dict[str, Any] = {"as_of": datetime.fromisoformat(record.as_of), "data_label": record.label}
    leads = {}
    for row in watchlist[list(_FROM_WATCHLIST)].to_dict("records"):
        known: dict[str, Any] = {str(name): _plain(value) for name, value in row.items()}
        known["imo"] = None if known["imo"] is None else int(known["imo"])
        vessel = known["mmsi"] = int(known["mmsi"])
        known["lists"] = on_lists.get(vessel, {}).get("lists", ())
        gap, rhythm = open_gaps.get(vessel), rhythms.get(vessel, "")
        leads[known["lead_id"]] = Facts(**known, **shared, open_gap=gap, overdue=rhythm)
    for vessel, listed in on_lists.items():
        leads.setdefault(lead_id(vessel), Facts(lead_id=lead_id(vessel), mmsi=vessel, **shared, **listed))
    return Known(record, leads, folder)


def _open_gaps(visits: pd.DataFrame) -> dict[int, OpenGap]:
    """Return each vessel's latest open silence that reaches a watched site; all rows of one are within reach."""
    still = visits[visits["is_open"]]
    still = still[still["off_timestamp"] == still.groupby("mmsi")["off_timestamp"].transform("max")]
    still = still.sort_values(
        ["mmsi", "probability", "earliest_arrival", "site"], ascending=[True, False, True, True], kind="stable"
    )
    rows = [{name: _plain(value) for name, value in row.items()} for row in still[_OF_OPEN].to_dict("records")]
    return {vessel: _open_gap(list(own)) for vessel, own in groupby(rows, key=itemgetter("mmsi"))}


def _open_gap(rows: Sequence[dict[Any, Any]]) -> OpenGap:
    """Sum up one silence; ``rows`` are the sites in reach, the likeliest first."""
    best, of_group = rows[0], {row["site_group"]: row for row in reversed(rows)}
    ways = [
        (group, of_group[group]["sea_distance_off_nm"], of_group[group]["earliest_arrival"])
        for group in sorted(of_group)
    ]
    return OpenGap(
        best["off_timestamp"], best["site"], best["site_group"], best["sea_distance_off_nm"], best["closing_speed_kn"],
        best["earliest_arrival"], tuple(sorted(of_group)), tuple(ways),
    )  # fmt: skip


def _listed(folder: Path, lists: Iterable[VesselList]) -> dict[int, dict[str, Any]]:
    """Return who is on a list, by MMSI."""
    lists = tuple(lists)
    if not lists:
        return {}
    found = {}
    for row in to_pandas(pq.read_table(folder / "vessels.parquet")).to_dict("records"):
        imo = None if missing(row["imo"]) or not row["imo_valid"] else int(row["imo"])
        names = tuple(one.name for one in lists if one.has(mmsi=int(row["mmsi"]), imo=imo))
        if names:
            found[int(row["mmsi"])] = {"imo": imo, "name": _plain(row["name"]), "lists": names}
    return found


def _plain(value: Any) -> Any:
    """Return a cell as plain Python has it; None where it is empty."""
    if missing(value) or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if isinstance(value, np.generic) else value


def to_json(facts: Facts) -> str:
    """Return facts as the state keeps them."""
    return msgspec.json.encode(facts).decode()


def from_json(text: str) -> Facts:
    """Return what the state keeps."""
    return msgspec.json.decode(text, type=Facts)


def as_row(facts: Facts) -> Mapping[str, Any]:
    """Return facts as a row, for the words of the watchlist."""
    return msgspec.structs.asdict(facts)
