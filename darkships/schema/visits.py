"""Tables of sites, calls, what silences can hide, and trips."""

import pyarrow as pa

from darkships.declare import Table
from darkships.schema.base import TEXT, TIME, c

SITES = Table(
    "sites",
    "One row a watched place; a GeoDataFrame with its polygon in `geometry` (WGS 84).",
    (
        c("site", TEXT, "unique name"),
        c("site_group", TEXT, "name shared by sites too close to tell apart (else the site's own)"),
        c("locode", TEXT, "UN/LOCODE without blank", null=True),
        c("country", TEXT, "ISO 3166-1 alpha-2 of the port state", null=True),
        c("kind", TEXT, "port, anchorage or naval"),
        c("role", TEXT, "watch: visits make leads; origin: only competes for the explanation of a silence"),
        c("aliases", TEXT, "other names, separated by semicolons", null=True),
        c("approach_lat", pa.float64(), "approach point on water", "deg"),
        c("approach_lon", pa.float64(), "approach point on water", "deg"),
        c("source", TEXT, "where the polygon and the point come from"),
    ),
    key=("site",),
)


PORT_CALLS = Table(
    "port calls",
    "One row a call at a site that AIS shows: entered, stopped, left.",
    (
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("track_id", pa.int64(), "the track that called"),
        c("site", TEXT, "the site"),
        c("site_group", TEXT, "the site's group"),
        c("arrival", TIME, "first fix inside the polygon", "UTC"),
        c("departure", TIME, "last fix inside the polygon", "UTC"),
        c("stopped_h", pa.float64(), "time inside at less than 1 kn", "h"),
        c("arrival_seen", pa.bool_(), "the track was seen outside before the call"),
        c("departure_seen", pa.bool_(), "the track was seen outside after the call"),
    ),
    key=("mmsi", "arrival", "site"),
)


_SILENCE_AND_SITE = (
    c("gap_id", TEXT, "the gap"),
    c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
    c("off_timestamp", TIME, "last message before the silence", "UTC"),
    c("on_timestamp", TIME, "first message after the silence; null while open", "UTC", null=True),
    c("is_open", pa.bool_(), "the gap is open at as_of"),
    c("site", TEXT, "the watched site"),
    c("site_group", TEXT, "its group"),
)


_REACH = (
    c("reachable", pa.bool_(), "at the vessel's high speed, by sea, with the least dwell"),
    c("slack_h", pa.float64(), "hours left at the site if both legs are sailed at cruising speed", "h"),
    c("sea_distance_off_nm", pa.float64(), "shortest water path from the off fix to the approach point", "nm"),
    c("sea_distance_on_nm", pa.float64(), "shortest water path from there to the on fix", "nm", null=True),
    c("earliest_arrival", TIME, "at the high speed", "UTC"),
    c("latest_departure", TIME, "at the high speed; as_of while open", "UTC"),
    c("duration_h", pa.float64(), "length of the silence", "h"),
    c("watched", pa.bool_(), "the site's role is watch"),
    c("declared", pa.bool_(), "AIS shows the vessel inside the site at an end of the gap: nobody hid it"),
    c(
        "direct_nm",
        pa.float64(),
        "great circle from the off fix to the on fix: no water path is shorter",
        "nm",
        null=True,
    ),
    c("detour_factor", pa.float64(), "(off + on distance) / direct", null=True),
    c("cruise_kn", pa.float64(), "cruising speed used", "kn"),
    c("max_kn", pa.float64(), "high speed used", "kn"),
    c("max_round_trips", pa.int32(), "largest number of visits that fit, returning to the nearer end between them"),
    c("closing_speed_kn", pa.float64(), "speed towards the site by sea before off", "kn", null=True),
    c("opening_speed_kn", pa.float64(), "speed away from the site by sea after on", "kn", null=True),
    c(
        "off_angle_deg",
        pa.float64(),
        "angle between the course before off and the way to the berth",
        "deg",
        null=True,
    ),
    c(
        "on_angle_deg",
        pa.float64(),
        "angle between the way from the berth and the course after on",
        "deg",
        null=True,
    ),
    c("own_calls", pa.int32(), "calls of this vessel at the site that AIS shows, other than at this gap's ends"),
    c("vessel_calls", pa.int32(), "calls of this vessel at all sites that AIS shows, other than at this gap's ends"),
    c("other_callers", pa.int32(), "other vessels that AIS shows calling at the site"),
)


