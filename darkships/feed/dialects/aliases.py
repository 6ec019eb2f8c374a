"""Column names whose meaning is clear in any file, and those whose unit is not."""

from collections.abc import Mapping

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
        "timestampms",
    ),
    "lat": ("lat", "latitude", "latitudedegrees"),
    "lon": ("lon", "lng", "long", "longitude", "longitudedegrees"),
    "sog": ("sog", "sogkn", "speedoverground", "speedkn", "speedknots"),
    "rot_deg_min": ("rotdegmin",),
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
    "to_bow_m": ("tobow", "tobowm", "dimbow", "dimensiontobow"),
    "to_stern_m": ("tostern", "tosternm", "dimstern", "dimensiontostern"),
    "to_port_m": ("toport", "toportm", "dimport", "dimensiontoport"),
    "to_starboard_m": ("tostarboard", "tostarboardm", "dimstarboard", "dimensiontostarboard"),
    "destination": ("destination",),
    "eta": ("eta",),
    "utc_second": ("utcsecond", "utcseconds"),
}
"""Folded names of columns whose meaning and unit are clear."""

LAST_RESORT: Mapping[str, tuple[str, ...]] = {
    "timestamp": ("t",),
    "lat": ("y", "geometrycoordinates1"),
    "lon": ("x", "geometrycoordinates0"),
}
"""Folded names that count only where no better one is there."""

UNCLEAR: Mapping[str, str] = {"speed": "sog", "velocity": "sog", "draught": "draught_m", "draft": "draught_m"}
"""Folded names whose unit differs from provider to provider (knots or tenths or m/s; metres or decimetres)."""
