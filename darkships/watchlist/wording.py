"""One candidate visit in plain English: what speaks for it, what against, what else it can be, each with its numbers.

The words never say "visited": what AIS silence can show is that something is consistent with a visit.
"""

from collections.abc import Callable, Mapping
from typing import Any

from darkships.schema import EVIDENCE
from darkships.watchlist.text import missing, probability_text, quoted, safe_text, time_text

Row = Mapping[str, Any]
"""A row of VISITS with the columns of its gap, ``n_gaps`` of its vessel, ``group_probability`` of its site group."""

LEAST_DB = 0.5
"""An item that weighs less is not worth a sentence."""

_VERDICTS = (
    (0.95, "strongly consistent with a visit to"),
    (0.8, "consistent with a visit to"),
    (0.5, "somewhat consistent with a visit to"),
    (0.0, "only weakly consistent with a visit to"),
)
ALTERNATIVE_WORDS = {
    "passage": "direct passage in silence",
    "still": "lying still in silence",
    "moored": "moored or anchored with the transmitter off",
    "laid_up": "laid up for weeks",
    "left_area": "out of the area that the feed hears",
    "transfer": "transfer at sea in the dark",
    "elsewhere": "silent elsewhere (fishing, waiting, another port)",
    "not_received": "transmitting but not received",
}

FLAG_WORDS = {
    "shared_mmsi": "MMSI at several places at once",
    "jump": "impossible jump",
    "excursion": "out of reach and back",
    "glitch": "jumps of a receiver or a clock",
    "circle": "round a circle",
    "frozen": "one place at speed",
    "on_land": "far from the sea",
    "mass_jump": "jump with other vessels",
}
_EXPLAINED = {
    "spoofing": "meanwhile its MMSI was heard from where it cannot have been, so it was not silent: its positions were "
    "forged or disturbed, or another ship's",
    "shared_mmsi": "its two ends are farther apart than it was ever seen to sail in such a time: hardly one ship's",
}


def evidence_for(row: Row) -> str:
    """Return how well a visit fits and the items that speak for it, the strongest first, each with its decibans."""
    items = _weighed(row, 1.0)
    return f"{verdict(row)}: " + ("; ".join(items) if items else "no item of evidence speaks for it")


def evidence_against(row: Row) -> str:
    """Return the items that speak against a visit, the strongest first, each with its decibans; then the caveats."""
    items = _weighed(row, -1.0) or ["no item of evidence speaks against it; other explanations remain"]
    return "; ".join([*items, *(f"caveat: {text}" for text in caveats(row))])


def caveats(gap: Row) -> list[str]:
    """Return why a silence, or the positions at its ends, cannot be taken as they are."""
    found = [_EXPLAINED[gap["explained_by"]]] if not missing(gap["explained_by"]) else []
    for end, where in (("off", "last positions before"), ("on", "first positions after")):
        if not missing(gap[f"{end}_flags"]):
            kinds = ", ".join(FLAG_WORDS[kind] for kind in gap[f"{end}_flags"].split(";"))
            found.append(f"its {where} the silence are in doubt ({kinds})")
    return found


def points(row: Row, sign: float) -> list[tuple[str, float]]:
    """Return sentence and decibans of the items that weigh for (1) or against (-1), strongest first.

    Equals stand in the order of EVIDENCE.
    """
    weights = {item: float(row[f"{item}_db"]) for item in EVIDENCE if row[f"{item}_db"] * sign >= LEAST_DB}
    ranked = sorted(weights, key=lambda item: -abs(weights[item]))
    return [(_SENTENCES[item](row), weights[item]) for item in ranked]


def _weighed(row: Row, sign: float) -> list[str]:
    return [f"{sentence} ({weight:+.1f} decibans)" for sentence, weight in points(row, sign)]


def best_alternative(row: Row) -> str:
    """Return the most probable other explanation with its probability."""
    name = str(row["best_alternative"])
    return f"{ALTERNATIVE_WORDS.get(name, name)} (probability {probability_text(row[f'p_{name}'])})"


def verdict(row: Row) -> str:
    """Return in words how well the silence fits a visit to the site, or to its group, with the probability."""
    site, alone = _site(row), probability_text(row["probability"])
    if row["site_group"] == row["site"]:
        return f"{consistency(row['probability'])} {site} (probability in this silence {alone})"
    both = row["group_probability"]
    here = f"probability in this silence {probability_text(both)}, of {site} alone {alone}"
    return f"{consistency(both)} {place(row)} ({here})"


def place(row: Row) -> str:
    """Return the site, with its group where it has one: sites too close to tell apart."""
    group = f" or another site of {safe_text(row['site_group'])}" if row["site_group"] != row["site"] else ""
    return _site(row) + group


def consistency(probability: float) -> str:
    """Return words as strong as a probability allows, to be followed by the site."""
    return next(words for least, words in _VERDICTS if probability >= least)


def berth_window(row: Row) -> str:
    """Return when the vessel could have been at the berth."""
    until = "until it reappears" if row["is_open"] else f"until {time_text(row['latest_departure'])}"
    return f"could be at the berth from {time_text(row['earliest_arrival'])} {until}"


def _site(row: Row) -> str:
    return safe_text(row["site"])


