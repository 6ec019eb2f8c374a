"""The memory of alerts, a small SQLite file: each lead with its life, each message, and who got it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from darkships.alerts.facts import Facts, from_json, to_json
from darkships.errors import DarkshipsError

STATE = "state.sqlite"
"""Its name in ``out``."""

STATE_VERSION = 3
_APPLICATION_ID = 0x44535354  # "DSST"

Status = Literal["new", "changed", "confirmed", "dismissed", "resolved", "retracted"]
OVER = ("resolved", "retracted")
"""A lead of which this was told begins anew when it comes back."""

_VERDICTS = """
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY, lead_id TEXT NOT NULL, at TEXT NOT NULL, verdict TEXT NOT NULL, facts TEXT NOT NULL
);
"""

_TABLES = f"""
PRAGMA application_id = {_APPLICATION_ID};
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE leads (
    lead_id TEXT PRIMARY KEY, status TEXT NOT NULL, facts TEXT NOT NULL, run TEXT NOT NULL, config_hash TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE events (
    id INTEGER PRIMARY KEY, lead_id TEXT NOT NULL, at TEXT NOT NULL, run TEXT NOT NULL, change TEXT NOT NULL,
    reason TEXT NOT NULL, probability REAL NOT NULL
);
CREATE INDEX events_by_lead ON events (lead_id, id);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, change TEXT NOT NULL, reason TEXT NOT NULL, facts TEXT NOT NULL
);
CREATE TABLE deliveries (
    message INTEGER NOT NULL REFERENCES messages (id), target TEXT NOT NULL, batch TEXT, sent_at TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '', PRIMARY KEY (message, target)
) WITHOUT ROWID;
CREATE INDEX deliveries_waiting ON deliveries (target, message) WHERE sent_at IS NULL;
{_VERDICTS}PRAGMA user_version = {STATE_VERSION};
"""


class Lead(NamedTuple):
    """What was told of a lead last, and what became of it."""

    lead_id: str
    status: Status
    facts: Facts
    run: str
    """Folder of the outputs that it was told from."""
    config_hash: str


class Event(NamedTuple):
    """One thing that happened to a lead."""

    lead_id: str
    at: str
    """When it was recorded: ISO 8601, UTC."""
    run: str
    change: str
    reason: str
    probability: float


@contextmanager
def open_state(out: Path) -> Iterator[sqlite3.Connection]:
    """Open the state in ``out``, made if it is missing; what changes is committed at the end, or not at all.

    Raises
    ------
    DarkshipsError
        If the file is none of ours, or one of another version, or cannot be used.

    """
    path = out / STATE
    if not out.is_dir():
        raise DarkshipsError(f"cannot keep the state of alerts in {path}: there is no folder {out}; run darkships run")
    try:
        with closing(sqlite3.connect(path, timeout=60.0, isolation_level=None)) as connection:
            _prepare(connection, path)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise DarkshipsError(
            f"the state of alerts in {path} cannot be used ({error}); mend the disk, or move it away to start anew"
        ) from error


def leads(state: sqlite3.Connection) -> dict[str, Lead]:
    """Return all leads that were ever told, by lead_id."""
    rows = state.execute("SELECT lead_id, status, facts, run, config_hash FROM leads ORDER BY lead_id")
    return {row[0]: Lead(row[0], row[1], from_json(row[2]), row[3], row[4]) for row in rows}


def put_lead(state: sqlite3.Connection, lead: Lead) -> None:
    """Remember what was told of a lead."""
    row = (lead.lead_id, lead.status, to_json(lead.facts), lead.run, lead.config_hash)
    state.execute("INSERT OR REPLACE INTO leads VALUES (?, ?, ?, ?, ?)", row)


def add_event(state: sqlite3.Connection, event: Event) -> None:
    """Add to a lead's history."""
    columns = ", ".join(Event._fields)
    state.execute(f"INSERT INTO events ({columns}) VALUES (?, ?, ?, ?, ?, ?)", event)


def add_verdict(state: sqlite3.Connection, lead: Lead, verdict: str, at: str) -> None:
    """Keep a verdict with what was known of the lead when it was given."""
    row = (lead.lead_id, at, verdict, to_json(lead.facts))
    state.execute("INSERT INTO verdicts (lead_id, at, verdict, facts) VALUES (?, ?, ?, ?)", row)


def verdicts(state: sqlite3.Connection) -> list[tuple[str, Facts]]:
    """Return all verdicts, each with what the lead was then, in order."""
    return [(row[0], from_json(row[1])) for row in state.execute("SELECT verdict, facts FROM verdicts ORDER BY id")]


def history(state: sqlite3.Connection, lead_id: str) -> list[Event]:
    """Return what happened to a lead, in order."""
    columns = ", ".join(Event._fields)
    return [
        Event(*row) for row in state.execute(f"SELECT {columns} FROM events WHERE lead_id = ? ORDER BY id", (lead_id,))
    ]


def last_run(state: sqlite3.Connection) -> str:
    """Return what names the outputs that were recorded last, and the rules; empty if there were none."""
    row = state.execute("SELECT value FROM meta WHERE key = 'run'").fetchone()
    return str(row[0]) if row else ""


def set_last_run(state: sqlite3.Connection, run: str) -> None:
    """Remember that outputs were recorded."""
    state.execute("INSERT OR REPLACE INTO meta VALUES ('run', ?)", (run,))


def iso(time: datetime) -> str:
    """Return a time as the state keeps it."""
    return time.isoformat(timespec="seconds")


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    found = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if (found, version) == (_APPLICATION_ID, STATE_VERSION):
        return
    if (found, version) == (_APPLICATION_ID, 2):  # which knew no verdicts
        connection.executescript(f"BEGIN IMMEDIATE; {_VERDICTS} PRAGMA user_version = {STATE_VERSION}; COMMIT;")
        return
    if found or version or tables:
        raise DarkshipsError(
            f"{path} is no state of alerts of version {STATE_VERSION} (found version {version}); "
            "name another 'out', or use the darkships that wrote it"
        )
    connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
