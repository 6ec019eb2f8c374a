"""The naive reference of kernels/nmea_parts.py: one sentence after the other, in dictionaries."""

from dataclasses import dataclass, field

from naive_nmea_lines import Sentence, Stamp

from darkships.units import US_PER_S

LIFETIME_US = 60 * US_PER_S
"""In feed time: parts of one message that are further apart belong to two messages."""

LIFETIME_LINES = 5_000
"""The same where the feed tells no time."""

TIMED_LIFETIME_LINES = 100_000
"""The same where it does."""

Key = tuple[str, str, str, str, int]


@dataclass
class _Pending:
    """The parts of a message so far."""

    parts: dict[int, Sentence] = field(default_factory=dict)

    def fits(self, sentence: Sentence) -> bool:
        """Tell whether a sentence can belong to the same message."""
        return sentence.number not in self.parts and not self.expired(sentence)

    def expired(self, sentence: Sentence) -> bool:
        """Tell whether the feed is past what a message can last."""
        latest = max(self.parts.values(), key=lambda part: part.line)
        if latest.stamp.us is not None and sentence.stamp.us is not None:
            is_late = sentence.line - latest.line > TIMED_LIFETIME_LINES
            return is_late or abs(sentence.stamp.us - latest.stamp.us) > LIFETIME_US
        return sentence.line - latest.line > LIFETIME_LINES


class Assembler:
    """Joins parts by (station, TAG group, sequence id, channel, total), in whatever order they come.

    Two stations may use one sequence id at the same time; without the station in the key, parts of two ships would be
    joined into one that does not exist. A part without a station belongs to the one message of its TAG group that lacks
    it; of several, to the one whose last part stands in the line before.
    """

    def __init__(self) -> None:
        self._pending: dict[Key, _Pending] = {}
        self._newest: tuple[Key, int] | None = None

    def push(self, sentence: Sentence) -> tuple[list[Sentence], list[Sentence]]:
        """Take one sentence.

        Returns
        -------
        tuple
            The parts of the message that it completes, in order (else none); parts that can no longer be completed.

        """
        if sentence.total == 1:
            return [sentence], []
        key, lost = self._key(sentence), []
        if key is None:
            return [], [sentence]
        if key not in self._pending and key[:2] == ("", "") and self._newest:
            newest, line = self._newest
            pending = self._pending.get(newest)
            is_free = pending is not None and pending.fits(sentence)
            if is_free and newest[1:] == key[1:] and sentence.line - line <= 1:
                key = newest
        pending = self._pending.setdefault(key, _Pending())
        if pending.parts and not pending.fits(sentence):
            lost.extend(pending.parts.values())
            pending = self._pending[key] = _Pending()
        pending.parts[sentence.number] = sentence
        self._newest = key, sentence.line
        if len(pending.parts) < sentence.total:
            return [], lost
        del self._pending[key]
        return [pending.parts[number] for number in sorted(pending.parts)], lost

    def flush(self) -> list[Sentence]:
        """Give up on all that is not complete: the feed has ended."""
        lost = [part for pending in self._pending.values() for part in pending.parts.values()]
        self._pending.clear()
        return lost

    def _key(self, sentence: Sentence) -> Key | None:
        """Return the key of a sentence's message; None if it could belong to several."""
        stamp, rest = sentence.stamp, (sentence.sequence, sentence.channel, sentence.total)
        key, early = (stamp.station, stamp.group, *rest), ("", stamp.group, *rest)
        if not stamp.group:
            return key
        if not stamp.station:
            fitting = [k for k, p in self._pending.items() if k[0] and k[1:] == key[1:] and p.fits(sentence)]
            if len(fitting) < 2:
                return fitting[0] if fitting else key
            newest, line = self._newest or (None, 0)
            return newest if newest in fitting and sentence.line - line <= 1 else None
        if key not in self._pending and early in self._pending:
            self._pending[key] = self._pending.pop(early)  # a later part came before the one that names the station
        return key


def joint_stamp(parts: list[Sentence]) -> Stamp:
    """Return the time and station of a message: those of its first part that has them."""
    us = next((part.stamp.us for part in parts if part.stamp.us is not None), None)
    return Stamp(us, next((part.stamp.station for part in parts if part.stamp.station), ""))
