"""One run at a time: a lock that the system takes away from a process that dies, and whose owner is shown."""

import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from darkships.errors import DarkshipsError


@dataclass(frozen=True)
class Owner:
    """Who holds a lock."""

    pid: int
    host: str
    since: str
    """ISO 8601, UTC."""

    def __str__(self) -> str:
        """Return it as one reads it."""
        return f"process {self.pid} on {self.host} since {self.since}"

    @classmethod
    def here(cls, now: datetime) -> "Owner":
        """Return this process."""
        return cls(os.getpid(), socket.gethostname(), now.isoformat(timespec="seconds"))


class LockedError(DarkshipsError):
    """Another process is at work."""


@contextmanager
def hold(path: Path, owner: Owner, *, wait_s: float = 0.0) -> Iterator[Owner | None]:
    """Hold a lock; SQLite's own locks work on every system and end with the process.

    Yields
    ------
    Owner or None
        Who died with the lock in hand, where somebody did.

    Raises
    ------
    LockedError
        If somebody else has it.
    DarkshipsError
        If the lock cannot be made.

    """
    told = _owner_file(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=wait_s, isolation_level=None)) as connection:
            _take(connection, path)
            dead = owner_of(path)
            told.write_text(json.dumps(asdict(owner)) + "\n", encoding="utf-8")
            try:
                yield dead
            finally:
                told.unlink(missing_ok=True)
    except OSError as error:
        raise DarkshipsError(
            f"cannot make the folder or the lock {path} ({error.strerror}); choose another 'out'"
        ) from error


def owner_of(path: Path) -> Owner | None:
    """Return who took a lock last and has not given it back; None if nobody."""
    with suppress(OSError, ValueError, TypeError):
        return Owner(**json.loads(_owner_file(path).read_text(encoding="utf-8")))
    return None


def is_held(path: Path) -> bool:
    """Tell whether a process that lives holds a lock."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(path, timeout=0.0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return True
    return False


def _take(connection: sqlite3.Connection, path: Path) -> None:
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        if "locked" not in str(error):
            raise DarkshipsError(f"the lock {path} cannot be used ({error}); remove it and run again") from error
        raise LockedError(
            f"another darkships is at work here: {owner_of(path) or 'nobody knows which'}; wait for its end"
        ) from error


def _owner_file(path: Path) -> Path:
    return path.with_suffix(".owner.json")
