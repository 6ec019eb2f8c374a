"""What the catalog says of all parts and files at one moment, to be compared with what is there."""

import sqlite3
from collections import Counter
from dataclasses import dataclass

from darkships.positions.listing import parts_of
from darkships.positions.parts import KINDS, Part

_LAST_OFFSET = 2**62


@dataclass(frozen=True)
class Account:
    """What the catalog says of one source."""

    file_id: int
    name: str
    format: str
    continues: int | None
    rows_so_far: int | None
    kept: int
    statics: int
    quarantined: int


@dataclass(frozen=True)
class Ledger:
    """What the catalog says."""

    parts: list[Part]
    accounts: dict[int, Account]
    """By file_id."""
    quarantined: Counter[int]
    """Rows in the parts of quarantine, by file_id."""
    merged: int
    """Positions that became one with another in compaction."""
    expired: int
    """Positions that were let go."""
    version: int
    damage: tuple[str, ...]
    """Sentences on the catalog itself."""

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> "Ledger":
        """Read it in one transaction."""
        query = "SELECT file_id, name, format, continues, rows_so_far, kept, statics, quarantined FROM sources"
        accounts = {row[0]: Account(*row) for row in connection.execute(query)}
        quarantined = "SELECT file_id, SUM(rows) FROM parts WHERE kind = 'quarantine' GROUP BY file_id"
        meta = dict(connection.execute("SELECT key, value FROM meta"))
        checked = [row[0] for row in connection.execute("PRAGMA quick_check")]
        lost = [a for a in accounts.values() if a.continues is not None and a.continues not in accounts]
        return cls(
            [part for kind in KINDS for part in parts_of(connection, kind)],
            accounts,
            Counter(dict(connection.execute(quarantined))),
            int(meta["merged"]),
            sum(part.rows for part in parts_of(connection, "positions", table="expired")),
            int(meta["version"]),
            (
                *(f"catalog: {text}" for text in checked if text != "ok"),
                *(f"source {a.name}: it goes on after file {a.continues}, which is not there" for a in lost),
            ),
        )

    def offsets_of(self, account: Account) -> tuple[int, int]:
        """Return the first and last line that a source can have given."""
        before = self.accounts.get(account.continues) if account.continues is not None else None
        last = _LAST_OFFSET if account.rows_so_far is None else account.rows_so_far
        return ((before.rows_so_far or 0) if before else 0) + 1, last
