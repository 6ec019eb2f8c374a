"""Every table between two stages: column, type, unit, null, meaning.

The declarations are the documentation: ``darkships schema`` and the README print them.
In TRACKS, GAPS, VISITS and WATCHLIST the columns that others build on come first: add new ones behind them.
"""

from typing import NamedTuple

import pyarrow as pa

from darkships.declare import Column, Table, time_us, to_pandas, validate

__all__ = [
    "AIS_CLASSES",
    "ALTERNATIVES",
    "CANDIDATES",
    "EVIDENCE",
    "FLAGS",
    "FLAG_KINDS",
    "GAPS",
    "IMAGES",
    "LABEL",
    "LANES",
    "LEADS",
    "OUTAGES",
    "OUTSIDE_GAPS",
    "PORT_CALLS",
    "POSITIONS",
    "POSITION_FLAGS",
    "QUARANTINE",
    "RECEIVERS",
    "RECEPTION",
    "SHUTTLES",
    "SITES",
    "STATICS",
    "TABLES",
    "TEXT",
    "TIME",
    "TRACKS",
    "TRIPS",
    "VISITS",
    "WATCHLIST",
    "WHAT_IF",
    "Column",
    "FeedBatch",
    "Table",
    "time_us",
    "to_pandas",
    "validate",
]

TIME = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
LABEL = pa.dictionary(pa.int32(), pa.string())

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


def _c(name: str, type_: pa.DataType, doc: str, unit: str = "", *, null: bool = False) -> Column:
    return Column(name, type_, doc, unit, null)


POSITIONS = Table(
    "positions",
    "One row a message heard from a vessel. A row without lat and lon is a contact.",
    (
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity as transmitted"),
        _c("timestamp", TIME, "time of the report", "UTC"),
        _c("lon", pa.float64(), "longitude WGS 84; null in a contact", "deg", null=True),
        _c("lat", pa.float64(), "latitude WGS 84; null in a contact", "deg", null=True),
        _c("sog", pa.float32(), "speed over ground", "kn", null=True),
        _c("cog", pa.float32(), "course over ground, true", "deg", null=True),
        _c("heading", pa.int16(), "true heading", "deg", null=True),
        _c("rot_deg_min", pa.float32(), "rate of turn, to starboard positive", "deg/min", null=True),
        _c("nav_status", pa.int8(), "navigational status, ITU-R M.1371 table 45; 15 is null", null=True),
        _c("msg_type", pa.int8(), "ITU-R M.1371 message number, where the feed tells it", null=True),
        _c(
            "utc_second",
            pa.int8(),
            "UTC second of the fix as sent; 60 to 63 are null",
            null=True,
        ),
        _c("ais_class", LABEL, f"kind of station: {', '.join(AIS_CLASSES)}", null=True),
        _c("receiver", LABEL, f"who heard it: {', '.join(RECEIVERS)}"),
        _c("station", LABEL, "receiving stations as the feed names them, sorted, separated by semicolons", null=True),
        _c("n_receptions", pa.uint16(), "receptions of the same report merged into this one"),
        _c("reception_span_ms", pa.uint16(), "time from the first of these receptions to the last", "ms"),
        _c("flags", pa.uint32(), "bit set, see POSITION_FLAGS"),
        _c("file_id", pa.int32(), "source file in the catalog"),
        _c("offset", pa.int64(), "row (CSV, Parquet) or line (NMEA) in that file, counted from 1 after the header"),
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
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity as transmitted"),
        _c("timestamp", TIME, "first report of the interval", "UTC"),
        _c("last_seen", TIME, "last report of the interval", "UTC"),
        _c("n_reports", pa.int32(), "reports in the interval"),
        _c("imo", pa.int32(), "IMO number as transmitted, unchecked; 0 is null", null=True),
        _c("name", TEXT, "ship name, trimmed; typed by strangers", null=True),
        _c("callsign", TEXT, "call sign", null=True),
        _c("ship_type", pa.int16(), "ship and cargo type, ITU-R M.1371 table 53; 0 is null", null=True),
        _c("length_m", pa.float32(), "length over all; 0 is null", "m", null=True),
        _c("beam_m", pa.float32(), "beam; 0 is null", "m", null=True),
        _c("to_bow_m", pa.int16(), "from the antenna to the bow, as sent", "m", null=True),
        _c("to_stern_m", pa.int16(), "from the antenna to the stern, as sent", "m", null=True),
        _c("to_port_m", pa.int16(), "from the antenna to the port side, as sent", "m", null=True),
        _c("to_starboard_m", pa.int16(), "from the antenna to the starboard side, as sent", "m", null=True),
        _c("draught_m", pa.float32(), "draught; 0 is null", "m", null=True),
        _c("destination", TEXT, "destination as typed", null=True),
        _c("eta", TEXT, "estimated time of arrival as sent (MM-DD HH:MM; with year if the feed has it)", null=True),
        _c("epfd", pa.int8(), "position fixing device, ITU-R M.1371; 0 is null", null=True),
        _c("ais_version", pa.int8(), "AIS version indicator", null=True),
        _c("vendor_id", TEXT, "maker of a class B set", null=True),
        _c("mothership_mmsi", pa.int32(), "MMSI of the mother ship that an auxiliary craft names", null=True),
        _c("file_id", pa.int32(), "source file in the catalog"),
    ),
    key=("mmsi", "timestamp"),
)

