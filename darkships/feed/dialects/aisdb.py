"""AISdb, of Dalhousie University: its tables, in SQLite or exported as CSV from SQLite and Postgres."""

from dataclasses import replace

from darkships.feed.dialects.dialect import Dialect

_DYNAMIC = {
    "mmsi": "mmsi",
    "timestamp": "time",
    "lat": "latitude",
    "lon": "longitude",
    "sog": "sog",
    "cog": "cog",
    "heading": "heading",
    "utc_second": "utc_second",
}
_STATIC = {
    "imo": "imo",
    "name": "vessel_name",
    "callsign": "call_sign",
    "ship_type": "ship_type",
    "to_bow_m": "dim_bow",
    "to_stern_m": "dim_stern",
    "to_port_m": "dim_port",
    "to_starboard_m": "dim_star",
    "draught_m": "draught",
    "destination": "destination",
    "ais_version": "ais_version",
}
# AISdb stores 0 for what a message does not tell, and 1 January for an ETA (aisdb_lib/src/db.rs): so its ETAs and rates
# of turn are left out, and courses and headings of 0. Its fixing_device holds the maker's name.

_AISDB = Dialect(
    name="aisdb",
    title="AISdb: SQLite database, or a table ais_YYYYMM_dynamic as CSV",
    columns={**_DYNAMIC, **_STATIC},
    marks=("maneuver", "utc_second"),
    zeros=("cog", "heading"),
    divisors={"draught_m": 10},
    note="AISdb stores a speed that is not available as 0 knots: such ships seem to lie still",
)

AISDB = (
    _AISDB,
    replace(
        _AISDB,
        name="aisdb-static",
        title="AISdb: a table ais_YYYYMM_static as CSV",
        columns={"mmsi": "mmsi", "timestamp": "time", **_STATIC},
        marks=("vessel_name", "dim_bow", "dim_star"),
        zeros=(),
        placeless=True,
        note="",
    ),
)
