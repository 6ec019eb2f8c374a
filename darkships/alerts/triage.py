"""What analysts made of leads: confirmed, dismissed or taken up again; and the CSV to edit."""

import csv
import io
import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from darkships.alerts.state import Event, Status, add_event, add_verdict, history, iso, leads, put_lead
from darkships.errors import DarkshipsError
from darkships.watchlist.text import probability_text, spreadsheet_text, time_text

VERDICTS: dict[str, Status] = {"confirm": "confirmed", "dismiss": "dismissed", "reopen": "changed"}
COLUMNS = ["lead_id", "verdict", "note", "status", "probability", "mmsi", "name", "site", "silent_from", "last_change"]
"""Of the CSV to edit; ``verdict`` and ``note`` are hers."""


class Verdict(NamedTuple):
    """What somebody made of a lead."""

    lead_id: str
    verdict: str
    note: str = ""


def judge(state: sqlite3.Connection, verdicts: Iterable[Verdict], *, now: datetime) -> int:
    """Keep verdicts, all or none; return how many said something new.

    Parameters
    ----------
    state
        Within a transaction.
    verdicts
        What was made of the leads; each of a lead that was told.
    now
        The clock, for the history.

    Raises
    ------
    DarkshipsError
        If a lead was never told, or a verdict is unknown: all of them at once.

    """
    verdicts = list(verdicts)
    known = leads(state)
    faults = [f"{one.lead_id!r} is no lead that was told" for one in verdicts if one.lead_id not in known]
    faults += [
        f"{one.lead_id}: verdict {one.verdict!r}; expected one of {', '.join(VERDICTS)}"
        for one in verdicts if one.verdict not in VERDICTS
    ]  # fmt: skip
    if faults:
        raise DarkshipsError("nothing was changed: " + "; ".join(faults))
    count = 0
    for lead_id, verdict, note in verdicts:
        lead, status = known[lead_id], VERDICTS[verdict]
        if lead.status == status and (not note or _is_noted(state, lead_id, status, note)):
            continue
        put_lead(state, lead._replace(status=status))
        add_verdict(state, lead, verdict, iso(now))
        add_event(state, Event(lead_id, iso(now), lead.run, status, note, lead.facts.probability))
        count += 1
    return count


def _is_noted(state: sqlite3.Connection, lead_id: str, status: Status, note: str) -> bool:
    """Tell whether a lead's history has a note already, from a file that was taken before, say."""
    return any((event.change, event.reason) == (status, note) for event in history(state, lead_id))


def write_table(state: sqlite3.Connection, write: Callable[[str], None]) -> None:
    """Write all leads that were told as CSV to edit, safe for a spreadsheet, the most probable first."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for lead in sorted(leads(state).values(), key=lambda lead: (-lead.facts.probability, lead.lead_id)):
        facts = lead.facts
        last = history(state, lead.lead_id)[-1]
        known = {
            "lead_id": lead.lead_id, "status": lead.status, "probability": probability_text(facts.probability),
            "mmsi": f"{facts.mmsi:09d}", "name": facts.name or "", "site": facts.site,
            "silent_from": time_text(facts.off_timestamp) if facts.off_timestamp else "",
            "last_change": last.reason, "note": "", "verdict": "",
        }  # fmt: skip
        rows.writerow({name: spreadsheet_text(known[name]) for name in COLUMNS})
    write(text.getvalue().rstrip("\n"))
