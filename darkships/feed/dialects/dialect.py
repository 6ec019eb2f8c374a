"""What a dialect is: the small table that tells which source column is what, and in which unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

REQUIRED = ("mmsi", "timestamp", "lat", "lon")
OPTIONAL = (
    "sog",
    "cog",
    "heading",
    "rot_deg_min",
    "nav_status",
    "msg_type",
    "utc_second",
    "ais_class",
    "receiver",
    "station",
    "imo",
    "name",
    "callsign",
    "ship_type",
    "length_m",
    "beam_m",
    "to_bow_m",
    "to_stern_m",
    "to_port_m",
    "to_starboard_m",
    "draught_m",
    "destination",
    "eta",
    "epfd",
    "ais_version",
    "vendor_id",
    "mothership_mmsi",
    "position_accuracy",
    "raim",
    "suspected_glitch",
)
HELPERS = ("millisecond", "rot_ais", "eta_packed", "eta_month", "eta_day", "eta_hour", "eta_minute")
"""Source columns that make a part of one of ours: the time's fraction, the rate of turn as sent, pieces of the ETA."""

CANONICAL = REQUIRED + OPTIONAL + HELPERS
"""What a column can be mapped to."""

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

UNITS: Mapping[str, tuple[str, float]] = {
    "sog_ms": ("sog", 1852 / 3600),
    "sog_kmh": ("sog", 1.852),
    "sog_kn10": ("sog", 10),
    "cog_deg10": ("cog", 10),
    "draught_dm": ("draught_m", 10),
    "lat_deg600000": ("lat", 600_000),
    "lon_deg600000": ("lon", 600_000),
}
"""Names in --map that also say the unit: our column, and how many of the source's units make one of ours."""


@dataclass(frozen=True)
class Dialect:
    """One format with named columns: CSV, JSON, Parquet or a geographic file.

    A source name may hold alternatives, ``ship_type|ship_and_cargo_type``: the first one that is there counts. In JSON
    it is a path, ``properties.sog``; ``*`` stands for any key, a number for a place in a list, and a path that begins
    with ``^`` leads to a value that stands once in the document, before the rows.
    """

    name: str
    title: str
    columns: Mapping[str, str]
    """Our names to the source's."""
    time_form: str = "iso"
    """How text writes dates: "iso" (also epoch numbers), "dmy" or "mdy" with slashes, "auto" (decided by evidence)."""
    delimiter: str = ","
    decimal: str = "."
    nulls: tuple[str, ...] = ()
    """Texts that mean "not available"."""
    marks: tuple[str, ...] = ()
    """Further source columns that tell the format from others."""
    zeros: tuple[str, ...] = ()
    """Our columns of numbers in which 0 is written for "not available"."""
    shapes: Mapping[str, str] = field(default_factory=dict)
    """Patterns that the first row's values match whole, where two formats have the same columns in other units."""
    names: tuple[str, ...] = ()
    """Columns by position, of a format whose files have no header."""
    widths: tuple[int, ...] = ()
    """How many of these a row can have."""
    divisors: Mapping[str, float] = field(default_factory=dict)
    """How many of the source's units make one of ours."""
    extract: Mapping[str, str] = field(default_factory=dict)
    """Patterns whose one group is the value, where a text holds more than it."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Values of ours that hold for every row."""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """JSON keys and the values that a report has there; rows with others are counted and left out."""
    placeless: bool = False
    """The rows have no position: static reports."""
    zone_h: float = 0.0
    """By how many hours times without a zone are ahead of UTC."""
    cadence_s: float = 0.0
    """The provider thins each vessel's reports to one in this time, so that shorter silences mean nothing."""
    note: str = ""
    """What a user of the format must know."""

    @property
    def required(self) -> tuple[str, ...]:
        """Our columns that no row can do without."""
        return REQUIRED[:2] if self.placeless else REQUIRED
