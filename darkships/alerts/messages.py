"""What a message says: one line for people, fields for templates, and nothing in it that a stranger could abuse.

Names come from feeds, and messages go to terminals, mail, chats that read Markdown, and pages that read HTML.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from string import Template
from typing import Any, NamedTuple

from darkships.alerts.facts import Facts, OpenGap, as_row
from darkships.alerts.state import OVER
from darkships.watchlist.text import inert, labelled, probability_text, safe_text, time_text
from darkships.watchlist.wording import berth_window, consistency, place

_CLOSING_KN = 1.0


class Message(NamedTuple):
    """One change of one lead, as it was queued."""

    key: str
    """Tells it from every other; whoever gets it twice can tell."""
    change: str
    reason: str
    facts: Facts


def line(message: Message) -> str:
    """Return one plain line."""
    facts, change, why = message.facts, message.change, safe_text(message.reason)
    imo = f", IMO {facts.imo}" if facts.imo else ""
    who = f"{inert(facts.name or '') or 'name unknown'} (MMSI {facts.mmsi:09d}{imo})"
    head = f"{change.upper()} {facts.lead_id}: {who}"
    if change in OVER:
        return labelled(f"{head}: {why}", facts.data_label)
    if not facts.site:
        return labelled(f"{head} is in the feed. Why now: {why}", facts.data_label)
    row = as_row(facts)
    silence = _open(facts.open_gap, facts.as_of) if facts.open_gap else f"was silent {_closed(facts, row)}"
    chance = f"probability {probability_text(facts.probability)}{_basis(facts)}"
    fit = f"{consistency(facts.probability)} a watched site ({chance})"
    fit = f"{fit[0].upper()}{fit[1:]}, most likely {place(row)}"
    return labelled(f"{head} {silence}. {fit}. Why now: {why}", facts.data_label)


def fields_of(message: Message) -> dict[str, str]:
    """Return what a template can name."""
    facts = message.facts
    times = {name: _known_time(getattr(facts, name)) for name in ("next_image_from", "next_image_to")}
    texts = {name: _chat_text(getattr(facts, name)) for name in _EVIDENCE}
    return {
        "change": message.change.upper(), "reason": message.reason, "text": line(message), "lead_id": facts.lead_id,
        "name": inert(facts.name or "") or f"MMSI {facts.mmsi:09d}", "mmsi": f"{facts.mmsi:09d}",
        "imo": str(facts.imo or ""), "site": safe_text(facts.site), "probability": probability_text(facts.probability),
        "next_image_area": facts.next_image_area, "label": safe_text(facts.data_label), **texts, **times,
    }  # fmt: skip


_EVIDENCE = ("evidence_for", "evidence_against", "best_alternative")


def filled(template: str, message: Message) -> str:
    """Return a template with its $names filled in."""
    return Template(template).substitute(fields_of(message))


def as_json(message: Message) -> dict[str, Any]:
    """Return a message for machines; they get names as they were sent, without control characters."""
    facts = {name: _plain(value) for name, value in as_row(message.facts).items()}
    gap = message.facts.open_gap
    if gap:
        facts["open_gap"] = {name: _plain(getattr(gap, name)) for name in gap.__struct_fields__}
    return {"key": message.key, "change": message.change, "reason": message.reason, "text": line(message), **facts}


def _open(gap: OpenGap, as_of: datetime) -> str:
    closing = gap.closing_speed_kn
    speed = "" if closing is None or closing < _CLOSING_KN else f" closing at {closing:.1f} kn"
    off, arrival = _when(gap.off_timestamp, as_of), _when(gap.earliest_arrival, as_of)
    there = f"{gap.sea_distance_off_nm:.0f} nm from {safe_text(gap.site)}"
    return f"went silent {there} at {off}{speed}; could be at the berth from {arrival}"


def _closed(facts: Facts, row: Mapping[str, Any]) -> str:
    return f"{_known_time(facts.off_timestamp)} to {_known_time(facts.on_timestamp)}; {berth_window(row)}"


def _basis(facts: Facts) -> str:
    """Return which silence says most, where it is not the open one."""
    gap, off = facts.open_gap, facts.off_timestamp
    if gap is None or off is None or off == gap.off_timestamp:
        return ""
    until = f" to {time_text(facts.on_timestamp)}" if facts.on_timestamp else ""
    return f", most of it by its silence from {time_text(off)}{until}"


def _when(time: datetime, as_of: datetime) -> str:
    """Return a time; of the day of the data only its hour."""
    return f"{time:%H:%M}Z" if time.date() == as_of.date() else time_text(time)


def _known_time(time: datetime | None) -> str:
    return time_text(time) if time else ""


def _chat_text(text: str) -> str:
    """Return sentences of ours that quote strangers, without the signs that chats and pages act on."""
    return re.sub(r"[<>&@*_`\[\]|~\\]", "?", safe_text(text)).replace("://", ": //")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return safe_text(value) if isinstance(value, str) else value
