"""The formats whose columns have names: one small table each. A new one is one more entry, not code."""

from darkships.feed.dialects.aisdb import AISDB
from darkships.feed.dialects.aliases import ALIASES, LAST_RESORT, UNCLEAR
from darkships.feed.dialects.china import CHINA
from darkships.feed.dialects.community import COMMUNITY
from darkships.feed.dialects.dialect import (
    CANONICAL,
    DELIMITERS,
    HELPERS,
    OPTIONAL,
    REQUIRED,
    UNITS,
    Dialect,
)
from darkships.feed.dialects.dma import DMA
from darkships.feed.dialects.foreign import FOREIGN
from darkships.feed.dialects.national import NATIONAL
from darkships.feed.dialects.noaa import NOAA
from darkships.feed.dialects.satellite import SATELLITE
from darkships.feed.dialects.vendors import VENDORS

__all__ = [
    "ALIASES",
    "CANONICAL",
    "DELIMITERS",
    "FOREIGN",
    "FORMATS",
    "HELPERS",
    "LAST_RESORT",
    "OPTIONAL",
    "OTHER_FORMATS",
    "REQUIRED",
    "UNCLEAR",
    "UNITS",
    "Dialect",
    "find_dialect",
    "known_formats",
]

FORMATS: tuple[Dialect, ...] = (*NOAA, *DMA, *COMMUNITY, *NATIONAL, *SATELLITE, *VENDORS, *CHINA, *AISDB)

OTHER_FORMATS = (
    ("nmea", "NMEA 0183 AIVDM/AIVDO log: bare, TAG blocks, $PGHP lines, logger prefixes, USCG fields", ""),
    (
        "mapped",
        "any CSV, JSON, XML, Parquet or file of points (Shapefile, GeoJSON...) whose columns --map names, or are clear",
        ", ".join((*REQUIRED, *OPTIONAL)),
    ),
)


def known_formats() -> list[tuple[str, str, str]]:
    """Return (name, title, columns) of every format, for people to read."""
    return [*((d.name, _title(d), ", ".join(d.columns.values())) for d in FORMATS), *OTHER_FORMATS]


def find_dialect(name: str) -> Dialect | None:
    """Return the dialect of that name, if it is one."""
    return next((d for d in FORMATS if d.name == name), None)


def _title(dialect: Dialect) -> str:
    thinned = f" (one report a vessel every {dialect.cadence_s:g} s)" if dialect.cadence_s else ""
    return dialect.title + thinned
