"""NMEA feeds: blocks of lines through the kernels, to positions, contacts, static reports and quarantine."""

import re
import secrets
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np

from darkships.feed import statics
from darkships.feed.ahead import ahead
from darkships.feed.containers import Member, TruncatedStreamError, line_buffers
from darkships.feed.nmea_state import State, Waiting
from darkships.feed.nmea_tables import position_columns, static_table
from darkships.feed.rows import POSITION_SCHEMA, RAW_SIZE, Reject, position_table, quarantine_table
from darkships.kernels import Array, fixed
from darkships.kernels import nmea_records as lines
from darkships.kernels.nmea_clocks import reckon, watch_clocks
from darkships.kernels.nmea_lines import CLOCKS, FIRST_LED, GROUPED, LED, REFUSED, lex, line_end, most_records, survey
from darkships.kernels.nmea_parts import COUNT, PARTS, assemble, intern, intern_more, joint, texts_to_intern
from darkships.kernels.nmea_payload import BAD_MMSI, BAD_SIZE, BAD_TYPE, GOOD, TOO_SHORT, decode, layout
from darkships.kernels.nmea_stamps import prefix_time
from darkships.kernels.nmea_tags import group_sizes
from darkships.kernels.nmea_times import NO_TIME
from darkships.schema import POSITION_FLAGS, FeedBatch

_SKIPPED = ("blank", "comment", "time", "tag_block", "other_nmea")
"""Lines without AIS sentence, in the order in which ``lex`` counts them."""

_TORN = {
    lines.TRUNCATED: ("truncated", "the sentence ends before its checksum"),
    lines.MALFORMED: ("sentence", "the fields are not those of an AIS sentence"),
    lines.UNRECOGNISED: ("unrecognised", "no AIS or other NMEA sentence, comment or blank line"),
}
BLOCK_SIZE = 8 * 1024 * 1024
"""Small enough that what the kernels hand to each other stays near, large enough that all else takes little."""

_STRETCH = 512 * 1024
"""Bytes of a block that are lexed before their stations are looked up: these records are still at hand then."""

MOST_WAITING = 10_000
"""Characters of the parts of one message that are remembered from one block to the next; no sound one has as many."""

_SEED = secrets.randbits(31) | 1
"""For hash tables: it changes no result, but no feed can foresee which of its texts would collide."""

_ZONE_NOTE = "times without a zone were taken as UTC"
_ZONELESS = re.compile(rb"\d[ T]\d\d:\d\d:\d\d(?:[.,]\d++)?+(?! *(?:Z|UTC|GMT|[+-]\d))")

_NO_TIME_NOTE = "no time in the line; give the time of the first line with --start-time"


class _Text(NamedTuple):
    """A block of lines, and the records that ``lex`` found in it."""

    data: Array
    records: Array
    counts: Array
    lines: int
    among: Array
    """What ``survey`` found among the records."""
    stations: Array
    """The number of each record's station, -1 for none."""
    names: list[str]
    """Of the stations."""


@dataclass
class _Block:
    """Lines of a feed with all that the kernels found in them."""

    data: Array
    records: Array
    counts: Array
    among: Array
    stations: Array
    names: list[str]
    """Of the stations."""
    parts: Array
    is_whole: Array
    messages: Array
    lost: Array
    waited: list[Waiting]
    """What the first records are: parts that waited since earlier blocks."""
    newest: int
    """The record that came last of all parts, if it waits; else -1."""

    def text(self, start: int, stop: int) -> str:
        """Return bytes as text."""
        return self.data[start:stop].tobytes().decode("latin-1")

    def raw(self, record: int) -> str:
        """Return the text of a record as it stood in the log."""
        if record < len(self.waited):
            return self.waited[record].raw
        return self.text(self.records[record, lines.START], self.records[record, lines.STOP])

    def records_of(self, message: int) -> list[int]:
        """Return the records of a message, in the order of its parts."""
        return [message] if message >= 0 else [part for part in self.parts[-1 - message, :PARTS].tolist() if part >= 0]