def _time(row: Row) -> str:
    silent = f"silent {row['duration_h']:.1f} h from {time_text(row['off_timestamp'])}"
    there = f"{row['sea_distance_off_nm']:.0f} nm from {_site(row)} by sea"
    if row["is_open"]:
        return f"{silent} and still silent, {there}, {berth_window(row)}"
    if row["slack_h"] > 0:
        left = f"the passage there and back leaves {row['slack_h']:.0f} h at the berth"
    else:
        left = f"at its cruising speed of {row['cruise_kn']:.1f} kn there is no time left for the berth"
    direct_nm = row["direct_nm"]
    direct = f"its two ends are {direct_nm:.0f} nm apart, {direct_nm / row['cruise_kn']:.1f} h of direct passage"
    return f"{silent}, {there} and {row['sea_distance_on_nm']:.0f} nm on the way back, {left}, {direct}"


def _towards(row: Row, column: str, angle: str, verb: str, where: str) -> str:
    speed, off_deg = row[column], row[angle]
    if missing(speed) and missing(off_deg):
        return f"how it moved {where} is not known"
    if missing(speed):
        way = f"the way {'to' if verb == 'closing on' else 'from'} {_site(row)}"
        return f"{where} how far it came is not known, but its course was {off_deg:.0f} degrees off {way}"
    if abs(speed) < 0.5:
        return f"{where} neither nearing nor leaving {_site(row)}"
    opposite = {"closing on": "moving away from", "coming from": "heading for"}[verb]
    return f"{where} {verb if speed > 0 else opposite} {_site(row)} at {abs(speed):.1f} kn by sea"


def _approach(row: Row) -> str:
    return _towards(row, "closing_speed_kn", "off_angle_deg", "closing on", "before the silence")


def _departure(row: Row) -> str:
    if row["is_open"]:
        return "it has not reappeared"
    return _towards(row, "opening_speed_kn", "on_angle_deg", "coming from", "after the silence")


def _history(row: Row) -> str:
    own, others = int(row["own_calls"]), int(row["other_callers"])
    if own or row["history_db"] <= 0:
        return f"AIS shows {own or 'no'} other call{'s' if own > 1 else ''} of it at {_site(row)}"
    # that it was never seen there speaks for nothing: that others are does
    callers = f"{others} other vessel{'s' if others > 1 else ''}"
    return f"AIS shows no other call of it at {_site(row)}, but calls of {callers}"


def _vessel(row: Row) -> str:
    fits = "are" if row["vessel_db"] > 0 else "are hardly"
    return f"vessels of its type {fits} what calls, or is thought to call, at {_site(row)}"


def _draught(row: Row) -> str:
    before, after = row["draught_before_m"], row["draught_after_m"]
    if missing(before) or missing(after):
        return "its draught is not known on both sides of the silence"
    if row["draught_db"] > 0:
        return f"draught {before:.1f} m before the silence, {after:.1f} m after it"
    return (
        f"draught {before:.1f} m before the silence and {after:.1f} m after it: no cargo shows (many never update it)"
    )


def _destination(row: Row) -> str:
    said = {side: row[f"destination_{side}"] for side in ("before", "after")}
    texts = [f"{quoted(text)} {side} the silence" for side, text in said.items() if not missing(text)]
    if row["destination_db"] <= 0:
        names = f"does not name {_site(row)}"
    else:
        names = "names no port" if row["destination_hidden"] else f"names {_site(row)}"
    return f"the declared destination ({', '.join(texts) or 'none'}) {names}"


def _identity(row: Row) -> str:
    before, after = (quoted(str(row[f"name_{side}"])) for side in ("before", "after"))
    return f"it called itself {before} before the silence and {after} after it"


def _repetition(row: Row) -> str:
    others = int(row["n_gaps"]) - 1
    many = f"its {others} other silence{'s' if others != 1 else ''} within reach of a watched site"
    if row["repetition_db"] > 0:
        return (
            f"{many} look{'s' if others == 1 else ''} like visits too" if others else "its only silence supports itself"
        )
    return f"{many} do{'es' if others == 1 else ''} not look like visits" if others else "it has no other such silence"


def heard_words(row: Row) -> str:
    """Return who else was heard around a silence, and how much of it a transmitting ship would have been heard."""
    heard = int(row["vessels_heard"])
    vessels = f"{heard or 'no'} other vessel{'' if heard == 1 else 's'} heard near its ends meanwhile"
    if missing(row["hours_expected"]):
        return vessels
    looked_at = f"{row['hours_looked_at']:.0f}"
    if looked_at == "0":
        return f"{vessels}; in no whole hour of it was anybody heard"
    hours = f"of {looked_at} h in which anybody was heard"
    return f"{vessels}; {hours}, a transmitting ship would have been heard in about {row['hours_expected']:.0f}"


def _reception(row: Row) -> str:
    return heard_words(row) + (", and it may have left what the feed hears" if row["is_open"] else "")


_SENTENCES: dict[str, Callable[[Row], str]] = {
    "time": _time,
    "approach": _approach,
    "departure": _departure,
    "history": _history,
    "vessel": _vessel,
    "draught": _draught,
    "destination": _destination,
    "identity": _identity,
    "repetition": _repetition,
    "reception": _reception,
}