CANDIDATES = Table(
    "candidate visits",
    "One row a gap and watched site that could be reached in it.",
    (*_SILENCE_AND_SITE, *_REACH),
    key=("mmsi", "off_timestamp", "gap_id", "site"),
)


ALTERNATIVES = ("passage", "still", "moored", "laid_up", "elsewhere", "transfer", "left_area", "not_received")
"""What else a silence can be: direct passage; lying still; moored or anchored; laid up for weeks; dark elsewhere; a
transfer at sea with a vessel that was silent, too; and with the transmitter on: out of the area that the feed hears;
not heard in it."""


EVIDENCE = (
    "time", "approach", "departure", "history", "vessel", "draught", "destination", "identity", "repetition",
    "reception",
)  # fmt: skip
"""Weights of evidence, each a column ``<item>_db`` of VISITS, in decibans for a visit against the alternatives."""


VISITS = Table(
    "visits",
    "Candidate visits with their probability; those of a gap's sites and alternatives add up to 1.",
    (
        *_SILENCE_AND_SITE,
        c("probability", pa.float64(), "that the vessel visited this site in the gap, undeclared"),
        *_REACH,
        c("prior", pa.float64(), "before the evidence"),
        c("p_vessel", pa.float64(), "that the vessel makes undeclared visits at all, given all its silences"),
        *(c(f"{item}_db", pa.float64(), f"weight of evidence: {item}", "deciban") for item in EVIDENCE),
        *(c(f"p_{item}", pa.float64(), f"probability of the gap's alternative: {item}") for item in ALTERNATIVES),
        c("best_alternative", TEXT, "the most probable of the alternatives"),
        c("met_mmsi", pa.int32(), "another vessel that it could have met in the dark, silent as long", null=True),
        c("draught_before_m", pa.float64(), "last draught reported before the silence", "m", null=True),
        c("draught_after_m", pa.float64(), "first draught reported after the silence", "m", null=True),
        c("destination_before", TEXT, "last destination typed before the silence", null=True),
        c("destination_after", TEXT, "first destination typed after the silence", null=True),
        c(
            "destination_hidden",
            pa.bool_(),
            "a phrase such as FOR ORDERS was typed before the silence, and no name of the site",
        ),
        c("name_before", TEXT, "last name sent before the silence", null=True),
        c("name_after", TEXT, "first name sent after the silence", null=True),
    ),
    key=("mmsi", "off_timestamp", "gap_id", "site"),
)


