"""Tables of tracks, what is wrong with them, reception, and silences."""

import pyarrow as pa

from darkships.declare import Table
from darkships.schema.base import LABEL, TEXT, TIME, c

TRACKS_PER_MMSI = 1000
"""A track's id is so many times the MMSI, and its number within the MMSI."""


TRACKS = Table(
    "tracks",
    "One row a fix of a track.",
    (
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("timestamp", TIME, "time of the fix", "UTC"),
        c("lat", pa.float64(), "latitude WGS 84", "deg"),
        c("lon", pa.float64(), "longitude WGS 84", "deg"),
        c("track_id", pa.int64(), "1000 x MMSI + number of the track within the MMSI"),
        c("sog", pa.float32(), "speed over ground; where none is told, that made good", "kn", null=True),
        c("cog", pa.float32(), "course over ground, true, or that made good", "deg", null=True),
        c("nav_status", pa.int8(), "navigational status", null=True),
        c("receiver", LABEL, "who heard it", null=True),
        c("is_outlier", pa.bool_(), "split off: no track of the vessel could have been here then"),
    ),
    key=("mmsi", "timestamp"),
)


FLAG_KINDS = ("shared_mmsi", "jump", "excursion", "glitch", "circle", "frozen", "on_land", "mass_jump")
"""What can be wrong with positions: two places at once; a jump; a jump and back; one that accuses nobody; round and
round; still at speed; a jump far inland; a jump with others. ``darkships/kernels/flags.py`` has the rules."""


FLAGS = Table(
    "flags",
    "One row a stretch of positions that no honest ship makes, or that a receiver's fault makes.",
    (
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("track_id", pa.int64(), "the track on which it is"),
        c("kind", TEXT, f"what: {', '.join(FLAG_KINDS)}"),
        c("from_timestamp", TIME, "first fix of it", "UTC"),
        c("to_timestamp", TIME, "last fix of it", "UTC"),
        c("lat", pa.float64(), "where it begins; the middle of a circle", "deg"),
        c("lon", pa.float64(), "where it begins; the middle of a circle", "deg"),
        c("fixes", pa.int32(), "fixes of it; vessels of a mass_jump"),
        c("distance_nm", pa.float64(), "jumped; least between two places at once; radius of a circle", "nm"),
        c("speed_kn", pa.float64(), "that a jump needs, on the circle, or said while frozen", "kn", null=True),
        c("detail", TEXT, "in words"),
    ),
    key=("mmsi", "from_timestamp", "kind", "track_id"),
)


RECEPTION = Table(
    "reception",
    "One row a cell, month and class: vessel hours known of, and how many were heard.",
    (
        c("month", TEXT, "year and month, UTC"),
        c("ais_class", TEXT, "A (or not told) or B"),
        c("west_lon", pa.float64(), "western edge of the cell", "deg"),
        c("south_lat", pa.float64(), "southern edge of the cell", "deg"),
        c("east_lon", pa.float64(), "eastern edge of the cell", "deg"),
        c("north_lat", pa.float64(), "northern edge of the cell", "deg"),
        c("vessel_hours", pa.int64(), "clock hours of vessels known to be there, up to 12 h after a fix"),
        c("heard_hours", pa.int64(), "of these those in which the vessel was heard"),
        c("satellite_hours", pa.int64(), "of these those in which only satellites heard it"),
        c("long_range_hours", pa.int64(), "of the same those in which only long-range messages (type 27) were heard"),
        c("p_heard", pa.float64(), "chance to be heard in an hour there, drawn to that of the sea around"),
    ),
    key=("month", "ais_class", "south_lat", "west_lon"),
)


_RECEPTION = (
    c("outage_h", pa.float64(), "hours of it in which the feed itself was silent there", "h", null=True),
    c("is_class_b", pa.bool_(), "the vessel's transponder is of class B", null=True),
    c("hours_looked_at", pa.float64(), "whole clock hours of it, up to 24 at each end", "h", null=True),
    c(
        "hours_expected",
        pa.float64(),
        "of these it would have been heard in so many, had it transmitted",
        "h",
        null=True,
    ),
    c(
        "on_log_likelihood",
        pa.float64(),
        "ln of the chance not to be heard while on, over all ways and all hours",
        null=True,
    ),
    c("on_log_likelihood_fair", pa.float64(), "the same on the way that explains the silence best", null=True),
    c(
        "edge_h",
        pa.float64(),
        "sailing on it leaves what the feed hears in so long, if in 6 h",
        "h",
        null=True,
    ),
    c(
        "p_switched_off",
        pa.float64(),
        "that it did not transmit, for whatever reason",
        null=True,
    ),
)
"""What reception tells of a gap; null before the stage of that name."""


