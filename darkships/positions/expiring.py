"""Letting old reports go: of their dates only what was summed up stays, and nothing more is taken in of them."""

import sqlite3
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from darkships.errors import StoreError
from darkships.positions.catalog import Catalog
from darkships.positions.listing import parts_of


class Expiry(NamedTuple):
    """What went."""

    dates: int
    rows: int
    bytes: int


def expire(root: Path, catalog: Catalog, before: date) -> Expiry:
    """Let the reports of dates before one go, in one commit, once nobody uses the store.

    The reports of the last two of these dates stay: what is summed up of a date depends on those beside it, and later
    reports of ``before`` itself can still come.

    Raises
    ------
    StoreError
        If nothing would be left.

    """
    with catalog.alone():
        with catalog.writing() as connection:
            dates = [part.date or "" for part in parts_of(connection, "positions")]
            if dates and before.isoformat() > max(dates):
                raise StoreError(f"the last report in {root} is of {max(dates)}; expire what is before that, at most")
            first_left = (before - timedelta(days=2)).isoformat()
            gone = parts_of(connection, "positions", "date < ?", (first_left,))
            if gone:
                _list_as_expired(connection, first_left, before.isoformat())
            else:
                connection.rollback()
        for part in gone:
            with suppress(OSError):  # it counts no more; vacuum removes it
                (root / part.path).unlink()
                (root / part.path).parent.rmdir()
    return Expiry(len({part.date for part in gone}), sum(part.rows for part in gone), sum(part.bytes for part in gone))


def _list_as_expired(connection: sqlite3.Connection, first_left: str, closed_before: str) -> None:
    where = "kind = 'positions' AND date < ?"
    connection.execute(f"INSERT INTO expired SELECT * FROM parts WHERE {where}", (first_left,))
    connection.execute(f"DELETE FROM parts WHERE {where}", (first_left,))
    connection.execute("UPDATE meta SET value = ? WHERE key = 'closed_before'", (closed_before,))
    version = "(SELECT value + 1 FROM meta WHERE key = 'version')"
    connection.execute(f"UPDATE meta SET value = {version} WHERE key = 'expired_version'")
