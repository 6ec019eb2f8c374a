"""The naive reference of kernels/nmea_lines.py: lines by regular expressions."""

import re
from datetime import UTC, datetime
from functools import reduce
from operator import xor
from typing import NamedTuple

from darkships.units import EARLIEST_S, LATEST_S, US_PER_S

_START = re.compile(r"(?:\\[^\\!]*\\\s*)?![A-Z-]{2}VD[MO],")
_SENTENCE = re.compile(
    r"(?:\\(?P<tag>[^\\!]*)\\\s*)?!(?P<body>[A-Z-]{2}VD[MO],(?P<total>[1-9]),(?P<number>[1-9]),(?P<sequence>\d*),"
    r"(?P<channel>[A-Z0-9]?),(?P<payload>[0-W`-w]*),(?P<fill>[0-5]))\*(?P<sum>[0-9A-Fa-f]{2})"
)
_PGHP = re.compile(r"\$(?P<body>PGHP,1(?P<fields>(?:,[^,*\"]*){7,}))\*(?P<sum>[0-9A-Fa-f]{2})")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6})\d*)?\s*(Z|[+-]\d\d:?\d\d)?")
_EPOCH = re.compile(r"(?<![\d.])(\d{10}(?:\d{3}|\d{6}|\d{9})?)(?:\.(\d{1,6})\d*)?(?![\d.])")
_GROUP = re.compile(r"(\d+)-(\d+)-(\w+)")
_OLD_GROUP = re.compile(r"(\d)G(\d):(\w+)")
_RECEIVER = re.compile(r"[rb][A-Za-z0-9_]+")
_OTHER = re.compile(r"[$!][A-Z][A-Z0-9]+,")


class Stamp(NamedTuple):
    """When (microseconds since 1970) and by whom something was heard, as far as the line tells."""

    us: int | None = None
    station: str = ""
    group: str = ""

    def filled(self, other: "Stamp") -> "Stamp":
        """Return this with what it does not tell taken from another."""
        return Stamp(other.us if self.us is None else self.us, self.station or other.station, self.group)


class Sentence(NamedTuple):
    """One AIS sentence whose checksum is right."""

    line: int
    stamp: Stamp
    total: int
    number: int
    sequence: str
    channel: str
    payload: str
    fill: int
    raw: str


