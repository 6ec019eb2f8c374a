"""How the watch fares: a small file that every run leaves, and what a doctor makes of it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from darkships.alerts.delivery import stuck
from darkships.alerts.state import STATE, open_state
from darkships.config import Config
from darkships.errors import DarkshipsError
from darkships.nightly.lock import is_held, owner_of
from darkships.watchlist.export import write_text

HEALTH, LOCK = "health.json", "run.lock"
"""Their names in ``out``."""


@dataclass(frozen=True)
class FeedHealth:
    """What one [[feed]] brought; times are ISO 8601, UTC."""

    last_new: str = ""
    """When a run last found something new in it; empty if none did yet."""
    rows: int = 0
    """New rows in that run."""


@dataclass(frozen=True)
class Health:
    """What the runs so far came to; times are ISO 8601, UTC, empty if there is none."""

    last_attempt: str = ""
    last_success: str = ""
    last_error: str = ""
    """What went wrong in the last attempt; empty if nothing."""
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
    """By the first path of each."""

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
            kept = json.loads(path.read_text(encoding="utf-8"))
            feeds = {name: FeedHealth(**feed) for name, feed in kept.pop("feeds").items()}
            return cls(**kept, feeds=feeds)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise DarkshipsError(f"{path} cannot be read ({error}); remove it: the next run writes it anew") from error

    def write(self, out: Path) -> None:
        """Write it in one step."""
        write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", out / HEALTH)

    def attempted(self, feeds: Iterable[str], now: datetime) -> "Health":
        """Return it as a run begins; what it knows of feeds that are no longer configured goes."""
        kept = {name: self.feeds[name] for name in feeds if name in self.feeds}
        return replace(self, last_attempt=now.isoformat(timespec="seconds"), last_error="", rows=0, feeds=kept)

    def with_feed(self, name: str, rows: int, now: datetime) -> "Health":
        """Return it with what a feed brought."""
        known = self.feeds.get(name, FeedHealth())
        found = FeedHealth(now.isoformat(timespec="seconds"), rows) if rows else known
        return replace(self, feeds={**self.feeds, name: found}, rows=self.rows + rows)


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
        last_new = health.feeds.get(name, FeedHealth()).last_new
        if _age_h(last_new, now) > config.max_feed_lag_h:
            found.append(f"{name}: nothing new came since {_ago(last_new, now)}; {_limit(config.max_feed_lag_h)}")
    if (config.out / STATE).exists():
        with open_state(config.out) as state:
            found += stuck(state, [target.name for target in config.targets])
    dead = owner_of(config.out / LOCK)
    if dead and not is_held(config.out / LOCK):
        found.append(f"a run did not end: {dead} died; the next run begins anew")
    return found


def feed_names(config: Config) -> list[str]:
    """Return what each [[feed]] is called: its number and its first path, without secrets."""
    return [f"feed {number} ({feed.paths[0]})" for number, feed in enumerate(config.feeds, start=1)]


def _age_h(time: str, now: datetime) -> float:
    return (now - datetime.fromisoformat(time)) / timedelta(hours=1) if time else float("inf")


def _ago(time: str, now: datetime) -> str:
    return f"{time} ({_age_h(time, now):.0f} h ago)" if time else "never"


def _limit(hours: float) -> str:
    return f"expected at most {hours:g} h"