QUARANTINE = Table(
    "quarantine",
    "One row a piece of input that could not be understood.",
    (
        _c("file", TEXT, "source file, with the member's name where it is an archive"),
        _c("offset", pa.int64(), "row or line in that file, counted from 1 after the header"),
        _c("reason", TEXT, "short code of the reason"),
        _c("detail", TEXT, "what was found and what was expected"),
        _c("raw", TEXT, "the piece itself, at most 500 characters"),
    ),
    key=("file", "offset"),
)

SITES = Table(
    "sites",
    "One row a watched place; a GeoDataFrame with its polygon in `geometry` (WGS 84).",
    (
        _c("site", TEXT, "unique name"),
        _c("site_group", TEXT, "name shared by sites too close to tell apart (else the site's own)"),
        _c("locode", TEXT, "UN/LOCODE without blank", null=True),
        _c("country", TEXT, "ISO 3166-1 alpha-2 of the port state", null=True),
        _c("kind", TEXT, "port, anchorage or naval"),
        _c("role", TEXT, "watch: visits make leads; origin: only competes for the explanation of a silence"),
        _c("aliases", TEXT, "other names, separated by semicolons", null=True),
        _c("approach_lat", pa.float64(), "approach point on water", "deg"),
        _c("approach_lon", pa.float64(), "approach point on water", "deg"),
        _c("source", TEXT, "where the polygon and the point come from"),
    ),
    key=("site",),
)

TRACKS_PER_MMSI = 1000
"""A track's id is so many times the MMSI, and its number within the MMSI."""

TRACKS = Table(
    "tracks",
    "One row a fix of a track.",
    (
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("timestamp", TIME, "time of the fix", "UTC"),
        _c("lat", pa.float64(), "latitude WGS 84", "deg"),
        _c("lon", pa.float64(), "longitude WGS 84", "deg"),
        _c("track_id", pa.int64(), "1000 x MMSI + number of the track within the MMSI"),
        _c("sog", pa.float32(), "speed over ground", "kn", null=True),
        _c("cog", pa.float32(), "course over ground, true", "deg", null=True),
        _c("nav_status", pa.int8(), "navigational status", null=True),
        _c("receiver", LABEL, "who heard it", null=True),
        _c("is_outlier", pa.bool_(), "split off: no track of the vessel could have been here then"),
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
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("track_id", pa.int64(), "the track on which it is"),
        _c("kind", TEXT, f"what: {', '.join(FLAG_KINDS)}"),
        _c("from_timestamp", TIME, "first fix of it", "UTC"),
        _c("to_timestamp", TIME, "last fix of it", "UTC"),
        _c("lat", pa.float64(), "where it begins; the middle of a circle", "deg"),
        _c("lon", pa.float64(), "where it begins; the middle of a circle", "deg"),
        _c("fixes", pa.int32(), "fixes of it; vessels of a mass_jump"),
        _c("distance_nm", pa.float64(), "jumped; least between two places at once; radius of a circle", "nm"),
        _c("speed_kn", pa.float64(), "that a jump needs, on the circle, or said while frozen", "kn", null=True),
        _c("detail", TEXT, "in words"),
    ),
    key=("mmsi", "from_timestamp", "kind", "track_id"),
)

RECEPTION = Table(
    "reception",
    "One row a cell, month and class: vessel hours known of, and how many were heard.",
    (
        _c("month", TEXT, "year and month, UTC"),
        _c("ais_class", TEXT, "A (or not told) or B"),
        _c("west_lon", pa.float64(), "western edge of the cell", "deg"),
        _c("south_lat", pa.float64(), "southern edge of the cell", "deg"),
        _c("east_lon", pa.float64(), "eastern edge of the cell", "deg"),
        _c("north_lat", pa.float64(), "northern edge of the cell", "deg"),
        _c("vessel_hours", pa.int64(), "clock hours of vessels known to be there, within 12 h of a fix"),
        _c("heard_hours", pa.int64(), "of these those in which the vessel was heard"),
        _c("satellite_hours", pa.int64(), "of these those in which only satellites heard it"),
        _c("p_heard", pa.float64(), "chance to be heard in an hour there, drawn to that of the sea around"),
    ),
    key=("month", "ais_class", "south_lat", "west_lon"),
)