class BadSentenceError(ValueError):
    """A piece of a line that should be an AIS sentence and is none: a reason and a detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def split(line: str) -> tuple[str, list[str]]:
    """Split a line into what stands before its first AIS sentence and the sentences with what follows each."""
    starts = [match.start() for match in _START.finditer(line)]
    if not starts:
        return line, []
    return line[: starts[0]], [line[a:b] for a, b in zip(starts, [*starts[1:], len(line)], strict=True)]


def read_sentence(piece: str, line: int, prefix: Stamp) -> Sentence:
    """Read one AIS sentence with its own TAG block and trailing fields.

    Parameters
    ----------
    piece
        The sentence, from its TAG block on, with what follows it.
    line
        The number of its line.
    prefix
        What the beginning of the line tells.

    Raises
    ------
    BadSentenceError
        When it is cut off, malformed, or its checksum is wrong.

    """
    match = _SENTENCE.match(piece)
    if match is None:
        if re.search(r"\*[0-9A-Fa-f]{2}", piece.rpartition("!")[2]) is None:
            raise BadSentenceError("truncated", "the sentence ends before its checksum")
        raise BadSentenceError("sentence", "the fields are not those of an AIS sentence")
    computed = checksum(match["body"])
    if computed != int(match["sum"], 16):
        raise BadSentenceError("checksum", f"the checksum is {match['sum']}, computed {computed:02X}")
    stamp = _read_tag(match["tag"] or "").filled(prefix).filled(_read_trailer(piece[match.end() :]))
    total, number = int(match["total"]), int(match["number"])
    if number > total:
        raise BadSentenceError("sentence", f"part {number} of {total}")
    return Sentence(
        line, stamp, total, number, match["sequence"], match["channel"], match["payload"], int(match["fill"]), piece
    )


def read_prefix(prefix: str) -> Stamp:
    """Read the time that a logger wrote before a sentence: a date, or seconds to nanoseconds since 1970."""
    if "$" in prefix:
        return Stamp()  # the rest of another sentence: its numbers are no time
    match = _DATE.search(prefix)
    if match is not None:
        return Stamp(_date_us(match))
    found = _EPOCH.search(prefix)
    return Stamp(_epoch_us(found) if found else None)


def read_pghp(line: str) -> Stamp | None:
    """Read a $PGHP line (GateHouse), which gives the time and station of the sentence after it; None if it is none."""
    at = line.find("$PGHP")
    match = _PGHP.match(line, at) if at >= 0 else None
    if match is None or checksum(match["body"]) != int(match["sum"], 16):
        return None
    fields = match["fields"].split(",")[1:]
    try:
        year, month, day, hour, minute, second, milli = (int(text) for text in fields[:7])
        time = datetime(year, month, day, hour, minute, second, milli * 1000, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    if not 1900 <= year <= 2200:
        return None
    return Stamp(_bounded(_us(time)), fields[9] if len(fields) > 9 else "")


def read_tag_line(line: str) -> Stamp:
    """Read a TAG block that stands alone in its line, before the sentence that it is for."""
    return _read_tag(line.strip().strip("\\"))


def kind_of(line: str) -> str | None:
    """Name the kind of a line without AIS sentence; None if it is not understood."""
    text = line.strip(" \t\x1a\x00'\"")
    if not text:
        return "blank"
    if text.startswith(("#", "//")):
        return "comment"
    if "$PGHP" in text:
        return "time"
    return "other_nmea" if _OTHER.search(text) else "tag_block" if text.startswith("\\") else None


def checksum(body: str) -> int:
    """XOR of the characters between the start and the asterisk (NMEA 0183)."""
    return reduce(xor, body.encode("latin-1", errors="replace"), 0)


def _read_tag(tag: str) -> Stamp:
    """Read a TAG block; one whose own checksum is wrong tells nothing."""
    body, _, given = tag.rpartition("*")
    if not re.fullmatch(r"[0-9A-Fa-f]{1,2}", given) or checksum(body) != int(given, 16):
        return Stamp()
    us, station, group = None, "", ""
    for text in body.split(","):
        key, _, value = text.partition(":")
        old = _OLD_GROUP.fullmatch(key + ":" + value)
        found = _GROUP.fullmatch(value) if key == "g" else None
        if key == "c" and us is None and (epoch := _EPOCH.fullmatch(value)):
            us = _epoch_us(epoch)
        elif key == "s":
            station = value
        elif found or old:
            group = found[3] if found else old[3] if old else ""
    return Stamp(us, station, group)


def _read_trailer(text: str) -> Stamp:
    """Read what follows a checksum: US Coast Guard fields (rSTATION, last the Unix time), or a $PGHP."""
    pghp = read_pghp(text)
    if pghp is not None:
        return pghp
    us, station = None, ""
    for part in text.strip().split(","):
        if epoch := _EPOCH.fullmatch(part):
            us = _epoch_us(epoch)
        elif _RECEIVER.fullmatch(part):
            station = part
    return Stamp(us, station)


def _date_us(match: re.Match[str]) -> int | None:
    zone = match[8] or "Z"
    fraction = (match[7] or "").ljust(6, "0")
    text = f"{match[1]}-{match[2]}-{match[3]}T{match[4]}:{match[5]}:{match[6]}.{fraction}{zone}"
    try:
        return _bounded(_us(datetime.fromisoformat(text)))
    except ValueError:
        return None


def _epoch_us(match: re.Match[str]) -> int | None:
    digits = match[1]
    us = int(digits) * 10**6 // 10 ** (len(digits) - 10)
    if len(digits) == 10 and match[2]:
        us += int(match[2].ljust(6, "0"))
    return _bounded(us)


def _bounded(us: int) -> int | None:
    return us if EARLIEST_S * US_PER_S <= us < LATEST_S * US_PER_S else None


def _us(time: datetime) -> int:
    return round(time.timestamp() * US_PER_S)
