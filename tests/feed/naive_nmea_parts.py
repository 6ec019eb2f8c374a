"""Putting the sentences of one message together again, however they lie among those of other stations."""

from dataclasses import dataclass, field

from naive_nmea_lines import Sentence, Stamp
from darkships.units import US_PER_S

LIFETIME_US = 60 * US_PER_S
"""In feed time: parts of one message that are further apart belong to two messages."""

LIFETIME_LINES = 5_000
"""The same where the feed tells no time."""

_SWEEP_LINES = 10_000

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
            return abs(sentence.stamp.us - latest.stamp.us) > LIFETIME_US
        return sentence.line - latest.line > LIFETIME_LINES


class Assembler:
    """Joins parts by (station, TAG group, sequence id, channel, total), in whatever order they come.

    Two stations may use one sequence id at the same time; without the station in the key, parts of two ships would be
    joined into one that does not exist. A part without a station takes that of its TAG group.
    """

    def __init__(self) -> None:
        self._pending: dict[Key, _Pending] = {}
        self._group_stations: dict[str, str] = {}
        self._swept = 0

    def push(self, sentence: Sentence) -> tuple[list[Sentence], list[Sentence]]:
        """Take one sentence.

        Returns
        -------
        tuple
            The parts of the message that it completes, in order (else none); parts that can no longer be completed.

        """
        if sentence.total == 1:
            return [sentence], []
        lost = self._sweep(sentence)
        key = self._key(sentence)
        pending = self._pending.setdefault(key, _Pending())
        if pending.parts and not pending.fits(sentence):
            lost.extend(pending.parts.values())
            pending = self._pending[key] = _Pending()
        pending.parts[sentence.number] = sentence
        if len(pending.parts) < sentence.total:
            return [], lost
        del self._pending[key]
        return [pending.parts[number] for number in sorted(pending.parts)], lost

    def flush(self) -> list[Sentence]:
        """Give up on all that is not complete: the feed has ended."""
        lost = [part for pending in self._pending.values() for part in pending.parts.values()]
        self._pending.clear()
        return lost

    def _key(self, sentence: Sentence) -> Key:
        stamp, rest = sentence.stamp, (sentence.sequence, sentence.channel, sentence.total)
        if stamp.group and stamp.station:
            self._group_stations[stamp.group] = stamp.station
        key = (stamp.station or self._group_stations.get(stamp.group, ""), stamp.group, *rest)
        early = ("", stamp.group, *rest)
        if stamp.group and key != early and key not in self._pending and early in self._pending:
            self._pending[key] = self._pending.pop(early)  # a later part came before the one that names the station
        return key

    def _sweep(self, sentence: Sentence) -> list[Sentence]:
        """Now and then give up on what has waited too long, so that memory stays bounded."""
        if sentence.line - self._swept < _SWEEP_LINES:
            return []
        self._swept = sentence.line
        old = [key for key, pending in self._pending.items() if pending.expired(sentence)]
        lost = [part for key in old for part in self._pending.pop(key).parts.values()]
        alive = {key[1] for key in self._pending}
        self._group_stations = {group: s for group, s in self._group_stations.items() if group in alive}
        return lost


def joint_stamp(parts: list[Sentence]) -> Stamp:
    """Return the time and station of a message: those of its first part that has them."""
    us = next((part.stamp.us for part in parts if part.stamp.us is not None), None)
    return Stamp(us, next((part.stamp.station for part in parts if part.stamp.station), ""))
