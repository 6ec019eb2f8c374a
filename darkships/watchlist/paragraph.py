"""One lead as a paragraph that can be quoted: what was seen, what was not, what else it can be, and how sure."""

from darkships.schema import ALTERNATIVES
from darkships.watchlist.text import inert, missing, probability_text, safe_text, time_text
from darkships.watchlist.wording import ALTERNATIVE_WORDS, Row, berth_window, points, verdict

LIKELIHOODS = (
    (0.95, "is almost certain"),
    (0.80, "is very likely"),
    (0.55, "is likely"),
    (0.45, "has a roughly even chance"),
    (0.20, "is unlikely"),
    (0.05, "is very unlikely"),
    (0.0, "has almost no chance"),
)
"""Terms of likelihood and where each begins: US Intelligence Community Directive 203, Analytic Standards (2 January
2015), D.6.e.(2)(a)."""

LEAST_SHARE = 0.05
"""A rarer alternative is not worth words."""


def likelihood(probability: float) -> str:
    """Return the term of likelihood for a probability as it is written, with two digits."""
    return next(words for least, words in LIKELIHOODS if round(probability, 2) >= least)


def paragraph(row: Row) -> str:
    """Return the paragraph.

    Parameters
    ----------
    row
        What the words on evidence take, with the identity of the vessel (name, mmsi, imo, imo_valid, flag), ``as_of``,
        and of its lead ``lead_probability``, ``expected_round_trips``, ``expected_round_trips_low`` and ``..._high``.

    """
    typed = [f"{what}_{side}" for what in ("destination", "name") for side in ("before", "after")]
    said = {name: row[name] for name in typed}
    row = {**row, **{name: text if missing(text) else inert(str(text)) for name, text in said.items()}}
    return " ".join([_seen(row), _unseen(row), _else(row), _how_sure(row)])


def _seen(row: Row) -> str:
    site = safe_text(row["site"])
    said = "" if missing(row["name"]) else inert(str(row["name"]))
    who = f'A vessel that calls itself "{said}"' if said else "A vessel that gives no name"
    numbers = [f"MMSI {int(row['mmsi']):09d}"]
    if not missing(row["imo"]):
        numbers.append(f"IMO {int(row['imo'])} as sent" + ("" if row["imo_valid"] else ", which no ship can have"))
    if not missing(row["flag"]):
        numbers.append(f"flag by its MMSI: {row['flag']}")
    there = f"{row['sea_distance_off_nm']:.0f} nautical miles by sea from {site}"
    last = f"{who} ({'; '.join(numbers)}) was last heard on {time_text(row['off_timestamp'])}, {there}"
    if row["is_open"]:
        return f"{last}, and was not heard again before the data ends on {time_text(row['as_of'])}."
    back = f"{row['sea_distance_on_nm']:.0f} nautical miles from there"
    hours = f"{row['duration_h']:.0f} hours without a message"
    return f"{last}, and heard again on {time_text(row['on_timestamp'])}, {back}, after {hours}."


def _unseen(row: Row) -> str:
    n = int(row["n_gaps"]) - 1
    also = f" It has {n} other silence{'s' if n > 1 else ''} that would have left time for a watched port." if n else ""
    return (
        f"Where it was meanwhile is not known: no call at {safe_text(row['site'])} was observed, and no image was "
        f"looked at. By distance and speed it {berth_window(row)}.{also}"
    )


def _else(row: Row) -> str:
    others = {name: float(row[f"p_{name}"]) for name in ALTERNATIVES}
    named = sorted((name for name in others if others[name] >= LEAST_SHARE), key=lambda name: -others[name])
    words = [f"{ALTERNATIVE_WORDS.get(name, name)} ({probability_text(others[name])})" for name in named]
    rest = 1.0 - float(row["group_probability"]) - sum(others.values())
    if rest >= LEAST_SHARE:
        words.append(f"a call at another port on the list ({probability_text(rest)})")
    also = "; ".join(words) or "none that is at all likely"
    return (
        f"Other explanations of this silence, with their probabilities: {also}. A transponder may also be switched off "
        "for safety, or fail."
    )


def _how_sure(row: Row) -> str:
    low, high = row["expected_round_trips_low"], row["expected_round_trips_high"]
    trips = f"{row['expected_round_trips']:.1f} (90 % interval {low:.0f} to {high:.0f})"
    most = {sign: next((sentence for sentence, _ in points(row, sign)), "no item of evidence") for sign in (1.0, -1.0)}
    return (
        f"On this evidence at least one undeclared call of this vessel at a watched port "
        f"{likelihood(row['lead_probability'])} (probability {probability_text(row['lead_probability'])}; round trips "
        f"expected: {trips}). This silence is {verdict(row)}. What speaks most for it: {most[1.0]}. What speaks most "
        f"against it: {most[-1.0]}. This is an estimate from AIS, not proof."
    )
