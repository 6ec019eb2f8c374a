"""Chinese services: shipxy, HiFleet, and a service of tracks that is known by one public answer of it.

Each has units of its own, and some write Beijing time: as their documents say, or as that answer shows.
"""

from darkships.feed.dialects.dialect import Dialect

_BEIJING_H = 8.0

_SHIPXY = {
    "mmsi": "mmsi",
    "timestamp": "last_time_utc",  # seconds since 1970; "last_time" and "eta" are Beijing time
    "lat": "lat",
    "lon": "lng",
    "sog": "sog",
    "cog": "cog",
    "heading": "hdg",
    "rot_deg_min": "rot",
    "nav_status": "navistat",
    "imo": "imo",
    "name": "ship_name",
    "callsign": "call_sign",
    "ship_type": "ship_type",
    "length_m": "length",
    "beam_m": "width",
    "to_stern_m": "trail",
    "to_port_m": "left",
    "draught_m": "draught",
    "destination": "dest",
}

CHINA = (
    Dialect(
        name="shipxy",
        title="shipxy (Elane) interface v3, JSON: positions of one vessel, several, a fleet or an area",
        columns={name: f"{source}|data.{source}" for name, source in _SHIPXY.items()},  # one vessel: not in a list
        marks=("last_time_utc|data.last_time_utc", "navistat|data.navistat"),
        nulls=("-1",),
    ),
    Dialect(
        name="shipxy-v2",
        title="shipxy (Elane) interface v2, JSON: whole millionths of degrees, mm/s, hundredths of degrees, decimetres",
        columns={
            "mmsi": "mmsi",
            "timestamp": "lasttime",
            "lat": "lat",
            "lon": "lon",
            "sog": "sog",
            "cog": "cog",
            "heading": "hdg",
            "nav_status": "navistat",
            "imo": "imo",
            "name": "name",
            "callsign": "callsign",
            "ship_type": "shiptype",
            "length_m": "length",
            "beam_m": "width",
            "to_stern_m": "trail",
            "to_port_m": "left",
            "draught_m": "draught",
            "destination": "dest",
            "eta": "eta",
        },
        marks=("navistat", "trail"),
        nulls=("2147483647",),
        shapes={"timestamp": r"\d{9,10}", "lat": r"-?\d{3,8}|0"},
        divisors={
            "lat": 1e6,
            "lon": 1e6,
            "sog": 1852 / 3.6,
            "cog": 100,
            "heading": 100,
            "length_m": 10,
            "beam_m": 10,
            "to_stern_m": 10,
            "to_port_m": 10,
            "draught_m": 1000,
        },
    ),
    Dialect(
        name="hifleet",
        title="HiFleet interface position/get, JSON: minutes of arc, Beijing time",
        columns={
            "mmsi": "list.m",
            "timestamp": "list.ti",
            "lat": "list.la",
            "lon": "list.lo",
            "sog": "list.sp",
            "cog": "list.co",
            "heading": "list.h",
            "imo": "list.imonumber",
            "name": "list.n",
            "callsign": "list.callsign",
            "length_m": "list.l",
            "beam_m": "list.w",
            "draught_m": "list.draught",
            "destination": "list.destination",
            "eta": "list.eta",
        },
        marks=("list.imonumber", "list.destinationIdentified"),  # tracks lack them, and nothing tells their unit
        nulls=("-",),
        divisors={"lat": 60, "lon": 60},
        extract={"callsign": r"(?P<value>.*[A-Z].*)"},  # 0 stands for none
        zone_h=_BEIJING_H,
    ),
    Dialect(
        name="china-tracks",
        title="Chinese track service (posTime, breadth), JSON: positions in 1/600,000 degree, knots, tenths of degrees",
        columns={
            "mmsi": "mmsi",
            "timestamp": "posTime",
            "lat": "lat",
            "lon": "lon",
            "sog": "speed",  # in whole knots: so the positions of that answer's moving ships have it
            "cog": "course",
            "name": "name",
            "ship_type": "shipType",
            "length_m": "length",
            "beam_m": "breadth",
        },
        marks=("posTime", "breadth"),
        nulls=("-1",),
        shapes={"timestamp": r"\d{10}", "lat": r"-?\d{5,8}"},
        divisors={"lat": 600_000, "lon": 600_000, "cog": 10},
        note="headings are left out: 0 stands there for those that are not available, too",
    ),
)
