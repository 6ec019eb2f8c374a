"""One vessel's timeline and evidence as plain text."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from darkships.errors import DarkshipsError
from darkships.names import ship_type_name
from darkships.schema import EVIDENCE
from darkships.watchlist.text import probability_text, safe_text
from darkships.watchlist.wording import caveats, heard_words

_SITES_SHOWN = 3
_ITEMS_DB = 0.05


def explain_vessel(
    mmsi: int,
    watchlist: pd.DataFrame,
    visits: pd.DataFrame,
    trips: pd.DataFrame,
    gaps: pd.DataFrame,
    calls: pd.DataFrame,
    statics: pd.DataFrame,
    flags: pd.DataFrame,
    *,
    data_label: str,
    store_version: int,
    as_of: pd.Timestamp,
    outside: pd.DataFrame | None = None,
) -> str:
    """Return what the data says of a vessel, in the order of time, and why its lead has its probability.

    Parameters
    ----------
    mmsi
        The vessel.
    watchlist, visits, trips, gaps, calls, statics, flags
        Tables of those stages, of all vessels.
    data_label
        What kind of data this is; leads the text if there is one.
    store_version
        Version of the store that the tables come from.
    as_of
        Time up to which the data is known.
    outside
        OUTSIDE_GAPS: silences that others report; those that overlap one of the vessel's stand in its timeline.

    Raises
    ------
    DarkshipsError
        If the vessel has no gap, call or static report.

    """
    gaps, calls, statics = (frame[frame["mmsi"] == mmsi] for frame in (gaps, calls, statics))
    if gaps.empty and calls.empty and statics.empty:
        raise DarkshipsError(f"no gap, port call or static report of MMSI {mmsi:09d} in this store; check the number")
    lines = [f"{data_label.upper()}"] if data_label else []
    lines += [f"MMSI {mmsi:09d}, store version {store_version}, data known up to {_time(as_of)}", ""]
    lines += _lead_lines(watchlist[watchlist["mmsi"] == mmsi])
    events = [
        *((row["timestamp"], _identity(row)) for row in _records(statics)),
        *((row["arrival"], _call(row)) for row in _records(calls)),
        *((row["off_timestamp"], _gap(row, visits, trips)) for row in _records(gaps)),
        *((row["from_timestamp"], _flag(row)) for row in _records(flags[flags["mmsi"] == mmsi])),
    ]
    elsewhere = [] if outside is None else _records(outside[outside["mmsi"] == mmsi])
    overlapping = [row for row in elsewhere if _overlaps(row, gaps)]
    events += [(row["off_timestamp"], _outside(row)) for row in overlapping]
    lines += ["Timeline"]
    lines += [f"  {_time(time)}  {text}" for time, text in sorted(events, key=lambda event: (event[0], event[1]))]
    if outside is not None:
        others = len(elsewhere) - len(overlapping)
        lines.append(f"Silences that others report: {len(overlapping)} overlap one here, {others} do not")
    return "\n".join(safe_text(line) for text in lines for line in text.split("\n")) + "\n"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _lead_lines(lead: pd.DataFrame) -> list[str]:
    if lead.empty:
        return ["No lead: no silence of this vessel left time to reach a watched site.", ""]
    row = _records(lead)[0]
    headline = (
        f"{row['lead_id']}, rank {row['rank']}: probability {probability_text(row['probability'])} "
        f"of at least one undeclared visit; expected round trips {row['expected_round_trips']:.1f} "
        f"({row['expected_round_trips_low']:.0f} to {row['expected_round_trips_high']:.0f})"
    )
    return [
        headline,
        f"for:     {row['evidence_for']}",
        f"against: {row['evidence_against']}",
        f"else:    {row['best_alternative']}",
        f"image:   {image_text(row)}",
        "",
        str(row["summary"]),
        "",
    ]


def image_text(row: Mapping[str, Any]) -> str:
    """Return which image would tell most, and what it would make of the lead."""
    seen, unseen = (probability_text(row[f"probability_if_{word}"]) for word in ("seen", "not_seen"))
    return (
        f"{row['next_image_group']} between {_time(row['next_image_from'])} and {_time(row['next_image_to'])}: "
        f"probability {seen} if it shows a ship that fits, {unseen} if it shows none "
        f"({row['next_image_bits']:.2f} bit expected)"
    )


def what_if_text(changes: pd.DataFrame, watchlist: pd.DataFrame) -> str:
    """Return what would become of a lead if something else were known, and what to ask next.

    Parameters
    ----------
    changes
        A WHAT_IF table of one vessel.
    watchlist
        The WATCHLIST that it belongs to.

    """
    lead = _records(watchlist[watchlist["mmsi"] == changes["mmsi"].iloc[0]])[0]
    lines = ["What if (all other vessels as they are)"]
    lines += [
        f"  {row['probability']:.2f} ({row['probability_change']:+.2f})  rank {row['rank']} ({row['rank_change']:+d})  "
        f"{row['change']}"
        for row in _records(changes)
    ]
    items = changes[changes["change"].str.startswith("without ")]
    moves = items["change"].iloc[0].removeprefix("without ")
    lines += [
        f"The evidence that moves it most: {moves}. Check that first.",
        f"Next question: what does an image show of {image_text(lead)}?",
    ]
    return "\n".join(safe_text(line) for line in lines) + "\n"


def _identity(row: Mapping[str, Any]) -> str:
    fields = {
        "name": "name",
        "IMO": "imo",
        "call sign": "callsign",
        "type": "ship_type",
        "length": "length_m",
        "draught": "draught_m",
        "destination": "destination",
        "ETA": "eta",
    }
    said = [f"{word} {_said(name, row[name])}" for word, name in fields.items() if not pd.isna(row[name])]
    return f"says: {', '.join(said) or 'nothing of itself'}"


def _said(name: str, value: Any) -> str:
    return f"{int(value)} ({ship_type_name(int(value))})" if name == "ship_type" else _plain(value)


def _plain(value: object) -> str:
    if not isinstance(value, float):
        return safe_text(str(value))  # no line break of a stranger's starts a line of ours
    return f"{value:.0f}" if value.is_integer() else f"{value:.1f}"


def _call(row: Mapping[str, Any]) -> str:
    return f"call at {row['site']} until {_time(row['departure'])}, stopped {row['stopped_h']:.1f} h, seen in AIS"


def _gap(row: Mapping[str, Any], visits: pd.DataFrame, trips: pd.DataFrame) -> str:
    end = "still silent" if row["is_open"] else f"until {_time(row['on_timestamp'])}"
    text = f"silent {end}, {row['duration_h']:.1f} h, from {row['off_lat']:.3f} {row['off_lon']:.3f}"
    if not pd.isna(row["on_lat"]):
        text += f" to {row['on_lat']:.3f} {row['on_lon']:.3f}"
    text += f"; {heard_words(row)}"
    if not pd.isna(row["p_switched_off"]):
        text += f"; transmitter off with probability {row['p_switched_off']:.2f}"
    text += "".join(f"\n      caveat: {caveat}" for caveat in caveats(row))
    here = visits[(visits["gap_id"] == row["gap_id"]) & ~visits["declared"]]
    best = here.sort_values(["probability", "site"], ascending=[False, True]).head(_SITES_SHOWN)
    most = trips.set_index(["gap_id", "site_group"])["max_round_trips"]
    for visit in _records(best):
        weights = {item: visit[f"{item}_db"] for item in EVIDENCE}
        said = ", ".join(f"{item} {db:+.1f}" for item, db in weights.items() if abs(db) > _ITEMS_DB)
        text += (
            f"\n      consistent with a visit to {visit['site']}: p {visit['probability']:.2f}, "
            f"at most {most[row['gap_id'], visit['site_group']]} round trips, {visit['slack_h']:.1f} h to spare; "
            f"decibans: {said}"
        )
    return text


def _flag(row: Mapping[str, Any]) -> str:
    where = f"{row['lat']:.3f} {row['lon']:.3f}"
    return f"flag {row['kind']} until {_time(row['to_timestamp'])}, at {where}: {row['detail']}"


def _overlaps(event: Mapping[str, Any], gaps: pd.DataFrame) -> bool:
    """Tell whether an outside silence has time in common with one of the gaps; an open one has no end."""
    begins_before = True if pd.isna(event["on_timestamp"]) else gaps["off_timestamp"] < event["on_timestamp"]
    ends_after = gaps["on_timestamp"].isna() | (gaps["on_timestamp"] > event["off_timestamp"])
    return bool((begins_before & ends_after).any())


def _outside(row: Mapping[str, Any]) -> str:
    end = "still silent" if pd.isna(row["on_timestamp"]) else f"until {_time(row['on_timestamp'])}"
    length = "" if pd.isna(row["duration_h"]) else f", {row['duration_h']:.1f} h"
    text = f"{safe_text(row['source'])}: silent {end}{length}, from {row['off_lat']:.3f} {row['off_lon']:.3f}"
    if not pd.isna(row["on_lat"]):
        text += f" to {row['on_lat']:.3f} {row['on_lon']:.3f}"
    if not pd.isna(row["intentional"]):
        text += ", taken for intentional" if row["intentional"] else ", not taken for intentional"
    return text


def _time(time: pd.Timestamp) -> str:
    return "-" if pd.isna(time) else f"{time:%Y-%m-%d %H:%M}Z"
