"""What the reading of an NMEA log has to remember from one block of lines to the next, and from one run to the next."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import reduce
from itertools import islice
from operator import xor

from darkships.feed.casts import MAX_TEXT
from darkships.kernels.nmea_times import NO_TIME
from darkships.units import US_PER_S

_MOST_STATIONS = 20_000
"""Whose clocks are watched; there are some thousand in the world."""


@dataclass(frozen=True)
class Waiting:
    """A sentence of a message whose other parts have not come."""

    line: int
    raw: str
    """Its text in the log."""
    sentence: str
    """The sentence alone."""
    total: int
    number: int
    us: int
    station: str
    group: str

    @property
    def size(self) -> int:
        """Characters."""
        return len(self.raw) + len(self.sentence) + len(self.station) + len(self.group)

    def stamped(self) -> bytes:
        """Return a line that says all that is known of it, for the kernels to read again."""
        fields = [f"g:{self.number}-{self.total}-{self.group}"] if self.group else []
        fields += [f"s:{self.station}"] if self.station else []
        fields += [f"c:{self.us:016d}"] if self.us != NO_TIME else []
        body = ",".join(fields)
        tag = f"\\{body}*{reduce(xor, body.encode('latin-1')):02X}\\" if body else ""
        return f"{tag}{self.sentence}\n".encode("latin-1")


@dataclass
class State:
    """The reading so far."""

    line: int = 0
    """Lines read."""
    now: int = NO_TIME
    """The log's own clock."""
    doubt: int = NO_TIME
    """What a base station said that differs from it, until another one says the same."""
    has_clock_lines: bool = False
    stamp_us: int = NO_TIME
    stamp_station: str = ""
    stamp_line: int = -1
    """What the last stamping line told, and for which line (0: the next with a sentence)."""
    waiting: list[Waiting] = field(default_factory=list)
    newest: int = -1
    """Which of them came last of all parts in the log, -1 if that one waits no more."""
    stations: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By station: how many messages of base stations agreed with its clock, and how many did not."""

    @staticmethod
    def begin(start_time: datetime | None) -> "State":
        """Return the state at the start of a log."""
        return State(now=NO_TIME if start_time is None else round(start_time.timestamp() * US_PER_S))

    def remember(self, stations: Mapping[str, tuple[int, int]]) -> None:
        """Take in what is new of stations' clocks; of too many the first are forgotten."""
        self.stations |= {name: counts for name, counts in stations.items() if len(name) <= MAX_TEXT}
        for name in list(islice(self.stations, max(len(self.stations) - _MOST_STATIONS, 0))):
            del self.stations[name]

    @staticmethod
    def read(text: str) -> "State":
        """Return a state that ``write`` wrote."""
        told = json.loads(text)
        told["waiting"] = [Waiting(**part) for part in told["waiting"]]
        told["stations"] = {name: (agree, differ) for name, (agree, differ) in told["stations"].items()}
        return State(**told)

    def write(self) -> str:
        """Return the state as text."""
        return json.dumps(asdict(self), sort_keys=True)