@dataclass
class NmeaSource:
    """One NMEA log.

    ``carry`` is what an earlier reading of the same log left to continue from; after ``batches`` has run it is what
    this one leaves. Where the member is final, parts that then wait for others are given up.
    """

    member: Member
    receiver: str
    start_time: datetime | None = None
    carry: str | None = None
    complete: bool = True
    """False once the stream turned out to be cut off."""
    notes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Begin without any line read, or go on."""
        self._state = State.begin(self.start_time) if self.carry is None else State.read(self.carry)
        self._buffers = _buffers(2)  # numba takes the order of a single row for another one, and compiles once more

    @property
    def rows(self) -> int:
        """Lines so far, those of earlier readings included."""
        return self._state.line

    def batches(self) -> Iterator[FeedBatch]:
        """Yield the messages of a block of lines at a time."""
        for text in ahead(self._lexed()):
            yield self._read(self._scan(text))
        if self.member.final and self._state.waiting:
            waiting, self._state.waiting = self._state.waiting, []
            rejects = quarantine_table([_lost(part) for part in waiting], self.member.where)
            yield FeedBatch(POSITION_SCHEMA.empty_table(), statics.SCHEMA.empty_table(), rejects, rejects.num_rows, {})
        self.carry = self._state.write()

    def _blocks(self) -> Iterator[Array]:
        try:
            for buffer, used in line_buffers(self.member, BLOCK_SIZE):
                yield fixed(buffer[:used])
        except TruncatedStreamError as cut:
            self.complete = False
            if cut.tail:
                yield np.frombuffer(cut.tail, np.uint8)

    def _lexed(self) -> Generator[_Text, None, None]:
        """Yield each block of lines with the records of it; these hold until the next but one is asked for."""
        buffers, line = [np.empty((0, lines.WIDTH), np.int64)] * 2, self._state.line
        for data in self._blocks():
            records, counts, among = buffers.pop(0), np.zeros(6, np.int64), np.zeros(5, np.int64)
            if (most := most_records(data)) > len(records):
                records = np.empty((most, lines.WIDTH), np.int64)
            buffers.append(records)
            codes, first, slots = texts_to_intern(most)
            before, found, distinct, at = line, 0, 0, 0
            while at < data.size:
                stretch = data[: line_end(data, at + _STRETCH)]
                begin, (more, read) = found, lex(stretch, at, records[found:], counts)
                found += more
                survey(data, records[:found], begin, line + 1, among)
                starts, sizes = records[:found, lines.STATION], records[:found, lines.STATION_SIZE]
                distinct = intern_more(data, starts, sizes, begin, codes, first, distinct, slots, _SEED)
                line, at = line + read, stretch.size
            names = [_station(data, record) for record in records[first[:distinct]]]
            yield _Text(data, records[:found], counts, line - before, among, codes[:found], names)

    def _read(self, block: _Block) -> FeedBatch:
        messages = block.messages
        if messages.size > len(self._buffers[0]):
            self._buffers = _buffers(messages.size)
        decode(block.data, block.records, block.parts, messages, *self._buffers)
        whole, real, clock = (buffer[: messages.size] for buffer in self._buffers)
        us, stations, ends = joint(block.records, block.stations, block.parts, messages)
        whole[self._watch(us, clock, stations, block.names), 4] |= POSITION_FLAGS["clock_off"]
        whole[self._reckon(block, us, clock, whole[:, 7], ends), 4] |= POSITION_FLAGS["time_assumed"]
        good = (whole[:, 0] == GOOD) & (us != NO_TIME)
        rejects = [*self._torn(block), *self._refused(block, whole, ends, np.flatnonzero(~good))]
        rejects += [_lost(_as_waiting(block, record)) for record in block.lost.tolist()]
        skipped = {name: n for name, n in zip(_SKIPPED, block.counts.tolist(), strict=False) if n}
        further = int((block.parts[-1 - messages[messages < 0], COUNT] - 1).sum())
        rejects += self._wait(block)
        kept = slice(None) if good.all() else good
        own = {"mmsi": whole[kept, 2].copy(), "timestamp": us[kept], "offset": ends[kept]}
        own |= {"lon": real[kept, 0].copy(), "lat": real[kept, 1].copy()}
        values = position_columns(whole[kept], real[kept], stations[kept], block.names)
        return FeedBatch(
            position_table(own, values, self.receiver),
            static_table(block.data, block.records, block.parts, messages, whole, us, good),
            quarantine_table(rejects, self.member.where),
            int(block.counts.sum()) - len(self._state.waiting),
            skipped | ({"further_part": further} if further else {}),
        )

    def _wait(self, block: _Block) -> Iterable[Reject]:
        """Keep the parts of messages that are not complete, as they came; describe those that are too large for it."""
        self._state.waiting, self._state.newest = [], -1
        for row in np.flatnonzero(~block.is_whole & (block.parts[:, COUNT] > 0)).tolist():
            records = sorted(block.records_of(-1 - row))
            station = max(int(block.stations[record]) for record in records)  # one of them may not tell it
            name = block.names[station] if station >= 0 else ""
            parts = [replace(_as_waiting(block, record), station=name) for record in records]
            if sum(part.size for part in parts) > MOST_WAITING:
                yield from map(_lost, parts)
                continue
            self._state.waiting += parts
            if records[-1] == block.newest:
                self._state.newest = len(self._state.waiting) - 1

    def _scan(self, text: _Text) -> _Block:
        """Run the kernels that join sentences; what waited since earlier blocks comes first."""
        state, waiting = self._state, self._state.waiting
        state.line += text.lines
        if text.among[LED]:
            self._note_zone(text)
        data, records = self._with_waiting(text)
        told = [_station(data, record) for record in records[: len(records) - len(text.records)]]
        names = [name for name in dict.fromkeys((*text.names, *told, state.stamp_station)) if name]
        code = {name: number for number, name in enumerate(names)} | {"": -1}
        stations = np.concatenate((np.array([code[name] for name in told], np.int32), text.stations))
        groups, n_groups = np.full(len(records), -1, np.int32), 0
        if text.among[GROUPED]:
            groups, first = intern(data, records[:, lines.GROUP], group_sizes(data, records[:, lines.GROUP]), _SEED)
            n_groups = first.size
        before = np.array([state.stamp_us, code[state.stamp_station], state.stamp_line, state.newest])
        parts, is_whole, messages, lost = assemble(records, len(waiting), stations, groups, n_groups, before, _SEED)
        state.stamp_us, state.stamp_line = int(before[0]), int(before[2])
        state.stamp_station = names[before[1]] if before[1] >= 0 else ""
        return _Block(
            data, records, text.counts, text.among, stations, names, parts, is_whole, messages, lost, waiting,
            int(before[3]),
        )  # fmt: skip

    def _note_zone(self, text: _Text) -> None:
        """Tell if loggers wrote dates without a zone before sentences, by the first of those with text before them."""
        led = text.records[text.among[FIRST_LED]]
        at = int(led[lines.START])
        before = text.data[max(0, at - RAW_SIZE) : at].tobytes().rpartition(b"\n")[2]
        if _ZONELESS.search(before) and prefix_time(text.data, at - len(before), at) == led[lines.US]:
            self.notes[_ZONE_NOTE] += int(text.among[LED])

    def _with_waiting(self, text: _Text) -> tuple[Array, Array]:
        """Return bytes and records with what waited: its text behind, its records before."""
        waiting, start = self._state.waiting, text.data.size
        if not waiting:
            return text.data, text.records
        behind = b"".join(part.stamped() for part in waiting)
        data = fixed(np.concatenate((text.data, np.frombuffer(behind, np.uint8))))
        records = np.empty((most_records(data[start:]), lines.WIDTH), np.int64)
        found, _ = lex(data, start, records, text.counts)
        numbers = np.array([part.line for part in waiting], np.int64)
        records[:found, lines.LINE] = numbers[records[:found, lines.LINE]]
        survey(data, records[:found], 0, 0, among := np.zeros(5, np.int64))
        text.among[CLOCKS:] += among[CLOCKS:]
        return data, np.concatenate((records[:found], text.records))

    def _watch(self, us: Array, clock: Array, stations: Array, names: list[str]) -> Array:
        counted = np.array([self._state.stations.get(name, (0, 0)) for name in names], np.int64).reshape(-1, 2)
        agree, differ = counted[:, 0].copy(), counted[:, 1].copy()
        is_off = watch_clocks(us, clock, stations, agree, differ)
        told = zip(names, agree.tolist(), differ.tolist(), strict=True)
        self._state.remember({name: (a, d) for name, a, d in told if a or d})
        return is_off

    def _reckon(self, block: _Block, us: Array, clock: Array, second: Array, ends: Array) -> Array:
        told = block.records[block.records[:, lines.KIND] == lines.CLOCK] if block.among[CLOCKS] else block.records[:0]
        log = np.array([self._state.now, self._state.doubt, self._state.has_clock_lines])
        reckoned = reckon(us, clock, second, ends, told[:, lines.LINE].copy(), told[:, lines.US].copy(), log)
        self._state.now, self._state.doubt = int(log[0]), int(log[1])
        self._state.has_clock_lines = bool(log[2])
        return reckoned

    def _torn(self, block: _Block) -> Iterable[Reject]:
        """Describe the pieces of lines that are no sentences."""
        found = np.flatnonzero(block.records[:, lines.KIND] >= lines.TRUNCATED).tolist() if block.among[REFUSED] else []
        for i in found:
            record = block.records[i]
            if record[lines.KIND] == lines.CHECKSUM:
                given, computed = int(record[lines.TOTAL]), int(record[lines.NUMBER])
                reason, detail = "checksum", f"the checksum is {given:02X}, computed {computed:02X}"
            elif record[lines.KIND] == lines.PART:
                reason, detail = "sentence", f"part {record[lines.NUMBER]} of {record[lines.TOTAL]}"
            else:
                reason, detail = _TORN[int(record[lines.KIND])]
            yield Reject(int(record[lines.LINE]), reason, detail, block.raw(i))

    def _refused(self, block: _Block, whole: Array, ends: Array, refused: Array) -> Iterable[Reject]:
        """Describe the messages that cannot be read or have no time."""
        for m in refused.tolist():
            verdict, kind, mmsi, size = (int(whole[m, k]) for k in (0, 1, 2, 8))
            reason = "mmsi" if verdict == BAD_MMSI else "no_time" if verdict == GOOD else "payload"
            details = {
                GOOD: "neither the line nor --start-time tells when it was heard",
                TOO_SHORT: f"{size} bits; expected at least 40, with message type and MMSI",
                BAD_TYPE: f"message type {kind}; expected 1 to 27",
                BAD_MMSI: f"MMSI {mmsi}; expected 0 or seven to nine digits",
                BAD_SIZE: f"{size} bits; expected {layout(kind)[0]} in a message of type {kind}",
            }
            if verdict == GOOD:
                self.notes[_NO_TIME_NOTE] += 1
            raw = " ".join(block.raw(record) for record in block.records_of(int(block.messages[m])))
            yield Reject(int(ends[m]), reason, details[verdict], raw)


def _station(data: Array, record: Array) -> str:
    """Return the text of a record's station."""
    start, size = record[lines.STATION], record[lines.STATION_SIZE]
    return data[start : start + size].tobytes().decode("latin-1")