_RECEPTION = (
    _c("outage_h", pa.float64(), "hours of it in which the feed itself was silent there", "h", null=True),
    _c("is_class_b", pa.bool_(), "the vessel's transponder is of class B", null=True),
    _c("hours_looked_at", pa.float64(), "whole clock hours of it, up to 24 at each end", "h", null=True),
    _c(
        "hours_expected",
        pa.float64(),
        "of these it would have been heard in so many, had it transmitted",
        "h",
        null=True,
    ),
    _c(
        "on_log_likelihood",
        pa.float64(),
        "ln of the chance not to be heard while on, over all ways",
        null=True,
    ),
    _c("on_log_likelihood_fair", pa.float64(), "the same on the way that explains the silence best", null=True),
    _c(
        "edge_h",
        pa.float64(),
        "sailing on it leaves what the feed hears in so long, if in 6 h",
        "h",
        null=True,
    ),
    _c(
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
        _c("gap_id", TEXT, "stable: MMSI and the time of the last message before"),
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("track_id", pa.int64(), "the track that falls silent"),
        _c("off_timestamp", TIME, "last message before the silence", "UTC"),
        _c("off_lat", pa.float64(), "off fix: the last known position", "deg"),
        _c("off_lon", pa.float64(), "off fix: the last known position", "deg"),
        _c("off_sog_kn", pa.float32(), "speed over ground at the off fix", "kn", null=True),
        _c("off_cog_deg", pa.float32(), "course over ground at the off fix", "deg", null=True),
        _c("on_timestamp", TIME, "first message after the silence; null while open", "UTC", null=True),
        _c("on_lat", pa.float64(), "on fix: the first known position after", "deg", null=True),
        _c("on_lon", pa.float64(), "on fix: the first known position after", "deg", null=True),
        _c("on_sog_kn", pa.float32(), "speed over ground at the on fix", "kn", null=True),
        _c("on_cog_deg", pa.float32(), "course over ground at the on fix", "deg", null=True),
        _c("is_open", pa.bool_(), "no fix yet at as_of"),
        _c("duration_h", pa.float64(), "length of the silence; up to as_of while open", "h"),
        _c("distance_nm", pa.float64(), "great circle from off fix to on fix", "nm", null=True),
        _c("implied_speed_kn", pa.float64(), "distance over the time between the two fixes", "kn", null=True),
        _c("fixes_12h_before", pa.int32(), "fixes of the track in the 12 h before the off fix, itself included"),
        _c("fixes_12h_after", pa.int32(), "fixes of the track in the 12 h after the on fix, itself included"),
        _c("satellite_share_12h_before", pa.float32(), "share of these heard by satellite", null=True),
        _c("off_fix_timestamp", TIME, "time of the off fix; before off_timestamp if contacts followed it", "UTC"),
        _c("on_fix_timestamp", TIME, "time of the on fix; after on_timestamp if contacts came first", "UTC", null=True),
        _c("off_nav_status", pa.int8(), "navigational status at the off fix", null=True),
        _c("off_approach_lat", pa.float64(), "where the track was some 20 min before the off fix", "deg", null=True),
        _c("off_approach_lon", pa.float64(), "where the track was some 20 min before the off fix", "deg", null=True),
        _c("off_approach_h", pa.float64(), "how long before the off fix that was", "h", null=True),
        _c("on_departure_lat", pa.float64(), "where the track was some 20 min after the on fix", "deg", null=True),
        _c("on_departure_lon", pa.float64(), "where the track was some 20 min after the on fix", "deg", null=True),
        _c("on_departure_h", pa.float64(), "how long after the on fix that was", "h", null=True),
        _c("cruise_kn", pa.float64(), "the vessel's own cruising speed: median speed under way", "kn", null=True),
        _c("max_kn", pa.float64(), "the vessel's own high speed: 98th percentile under way", "kn", null=True),
        _c("vessels_heard", pa.int32(), "other vessels heard near an end within a day of it: the larger number"),
        *_RECEPTION,
        _c("off_flags", TEXT, "kinds of FLAGS at the off fix, separated by semicolons", null=True),
        _c("on_flags", TEXT, "kinds of FLAGS at the on fix, separated by semicolons", null=True),
        _c("explained_by", TEXT, "what makes it no silence of one ship: spoofing or shared_mmsi", null=True),
    ),
    key=("mmsi", "off_timestamp", "track_id"),
)

