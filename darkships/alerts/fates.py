"""What became of a silence that somebody was told of: data that comes late shortens it, splits it or fills it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from darkships.alerts.facts import Facts, Silence
from darkships.watchlist.text import time_text

Cause = Literal["late data", "changed settings", "expired reports"]


class Fate(NamedTuple):
    """How a silence differs from what was told."""

    reason: str
    is_amended: bool
    """What was told did not hold; else time went on: it ended after the data that was known."""


def silences_of(told: Facts) -> list[Silence]:
    """Return what was told of a lead: the silence that was open, and the one of its best trip."""
    found = [Silence(told.open_gap.off_timestamp, None)] if told.open_gap else []
    if told.off_timestamp is not None:
        found.append(Silence(told.off_timestamp, told.on_timestamp))
    return found


def fate_of(told: Silence, now: Sequence[Silence], *, told_as_of: datetime, cause: Cause = "late data") -> Fate | None:
    """Compare a silence that was told with the vessel's silences of today; None if it stands as it was told.

    Parameters
    ----------
    told
        The silence as it was told.
    now
        The silences of the same vessel, in order of time.
    told_as_of
        Up to when the data was known then.
    cause
        Why silences can differ.

    """
    same = next((silence for silence in now if silence.off == told.off), None)
    if told.on is None:
        return _fate_of_open(told.off, same, now, told_as_of, cause)
    if same == told:
        return None
    was = f"the silence told from {time_text(told.off)} to {time_text(told.on)}"
    left = [silence for silence in now if silence.off < told.on and (silence.on is None or silence.on > told.off)]
    if not left:
        return _gone(was, cause)
    pieces = ", ".join(_span(silence) for silence in left)
    if len(left) > 1:
        return Fate(f"{cause}: {was} falls into {len(left)}: {pieces}", is_amended=True)
    is_shorter = left[0].off >= told.off and left[0].on is not None and left[0].on <= told.on
    return Fate(f"{cause}: {was} is {'shorter' if is_shorter else 'another'}: {pieces}", is_amended=True)


def _fate_of_open(
    off: datetime, same: Silence | None, now: Sequence[Silence], told_as_of: datetime, cause: Cause
) -> Fate | None:
    if same is not None:
        if same.on is None:
            return None
        if same.on > told_as_of:
            return Fate(f"it reappeared {time_text(same.on)}", is_amended=False)
        was = f"the silence since {time_text(off)}, told as still open, had ended {time_text(same.on)}"
        return Fate(f"{cause}: {was}", is_amended=True)
    later = [silence for silence in now if off < silence.off <= told_as_of]
    was = f"the silence told since {time_text(off)}"
    if not later:
        return _gone(was, cause)
    return Fate(f"{cause}: {was} is another: {', '.join(_span(silence) for silence in later)}", is_amended=True)


def _gone(was: str, cause: Cause) -> Fate:
    """Return the fate of a silence of which nothing is left: only what came late can have filled it."""
    if cause == "late data":
        return Fate(f"{cause}: it was heard during {was}", is_amended=True)
    if cause == "changed settings":
        return Fate(f"{cause}: {was} is none by these", is_amended=False)
    return Fate(f"{cause}: nothing is known any more of {was}", is_amended=False)


def _span(silence: Silence) -> str:
    return f"{time_text(silence.off)} to {time_text(silence.on) if silence.on else 'now'}"