def _as_waiting(block: _Block, record: int) -> Waiting:
    """Return a part of a message that is not complete; one that waited before as it was."""
    if record < len(block.waited):
        return block.waited[record]
    row = block.records[record]
    stop = int(row[lines.PAYLOAD_STOP]) + len(",0*00")
    head = block.text(row[lines.START], row[lines.PAYLOAD])
    group, station = int(row[lines.GROUP]), int(block.stations[record])
    sizes = group_sizes(block.data, np.array([group]))
    return Waiting(
        line=int(row[lines.LINE]),
        raw=block.raw(record)[:RAW_SIZE],
        sentence=block.text(int(row[lines.START]) + head.rindex("!"), stop),
        total=int(row[lines.TOTAL]),
        number=int(row[lines.NUMBER]),
        us=int(row[lines.US]),
        station=block.names[station] if station >= 0 else "",
        group=block.text(group, group + int(sizes[0])),
    )


def _lost(part: Waiting) -> Reject:
    detail = f"part {part.number} of {part.total}; the other parts did not come in time"
    return Reject(part.line, "incomplete", detail, part.raw)


def _buffers(most: int) -> tuple[Array, Array, Array]:
    """Return room for what ``decode`` fills, column by column; it is used again, for new memory costs time."""
    return np.empty((9, most), np.int32).T, np.empty((5, most), np.float64).T, np.empty(most, np.int64)
