"""Which leads are new or changed since somebody was last told; the memory of that is a small SQLite file."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import pandas as pd

from darkships.errors import DarkshipsError
from darkships.schema import WATCHLIST, validate
from darkships.watchlist.text import labelled, missing, probability_text, safe_text, time_text
from darkships.watchlist.wording import berth_window, consistency, place

BANDS = (0.5, 0.8, 0.95)
"""Crossing one of these probabilities, up or down, is news."""

TRIPS_GROWN = 1.0
STATE_VERSION = 1
_CLOSING_KN = 1.0
NEWS_COLUMNS = ["change", "reason", *WATCHLIST.names]

_REMEMBERED = {
    "lead_id": "TEXT PRIMARY KEY",
    "mmsi": "INTEGER NOT NULL",
    "name": "TEXT",
    "site": "TEXT NOT NULL",
    "probability": "REAL NOT NULL",
    "expected_round_trips": "REAL NOT NULL",
    "off_timestamp": "TEXT NOT NULL",
    "is_open": "INTEGER NOT NULL",
    "data_label": "TEXT NOT NULL",
    "as_of": "TEXT NOT NULL",
}
"""What was last told of a lead."""

_Row = Mapping[str, Any]


def new_or_changed(watchlist: pd.DataFrame, state_path: str | Path, *, min_probability: float) -> pd.DataFrame:
    """Find what is worth telling since the last alert; nothing is marked as told.

    Parameters
    ----------
    watchlist
        A WATCHLIST table with all leads of at least ``min_probability``.
    state_path
        SQLite file of what was told; a missing one means that nothing was.
    min_probability
        Leads below it are not told; one that was told before and fell below is retracted.

    Returns
    -------
    pandas.DataFrame
        The leads to tell with two columns in front: ``change`` (new, changed, retracted) and ``reason``. A retracted
        lead that is no longer on the watchlist has only what was remembered of it. New and changed leads come in the
        order of their rank, then the retracted ones by lead_id.

    Raises
    ------
    DarkshipsError
        If the state file is none of ours, or one of a later version.

    """
    leads = {row["lead_id"]: row for row in _records(validate(watchlist, WATCHLIST, where="the watchlist"))}
    told = _read(Path(state_path))
    news = []
    for lead_id, row in leads.items():
        if row["probability"] < min_probability:
            continue
        reasons = _changes(told[lead_id], row) if lead_id in told else ["not told before"]
        if reasons:
            change = "changed" if lead_id in told else "new"
            news.append({**row, "change": change, "reason": "; ".join(reasons)})
    for lead_id in sorted(told):
        now = leads.get(lead_id)
        if now is None or now["probability"] < min_probability:
            news.append({**told[lead_id], **(now or {}), "change": "retracted", "reason": _fall(told[lead_id], now)})
    return pd.DataFrame(news, columns=NEWS_COLUMNS)


def mark_alerted(news: pd.DataFrame, state_path: str | Path) -> None:
    """Remember what was told, in one step; call it once the news was delivered.

    Parameters
    ----------
    news
        What :func:`new_or_changed` returned, or part of it.
    state_path
        SQLite file; made if it is missing.

    Raises
    ------
    DarkshipsError
        If the file is none of ours or cannot be written.

    """
    rows = _records(news)
    columns = ", ".join(_REMEMBERED)
    places = ", ".join(f":{name}" for name in _REMEMBERED)
    with _state(Path(state_path)) as state, state:
        for row in rows:
            if row["change"] == "retracted":
                state.execute("DELETE FROM told WHERE lead_id = ?", (row["lead_id"],))
            else:
                state.execute(f"INSERT OR REPLACE INTO told ({columns}) VALUES ({places})", _remembered(row))


def alert_lines(news: pd.DataFrame) -> list[str]:
    """Return one plain line a lead, safe for a terminal and a mail."""
    return [labelled(_line(row), row["data_label"]) for row in _records(news)]


def _line(row: _Row) -> str:
    name = safe_text(row["name"]).strip() if isinstance(row["name"], str) else "name unknown"
    head = f"{row['change'].upper()} {row['lead_id']} {name} (MMSI {int(row['mmsi']):09d})"
    if row["change"] == "retracted":
        return f"{head}: {row['reason']}"
    if row["is_open"]:
        silence = f"went silent {time_text(row['off_timestamp'])}, {row['sea_distance_off_nm']:.0f} nm from it by sea"
        speed = row["closing_speed_kn"]
        silence += "" if missing(speed) or speed < _CLOSING_KN else f", closing at {speed:.1f} kn"
        silence += f"; {berth_window(row)}"
    else:
        silence = f"silent {time_text(row['off_timestamp'])} to {time_text(row['on_timestamp'])}; {berth_window(row)}"
    # The probability is of any watched site over all silences, so the words must not pin it on the likeliest one.
    fit = f"{consistency(row['probability'])} a watched site (probability {probability_text(row['probability'])})"
    return f"{head}: {fit}, most likely {place(row)}; {silence}. Why now: {row['reason']}"


def _changes(told: _Row, row: _Row) -> list[str]:
    """Return what of a lead changed since it was told, if it is worth telling."""
    found = []
    before, now = told["probability"], row["probability"]
    if _band(before) != _band(now):
        found.append(f"probability {'rose' if now > before else 'fell'} from {before:.2f} to {now:.2f}")
    if row["off_timestamp"] > told["off_timestamp"]:
        found.append("a further silence fits better than the one told")
    elif told["is_open"] and not row["is_open"] and row["off_timestamp"] == told["off_timestamp"]:
        found.append(f"it reappeared {time_text(row['on_timestamp'])}")
    if row["expected_round_trips"] - told["expected_round_trips"] >= TRIPS_GROWN:
        trips = f"{told['expected_round_trips']:.1f} to {row['expected_round_trips']:.1f}"
        found.append(f"expected round trips grew from {trips}")
    return found


def _fall(told: _Row, row: _Row | None) -> str:
    """Return why a lead that was told does not hold any more."""
    was = f"it was told with probability {probability_text(told['probability'])}, most likely {safe_text(told['site'])}"
    if row is None:
        return f"no longer on the watchlist; {was}"
    return f"probability fell to {probability_text(row['probability'])}; {was}"


def _band(probability: float) -> int:
    return sum(probability >= least for least in BANDS)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", frame.to_dict("records"))


def _remembered(row: _Row) -> dict[str, Any]:
    """Return a lead's row as SQLite holds it."""
    kept = {name: None if missing(row[name]) else row[name] for name in _REMEMBERED}
    times = {name: row[name].isoformat() for name in ("off_timestamp", "as_of")}
    return {**kept, **times, "mmsi": int(row["mmsi"]), "is_open": int(row["is_open"])}


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Return what was told, by lead_id."""
    if not path.exists():
        return {}
    with _state(path) as state:
        rows = state.execute(f"SELECT {', '.join(_REMEMBERED)} FROM told").fetchall()
    told = [dict(zip(_REMEMBERED, row, strict=True)) for row in rows]
    for row in told:
        row.update({name: pd.Timestamp(row[name]) for name in ("off_timestamp", "as_of")}, is_open=bool(row["is_open"]))
    return {row["lead_id"]: row for row in told}


@contextmanager
def _state(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the state file, made if it is missing."""
    if not path.parent.is_dir():
        raise DarkshipsError(f"cannot keep the state of alerts in {path}: there is no folder {path.parent}; make it")
    try:
        with closing(sqlite3.connect(path, timeout=60.0)) as connection:
            _prepare(connection, path)
            yield connection
    except sqlite3.Error as error:
        raise DarkshipsError(
            f"the state of alerts in {path} cannot be used ({error}); move it away to start anew"
        ) from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version == STATE_VERSION:
        return
    if version or tables:
        raise DarkshipsError(
            f"{path} is no state of alerts of version {STATE_VERSION} (found version {version}); "
            "name another file, or use the darkships that wrote it"
        )
    declared = ", ".join(f"{name} {kind}" for name, kind in _REMEMBERED.items())
    with connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS told ({declared})")
        connection.execute(f"PRAGMA user_version = {STATE_VERSION}")
