"""From the queue to those who are told: at least once, in order, and nothing marked as sent before it was."""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from darkships.alerts.facts import from_json
from darkships.alerts.messages import Message
from darkships.alerts.outlets import Outlet
from darkships.alerts.state import iso, open_state
from darkships.errors import DarkshipsError
from darkships.watchlist.runs import digest


class Batch(NamedTuple):
    """Messages that go together; one that may not have arrived goes again just as it was."""

    key: str
    messages: tuple[Message, ...]


def deliver(
    out: Path, outlets: Iterable[Outlet], *, now: datetime, note: Callable[[str], None]
) -> tuple[dict[str, int], list[str]]:
    """Send what waits; an outlet that fails is tried again next time, and keeps no other from getting its messages.

    Parameters
    ----------
    out
        Where the state is.
    outlets
        Who gets messages.
    now
        The clock.
    note
        Told what waits for the end of quiet hours or for the next hour.

    Returns
    -------
    tuple
        How many messages each outlet got, and a sentence for each that failed.

    """
    counts, failures = {}, []
    for outlet in outlets:
        counts[outlet.name] = 0
        while batch := _next(out, outlet, now):
            try:
                outlet.send(batch.key, batch.messages, now)
            except DarkshipsError as error:
                failures.append(str(error))
                _failed(out, outlet.name, batch.key, str(error))
                break
            _sent(out, outlet.name, batch.key, now)
            counts[outlet.name] += len(batch.messages)
        else:
            _tell_rest(out, outlet, now, note)
    return counts, failures


def stuck(state: sqlite3.Connection, targets: Iterable[str]) -> list[str]:
    """Return a sentence for each of the targets that did not take a message."""
    rows = state.execute(
        "SELECT target, COUNT(*), MAX(attempts), MAX(error) FROM deliveries "
        "WHERE sent_at IS NULL GROUP BY target HAVING MAX(attempts) > 0 ORDER BY target"
    )
    known = set(targets)
    return [f"{n} message(s) wait after {tries} attempt(s): {error}" for name, n, tries, error in rows if name in known]


def _next(out: Path, outlet: Outlet, now: datetime) -> Batch | None:
    """Return what goes next, and remember what went together."""
    with open_state(out) as state:
        waiting = state.execute(
            "SELECT id, batch, key, change, reason, facts FROM deliveries JOIN messages ON message = id "
            "WHERE target = ? AND sent_at IS NULL ORDER BY id",
            (outlet.name,),
        ).fetchall()
        if not waiting or outlet.is_quiet(now):
            return None
        batch = next((row[1] for row in waiting if row[1]), None)
        if batch:
            chosen = [row for row in waiting if row[1] == batch]
        else:
            room = _room(state, outlet, now)
            if not room:
                return None
            chosen = waiting if outlet.digest or room == 1 else waiting[:1]
            batch = chosen[0][2] if len(chosen) == 1 else digest("".join(row[2] for row in chosen))
            rows = [(batch, outlet.name, row[0]) for row in chosen]
            state.executemany("UPDATE deliveries SET batch = ? WHERE target = ? AND message = ?", rows)
    return Batch(batch, tuple(Message(row[2], row[3], row[4], from_json(row[5])) for row in chosen))


def _room(state: sqlite3.Connection, outlet: Outlet, now: datetime) -> int:
    """Return how many more may go within the hour."""
    if outlet.max_per_hour is None:
        return 2
    hour_ago = iso(now - timedelta(hours=1))
    query = "SELECT COUNT(DISTINCT batch) FROM deliveries WHERE target = ? AND sent_at > ?"
    return max(outlet.max_per_hour - int(state.execute(query, (outlet.name, hour_ago)).fetchone()[0]), 0)


def _sent(out: Path, target: str, batch: str, now: datetime) -> None:
    with open_state(out) as state:
        query = "UPDATE deliveries SET sent_at = ?, attempts = attempts + 1, error = '' WHERE target = ? AND batch = ?"
        state.execute(query, (iso(now), target, batch))


def _failed(out: Path, target: str, batch: str, error: str) -> None:
    with open_state(out) as state:
        query = "UPDATE deliveries SET attempts = attempts + 1, error = ? WHERE target = ? AND batch = ?"
        state.execute(query, (error, target, batch))


def _tell_rest(out: Path, outlet: Outlet, now: datetime, note: Callable[[str], None]) -> None:
    with open_state(out) as state:
        query = "SELECT COUNT(*) FROM deliveries WHERE target = ? AND sent_at IS NULL"
        count = state.execute(query, (outlet.name,)).fetchone()[0]
    if count:
        why = f"quiet hours ({outlet.quiet_hours_utc} UTC)" if outlet.is_quiet(now) else "the most that go in an hour"
        note(f"{outlet.name}: {count} message(s) wait, {why}; the next darkships run or alert sends them")
