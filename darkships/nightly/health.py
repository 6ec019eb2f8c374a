"""How the watch fares: a small file that every run leaves, and what a doctor makes of it."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from darkships.alerts.delivery import stuck
from darkships.alerts.state import STATE, open_state
from darkships.config import Config
from darkships.errors import DarkshipsError
from darkships.nightly.lock import is_held, owner_of
from darkships.watchlist.export import write_text

HEALTH, LOCK = "health.json", "run.lock"
"""Their names in ``out``."""

OUTAGES_KEPT = timedelta(days=7)
"""What lasted longer ago is in the outputs only; a receiver that never comes back is no news after a week."""


@dataclass(frozen=True)
class FeedHealth:
    """What one [[feed]] brought; times are ISO 8601, UTC."""

    last_new: str = ""
    """When a run last found something new in it; empty if none did yet."""
    rows: int = 0
    """New rows in that run."""


@dataclass(frozen=True)
class FeedOutage:
    """A time in which the feed itself was silent; times are ISO 8601, UTC."""

    since: str
    until: str
    """Empty while it lasts."""
    where: str
    vessels: int
    """That fell silent as it began."""


@dataclass(frozen=True)
class Health:
    """What the runs so far came to; times are ISO 8601, UTC, empty if there is none."""

    last_attempt: str = ""
    last_success: str = ""
    last_error: str = ""
    """What went wrong in the last attempt that ended; empty if nothing."""
    run: str = ""
    """Folder of the latest outputs."""
    as_of: str = ""
    """Time of the latest report."""
    lag_h: float | None = None
    """How far that lay behind the clock at the last success."""
    store_version: int = 0
    rows: int = 0
    """New rows of the last attempt."""
    feeds: Mapping[str, FeedHealth] = field(default_factory=dict)
    """By the names of :func:`feed_names`."""
    outages: tuple[FeedOutage, ...] = ()
    """Of the last week before ``as_of``."""

    @classmethod
    def read(cls, out: Path) -> "Health":
        """Read it; all is empty if there was no run yet.

        Raises
        ------
        DarkshipsError
            If the file is damaged.

        """
        path = out / HEALTH
        if not path.exists():
            return cls()
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DarkshipsError(f"{path} cannot be read ({error}); the next darkships run writes it anew") from error

    @classmethod
    def read_or_begin(cls, out: Path, note: Callable[[str], None]) -> "Health":
        """Read it; a damaged one is told, and all is empty: it must not keep a watch from going on."""
        try:
            return cls.read(out)
        except DarkshipsError as error:
            note(str(error))
            return cls()

    def write(self, out: Path) -> None:
        """Write it in one step."""
        write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", out / HEALTH)

    def attempted(self, feeds: Iterable[str], now: datetime) -> "Health":
        """Return it as a run begins; what it knows of feeds that are no longer configured goes.

        The last error stays until this run ends: it may be killed.
        """
        kept = {name: self.feed(name) for name in feeds}
        return replace(self, last_attempt=now.isoformat(timespec="seconds"), rows=0, feeds=kept)

    def feed(self, name: str) -> FeedHealth:
        """Return what is known of a feed; one that is new, or whose paths were changed, counts from the last good run.

        Else an edited path would pass for a feed that never brought anything.
        """
        return self.feeds.get(name, FeedHealth(self.last_success))

    def with_feed(self, name: str, rows: int, now: datetime) -> "Health":
        """Return it with what a feed brought."""
        found = FeedHealth(now.isoformat(timespec="seconds"), rows) if rows else self.feed(name)
        return replace(self, feeds={**self.feeds, name: found}, rows=self.rows + rows)


def recent_outages(path: Path, as_of: datetime) -> tuple[FeedOutage, ...]:
    """Return from an OUTAGES table as CSV those of the last week before a time, the latest last."""
    found = []
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            is_open = row["is_open"] == "true"
            latest = datetime.fromisoformat(row["from_timestamp"] if is_open else row["to_timestamp"])
            if latest >= as_of - OUTAGES_KEPT:
                until = "" if is_open else row["to_timestamp"]
                found.append(FeedOutage(row["from_timestamp"], until, _where(row), int(row["vessels"])))
    return tuple(found)


def complaints(config: Config, health: Health, now: datetime) -> list[str]:
    """Return a sentence for each thing that is wrong with a watch."""
    if not health.last_attempt:
        return ["no run has been made yet; make one with darkships run"]
    found = []
    if _age_h(health.last_success, now) > config.max_run_age_h:
        found.append(f"the last good run was {_ago(health.last_success, now)}; {_limit(config.max_run_age_h)}")
    if health.last_error:
        found.append(f"the last run had trouble: {health.last_error}")
    if _age_h(health.as_of, now) > config.max_feed_lag_h:
        found.append(
            f"the feed is quiet: its latest report is of {_ago(health.as_of, now)}; {_limit(config.max_feed_lag_h)}: "
            "that no ship was heard since says nothing about the ships"
        )
    for name in feed_names(config):
        last_new = health.feed(name).last_new
        if _age_h(last_new, now) > config.max_feed_lag_h:
            found.append(f"{name}: nothing new came since {_ago(last_new, now)}; {_limit(config.max_feed_lag_h)}")
    found += [
        f"nobody is heard since {outage.since} in {outage.where}, where {outage.vessels} ships fell silent at once: a "
        "receiver, most likely; silence there says nothing about the ships"
        for outage in health.outages
        if not outage.until
    ]
    if (config.out / STATE).exists():
        with open_state(config.out) as state:
            found += stuck(state, [target.name for target in config.targets])
    dead = owner_of(config.out / LOCK)
    if dead and not is_held(config.out / LOCK):
        found.append(f"a run did not end: {dead} died; the next run begins anew")
    return found


def feed_names(config: Config) -> list[str]:
    """Return what each [[feed]] is called: its number and its first path, without secrets, and how many more it has."""
    return [f"feed {number} ({_paths(feed.paths)})" for number, feed in enumerate(config.feeds, start=1)]


def _paths(paths: Sequence[object]) -> str:
    return f"{paths[0]} and {len(paths) - 1} more" if len(paths) > 1 else f"{paths[0]}"


def _where(row: Mapping[str, str]) -> str:
    if row["whole_feed"] == "true":
        return "the whole feed"
    west, south, east, north = (float(row[side]) for side in ("west_lon", "south_lat", "east_lon", "north_lat"))
    return f"{west:g} to {east:g} E, {south:g} to {north:g} N"


def _age_h(time: str, now: datetime) -> float:
    return (now - datetime.fromisoformat(time)) / timedelta(hours=1) if time else float("inf")


def _ago(time: str, now: datetime) -> str:
    return f"{time} ({_age_h(time, now):.0f} h ago)" if time else "never"


def _limit(hours: float) -> str:
    return f"expected at most {hours:g} h"
