"""Files of which everything is in the store, told by what the system says of them: a night need not read them again."""

import json
import os
import time
import uuid
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

_FILE = "seen.json"
"""In the store."""

_QUIET_NS = 2_000_000_000
"""What was written so shortly before it was looked at may be written again under the same time stamp."""


class Seen:
    """Files, as they were when they were read to their end; whatever is wrong with what is kept, they count as new."""

    def __init__(self, root: Path, taken: Container[str]) -> None:
        """Read what is noted of files whose content hashes are among those that the store in ``root`` has."""
        self._file = root / _FILE
        self._known: dict[str, list[str]] = {}
        self._is_changed = False
        with suppress(OSError, ValueError, AttributeError, TypeError):
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            self._known = {path: [*map(str, told)] for path, told in kept.items() if told[-1] in taken}

    def has(self, path: Path, how: str) -> bool:
        """Tell whether a file is as it was when all of it was in the store, read and chosen from in this way."""
        known = self._known.get(_name(path))
        if known is None:
            return False
        try:
            return known[:2] == [how, _stamp(path.stat())]
        except OSError:
            return False

    def add(self, path: Path, how: str, as_read: os.stat_result, content_hash: str) -> None:
        """Note that all of a file is in the store, under a content hash."""
        if time.time_ns() - as_read.st_mtime_ns > _QUIET_NS:
            self._known[_name(path)] = [how, _stamp(as_read), content_hash]
            self._is_changed = True

    def save(self) -> None:
        """Keep what was noted, without files that are gone; it is only there to save time, so it may fail."""
        if not self._is_changed or not self._file.parent.is_dir():
            return
        known = {path: told for path, told in sorted(self._known.items()) if os.path.lexists(path)}
        passing = self._file.with_name(f".{_FILE}-{uuid.uuid4().hex}")
        with suppress(OSError):
            passing.write_text(json.dumps(known, indent=0), encoding="utf-8")
            passing.replace(self._file)
        passing.unlink(missing_ok=True)


def _name(path: Path) -> str:
    return str(path.resolve())


def _stamp(stat: os.stat_result) -> str:
    return f"{stat.st_dev} {stat.st_ino} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"
