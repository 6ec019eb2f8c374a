"""The formats read as tables: which source column is what. A new one is one more entry of FORMATS, not code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

REQUIRED = ("mmsi", "timestamp", "lat", "lon")
OPTIONAL = (
    "sog",
    "cog",
    "heading",
    "nav_status",
    "msg_type",
    "ais_class",
    "receiver",
    "station",
    "imo",
    "name",
    "callsign",
    "ship_type",
    "length_m",
    "beam_m",
    "draught_m",
    "destination",
    "eta",
)
CANONICAL = REQUIRED + OPTIONAL
"""What a column can be mapped to."""

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class Dialect:
    """One tabular format.

    ``columns`` maps our names to the source's; ``marks`` are further source columns that tell it from others.
    ``time_form`` is "iso" (also epoch numbers, told apart by magnitude), "dmy" or "mdy" for dates with slashes, or
    "auto" (decided by evidence). ``nulls`` are texts that mean "not available". ``names`` are the columns by position
    of a format whose files have no header, ``widths`` how many of them a row can have.
    """

    name: str
    title: str
    columns: Mapping[str, str]
    time_form: str = "iso"
    delimiter: str = ","
    decimal: str = "."
    nulls: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()


_DMA_HEADER = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    "Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type,A,B,C,D"
)

_DMA = Dialect(
    name="dma",
    title="Danish Maritime Authority, CSV with header (22 or 26 columns)",
    columns={
        "mmsi": "MMSI",
        "timestamp": "# Timestamp",
        "lat": "Latitude",
        "lon": "Longitude",
        "sog": "SOG",
        "cog": "COG",
        "heading": "Heading",
        "nav_status": "Navigational status",
        "ais_class": "Type of mobile",
        "imo": "IMO",
        "name": "Name",
        "callsign": "Callsign",
        "ship_type": "Ship type",
        "length_m": "Length",
        "beam_m": "Width",
        "draught_m": "Draught",
        "destination": "Destination",
        "eta": "ETA",
    },
    time_form="dmy",
    nulls=("Unknown", "Undefined", "Unknown value"),
    marks=("Type of mobile",),
)

FORMATS: tuple[Dialect, ...] = (
    Dialect(
        name="marinecadastre-legacy",
        title="NOAA MarineCadastre daily CSV, 2015 to 2024 (16 or 17 columns)",
        columns={
            "mmsi": "MMSI",
            "timestamp": "BaseDateTime",
            "lat": "LAT",
            "lon": "LON",
            "sog": "SOG",
            "cog": "COG",
            "heading": "Heading",
            "nav_status": "Status",
            "ais_class": "TransceiverClass",
            "imo": "IMO",
            "name": "VesselName",
            "callsign": "CallSign",
            "ship_type": "VesselType",
            "length_m": "Length",
            "beam_m": "Width",
            "draught_m": "Draft",
        },
    ),
    Dialect(
        name="marinecadastre-csv2",
        title="NOAA MarineCadastre daily CSV, current (17 columns, longitude first)",
        columns={
            "mmsi": "mmsi",
            "timestamp": "base_date_time",
            "lon": "longitude",
            "lat": "latitude",
            "sog": "sog",
            "cog": "cog",
            "heading": "heading",
            "nav_status": "status",
            "ais_class": "transceiver",
            "imo": "imo",
            "name": "vessel_name",
            "callsign": "call_sign",
            "ship_type": "vessel_type",
            "length_m": "length",
            "beam_m": "width",
            "draught_m": "draft",
        },
    ),
    _DMA,
    replace(
        _DMA,
        name="dma-headerless",
        title="Danish Maritime Authority, before October 2016: no header, semicolons, decimal commas",
        delimiter=";",
        decimal=",",
        names=tuple(_DMA_HEADER.split(",")),
        widths=(22, 26),
    ),
)

OTHER_FORMATS = (
    ("nmea", "NMEA 0183 AIVDM/AIVDO log: bare, TAG blocks, $PGHP lines, logger prefixes, USCG fields", ""),
    (
        "mapped",
        "any CSV or Parquet file whose columns --map names, or whose names leave no doubt",
        ", ".join(CANONICAL),
    ),
)


def known_formats() -> list[tuple[str, str, str]]:
    """Return (name, title, columns) of every format, for people to read."""
    return [*((d.name, d.title, ", ".join(d.columns.values())) for d in FORMATS), *OTHER_FORMATS]


def find_dialect(name: str) -> Dialect | None:
    """Return the dialect of that name, if it is one."""
    return next((d for d in FORMATS if d.name == name), None)


ALIASES: Mapping[str, tuple[str, ...]] = {
    "mmsi": ("mmsi", "ssvid", "userid", "sourcemmsi", "vesselmmsi"),
    "timestamp": (
        "timestamp",
        "basedatetime",
        "datetime",
        "datetimeutc",
        "dtposutc",
        "tsposutc",
        "time",
        "timeutc",
        "timestamputc",
        "msgtime",
        "tstamp",
        "positiontimestamp",
        "movementdatetime",
        "lastpositionutc",
    ),
    "lat": ("lat", "latitude", "latitudedegrees"),
    "lon": ("lon", "lng", "long", "longitude", "longitudedegrees"),
    "sog": ("sog", "sogkn", "speedoverground", "speedkn", "speedknots"),
    "cog": ("cog", "cogdeg", "courseoverground", "course"),
    "heading": ("heading", "trueheading", "hdg", "headingdeg"),
    "nav_status": ("navstatus", "navstat", "navigationalstatus", "status"),
    "msg_type": ("msgtype", "messagetype", "messageid", "msgid"),
    "ais_class": ("aisclass", "targettype", "transceiver", "transceiverclass", "typeofmobile"),
    "receiver": ("receiver", "receivertype", "collectiontype"),
    "station": ("station",),
    "imo": ("imo", "imonumber"),
    "name": ("name", "shipname", "vesselname"),
    "callsign": ("callsign",),
    "ship_type": ("shiptype", "vesseltype", "shipandcargotype"),
    "length_m": ("lengthm", "length"),
    "beam_m": ("beamm", "width", "widthm", "beam"),
    "draught_m": ("draughtm", "draftm"),
    "destination": ("destination",),
    "eta": ("eta",),
}
"""Folded names of columns whose meaning and unit are clear."""

LAST_RESORT: Mapping[str, str] = {"timestamp": "t", "lat": "y", "lon": "x"}
"""Folded names that count only where no better one is there."""

UNCLEAR: Mapping[str, str] = {"speed": "sog", "velocity": "sog", "draught": "draught_m", "draft": "draught_m"}
"""Folded names whose unit differs from provider to provider (knots or tenths or m/s; metres or decimetres)."""
