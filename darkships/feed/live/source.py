"""One live feed on its way to the spool: what its connections hand over, stamped, joined and written."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Protocol

from darkships.feed.live.addresses import Address
from darkships.feed.live.counting import Counts
from darkships.feed.live.joining import Joiner
from darkships.feed.live.spool import Kind, SourceSpool


def wall_clock_ms() -> int:
    """Return the time of the system: what is heard live has no other."""
    return time.time_ns() // 1_000_000


class Pausable(Protocol):
    """A transport that can be told to wait."""

    def pause_reading(self) -> None:
        """Take nothing more, so that the sender has to wait."""

    def resume_reading(self) -> None:
        """Go on."""


@dataclass
class Source:
    """Takes the lines of all connections of one address.

    When the spool has no room, what was read already is held and the connections wait: the senders feel it.
    """

    address: Address
    spool: SourceSpool
    counts: Counts
    note: Callable[[str], None]
    """Told what happens to the connections."""
    now_ms: Callable[[], int] = wall_clock_ms
    _joiner: Joiner = field(default_factory=Joiner)
    _held: list[tuple[Kind, list[bytes]]] = field(default_factory=list)
    _paused: list[Pausable] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether connections must wait."""
        return bool(self._held)

    def take(self, peer: Hashable, lines: list[bytes]) -> None:
        """Take NMEA lines of a peer."""
        now_ms = self.now_ms()
        self.counts.lines += len(lines)
        self._write("nmea", [line for taken in lines for line in self._joiner.push(peer, taken, now_ms)])

    def take_json(self, line: bytes) -> None:
        """Take a JSON object, in one line; it tells its own time."""
        self.counts.lines += 1
        self._write("jsonl", [line])

    def forget(self, peer: Hashable) -> None:
        """Forget a peer that is gone."""
        self._joiner.forget(peer)

    def wait_for_room(self, transport: Pausable) -> None:
        """Let a connection wait until there is room."""
        transport.pause_reading()
        self._paused.append(transport)

    def tick(self) -> None:
        """Do what is due now and then: write what is held, give up on sentences whose others do not come."""
        self._retry()
        self._write("nmea", self._joiner.expire(self.now_ms()))
        if not self._held:
            waiting, self._paused = self._paused, []
            for transport in waiting:
                transport.resume_reading()

    def finish(self) -> None:
        """Write all that is left; nothing more will come."""
        self._write("nmea", self._joiner.flush())
        self._retry()

    def lose_held(self) -> int:
        """Give up what there was no room for until the end; return how many lines."""
        lost = sum(len(lines) for _, lines in self._held)
        self._held.clear()
        self.counts.dropped += lost
        return lost

    def _write(self, kind: Kind, lines: list[bytes]) -> None:
        self.counts.dropped += self._joiner.unpaired
        self._joiner.unpaired = 0
        if lines and (self._held or not self.spool.append(kind, lines, self.now_ms())):
            self._held.append((kind, lines))

    def _retry(self) -> None:
        while self._held and self.spool.append(*self._held[0], self.now_ms()):
            del self._held[0]