OUTAGES = Table(
    "outages",
    "One row a time in which the feed itself was silent, whole or in a region: no silence of any vessel.",
    (
        _c("from_timestamp", TIME, "nobody was heard from then on, to five minutes", "UTC"),
        _c("to_timestamp", TIME, "somebody was heard again; null while it lasts", "UTC", null=True),
        _c("is_open", pa.bool_(), "it lasts at as_of"),
        _c("whole_feed", pa.bool_(), "nobody was heard anywhere; else nobody in the region"),
        _c("west_lon", pa.float64(), "western edge of the region", "deg"),
        _c("south_lat", pa.float64(), "southern edge of the region", "deg"),
        _c("east_lon", pa.float64(), "eastern edge of the region", "deg"),
        _c("north_lat", pa.float64(), "northern edge of the region", "deg"),
        _c("duration_h", pa.float64(), "its length; up to as_of while it lasts", "h"),
        _c("vessels", pa.int32(), "vessels heard in the hour before, none of which was heard while it lasted"),
    ),
    key=("from_timestamp", "west_lon", "south_lat"),
)

PORT_CALLS = Table(
    "port calls",
    "One row a call at a site that AIS shows: entered, stopped, left.",
    (
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("track_id", pa.int64(), "the track that called"),
        _c("site", TEXT, "the site"),
        _c("site_group", TEXT, "the site's group"),
        _c("arrival", TIME, "first fix inside the polygon", "UTC"),
        _c("departure", TIME, "last fix inside the polygon", "UTC"),
        _c("stopped_h", pa.float64(), "time inside at less than 1 kn", "h"),
        _c("arrival_seen", pa.bool_(), "the track was seen outside before the call"),
        _c("departure_seen", pa.bool_(), "the track was seen outside after the call"),
    ),
    key=("mmsi", "arrival", "site"),
)

_SILENCE_AND_SITE = (
    _c("gap_id", TEXT, "the gap"),
    _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
    _c("off_timestamp", TIME, "last message before the silence", "UTC"),
    _c("on_timestamp", TIME, "first message after the silence; null while open", "UTC", null=True),
    _c("is_open", pa.bool_(), "the gap is open at as_of"),
    _c("site", TEXT, "the watched site"),
    _c("site_group", TEXT, "its group"),
)
_REACH = (
    _c("reachable", pa.bool_(), "at the vessel's high speed, by sea, with the least dwell"),
    _c("slack_h", pa.float64(), "hours left at the site if both legs are sailed at cruising speed", "h"),
    _c("sea_distance_off_nm", pa.float64(), "shortest water path from the off fix to the approach point", "nm"),
    _c("sea_distance_on_nm", pa.float64(), "shortest water path from there to the on fix", "nm", null=True),
    _c("earliest_arrival", TIME, "at the high speed", "UTC"),
    _c("latest_departure", TIME, "at the high speed; as_of while open", "UTC"),
    _c("duration_h", pa.float64(), "length of the silence", "h"),
    _c("watched", pa.bool_(), "the site's role is watch"),
    _c("declared", pa.bool_(), "AIS shows the vessel inside the site at an end of the gap: nobody hid it"),
    _c(
        "direct_nm",
        pa.float64(),
        "great circle from the off fix to the on fix: no water path is shorter",
        "nm",
        null=True,
    ),
    _c("detour_factor", pa.float64(), "(off + on distance) / direct", null=True),
    _c("cruise_kn", pa.float64(), "cruising speed used", "kn"),
    _c("max_kn", pa.float64(), "high speed used", "kn"),
    _c("max_round_trips", pa.int32(), "largest number of visits that fit, returning to the nearer end between them"),
    _c("closing_speed_kn", pa.float64(), "speed towards the site by sea before off", "kn", null=True),
    _c("opening_speed_kn", pa.float64(), "speed away from the site by sea after on", "kn", null=True),
    _c(
        "off_angle_deg",
        pa.float64(),
        "angle between the course before off and the way to the berth",
        "deg",
        null=True,
    ),
    _c(
        "on_angle_deg",
        pa.float64(),
        "angle between the way from the berth and the course after on",
        "deg",
        null=True,
    ),
    _c("own_calls", pa.int32(), "calls of this vessel at the site that AIS shows, other than at this gap's ends"),
    _c("vessel_calls", pa.int32(), "calls of this vessel at all sites that AIS shows, other than at this gap's ends"),
    _c("other_callers", pa.int32(), "other vessels that AIS shows calling at the site"),
)

CANDIDATES = Table(
    "candidate visits",
    "One row a gap and watched site that could be reached in it.",
    (*_SILENCE_AND_SITE, *_REACH),
    key=("mmsi", "off_timestamp", "gap_id", "site"),
)

