"""NMEA feeds: lines to sentences, sentences to messages, messages to positions, contacts and static reports."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from darkships.feed import statics
from darkships.feed.casts import Ints, to_text
from darkships.feed.containers import UNFINISHED, Member, Taking, TruncatedStreamError, line_blocks
from darkships.feed.nmea_lines import (
    BadSentenceError,
    Sentence,
    Stamp,
    kind_of,
    read_pghp,
    read_prefix,
    read_sentence,
    read_tag_line,
    split,
)
from darkships.feed.nmea_parts import Assembler, joint_stamp
from darkships.feed.nmea_payload import PayloadError, Report, read_payload
from darkships.feed.rows import Reject, position_table, quarantine_table
from darkships.schema import FeedBatch
from darkships.units import US_PER_S

BATCH_MESSAGES = 100_000
_MINUTE_US = 60 * US_PER_S
_OPTIONAL = ("msg_type", "sog", "cog", "heading", "nav_status", "ais_class", "flags")


class Clock:
    """Time for lines that tell none: from a start on, moved by the UTC second that position reports carry."""

    def __init__(self, start: datetime | None) -> None:
        self._now = None if start is None else round(start.timestamp() * US_PER_S)

    def at(self, second: int | None) -> int | None:
        """Return the time of a message, whose second is taken to be the nearest to the clock, within 30 s."""
        if self._now is None or second is None:
            return self._now
        ahead = second * US_PER_S - self._now % _MINUTE_US
        time = self._now + (ahead + _MINUTE_US // 2) % _MINUTE_US - _MINUTE_US // 2
        self._now = max(self._now, time)
        return time


@dataclass
class _Batch:
    """What has come together since the last batch was given out."""

    reports: list[Report] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    stations: list[str | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    rows_read: int = 0

    def table(self, receiver: str, where: str) -> FeedBatch:
        """Return it as tables."""
        mmsi, us = (np.array(values, dtype=np.int64) for values in ([r.mmsi for r in self.reports], self.times))
        own: dict[str, npt.NDArray[Any]] = {
            "mmsi": mmsi,
            "timestamp": us,
            "offset": np.array(self.lines, dtype=np.int64),
        }
        for name in ("lat", "lon"):
            own[name] = np.array([getattr(r, name) for r in self.reports], dtype=np.float64)
        values = {name: pa.array([getattr(r, name) for r in self.reports]) for name in _OPTIONAL}
        values["station"] = to_text(pa.array(self.stations, pa.string()))
        return FeedBatch(
            position_table(own, values, receiver),
            self._statics(mmsi, us),
            quarantine_table(self.rejects, where),
            self.rows_read,
            dict(self.skipped),
        )

    def _statics(self, mmsi: Ints, us: Ints) -> pa.Table:
        rows = [i for i, report in enumerate(self.reports) if report.said is not None]
        said = [self.reports[i].said or {} for i in rows]
        columns = {name: [values.get(name) for values in said] for name in statics.FIELDS}
        return statics.reports(mmsi[rows], us[rows], {name: pa.array(column) for name, column in columns.items()})


@dataclass
class NmeaSource:
    """One NMEA log."""

    member: Member
    receiver: str
    start_time: datetime | None = None
    complete: bool = True
    """False once the stream turned out to be cut off."""
    notes: Counter[str] = field(default_factory=Counter)
    taking: Taking = field(default_factory=Taking)
    rows: int = 0
    """Lines so far, those before ``member.start`` included."""

    def __post_init__(self) -> None:
        """Begin without any line read."""
        self._assembler = Assembler()
        self._clock = Clock(self.start_time)
        self._before = Stamp()  # what a line of its own told: $PGHP or a TAG block
        self._is_next = False  # the next sentence is the first after it
        self._batch = _Batch()

    def batches(self) -> Iterator[FeedBatch]:
        """Yield the messages, some 100,000 at a time."""
        for line in self._lines():
            self.rows += 1
            self._read_line(line)
            if len(self._batch.reports) + len(self._batch.rejects) >= BATCH_MESSAGES:
                yield self._hand_out()
        self._lose(self._assembler.flush())
        if self._batch.rows_read:
            yield self._hand_out()

    def _lines(self) -> Iterator[str]:
        try:
            for block in line_blocks(self.member):
                body, unfinished = self.taking.whole_lines(block)
                if body:
                    yield from body.decode("latin-1").removesuffix("\n").split("\n")
                if unfinished:
                    self.notes[UNFINISHED] += 1
                    self._batch.rows_read += 1
                    self._batch.skipped["unfinished_line"] += 1
        except TruncatedStreamError as cut:
            self.complete = False
            if cut.tail:
                yield cut.tail.decode("latin-1")

    def _hand_out(self) -> FeedBatch:
        batch, self._batch = self._batch, _Batch()
        return batch.table(self.receiver, self.member.where)

    def _read_line(self, line: str) -> None:
        prefix, pieces = split(line.rstrip("\r"))
        if not pieces:
            self._read_other(line)
            return
        sentences = []
        for piece in pieces:
            self._batch.rows_read += 1
            try:
                sentences.append(read_sentence(piece, self.rows, read_prefix(prefix)))
            except BadSentenceError as error:
                self._reject(error.reason, error.detail, piece)
        for sentence in sentences:  # what stands at the end of a line holds for all of it
            self._read(sentence._replace(stamp=sentence.stamp.filled(sentences[-1].stamp)))
        self._is_next = False

    def _read(self, sentence: Sentence) -> None:
        if not self._is_next and sentence.number == 1:
            self._before = Stamp()  # such a line holds for the sentence after it; its station for the further parts too
        known = self._before if self._is_next else Stamp(station=self._before.station)
        parts, lost = self._assembler.push(sentence._replace(stamp=sentence.stamp.filled(known)))
        self._lose(lost)
        if parts:
            self._read_message(parts)

    def _read_other(self, line: str) -> None:
        self._batch.rows_read += 1
        kind = kind_of(line)
        if kind is None:
            reason = "truncated" if "!" in line else "unrecognised"
            self._reject(reason, "no AIS or other NMEA sentence, comment or blank line", line)
            return
        self._batch.skipped[kind] += 1
        if kind in {"time", "tag_block"}:
            self._before = read_pghp(line) or read_tag_line(line)
            self._is_next = True

    def _read_message(self, parts: list[Sentence]) -> None:
        stamp, last = joint_stamp(parts), max(part.line for part in parts)
        raw = " ".join(part.raw for part in parts)
        try:
            report = read_payload("".join(part.payload for part in parts), parts[-1].fill)
        except PayloadError as error:
            self._reject(error.reason, str(error), raw)
        else:
            us = stamp.us if stamp.us is not None else self._clock.at(report.second)
            if us is None:
                self.notes["no time in the line; give the time of the first line with --start-time"] += 1
                self._reject("no_time", "neither the line nor --start-time tells when it was heard", raw)
            else:
                self._batch.reports.append(report)
                self._batch.times.append(us)
                self._batch.stations.append(stamp.station or None)
                self._batch.lines.append(last)
        if len(parts) > 1:
            self._batch.skipped["further_part"] += len(parts) - 1

    def _lose(self, parts: Iterable[Sentence]) -> None:
        for part in parts:
            detail = f"part {part.number} of {part.total}; the other parts did not come in time"
            self._batch.rejects.append(Reject(part.line, "incomplete", detail, part.raw))

    def _reject(self, reason: str, detail: str, raw: str) -> None:
        self._batch.rejects.append(Reject(self.rows, reason, detail, raw))
