"""What of a lead is worth telling: against what was told of it before."""

from collections.abc import Iterable
from typing import NamedTuple

from darkships.alerts.facts import Facts, OpenGap
from darkships.alerts.fates import Fate
from darkships.config.alerting import Rule
from darkships.watchlist.text import time_text

BANDS = (0.5, 0.8, 0.95)
"""Crossing one of these probabilities, up or down, is news."""

WAVERING = 0.02
"""Only if it is crossed by so much: a probability that wavers around a border is no news each night."""

TRIPS_GROWN = 1.0

AMENDED = "amended"
"""What was told did not hold."""


class Change(NamedTuple):
    """One thing that is news."""

    kind: str
    """As rules name it: new, changed, within_range, listed, rhythm; or AMENDED, which all get who were told."""
    reason: str
    is_material: bool = True
    """It counts for a dismissed lead, too."""


def wanted_kinds(facts: Facts, rules: Iterable[Rule], *, is_told: bool = False) -> set[str]:
    """Return the kinds of news that some rule asks of a lead; empty if none asks for it at all.

    One that is told is still asked for while its probability wavers below what the rule asks for.
    """
    found: set[str] = set()
    for rule in rules:
        is_there = not rule.sites or bool({facts.site, facts.site_group} & set(rule.sites))
        is_on_list = not rule.lists or bool(set(facts.lists) & set(rule.lists))
        reached = facts.open_gap.reached if facts.open_gap else ()
        if is_on_list and (is_there or set(reached) & set(rule.sites)):
            least = rule.min_probability - (WAVERING if is_told else 0.0)
            found |= set(rule.when) if facts.probability >= least and facts.site else set()
        if is_on_list and facts.lists:  # a listed ship that appears is news wherever it is
            found |= {"listed"} & set(rule.when)
    return found


def first_changes(facts: Facts) -> list[Change]:
    """Return what is news of a lead that nobody was told of."""
    found = [Change("new", "not told before")] if facts.site else []
    if facts.open_gap:
        found.append(Change("within_range", _within(facts.open_gap, facts.open_gap.reached)))
    found += [Change("listed", f"on the list {name}, first seen") for name in facts.lists]
    return found + ([Change("rhythm", facts.overdue)] if facts.overdue else [])


def changes(told: Facts, now: Facts, fate: Fate | None) -> list[Change]:
    """Return what of a lead changed since it was told."""
    if not told.site:
        found = [Change("new", "on the watchlist now")] if now.site else []
    elif _has_crossed(told.probability, now.probability):
        verb = "rose" if now.probability > told.probability else "fell"
        found = [Change("changed", f"probability {verb} from {told.probability:.2f} to {now.probability:.2f}")]
    else:
        found = []
    if fate:
        found.append(Change(AMENDED if fate.is_amended else "changed", fate.reason, is_material=not fate.is_amended))
    if not (fate and fate.is_amended) and _is_later(told, now):
        found.append(Change("changed", "a further silence fits better than the one told"))
    if told.site and now.expected_round_trips - told.expected_round_trips >= TRIPS_GROWN:
        trips = f"{told.expected_round_trips:.1f} to {now.expected_round_trips:.1f}"
        found.append(Change("changed", f"expected round trips grew from {trips}"))
    found += _within_range(told, now)
    found += [Change("listed", f"on the list {name}") for name in now.lists if name not in told.lists]
    if now.overdue and not told.overdue:
        found.append(Change("rhythm", now.overdue, is_material=False))
    return found


def _within_range(told: Facts, now: Facts) -> list[Change]:
    if now.open_gap is None:
        return []
    before = told.open_gap
    is_same = before is not None and before.off_timestamp == now.open_gap.off_timestamp
    new = [group for group in now.open_gap.reached if before is None or not is_same or group not in before.reached]
    return [Change("within_range", _within(now.open_gap, new))] if new else []


def _is_later(told: Facts, now: Facts) -> bool:
    off = told.off_timestamp, now.off_timestamp
    return off[0] is not None and off[1] is not None and off[1] > off[0]


def _within(gap: OpenGap, groups: Iterable[str]) -> str:
    """Say which sites are within reach, the others than the one that the message names anyhow with their way."""
    ways = {group: f" ({nm:.0f} nm, from {time_text(arrival)})" for group, nm, arrival in gap.ways}
    told = (group if group == gap.site_group else group + ways.get(group, "") for group in groups)
    return f"silent within reach of {', '.join(told)}"


def _has_crossed(told: float, now: float) -> bool:
    return any(told < border <= now - WAVERING or now + WAVERING < border <= told for border in BANDS)