ALTERNATIVES = ("passage", "still", "moored", "laid_up", "elsewhere", "left_area", "not_received")
"""What else a silence can be: direct passage; lying still; moored or anchored; laid up for weeks; dark elsewhere; and
with the transmitter on: out of the area that the feed hears; not heard in it."""

EVIDENCE = ("time", "approach", "departure", "history", "vessel", "draught", "destination", "repetition", "reception")
"""Weights of evidence, each a column ``<item>_db`` of VISITS, in decibans for a visit against the alternatives."""

VISITS = Table(
    "visits",
    "Candidate visits with their probability; those of a gap's sites and alternatives add up to 1.",
    (
        *_SILENCE_AND_SITE,
        _c("probability", pa.float64(), "that the vessel visited this site in the gap, undeclared"),
        *_REACH,
        _c("prior", pa.float64(), "before the evidence"),
        _c("p_vessel", pa.float64(), "that the vessel makes undeclared visits at all, given all its silences"),
        *(_c(f"{item}_db", pa.float64(), f"weight of evidence: {item}", "deciban") for item in EVIDENCE),
        *(_c(f"p_{item}", pa.float64(), f"probability of the gap's alternative: {item}") for item in ALTERNATIVES),
        _c("best_alternative", TEXT, "the most probable of the alternatives"),
        _c("draught_before_m", pa.float64(), "last draught reported before the silence", "m", null=True),
        _c("draught_after_m", pa.float64(), "first draught reported after the silence", "m", null=True),
        _c("destination_before", TEXT, "last destination typed before the silence", null=True),
        _c("destination_after", TEXT, "first destination typed after the silence", null=True),
    ),
    key=("mmsi", "off_timestamp", "gap_id", "site"),
)

TRIPS = Table(
    "trips",
    "One row a gap and site group: origin, dark visit, return, and how many round trips the gap can hold.",
    (
        _c("gap_id", TEXT, "the gap"),
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("site_group", TEXT, "the group visited"),
        _c("site", TEXT, "its site that is nearest to the two ends by sea"),
        _c("origin", TEXT, "where the trip began", null=True),
        _c("origin_departure", TIME, "when it left there", "UTC", null=True),
        _c("off_timestamp", TIME, "last message before the silence", "UTC"),
        _c("on_timestamp", TIME, "first message after; null while open", "UTC", null=True),
        _c("is_open", pa.bool_(), "the gap is open at as_of"),
        _c("destination", TEXT, "where the trip ended", null=True),
        _c("destination_arrival", TIME, "when it arrived there", "UTC", null=True),
        _c("max_round_trips", pa.int32(), "largest number that fits"),
        _c("expected_round_trips", pa.float64(), "expected number, if it was visited at all"),
        _c("expected_round_trips_low", pa.float64(), "5 % quantile of that number"),
        _c("expected_round_trips_high", pa.float64(), "95 % quantile of that number"),
        _c("shuttle_number", pa.int32(), "which of the vessel's trips to the group that its gaps allow"),
        _c("probability", pa.float64(), "that the vessel visited the group in the gap, undeclared"),
        _c("p_vessel", pa.float64(), "that the vessel makes undeclared visits at all, given all its silences"),
        _c("watched", pa.bool_(), "a site of the group is watched"),
        _c("trip_id", TEXT, "gap in which the trip began; shared by silences with a ping on the way between them"),
        _c("continues", pa.bool_(), "the vessel had not come back since its last silence: the same trip goes on"),
        _c("p_begun", pa.float64(), "that an earlier silence of the trip holds the visit, if the vessel makes any"),
        _c("origin_group", TEXT, "group of the origin", null=True),
        _c("origin_basis", TEXT, "call: seen in AIS; dark: a likely dark call; place: near a port", null=True),
        _c("destination_group", TEXT, "group of the destination", null=True),
        _c("destination_basis", TEXT, "as of the origin", null=True),
        _c("earliest_arrival", TIME, "at the high speed", "UTC"),
        _c("likely_arrival", TIME, "at cruising speed, straight from the off fix", "UTC"),
        _c("latest_departure", TIME, "at the high speed; as_of while open", "UTC"),
        _c("stay_h", pa.float64(), "usual stay at the group", "h"),
        _c("spare_h", pa.float64(), "left of the silence for further trips", "h"),
        _c("cycle_h", pa.float64(), "from one round trip to the next: one over the vessel's mean pace", "h"),
        _c("cycle_regularity", pa.int32(), "1 is chance, 16 clockwork: one over the squared variation of the cycle"),
        _c("cycle_certainty", pa.float64(), "one over the squared relative error of the pace"),
        _c("cycle_intervals", pa.int32(), "intervals between trips that it was learnt from; 0 is the default rhythm"),
    ),
    key=("mmsi", "off_timestamp", "gap_id", "site_group"),
)

