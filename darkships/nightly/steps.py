"""What a run did, step by step, for machines: one JSON line each."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class StepLog:
    """Writes a line at the end of each step, whether it went well or not, and for each note."""

    write: Callable[[str], None]
    now: Callable[[], datetime]

    def note(self, text: str) -> None:
        """Write what a person should know as a line of its own."""
        self._write({"note": text})

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """Time a step; what is put into the dictionary stands in its line."""
        facts: dict[str, Any] = {}
        began = time.monotonic()
        try:
            yield facts
        except BaseException as error:
            self._line(name, began, {**facts, "ok": False, "error": f"{error}" or type(error).__name__})
            raise
        self._line(name, began, {"ok": True, **facts})

    def _line(self, name: str, began: float, facts: dict[str, Any]) -> None:
        self._write({"step": name, "seconds": round(time.monotonic() - began, 3), **facts})

    def _write(self, facts: dict[str, Any]) -> None:
        self.write(json.dumps({"time": self.now().isoformat(timespec="seconds"), **facts}))