GAPS = Table(
    "gaps",
    "One row a silence of a track: no message heard for at least the minimum.",
    (
        c("gap_id", TEXT, "stable: MMSI and the time of the last message before"),
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("track_id", pa.int64(), "the track that falls silent"),
        c("off_timestamp", TIME, "last message before the silence", "UTC"),
        c("off_lat", pa.float64(), "off fix: the last known position", "deg"),
        c("off_lon", pa.float64(), "off fix: the last known position", "deg"),
        c("off_sog_kn", pa.float32(), "speed over ground at the off fix", "kn", null=True),
        c("off_cog_deg", pa.float32(), "course over ground at the off fix", "deg", null=True),
        c("on_timestamp", TIME, "first message after the silence; null while open", "UTC", null=True),
        c("on_lat", pa.float64(), "on fix: the first known position after", "deg", null=True),
        c("on_lon", pa.float64(), "on fix: the first known position after", "deg", null=True),
        c("on_sog_kn", pa.float32(), "speed over ground at the on fix", "kn", null=True),
        c("on_cog_deg", pa.float32(), "course over ground at the on fix", "deg", null=True),
        c("is_open", pa.bool_(), "no fix yet at as_of"),
        c("duration_h", pa.float64(), "length of the silence; up to as_of while open", "h"),
        c("distance_nm", pa.float64(), "great circle from off fix to on fix", "nm", null=True),
        c("implied_speed_kn", pa.float64(), "distance over the time between the two fixes", "kn", null=True),
        c("fixes_12h_before", pa.int32(), "fixes of the track in the 12 h before the off fix, itself included"),
        c("fixes_12h_after", pa.int32(), "fixes of the track in the 12 h after the on fix, itself included"),
        c("satellite_share_12h_before", pa.float32(), "share of these heard by satellite", null=True),
        c("off_fix_timestamp", TIME, "time of the off fix; before off_timestamp if contacts followed it", "UTC"),
        c("on_fix_timestamp", TIME, "time of the on fix; after on_timestamp if contacts came first", "UTC", null=True),
        c("off_nav_status", pa.int8(), "navigational status at the off fix", null=True),
        c("off_approach_lat", pa.float64(), "where the track was some 20 min before the off fix", "deg", null=True),
        c("off_approach_lon", pa.float64(), "where the track was some 20 min before the off fix", "deg", null=True),
        c("off_approach_h", pa.float64(), "how long before the off fix that was", "h", null=True),
        c("on_departure_lat", pa.float64(), "where the track was some 20 min after the on fix", "deg", null=True),
        c("on_departure_lon", pa.float64(), "where the track was some 20 min after the on fix", "deg", null=True),
        c("on_departure_h", pa.float64(), "how long after the on fix that was", "h", null=True),
        c("cruise_kn", pa.float64(), "the vessel's own cruising speed: median speed under way", "kn", null=True),
        c("max_kn", pa.float64(), "the vessel's own high speed: 98th percentile under way", "kn", null=True),
        c("vessels_heard", pa.int32(), "other vessels heard near an end within a day of it: the larger number"),
        *_RECEPTION,
        c("off_flags", TEXT, "kinds of FLAGS at the off fix, separated by semicolons", null=True),
        c("on_flags", TEXT, "kinds of FLAGS at the on fix, separated by semicolons", null=True),
        c("explained_by", TEXT, "what makes it no silence of one ship: spoofing or shared_mmsi", null=True),
    ),
    key=("mmsi", "off_timestamp", "track_id"),
)


OUTAGES = Table(
    "outages",
    "One row a time in which the feed itself was silent, whole or in a region: no silence of any vessel.",
    (
        c("from_timestamp", TIME, "nobody was heard from then on, to five minutes", "UTC"),
        c("to_timestamp", TIME, "somebody was heard again; null while it lasts", "UTC", null=True),
        c("is_open", pa.bool_(), "it lasts at as_of"),
        c("whole_feed", pa.bool_(), "nobody was heard anywhere; else nobody in the region"),
        c("west_lon", pa.float64(), "western edge of the region", "deg"),
        c("south_lat", pa.float64(), "southern edge of the region", "deg"),
        c("east_lon", pa.float64(), "eastern edge of the region", "deg"),
        c("north_lat", pa.float64(), "northern edge of the region", "deg"),
        c("duration_h", pa.float64(), "its length; up to as_of while it lasts", "h"),
        c("vessels", pa.int32(), "vessels heard in the hour before, none of which was heard while it lasted"),
    ),
    key=("from_timestamp", "west_lon", "south_lat"),
)


OUTSIDE_GAPS = Table(
    "outside gaps",
    "One row an AIS gap that somebody else reports, from other data than the store's.",
    (
        c("event_id", TEXT, "the source's own name of it"),
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("off_timestamp", TIME, "last message before the silence, as the source knows it", "UTC"),
        c("on_timestamp", TIME, "first message after it; null while open", "UTC", null=True),
        c("off_lat", pa.float64(), "last position before the silence", "deg", null=True),
        c("off_lon", pa.float64(), "last position before the silence", "deg", null=True),
        c("on_lat", pa.float64(), "first position after the silence", "deg", null=True),
        c("on_lon", pa.float64(), "first position after the silence", "deg", null=True),
        c("duration_h", pa.float64(), "length of the silence, as the source gives it", "h", null=True),
        c("intentional", pa.bool_(), "the source takes the transmitter to have been switched off", null=True),
        c("source", TEXT, "who reports it"),
    ),
    key=("mmsi", "off_timestamp", "event_id"),
)