SHUTTLES = Table(
    "shuttles",
    "One row a vessel and pair of ports between which several of its silences allow a dark round trip.",
    (
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("site_group", TEXT, "the watched group"),
        _c("origin_group", TEXT, "group where the trips begin; null where it is not known", null=True),
        _c("silences", pa.int32(), "trips that the vessel's silences allow"),
        _c("likely_trips", pa.int32(), "of them more likely than not, for a vessel that makes such trips"),
        _c("expected_round_trips", pa.float64(), "expected undeclared round trips"),
        _c("seen_calls", pa.int32(), "calls of the vessel at the group that AIS shows; they are no dark visits"),
        _c("first_off_timestamp", TIME, "where the first of these silences begins", "UTC"),
        _c("last_off_timestamp", TIME, "where the last of them begins", "UTC"),
        _c("cycle_h", pa.float64(), "from one round trip to the next: one over the vessel's mean pace", "h"),
        _c("cycle_low_h", pa.float64(), "5 % quantile", "h"),
        _c("cycle_high_h", pa.float64(), "95 % quantile", "h"),
        _c("cycle_regularity", pa.int32(), "1 is chance, 16 clockwork: one over the squared variation of the cycle"),
        _c("cycle_intervals", pa.int32(), "intervals between trips that it was learnt from; 0 is the default rhythm"),
    ),
    key=("mmsi", "site_group"),
)

LANES = Table(
    "lanes",
    "One row a pair of site groups and ISO week: dark round trips, and their trend.",
    (
        _c("origin_group", TEXT, "group where the trips begin; null where it is not known", null=True),
        _c("site_group", TEXT, "the watched group"),
        _c("week", TEXT, "ISO 8601 week"),
        _c("week_start", TIME, "its Monday", "UTC"),
        _c("expected_round_trips", pa.float64(), "expected number of dark round trips with the stay in this week"),
        _c("expected_round_trips_low", pa.float64(), "5 % quantile"),
        _c("expected_round_trips_high", pa.float64(), "95 % quantile"),
        _c("vessels", pa.int32(), "vessels whose silences allow one"),
        _c("open_gaps", pa.int32(), "silences among them that had not ended at as_of"),
        _c("is_whole", pa.bool_(), "the data covers the whole week"),
        _c("is_settled", pa.bool_(), "and a usual cycle after it: later data will hardly change it"),
        _c("trend", pa.float64(), "round trips a week more each week, over the settled weeks", null=True),
        _c("trend_low", pa.float64(), "5 % quantile", null=True),
        _c("trend_high", pa.float64(), "95 % quantile", null=True),
        _c("p_growing", pa.float64(), "that the trend is upwards", null=True),
    ),
    key=("site_group",),
)

OUTSIDE_GAPS = Table(
    "outside gaps",
    "One row an AIS gap that somebody else reports, from other data than the store's.",
    (
        _c("event_id", TEXT, "the source's own name of it"),
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("off_timestamp", TIME, "last message before the silence, as the source knows it", "UTC"),
        _c("on_timestamp", TIME, "first message after it; null while open", "UTC", null=True),
        _c("off_lat", pa.float64(), "last position before the silence", "deg", null=True),
        _c("off_lon", pa.float64(), "last position before the silence", "deg", null=True),
        _c("on_lat", pa.float64(), "first position after the silence", "deg", null=True),
        _c("on_lon", pa.float64(), "first position after the silence", "deg", null=True),
        _c("duration_h", pa.float64(), "length of the silence, as the source gives it", "h", null=True),
        _c("intentional", pa.bool_(), "the source takes the transmitter to have been switched off", null=True),
        _c("source", TEXT, "who reports it"),
    ),
    key=("mmsi", "off_timestamp", "event_id"),
)

LEADS = Table(
    "leads",
    "One row a vessel, most probable first, with its best trip.",
    (
        _c("rank", pa.int32(), "1 is the most probable"),
        _c("lead_id", TEXT, "stable name of the lead"),
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("probability", pa.float64(), "of at least one undeclared visit to a watched site"),
        _c("expected_round_trips", pa.float64(), "expected undeclared round trips, over all gaps"),
        _c("expected_round_trips_low", pa.float64(), "5 % quantile"),
        _c("expected_round_trips_high", pa.float64(), "95 % quantile"),
        _c("n_gaps", pa.int32(), "gaps of the vessel in which a watched site could be reached"),
        _c("gap_id", TEXT, "gap of the best trip"),
        _c("site", TEXT, "most probable site of the best trip"),
        _c("site_group", TEXT, "its group"),
    ),
    key=("rank",),
)

