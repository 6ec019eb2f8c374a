"""Tables of vessels and of figures: what an analyst opens."""

import pyarrow as pa

from darkships.declare import Table
from darkships.schema.base import TEXT, TIME, c

LEADS = Table(
    "leads",
    "One row a vessel, most probable first, with its best trip.",
    (
        c("rank", pa.int32(), "by probability times expected_round_trips"),
        c("lead_id", TEXT, "stable name of the lead"),
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("probability", pa.float64(), "of at least one undeclared visit to a watched site"),
        c("expected_round_trips", pa.float64(), "expected undeclared round trips, over all gaps"),
        c("expected_round_trips_low", pa.float64(), "5 % quantile"),
        c("expected_round_trips_high", pa.float64(), "95 % quantile"),
        c("n_gaps", pa.int32(), "gaps of the vessel in which a watched site could be reached"),
        c("gap_id", TEXT, "gap of the best trip"),
        c("site", TEXT, "most probable site of the best trip"),
        c("site_group", TEXT, "its group"),
    ),
    key=("rank",),
)


WATCHLIST = Table(
    "watchlist",
    "One row a vessel whose silences are consistent with an undeclared visit, most probable first.",
    (
        c("rank", pa.int32(), "by probability times expected_round_trips"),
        c("lead_id", TEXT, "stable name of the lead"),
        c("probability", pa.float64(), "of at least one undeclared visit to a watched site"),
        c("expected_round_trips", pa.float64(), "expected undeclared round trips, over all gaps"),
        c("expected_round_trips_low", pa.float64(), "5 % quantile"),
        c("expected_round_trips_high", pa.float64(), "95 % quantile"),
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("imo", pa.int32(), "IMO number last transmitted", null=True),
        c("name", TEXT, "name last transmitted", null=True),
        c("callsign", TEXT, "call sign last transmitted", null=True),
        c("flag", TEXT, "flag state of the MMSI's identification digits (ITU)", null=True),
        c("ship_type", pa.int16(), "ship and cargo type last transmitted", null=True),
        c("length_m", pa.float32(), "length last transmitted", "m", null=True),
        c("site", TEXT, "site of the best trip"),
        c("site_group", TEXT, "its group"),
        c("off_timestamp", TIME, "best trip: last message before the silence", "UTC"),
        c("on_timestamp", TIME, "best trip: first message after; null while open", "UTC", null=True),
        c("is_open", pa.bool_(), "best trip: still silent at as_of"),
        c("duration_h", pa.float64(), "best trip: length of the silence", "h"),
        c("slack_h", pa.float64(), "best trip: hours left at the site at cruising speed", "h"),
        c("max_round_trips", pa.int32(), "best trip: largest number that fits"),
        c("earliest_arrival", TIME, "berth window: from", "UTC"),
        c("latest_departure", TIME, "berth window: to", "UTC"),
        c("evidence_for", TEXT, "what speaks for it, with numbers"),
        c("evidence_against", TEXT, "what speaks against it, with numbers"),
        c("best_alternative", TEXT, "the most probable other explanation, with its probability"),
        c("next_image_from", TIME, "image that would tell most: from", "UTC"),
        c("next_image_to", TIME, "image that would tell most: to", "UTC"),
        c("store_version", pa.int64(), "version of the store it was made from"),
        c("as_of", TIME, "time up to which the data is known", "UTC"),
        c("imo_valid", pa.bool_(), "its check digit is right", null=True),
        c("last_seen", TIME, "last message heard", "UTC"),
        c("n_gaps", pa.int32(), "gaps of the vessel in which a watched site could be reached"),
        c("off_lat", pa.float64(), "best trip: off fix", "deg"),
        c("off_lon", pa.float64(), "best trip: off fix", "deg"),
        c("on_lat", pa.float64(), "best trip: on fix", "deg", null=True),
        c("on_lon", pa.float64(), "best trip: on fix", "deg", null=True),
        c("sea_distance_off_nm", pa.float64(), "best trip: off fix to site by sea", "nm"),
        c("sea_distance_on_nm", pa.float64(), "best trip: site to on fix by sea", "nm", null=True),
        c("closing_speed_kn", pa.float64(), "best trip: speed towards the site before off", "kn", null=True),
        c("draught_change_m", pa.float64(), "best trip: draught after less draught before", "m", null=True),
        c("likely_round_trips", pa.float64(), "best trip: expected number"),
        c("vessels_heard", pa.int32(), "best trip: other vessels heard near an end of the silence within a day of it"),
        c("next_image_area", TEXT, "image that would tell most: WKT polygon (WGS 84) over the group's sites"),
        c("data_label", TEXT, "what kind of data this is; empty for real data"),
        c("next_image_group", TEXT, "its group of sites"),
        c("next_image_bits", pa.float64(), "information that it is expected to bring", "bit"),
        c("probability_if_seen", pa.float64(), "the lead's probability if it shows a ship that fits"),
        c("probability_if_not_seen", pa.float64(), "the lead's probability if it shows none"),
        c("summary", TEXT, "what was seen, what was not, what else it can be, how sure: to be quoted"),
    ),
    key=("rank",),
)


