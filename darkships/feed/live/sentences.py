"""What a line that was just heard tells: which sentences of which message, and whether it tells its own time.

The reader of NMEA logs decides what is right in the end; here is only what has to be known before a line is kept.
"""

import re
from datetime import UTC, datetime
from functools import reduce
from operator import xor
from typing import NamedTuple

_START = re.compile(r"(?:\\[^\\!]*\\\s*)?![A-Z-]{2}VD[MO],")
_SENTENCE = re.compile(
    r"(?:\\(?P<tag>[^\\!]*)\\\s*)?!(?P<body>[A-Z-]{2}VD[MO],(?P<total>[1-9]),(?P<number>[1-9]),(?P<sequence>\d*),"
    r"(?P<channel>[A-Z0-9]?),[0-W`-w]*,[0-5])\*(?P<sum>[0-9A-Fa-f]{2})"
)
_PGHP = re.compile(r"\$(?P<body>PGHP,1(?P<fields>(?:,[^,*\"]*){7,}))\*(?P<sum>[0-9A-Fa-f]{2})")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d+)?\s*(Z|[+-]\d\d:?\d\d)?")
_EPOCH = re.compile(r"(?<![\d.])(?P<s>\d{10})(?:\d{3}|\d{6}|\d{9})?(?:\.\d+)?(?![\d.])")
_GROUP = re.compile(r"g:\d+-\d+-(\w+)|\dG\d:(\w+)")
_RECEIVER = re.compile(r"[rb]\w+", re.ASCII)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Told(NamedTuple):
    """What stands around a sentence."""

    time: bool = False
    """Whether it is told when the sentence was heard; the time itself is the reader's to read."""
    station: str = ""
    group: str = ""
    """Of a TAG block: what the parts of one message have in common."""

    def filled(self, other: "Told") -> "Told":
        """Return this with what it does not tell taken from another."""
        return Told(self.time or other.time, self.station or other.station, self.group)


class Sentence(NamedTuple):
    """One AIS sentence whose checksum is right."""

    told: Told
    total: int
    number: int
    sequence: str
    channel: str


def split(line: str) -> tuple[str, list[str]]:
    """Split a line into what stands before its first AIS sentence and the sentences with what follows each."""
    starts = [match.start() for match in _START.finditer(line)]
    if not starts:
        return line, []
    return line[: starts[0]], [line[a:b] for a, b in zip(starts, [*starts[1:], len(line)], strict=True)]


def read_sentence(piece: str) -> Sentence | None:
    """Read a sentence with its TAG block and what follows it; None if it is not sound."""
    match = _SENTENCE.match(piece)
    if match is None or checksum(match["body"]) != int(match["sum"], 16):
        return None
    total, number = int(match["total"]), int(match["number"])
    if number > total:
        return None
    told = _read_tag(match["tag"] or "").filled(_read_trailer(piece[match.end() :]))
    return Sentence(told, total, number, match["sequence"].lstrip("0") or match["sequence"][:1], match["channel"])


def prefix_tells_time(prefix: str) -> bool:
    """Tell whether a logger wrote a time before a sentence: a date, or seconds to nanoseconds since 1970."""
    if not prefix or "$" in prefix:
        return False  # the rest of another sentence: its numbers are no time
    match = _DATE.search(prefix)
    if match is not None:
        return _is_time(f"{match[1]}T{match[2]}{match[3] or 'Z'}")
    epoch = _EPOCH.search(prefix)
    return epoch is not None and _is_epoch(epoch)


def read_lead(line: str) -> Told | None:
    """Read a line that tells of the sentence after it: $PGHP (GateHouse), or a TAG block alone; None if it is none."""
    text = line.strip(" \t\x1a\x00'\"")
    if text.startswith(("#", "//")):
        return None
    if "$PGHP," in text:
        return _read_pghp(text)
    if text.startswith("\\") and not re.search(r"[$!][A-Z][A-Z0-9]+,", text):
        return _read_tag(text.strip("\\"))
    return None


def checksum(body: str) -> int:
    """XOR of the characters between the start and the asterisk (NMEA 0183)."""
    return reduce(xor, body.encode("latin-1", errors="replace"), 0)


def _read_pghp(text: str) -> Told:
    match = _PGHP.search(text)
    if match is None or checksum(match["body"]) != int(match["sum"], 16):
        return Told()
    fields = match["fields"].split(",")[1:]
    if not all(re.fullmatch(r"\d{1,4}", field) for field in fields[:7]):
        return Told()
    year, month, day, hour, minute, second = (int(field) for field in fields[:6])
    is_time = _is_time(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    return Told(is_time, fields[9] if len(fields) > 9 else "")


def _read_tag(tag: str) -> Told:
    """Read a TAG block; one whose own checksum is wrong tells nothing."""
    body, _, given = tag.rpartition("*")
    if not re.fullmatch(r"[0-9A-Fa-f]{1,2}", given) or checksum(body) != int(given, 16):
        return Told()
    time, station, group = False, "", ""
    for text in body.split(","):
        if text.startswith("c:"):
            epoch = _EPOCH.fullmatch(text[2:])
            time = time or (epoch is not None and _is_epoch(epoch))
        elif text.startswith("s:"):
            station = text[2:]
        elif match := _GROUP.fullmatch(text):
            group = match[1] or match[2]
    return Told(time, station, group)


def _read_trailer(text: str) -> Told:
    """Read what follows a checksum: US Coast Guard fields (rSTATION, last the Unix time), or a $PGHP."""
    if not text:
        return Told()
    if "$PGHP," in text:
        return _read_pghp(text)
    time, station = False, ""
    for part in text.strip().split(","):
        if epoch := _EPOCH.fullmatch(part):
            time = _is_epoch(epoch)
        elif _RECEIVER.fullmatch(part):
            station = part
    return Told(time, station)


def _is_epoch(match: re.Match[str]) -> bool:
    return _EARLIEST.timestamp() <= int(match["s"]) < _LATEST.timestamp()


def _is_time(text: str) -> bool:
    try:
        return _EARLIEST <= datetime.fromisoformat(text) < _LATEST
    except ValueError:
        return False
