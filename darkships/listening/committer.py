"""Closed files of the spool into the store, one after the other, in a thread of its own."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from darkships import intake
from darkships.errors import StoreError
from darkships.feed.live.retry import Backoff
from darkships.feed.live.spool import Segment
from darkships.positions.store import Store


@dataclass
class Committed:
    """What became of the lines that were taken into the store."""

    rows: int = 0
    duplicates: int = 0
    quarantined: int = 0
    set_aside: int = 0
    """Files that could not be read as any feed."""


@dataclass
class Committer:
    """Takes segments into the store as ``darkships ingest`` takes files, and removes each after its commit.

    A store that is in use or a disk that is full only makes it wait: the segments stay where they are.
    """

    store: Store
    warn: Callable[[str], None]
    retry_s: float = 1.0
    counts: Committed = field(default_factory=Committed)
    waiting: deque[Segment] = field(default_factory=deque)
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _last_round: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, segment: Segment) -> None:
        """Take a segment that is closed."""
        self.waiting.append(segment)
        self._more.set()

    async def run(self) -> None:
        """Commit what comes until ``finish`` is called and nothing is left.

        Raises
        ------
        StoreError
            When something is left that could not be committed.

        """
        backoff = Backoff(self.retry_s)
        while self.waiting or not self._last_round.is_set():
            if not self.waiting:
                await self._more.wait()
                self._more.clear()
                continue
            is_last = self._last_round.is_set()
            try:
                await asyncio.to_thread(self.take_in, self.waiting[0])
            except (StoreError, OSError, MemoryError) as error:
                folder = self.waiting[0].path.parent
                why = f"not in the store yet, files waiting in {folder}: {len(self.waiting)} ({error})"
                if is_last:
                    raise StoreError(f"{why}; they are taken in when darkships listen starts again") from error
                self.warn(why)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._last_round.wait(), backoff.next_s())
            else:
                backoff.reset()
                self.waiting.popleft()

    def finish(self) -> None:
        """Let ``run`` end when all is committed; nothing more will be added."""
        self._last_round.set()
        self._more.set()

    def take_in(self, segment: Segment) -> None:
        """Commit a segment and remove it, or set it aside if it cannot be read as any feed.

        Raises
        ------
        StoreError
            If the store is in use or cannot be written.

        """
        if not segment.path.exists():
            self.warn(f"{segment.path} is gone before it was taken into the store")
            return
        report, fault = None, ""
        try:
            (report,) = intake.ingest(
                [segment.path],
                self.store,
                format="nmea" if segment.kind == "nmea" else "auto",
                receiver=segment.receiver,
                final=True,
                latest=datetime.now(UTC) + intake.CLOCKS_AHEAD,
            )
        except (StoreError, OSError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001  whatever a hostile line found must not stop the lines after it
            fault = f"{type(error).__name__} while it was read, a fault of darkships"
        fault = fault or (report.error if report else "")
        if fault:
            self.counts.set_aside += 1
            self.warn(f"set aside, not in the store: {segment.set_aside()} ({fault})")
            return
        if report is not None and report.counts is not None:
            self.counts.rows += report.counts.kept
            self.counts.duplicates += report.counts.duplicates
            self.counts.quarantined += sum(report.counts.quarantined.values())
        segment.path.unlink()
