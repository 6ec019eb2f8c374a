"""Tables of what feeds say: reports, who sent them, what could not be read."""

from typing import NamedTuple

import pyarrow as pa

from darkships.declare import Table
from darkships.schema.base import LABEL, TEXT, TIME, c

AIS_CLASSES = ("A", "B", "BASE", "ATON", "SAR", "OTHER")
RECEIVERS = ("terrestrial", "satellite", "vessel", "unknown")


class FeedBatch(NamedTuple):
    """What a feed yields piece by piece: Arrow tables POSITIONS and STATICS (both without file_id) and QUARANTINE.

    ``rows_read`` counts every row or sentence seen; ``skipped`` counts by reason what is understood but
    carries nothing for a ship (an own-position GPS sentence in an AIS log, a base-station clock).
    """

    positions: pa.Table
    statics: pa.Table
    quarantine: pa.Table
    rows_read: int
    skipped: dict[str, int]


POSITIONS = Table(
    "positions",
    "One row a message heard from a vessel. A row without lat and lon is a contact.",
    (
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity as transmitted"),
        c("timestamp", TIME, "time of the report", "UTC"),
        c("lon", pa.float64(), "longitude WGS 84; null in a contact", "deg", null=True),
        c("lat", pa.float64(), "latitude WGS 84; null in a contact", "deg", null=True),
        c("sog", pa.float32(), "speed over ground", "kn", null=True),
        c("cog", pa.float32(), "course over ground, true", "deg", null=True),
        c("heading", pa.int16(), "true heading", "deg", null=True),
        c("rot_deg_min", pa.float32(), "rate of turn, to starboard positive", "deg/min", null=True),
        c("nav_status", pa.int8(), "navigational status, ITU-R M.1371 table 45; 15 is null", null=True),
        c("msg_type", pa.int8(), "ITU-R M.1371 message number, where the feed tells it", null=True),
        c(
            "utc_second",
            pa.int8(),
            "UTC second of the fix as sent; 60 to 63 are null",
            null=True,
        ),
        c("ais_class", LABEL, f"kind of station: {', '.join(AIS_CLASSES)}", null=True),
        c("receiver", LABEL, f"who heard it: {', '.join(RECEIVERS)}"),
        c("station", LABEL, "receiving stations as the feed names them, sorted, separated by semicolons", null=True),
        c("n_receptions", pa.uint16(), "receptions of the same report merged into this one"),
        c("reception_span_ms", pa.uint16(), "time from the first of these receptions to the last", "ms"),
        c("flags", pa.uint32(), "bit set, see POSITION_FLAGS"),
        c("file_id", pa.int32(), "source file in the catalog"),
        c("offset", pa.int64(), "row (CSV, Parquet) or line (NMEA) in that file, counted from 1 after the header"),
    ),
    key=("mmsi", "timestamp"),
)


POSITION_FLAGS = {
    "position_accuracy_high": 1,
    "raim": 2,
    "zero_island": 4,  # exactly 0 N 0 E: a receiver default, not a place
    "out_of_range_position": 8,  # latitude or longitude impossible, not a sentinel: kept as a contact
    "placeholder_mmsi": 16,  # 0, 123456789, x00000000, repeated digits: kept, counted, never a ship
    "time_assumed": 32,  # no time in the feed: reckoned from a start time or a clock line
    "clock_off": 64,  # the station's clock is off by more than 30 s against the UTC that base stations send
    "suspected_glitch": 128,  # the provider doubts the position
}


STATICS = Table(
    "statics",
    "One row an interval in which a vessel's static report did not change.",
    (
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity as transmitted"),
        c("timestamp", TIME, "first report of the interval", "UTC"),
        c("last_seen", TIME, "last report of the interval", "UTC"),
        c("n_reports", pa.int32(), "reports in the interval"),
        c("imo", pa.int32(), "IMO number as transmitted, unchecked; 0 is null", null=True),
        c("name", TEXT, "ship name, trimmed; typed by strangers", null=True),
        c("callsign", TEXT, "call sign", null=True),
        c("ship_type", pa.int16(), "ship and cargo type, ITU-R M.1371 table 53; 0 is null", null=True),
        c("length_m", pa.float32(), "length over all; 0 is null", "m", null=True),
        c("beam_m", pa.float32(), "beam; 0 is null", "m", null=True),
        c("to_bow_m", pa.int16(), "from the antenna to the bow, as sent", "m", null=True),
        c("to_stern_m", pa.int16(), "from the antenna to the stern, as sent", "m", null=True),
        c("to_port_m", pa.int16(), "from the antenna to the port side, as sent", "m", null=True),
        c("to_starboard_m", pa.int16(), "from the antenna to the starboard side, as sent", "m", null=True),
        c("draught_m", pa.float32(), "draught; 0 is null", "m", null=True),
        c("destination", TEXT, "destination as typed", null=True),
        c("eta", TEXT, "estimated time of arrival as sent (MM-DD HH:MM; with year if the feed has it)", null=True),
        c("epfd", pa.int8(), "position fixing device, ITU-R M.1371; 0 is null", null=True),
        c("ais_version", pa.int8(), "AIS version indicator", null=True),
        c("vendor_id", TEXT, "maker of a class B set", null=True),
        c("mothership_mmsi", pa.int32(), "MMSI of the mother ship that an auxiliary craft names", null=True),
        c("file_id", pa.int32(), "source file in the catalog"),
    ),
    key=("mmsi", "timestamp"),
)


QUARANTINE = Table(
    "quarantine",
    "One row a piece of input that could not be understood.",
    (
        c("file", TEXT, "source file, with the member's name where it is an archive"),
        c("offset", pa.int64(), "row or line in that file, counted from 1 after the header"),
        c("reason", TEXT, "short code of the reason"),
        c("detail", TEXT, "what was found and what was expected"),
        c("raw", TEXT, "the piece itself, at most 500 characters"),
    ),
    key=("file", "offset"),
)
