"""What changed between two watchlists, and why: new data, late data, or other settings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from darkships.alerts.facts import Facts, Known, Silence
from darkships.alerts.fates import fate_of, silences_of
from darkships.watchlist.runs import RunRecord
from darkships.watchlist.text import probability_text, time_text

_LEAST_SHOWN = 0.005
"""Probabilities are shown with two digits; a smaller change shows in none."""


class Difference(NamedTuple):
    """How one lead differs."""

    lead_id: str
    name: str
    change: str
    """new, gone or changed."""
    what: str
    why: str


def making(a: RunRecord, b: RunRecord) -> list[str]:
    """Return a sentence for each thing in which the making of two watchlists differs."""
    found = [
        f"{name}: {a.parameters.get(name)} became {b.parameters.get(name)}"
        for name in sorted({*a.parameters, *b.parameters})
        if a.parameters.get(name) != b.parameters.get(name)
    ]
    if a.sites["digest"] != b.sites["digest"]:
        found.append(f"sites: {a.sites.get('names')} became {b.sites.get('names')}, or what these say changed")
    pairs = (
        ("darkships", a.darkships, b.darkships), ("label", a.label, b.label),
        ("store version", a.store_version, b.store_version), ("latest report", a.as_of, b.as_of),
        ("files in the store", a.inputs.get("files"), b.inputs.get("files")),
    )  # fmt: skip
    return found + [f"{name}: {before} became {after}" for name, before, after in pairs if before != after]


def differences(a: Known, b: Known) -> list[Difference]:
    """Return how the leads of two watchlists differ, those of the second first, in their order.

    Parameters
    ----------
    a, b
        The earlier and the later one.

    """
    ids = [*b.leads, *(lead_id for lead_id in a.leads if lead_id not in b.leads)]
    pairs = [(a.leads.get(lead_id), b.leads.get(lead_id)) for lead_id in ids]
    vessels = [(before or after).mmsi for before, after in pairs if before or after]  # type: ignore[union-attr]
    was, now = a.silences(vessels), b.silences(vessels)
    found = []
    for before, after in pairs:
        known = after or before
        what = _what(before, after)
        if known and what:
            change = "changed" if before and after else "new" if after else "gone"
            why = _why(before, was.get(known.mmsi, []), now.get(known.mmsi, []), a.record, b.record)
            found.append(Difference(known.lead_id, known.name or "", change, what, why))
    return found


def _what(before: Facts | None, after: Facts | None) -> str:
    if before is None or after is None:
        known = before or after
        return f"probability {probability_text(known.probability)}, {known.site}, {_silence(known)}" if known else ""
    found = []
    if abs(before.probability - after.probability) >= _LEAST_SHOWN:
        found.append(f"probability {before.probability:.2f} became {after.probability:.2f}")
    if before.site != after.site:
        found.append(f"site {before.site} became {after.site}")
    if _silence(before) != _silence(after):
        found.append(f"silence {_silence(before)} became {_silence(after)}")
    return "; ".join(found)


def _why(told: Facts | None, was: Sequence[Silence], now: Sequence[Silence], a: RunRecord, b: RunRecord) -> str:
    """Return the causes: what lies before the end of the data that was known then can only have come late."""
    is_set = a.config_hash != b.config_hash or a.darkships != b.darkships
    known_until = datetime.fromisoformat(a.as_of)
    least = timedelta(hours=float(b.parameters.get("min_gap_h", 0.0)))
    if a.inputs["digest"] == b.inputs["digest"]:
        return "changed settings"
    fates = [fate_of(silence, now, told_as_of=known_until) for silence in (silences_of(told) if told else [])]
    amended = next((fate.reason for fate in fates if fate and fate.is_amended), "")
    came = [silence for silence in now if silence not in was and silence.off + least <= known_until]
    came = [silence for silence in came if (silence.off, None) not in was]
    late = amended or ("late data: a silence that was not known" if came else "")
    causes = [late] if late else ["new data"] if b.as_of > a.as_of else ["late data on this or other vessels"]
    return " or ".join([*causes, "changed settings"] if is_set else causes)


def _silence(facts: Facts) -> str:
    if facts.off_timestamp is None:
        return "none"
    return f"{time_text(facts.off_timestamp)} to {time_text(facts.on_timestamp) if facts.on_timestamp else 'now'}"