TRIPS = Table(
    "trips",
    "One row a gap and site group: origin, dark visit, return, and how many round trips the gap can hold.",
    (
        c("gap_id", TEXT, "the gap"),
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("site_group", TEXT, "the group visited"),
        c("site", TEXT, "its site that is nearest to the two ends by sea"),
        c("origin", TEXT, "where the trip began", null=True),
        c("origin_departure", TIME, "when it left there", "UTC", null=True),
        c("off_timestamp", TIME, "last message before the silence", "UTC"),
        c("on_timestamp", TIME, "first message after; null while open", "UTC", null=True),
        c("is_open", pa.bool_(), "the gap is open at as_of"),
        c("destination", TEXT, "where the trip ended", null=True),
        c("destination_arrival", TIME, "when it arrived there", "UTC", null=True),
        c("max_round_trips", pa.int32(), "largest number that fits"),
        c("expected_round_trips", pa.float64(), "expected number, if it was visited at all"),
        c("expected_round_trips_low", pa.float64(), "5 % quantile of that number"),
        c("expected_round_trips_high", pa.float64(), "95 % quantile of that number"),
        c("shuttle_number", pa.int32(), "which of the vessel's trips to the group that its gaps allow"),
        c("probability", pa.float64(), "that the vessel visited the group in the gap, undeclared"),
        c("p_vessel", pa.float64(), "that the vessel makes undeclared visits at all, given all its silences"),
        c("watched", pa.bool_(), "a site of the group is watched"),
        c("trip_id", TEXT, "gap in which the trip began; shared by silences with a ping on the way between them"),
        c("continues", pa.bool_(), "the vessel had not come back since its last silence: the same trip goes on"),
        c("p_begun", pa.float64(), "that an earlier silence of the trip holds the visit, if the vessel makes any"),
        c("origin_group", TEXT, "group of the origin", null=True),
        c("origin_basis", TEXT, "call: seen in AIS; dark: a likely dark call; place: near a port", null=True),
        c("destination_group", TEXT, "group of the destination", null=True),
        c("destination_basis", TEXT, "as of the origin", null=True),
        c("earliest_arrival", TIME, "at the high speed", "UTC"),
        c("likely_arrival", TIME, "at cruising speed, straight from the off fix", "UTC"),
        c("latest_departure", TIME, "at the high speed; as_of while open", "UTC"),
        c("stay_h", pa.float64(), "usual stay at the group", "h"),
        c("spare_h", pa.float64(), "left of the silence for further trips", "h"),
        c("cycle_h", pa.float64(), "from one round trip to the next: one over the vessel's mean pace", "h"),
        c("cycle_regularity", pa.int32(), "1 is chance, 16 clockwork: one over the squared variation of the cycle"),
        c("cycle_certainty", pa.float64(), "one over the squared relative error of the pace"),
        c("cycle_intervals", pa.int32(), "intervals between trips that it was learnt from; 0 is the default rhythm"),
    ),
    key=("mmsi", "off_timestamp", "gap_id", "site_group"),
)


SHUTTLES = Table(
    "shuttles",
    "One row a vessel and pair of ports between which several of its silences allow a dark round trip.",
    (
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("site_group", TEXT, "the watched group"),
        c("origin_group", TEXT, "group where the trips begin; null where it is not known", null=True),
        c("silences", pa.int32(), "trips that the vessel's silences allow"),
        c("likely_trips", pa.int32(), "of them more likely than not, for a vessel that makes such trips"),
        c("expected_round_trips", pa.float64(), "expected undeclared round trips"),
        c("seen_calls", pa.int32(), "calls of the vessel at the group that AIS shows; they are no dark visits"),
        c("first_off_timestamp", TIME, "where the first of these silences begins", "UTC"),
        c("last_off_timestamp", TIME, "where the last of them begins", "UTC"),
        c("cycle_h", pa.float64(), "from one round trip to the next: one over the vessel's mean pace", "h"),
        c("cycle_low_h", pa.float64(), "5 % quantile", "h"),
        c("cycle_high_h", pa.float64(), "95 % quantile", "h"),
        c("cycle_regularity", pa.int32(), "1 is chance, 16 clockwork: one over the squared variation of the cycle"),
        c("cycle_intervals", pa.int32(), "intervals between trips that it was learnt from; 0 is the default rhythm"),
    ),
    key=("mmsi", "site_group"),
)


LANES = Table(
    "lanes",
    "One row a pair of site groups and ISO week: dark round trips, and their trend.",
    (
        c("origin_group", TEXT, "group where the trips begin; null where it is not known", null=True),
        c("site_group", TEXT, "the watched group"),
        c("week", TEXT, "ISO 8601 week"),
        c("week_start", TIME, "its Monday", "UTC"),
        c("expected_round_trips", pa.float64(), "expected number of dark round trips with the stay in this week"),
        c("expected_round_trips_low", pa.float64(), "5 % quantile"),
        c("expected_round_trips_high", pa.float64(), "95 % quantile"),
        c("vessels", pa.int32(), "vessels whose silences allow one"),
        c("open_gaps", pa.int32(), "silences among them that had not ended at as_of"),
        c("is_whole", pa.bool_(), "the data covers the whole week"),
        c("is_settled", pa.bool_(), "and a usual cycle after it: later data will hardly change it"),
        c("trend", pa.float64(), "round trips a week more each week, over the settled weeks", null=True),
        c("trend_low", pa.float64(), "5 % quantile", null=True),
        c("trend_high", pa.float64(), "95 % quantile", null=True),
        c("p_growing", pa.float64(), "that the trend is upwards", null=True),
    ),
    key=("site_group",),
)