IMAGES = Table(
    "images",
    "One row a lead: the image to order, the most telling first; GeoJSON has the area as geometry.",
    (
        c("order", pa.int32(), "1 brings the most information"),
        c("lead_id", TEXT, "stable name of the lead"),
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("name", TEXT, "name last transmitted", null=True),
        c("length_m", pa.float32(), "length last transmitted: what to look for", "m", null=True),
        c("next_image_group", TEXT, "group of sites to show"),
        c("next_image_from", TIME, "the image is to be taken from", "UTC"),
        c("next_image_to", TIME, "to", "UTC"),
        c("next_image_bits", pa.float64(), "information that it is expected to bring", "bit"),
        c("probability", pa.float64(), "the lead's probability without it"),
        c("probability_if_seen", pa.float64(), "if it shows a ship that fits"),
        c("probability_if_not_seen", pa.float64(), "if it shows none"),
        c("next_image_area", TEXT, "WKT polygon (WGS 84) over the group's sites"),
        c("data_label", TEXT, "what kind of data this is; empty for real data"),
        c("store_version", pa.int64(), "version of the store it was made from"),
        c("as_of", TIME, "time up to which the data is known", "UTC"),
    ),
    key=("order",),
)


WHAT_IF = Table(
    "what if",
    "One row a change of what is known of one vessel, the greatest effect first; all other vessels stay as they are.",
    (
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("change", TEXT, "the item of evidence that is left out, or what an image shows"),
        c("probability", pa.float64(), "the lead's probability then"),
        c("probability_change", pa.float64(), "that, less the probability as it stands"),
        c("rank", pa.int32(), "the lead's rank then"),
        c("rank_change", pa.int32(), "that, less the rank as it stands"),
    ),
    key=("mmsi",),
)


CASES = Table(
    "cases",
    "One row a silence whose answer is known, beside what the pipeline and simple rules say of it.",
    (
        c("gap_id", TEXT, "the gap, in the store without what the masks hide"),
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("off_timestamp", TIME, "last message before the silence", "UTC"),
        c("on_timestamp", TIME, "first message after the silence", "UTC"),
        c("kind", TEXT, "visit (a masked port call), passing, elsewhere, waiting, still (masked too), or natural"),
        c("is_visit", pa.bool_(), "a port call was masked"),
        c("pair", pa.int32(), "number that a visit shares with its stretch at sea of like length; -1 for the others"),
        c("part", TEXT, "fit or held-out by vessel and port, between where they differ"),
        c("site", TEXT, "site of the masked call", null=True),
        c("site_group", TEXT, "its group", null=True),
        c("probability", pa.float64(), "of an undeclared visit, at even odds before the evidence"),
        c("probability_off", pa.float64(), "the same, told that the transmitter was off, as it was in every mask"),
        c("named", TEXT, "the most probable site; null where none was in reach", null=True),
        c("named_group", TEXT, "the most probable group", null=True),
        c("nearest", TEXT, "the site nearest to the two ends, as the crow flies"),
        c("nearest_group", TEXT, "its group"),
        c("duration", pa.float64(), "rule: length of the silence", "h"),
        c("rule_12h", pa.float64(), "rule: 1 if it lasts 12 h"),
        c("nearest_port", pa.float64(), "rule: minus the distances of the two ends from their nearest sites", "nm"),
        c("gap_count", pa.float64(), "rule: silences of the vessel"),
        c("slack_10kn", pa.float64(), "rule: hours to spare at the best site at 10 kn", "h"),
        c("detour", pa.float64(), "rule: way over the best site / direct way"),
    ),
    key=("mmsi", "off_timestamp", "gap_id"),
)


EVALUATION = Table(
    "evaluation",
    "One row a figure of merit of a score on silences whose answer is known.",
    (
        c("part", TEXT, "all, or the held-out vessels and ports"),
        c("against", TEXT, "pairs (visits and as long stretches at sea), or the kind that visits are told from"),
        c("score", TEXT, "darkships, or a simple rule"),
        c("figure", TEXT, "what is measured"),
        c("value", pa.float64(), "the figure", null=True),
        c("low", pa.float64(), "2.5 % bootstrap quantile, vessels drawn", null=True),
        c("high", pa.float64(), "97.5 % bootstrap quantile", null=True),
        c("visits", pa.int32(), "masked visits among the cases"),
        c("others", pa.int32(), "other cases"),
    ),
    key=("part", "against", "score", "figure"),
)


ERRORS = Table(
    "errors",
    "One row a silence whose answer is known and was not given, the most surprising first.",
    (
        c("error", TEXT, "missed (no visit believed), misnamed (another group named) or accused (no visit there was)"),
        c("gap_id", TEXT, "the gap"),
        c("mmsi", pa.int32(), "Maritime Mobile Service Identity"),
        c("off_timestamp", TIME, "last message before the silence", "UTC"),
        c("duration", pa.float64(), "length of the silence", "h"),
        c("pair", pa.int32(), "number of the pair; -1 for none"),
        c("kind", TEXT, "visit, passing, elsewhere, waiting or still"),
        c("site", TEXT, "the site of the masked call", null=True),
        c("site_group", TEXT, "its group", null=True),
        c("named", TEXT, "the most probable site", null=True),
        c("named_group", TEXT, "the most probable group", null=True),
        c("probability", pa.float64(), "given to an undeclared visit, told that the transmitter was off"),
        c("p_truth", pa.float64(), "given to what is true: the group, or no visit"),
        c("surprise_db", pa.float64(), "of the truth: -10 log10 p_truth, at most 60", "deciban"),
        c("evidence_named", TEXT, "weights of evidence for the site named, the strongest first"),
        c("evidence_truth", TEXT, "weights of evidence for the site of the masked call"),
        c("reason", TEXT, "what misled"),
    ),
    key=("gap_id",),
)