WATCHLIST = Table(
    "watchlist",
    "One row a vessel whose silences are consistent with an undeclared visit, most probable first.",
    (
        _c("rank", pa.int32(), "1 is the most probable"),
        _c("lead_id", TEXT, "stable name of the lead"),
        _c("probability", pa.float64(), "of at least one undeclared visit to a watched site"),
        _c("expected_round_trips", pa.float64(), "expected undeclared round trips, over all gaps"),
        _c("expected_round_trips_low", pa.float64(), "5 % quantile"),
        _c("expected_round_trips_high", pa.float64(), "95 % quantile"),
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("imo", pa.int32(), "IMO number last transmitted", null=True),
        _c("name", TEXT, "name last transmitted", null=True),
        _c("callsign", TEXT, "call sign last transmitted", null=True),
        _c("flag", TEXT, "flag state of the MMSI's identification digits (ITU)", null=True),
        _c("ship_type", pa.int16(), "ship and cargo type last transmitted", null=True),
        _c("length_m", pa.float32(), "length last transmitted", "m", null=True),
        _c("site", TEXT, "site of the best trip"),
        _c("site_group", TEXT, "its group"),
        _c("off_timestamp", TIME, "best trip: last message before the silence", "UTC"),
        _c("on_timestamp", TIME, "best trip: first message after; null while open", "UTC", null=True),
        _c("is_open", pa.bool_(), "best trip: still silent at as_of"),
        _c("duration_h", pa.float64(), "best trip: length of the silence", "h"),
        _c("slack_h", pa.float64(), "best trip: hours left at the site at cruising speed", "h"),
        _c("max_round_trips", pa.int32(), "best trip: largest number that fits"),
        _c("earliest_arrival", TIME, "berth window: from", "UTC"),
        _c("latest_departure", TIME, "berth window: to", "UTC"),
        _c("evidence_for", TEXT, "what speaks for it, with numbers"),
        _c("evidence_against", TEXT, "what speaks against it, with numbers"),
        _c("best_alternative", TEXT, "the most probable other explanation, with its probability"),
        _c("next_image_from", TIME, "image that would tell most: from", "UTC"),
        _c("next_image_to", TIME, "image that would tell most: to", "UTC"),
        _c("store_version", pa.int64(), "version of the store it was made from"),
        _c("as_of", TIME, "time up to which the data is known", "UTC"),
        _c("imo_valid", pa.bool_(), "its check digit is right", null=True),
        _c("last_seen", TIME, "last message heard", "UTC"),
        _c("n_gaps", pa.int32(), "gaps of the vessel in which a watched site could be reached"),
        _c("off_lat", pa.float64(), "best trip: off fix", "deg"),
        _c("off_lon", pa.float64(), "best trip: off fix", "deg"),
        _c("on_lat", pa.float64(), "best trip: on fix", "deg", null=True),
        _c("on_lon", pa.float64(), "best trip: on fix", "deg", null=True),
        _c("sea_distance_off_nm", pa.float64(), "best trip: off fix to site by sea", "nm"),
        _c("sea_distance_on_nm", pa.float64(), "best trip: site to on fix by sea", "nm", null=True),
        _c("closing_speed_kn", pa.float64(), "best trip: speed towards the site before off", "kn", null=True),
        _c("draught_change_m", pa.float64(), "best trip: draught after less draught before", "m", null=True),
        _c("likely_round_trips", pa.float64(), "best trip: expected number"),
        _c("vessels_heard", pa.int32(), "best trip: other vessels heard near an end of the silence within a day of it"),
        _c("next_image_area", TEXT, "image that would tell most: WKT polygon (WGS 84) over the group's sites"),
        _c("data_label", TEXT, "what kind of data this is; empty for real data"),
        _c("next_image_group", TEXT, "its group of sites"),
        _c("next_image_bits", pa.float64(), "information that it is expected to bring", "bit"),
        _c("probability_if_seen", pa.float64(), "the lead's probability if it shows a ship that fits"),
        _c("probability_if_not_seen", pa.float64(), "the lead's probability if it shows none"),
        _c("summary", TEXT, "what was seen, what was not, what else it can be, how sure: to be quoted"),
    ),
    key=("rank",),
)

