"""Lines of many peers to the text of whole messages, each with the time at which it was heard.

A message is written once all of its sentences are there, and then in one piece: neither the lines of other peers nor
the end of a file come between them. A line that tells no time of its own gets the time of its arrival before it.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

from darkships.feed.live.sentences import (
    Sentence,
    Told,
    checksum,
    prefix_tells_time,
    read_lead,
    read_sentence,
    split,
)

LIFETIME_MS = 30_000
"""How long a sentence waits for the others of its message."""

MOST_WAITING = 10_000
"""How many sentences may wait; beyond that the oldest are written as they are."""

MOST_PEERS = 10_000
"""Of how many peers the last line is remembered (datagrams may come from any number of addresses)."""

Key = tuple[Hashable, ...]


@dataclass(frozen=True)
class _Line:
    """One line with an AIS sentence."""

    prefix: str
    """What stands before the sentence."""
    rest: str
    heard_ms: int
    tells_time: bool
    lead: str = ""
    """The line before it that tells its time or station: $PGHP or a TAG block."""

    def written(self, *, stamped: bool) -> list[str]:
        """Return the lines to write."""
        lines = [self.lead] if self.lead else []
        if not stamped or self.tells_time:
            return [*lines, f"{self.prefix}{self.rest}"]
        prefix = self.prefix
        if not prefix or prefix_tells_time(f"{self.heard_ms} {prefix}"):
            return [*lines, f"{self.heard_ms} {prefix}{self.rest}"]
        # The reader would not see our time before what stands there: that becomes a line of its own.
        own = prefix if "$" in prefix else f"# {prefix.strip()}"
        return [own, *lines, f"{self.heard_ms} {self.rest}"]


@dataclass
class _Before:
    """What the last lines of a peer told about the next."""

    line: str
    told: Told
    is_next: bool = True
    """No sentence came since."""


@dataclass
class Joiner:
    """The sentences of one source that wait for others of their message."""

    unpaired: int = 0
    """Lines that should have told the time of a sentence which never came."""
    _waiting: dict[Key, dict[int, _Line]] = field(default_factory=dict)
    _count: int = 0
    _before: dict[Hashable, _Before] = field(default_factory=dict)
    _orphans: int = 0

    def push(self, peer: Hashable, line: bytes, now_ms: int) -> list[bytes]:
        """Take a line that a peer sent and return the lines that can be written.

        Parameters
        ----------
        peer
            Who sent it: two peers may use the same sequence numbers at the same time.
        line
            The line without its end.
        now_ms
            The time, in milliseconds since 1970.

        """
        text = line.decode("latin-1")
        prefix, pieces = split(text)
        if not pieces:
            return _encoded(self._take_other(peer, text))
        before: list[str] = []
        if "$PGHP," in prefix:  # two lines whose line end was lost
            before, prefix = self._take_other(peer, prefix), ""
        return _encoded(before + self._take(peer, prefix, pieces, now_ms))

    def expire(self, now_ms: int) -> list[bytes]:
        """Give up on messages that have waited too long; return their sentences."""
        old = [k for k, parts in self._waiting.items() if now_ms - _latest_ms(parts) > LIFETIME_MS]
        return _encoded([line for key in old for line in self._give_up(key)])

    def flush(self) -> list[bytes]:
        """Give up on all that is not complete: nothing more will come."""
        self.unpaired += sum(before.is_next for before in self._before.values())
        self._before.clear()
        return _encoded([line for key in list(self._waiting) for line in self._give_up(key)])

    def forget(self, peer: Hashable) -> None:
        """Forget the last line of a peer that is gone."""
        before = self._before.pop(peer, None)
        self.unpaired += before is not None and before.is_next

    def _take(self, peer: Hashable, prefix: str, pieces: list[str], now_ms: int) -> list[str]:
        sentences, tells_time = _read(prefix, pieces)
        if len(pieces) > 1 and tells_time and not (prefix_tells_time(prefix) or sentences[-1].told.time):
            apart = [("", [piece]) for piece in pieces[1:]]  # the time that one tells is not that of the others
            return [line for own in ((prefix, pieces[:1]), *apart) for line in self._take(peer, *own, now_ms)]
        first = sentences[0] if sentences else None
        lead = self._lead(peer, further=first is not None and first.number > 1)
        if lead is not None:
            tells_time = tells_time or lead.told.time
        line = _Line(prefix, "".join(pieces), now_ms, tells_time, lead.line if lead is not None else "")
        if first is None or len(pieces) > 1 or first.total == 1:
            return line.written(stamped=True)
        station = first.told.station or (lead.told.station if lead is not None else "")
        return self._join((peer, *_key(first, station)), first, line)

    def _join(self, key: Key, sentence: Sentence, line: _Line) -> list[str]:
        lines: list[str] = []
        if sentence.number in self._waiting.get(key, ()):
            lines += self._give_up(key)
        while self._count >= MOST_WAITING:
            lines += self._give_up(next(iter(self._waiting)))
        parts = self._waiting.setdefault(key, {})
        parts[sentence.number] = line
        self._count += 1
        if len(parts) < sentence.total:
            return lines
        del self._waiting[key]
        self._count -= len(parts)
        whole = [parts[number] for number in sorted(parts)]
        stamped = not any(part.tells_time for part in whole)  # else the time of one is that of all
        return lines + [written for part in whole for written in part.written(stamped=stamped)]

    def _give_up(self, key: Key) -> list[str]:
        """Return the sentences of a message that is not whole, so that no stranger's can complete it."""
        parts = self._waiting.pop(key)
        self._count -= len(parts)
        lines = []
        for number, part in sorted(parts.items()):
            *before, text = part.written(stamped=True)
            prefix, pieces = split(text)
            if not pieces[0].startswith("\\"):
                self._orphans += 1
                group = f"g:{number}-{key[-1]}-{self._orphans}"
                text = f"{prefix}\\{group}*{checksum(group):02X}\\{pieces[0]}"
            lines += [*before, text]
        return lines

    def _lead(self, peer: Hashable, *, further: bool) -> _Before | None:
        """Return what the line before tells of this sentence, as the reader of NMEA logs would understand it."""
        before = self._before.get(peer)
        if before is None:
            return None
        if not before.is_next and not further:
            del self._before[peer]  # such a line holds for one message
            return None
        before.is_next = False
        return before

    def _take_other(self, peer: Hashable, text: str) -> list[str]:
        told = read_lead(text)
        if told is None:
            return [text] if text.strip(" \t\x1a\0") else []
        self.forget(peer)
        self._before[peer] = _Before(text, told)
        if len(self._before) > MOST_PEERS:
            self.forget(next(iter(self._before)))
        return []


def _read(prefix: str, pieces: list[str]) -> tuple[list[Sentence], bool]:
    """Return the sentences of a line that are sound, and whether the line tells a time."""
    sentences = [sentence for piece in pieces if (sentence := read_sentence(piece)) is not None]
    return sentences, prefix_tells_time(prefix) or any(sentence.told.time for sentence in sentences)


def _key(sentence: Sentence, station: str) -> Key:
    """Tell which message a sentence belongs to, as the reader of NMEA logs does; last comes the number of parts."""
    own = sentence.told.group
    return (
        (own, "", "", sentence.total)
        if own
        else ("", station, f"{sentence.sequence}:{sentence.channel}", sentence.total)
    )


def _latest_ms(parts: dict[int, _Line]) -> int:
    return max(part.heard_ms for part in parts.values())


def _encoded(lines: list[str]) -> list[bytes]:
    return [line.encode("latin-1") for line in lines]
