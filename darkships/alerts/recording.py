"""One run into the state: what is news of each lead, as events and messages, in one transaction and only once."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from darkships.alerts.changes import AMENDED, Change, changes, first_changes, wanted_kinds
from darkships.alerts.facts import Facts, Known, Silence, read_facts, to_json
from darkships.alerts.fates import Cause, Fate, fate_of, silences_of
from darkships.alerts.lists import read_list
from darkships.alerts.outlets import PRINTED
from darkships.alerts.state import (
    OVER,
    Event,
    Lead,
    Status,
    add_event,
    iso,
    last_run,
    leads,
    open_state,
    put_lead,
    set_last_run,
)
from darkships.config import Config
from darkships.config.alerting import Rule
from darkships.watchlist.runs import RunRecord, digest
from darkships.watchlist.text import probability_text, safe_text

_VERDICTS = ("confirmed", "dismissed")


class News(NamedTuple):
    """What is to be told of a lead."""

    change: Status
    reason: str
    facts: Facts


def record_run(out: Path, folder: Path, config: Config, *, now: datetime) -> list[News]:
    """Record the outputs in a folder, unless they were recorded under the same rules and lists."""
    lists = [read_list(one.name, one.file) for one in config.lists]
    mark = f"{folder.name} {digest(repr((config.alert_rules, [(one.name, one.digest) for one in lists])))}"
    with open_state(out) as state:
        if last_run(state) == mark:
            return []
        targets = [PRINTED, *(target.name for target in config.targets)]
        news = record(state, read_facts(folder, lists), rules=config.alert_rules, targets=targets, now=now)
        set_last_run(state, mark)
    return news


def record(
    state: sqlite3.Connection, known: Known, *, rules: Sequence[Rule], targets: Sequence[str], now: datetime
) -> list[News]:
    """Compare a run with what was told, and queue a message for every target of all that is news.

    Parameters
    ----------
    state
        Within a transaction.
    known
        What the run says.
    rules
        Which leads are told.
    targets
        Names of those who get the messages.
    now
        The clock, for the history only.

    Returns
    -------
    list
        The news, leads in the order of the watchlist first.

    """
    told = leads(state)
    silences = known.silences(lead.facts.mmsi for lead in told.values())
    found = []
    for lead_id in [*known.leads, *(lead_id for lead_id in told if lead_id not in known.leads)]:
        before, facts = told.get(lead_id), known.leads.get(lead_id)
        news = _first(facts, before, rules) if before is None or before.status in OVER else None
        if before is not None and before.status not in OVER:
            fate = _fate(before, silences.get(before.facts.mmsi, []), known.record)
            news = _next(before, facts, fate, rules)
        if news:
            _keep(state, news, before, known, now)
            found.append(news)
    spoken = [news for news in found if not _is_quiet(news, told.get(news.facts.lead_id))]
    for news in spoken:
        _queue(state, news, known.folder.name, targets)
    return spoken


def _first(facts: Facts | None, before: Lead | None, rules: Sequence[Rule]) -> News | None:
    wanted = wanted_kinds(facts, rules) if facts else set()
    if facts is None or not wanted:
        return None
    found = first_changes(facts)
    if not any(change.kind in wanted for change in found):
        return None
    if before:
        again = Change("new", f"told before and {before.status}")
        found = [again, *(change for change in found if change.kind != "new")]
    return News("new", _told([change for change in found if change.kind in wanted | {"new"}]), facts)


def _next(before: Lead, facts: Facts | None, fate: Fate | None, rules: Sequence[Rule]) -> News | None:
    wanted = wanted_kinds(facts, rules, is_told=bool(before.facts.site)) if facts else set()
    told = wanted_kinds(before.facts, rules, is_told=True)
    is_amended = fate is not None and fate.is_amended
    if facts is None or not wanted or (before.facts.site and not facts.site):
        if not is_amended and (before.status in _VERDICTS or (facts is not None and not told)):
            return None  # a verdict stands, and rules that ask for less are no news of a ship
        return News("retracted" if is_amended else "resolved", _gone(before.facts, facts, fate), facts or before.facts)
    wanted |= told | {AMENDED}  # that what was told does no longer hold is for those who were told
    found = [change for change in changes(before.facts, facts, fate) if change.kind in wanted]
    if before.status == "dismissed":
        found = [change for change in found if change.is_material]
    again = "dismissed before; " if before.status == "dismissed" else ""
    return News("changed", again + _told(found), facts) if found else None


def _told(found: Sequence[Change]) -> str:
    return "; ".join(dict.fromkeys(change.reason for change in found))


def _gone(told: Facts, now: Facts | None, fate: Fate | None) -> str:
    """Return why a lead that was told does not hold any more."""
    was = f"it was told with probability {probability_text(told.probability)}"
    was += f", most likely {safe_text(told.site)}" if told.site else ""
    left = [name for name in told.lists if now is None or name not in now.lists]
    what = "no longer on the watchlist"
    if left and (now or not told.site):
        what = f"no longer on the list {', '.join(left)}"
    elif now and now.site:
        what = f"probability is {probability_text(now.probability)} now"
    return "; ".join([*([fate.reason] if fate else []), what, was])


def _fate(before: Lead, now: Sequence[Silence], record: RunRecord) -> Fate | None:
    """Return what became of the open silence that was told, or else of the one of the best trip."""
    facts = before.facts
    by_settings: Cause = "late data" if before.config_hash == record.config_hash else "changed settings"

    def cause(silence: Silence) -> Cause:
        unknown = record.inputs.get("unknown_dates")
        return "expired reports" if unknown and f"{silence.off:%Y-%m-%d}" <= max(unknown) else by_settings

    told = silences_of(facts)
    fates = [fate_of(silence, now, told_as_of=facts.as_of, cause=cause(silence)) for silence in told]
    return next((fate for fate in fates if fate), None)


def _is_quiet(news: News, before: Lead | None) -> bool:
    """Tell whether nobody need be told: a dismissed lead went away."""
    return before is not None and before.status == "dismissed" and news.change in OVER


def _keep(state: sqlite3.Connection, news: News, before: Lead | None, known: Known, now: datetime) -> None:
    run, facts = known.folder.name, news.facts
    status = news.change
    if before and before.status == "confirmed" and status == "changed":
        status = "confirmed"
    elif status in OVER and facts.lists and not facts.site:
        status = "changed"  # what was told of a listed ship is over; that it is in the feed is not
    put_lead(state, Lead(facts.lead_id, status, facts, run, known.record.config_hash))
    add_event(state, Event(facts.lead_id, iso(now), run, news.change, news.reason, facts.probability))


def _queue(state: sqlite3.Connection, news: News, run: str, targets: Sequence[str]) -> None:
    """Put a message into the queue; its key tells it from every other, however often it is sent."""
    event = state.execute("SELECT MAX(id) FROM events WHERE lead_id = ?", (news.facts.lead_id,)).fetchone()[0]
    key = digest(f"{run} {news.facts.lead_id} {event}")
    row = (key, news.change, news.reason, to_json(news.facts))
    number = state.execute("INSERT INTO messages (key, change, reason, facts) VALUES (?, ?, ?, ?)", row).lastrowid
    state.executemany("INSERT INTO deliveries (message, target) VALUES (?, ?)", [(number, name) for name in targets])