IMAGES = Table(
    "images",
    "One row a lead: the image to order, the most telling first; GeoJSON has the area as geometry.",
    (
        _c("order", pa.int32(), "1 brings the most information"),
        _c("lead_id", TEXT, "stable name of the lead"),
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("name", TEXT, "name last transmitted", null=True),
        _c("length_m", pa.float32(), "length last transmitted: what to look for", "m", null=True),
        _c("next_image_group", TEXT, "group of sites to show"),
        _c("next_image_from", TIME, "the image is to be taken from", "UTC"),
        _c("next_image_to", TIME, "to", "UTC"),
        _c("next_image_bits", pa.float64(), "information that it is expected to bring", "bit"),
        _c("probability", pa.float64(), "the lead's probability without it"),
        _c("probability_if_seen", pa.float64(), "if it shows a ship that fits"),
        _c("probability_if_not_seen", pa.float64(), "if it shows none"),
        _c("next_image_area", TEXT, "WKT polygon (WGS 84) over the group's sites"),
        _c("data_label", TEXT, "what kind of data this is; empty for real data"),
        _c("store_version", pa.int64(), "version of the store it was made from"),
        _c("as_of", TIME, "time up to which the data is known", "UTC"),
    ),
    key=("order",),
)

WHAT_IF = Table(
    "what if",
    "One row a change of what is known of one vessel, the greatest effect first; all other vessels stay as they are.",
    (
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("change", TEXT, "the item of evidence that is left out, or what an image shows"),
        _c("probability", pa.float64(), "the lead's probability then"),
        _c("probability_change", pa.float64(), "that, less the probability as it stands"),
        _c("rank", pa.int32(), "the lead's rank then"),
        _c("rank_change", pa.int32(), "that, less the rank as it stands"),
    ),
    key=("mmsi",),
)

CASES = Table(
    "cases",
    "One row a silence whose answer is known, beside what the pipeline and simple rules say of it.",
    (
        _c("gap_id", TEXT, "the gap, in the store without what the masks hide"),
        _c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        _c("off_timestamp", TIME, "last message before the silence", "UTC"),
        _c("on_timestamp", TIME, "first message after the silence", "UTC"),
        _c("kind", TEXT, "visit (a masked port call), passing, elsewhere, waiting, still (masked too), or natural"),
        _c("is_visit", pa.bool_(), "a port call was masked"),
        _c("pair", pa.int32(), "number that a visit shares with its stretch at sea of like length; -1 for the others"),
        _c("part", TEXT, "fit or held-out by vessel and port, between where they differ"),
        _c("site", TEXT, "site of the masked call", null=True),
        _c("site_group", TEXT, "its group", null=True),
        _c("probability", pa.float64(), "of an undeclared visit, at even odds before the evidence"),
        _c("named", TEXT, "the most probable site; null where none was in reach", null=True),
        _c("named_group", TEXT, "the most probable group", null=True),
        _c("nearest", TEXT, "the site nearest to the two ends, as the crow flies"),
        _c("nearest_group", TEXT, "its group"),
        _c("duration", pa.float64(), "rule: length of the silence", "h"),
        _c("rule_12h", pa.float64(), "rule: 1 if it lasts 12 h"),
        _c("nearest_port", pa.float64(), "rule: minus the distances of the two ends from their nearest sites", "nm"),
        _c("gap_count", pa.float64(), "rule: silences of the vessel"),
        _c("slack_10kn", pa.float64(), "rule: hours to spare at the best site at 10 kn", "h"),
        _c("detour", pa.float64(), "rule: way over the best site / direct way"),
    ),
    key=("mmsi", "off_timestamp", "gap_id"),
)

EVALUATION = Table(
    "evaluation",
    "One row a figure of merit of a score on silences whose answer is known.",
    (
        _c("part", TEXT, "all, or the held-out vessels and ports"),
        _c("against", TEXT, "pairs (visits and as long stretches at sea), or the kind that visits are told from"),
        _c("score", TEXT, "darkships, or a simple rule"),
        _c("figure", TEXT, "what is measured"),
        _c("value", pa.float64(), "the figure", null=True),
        _c("low", pa.float64(), "2.5 % bootstrap quantile, vessels drawn", null=True),
        _c("high", pa.float64(), "97.5 % bootstrap quantile", null=True),
        _c("visits", pa.int32(), "masked visits among the cases"),
        _c("others", pa.int32(), "other cases"),
    ),
    key=("part", "against", "score", "figure"),
)

TABLES = {
    table.name: table
    for table in (
        POSITIONS, STATICS, QUARANTINE, SITES, TRACKS, FLAGS, RECEPTION, OUTAGES, GAPS, PORT_CALLS, CANDIDATES, VISITS,
        TRIPS, OUTSIDE_GAPS, SHUTTLES, LANES, LEADS, WATCHLIST, IMAGES, WHAT_IF, CASES, EVALUATION,
    )
}  # fmt: skip
"""All tables by name, in the order of the flow."""
