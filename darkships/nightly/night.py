"""One night: from what is new in the feeds to the outputs, under a lock, with an account of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from darkships.alerts.delivery import deliver
from darkships.alerts.outlets import Outlet
from darkships.alerts.recording import record_run
from darkships.config import Config
from darkships.configured import expire_configured, ingest_configured, run_configured, write_outputs
from darkships.feed.live.spool import SPOOL
from darkships.intake import CLOCKS_AHEAD, FileReport, OnRows
from darkships.nightly.health import LOCK, Health, feed_names, recent_outages
from darkships.nightly.lock import Owner, hold
from darkships.nightly.steps import StepLog
from darkships.positions.store import Store
from darkships.watchlist.runs import RunRecord, require_latest, told_unknown

_TELLING = "alert.lock"
_PATIENCE_S = 60.0
"""So long an alert waits for another's deliveries."""


@dataclass(frozen=True)
class Told:
    """What became of the messages."""

    sent: int = 0
    """To standard output and to targets, a message to each counted."""
    failures: tuple[str, ...] = ()
    """A sentence for each target that did not take what waits for it."""


@dataclass(frozen=True)
class Night:
    """What a run came to."""

    reports: list[FileReport]
    written: Path | None
    """The folder of new outputs; None if there was nothing new."""
    told: Told


def run_night(
    config: Config,
    *,
    now: Callable[[], datetime],
    log: StepLog,
    note: Callable[[str], None],
    outlets: Sequence[Outlet],
    on_rows: OnRows | None = None,
    on_ingested: Callable[[list[FileReport]], None] = lambda _: None,
) -> Night:
    """Take what is new, analyse, write outputs; leave an account of it in the health file, however it ends.

    Parameters
    ----------
    config
        What to do.
    now
        The clock.
    log
        Told of every step.
    note
        Told what a person should know.
    outlets
        Who gets messages.
    on_rows
        Told of rows as they are read.
    on_ingested
        Told what became of the files, before the analysis begins.

    Raises
    ------
    LockedError
        If another run is at work; nothing was done.
    DarkshipsError
        If the store is empty, or something cannot be read or written.

    """
    with _lock(config, now(), note):
        health = Health.read_or_begin(config.out, note).attempted(feed_names(config), now())
        try:
            health, reports = _ingest(config, health, now, log, note, on_rows)
            on_ingested(reports)
            store = Store.planned(config.store)
            health = replace(health, rows=health.rows + _spooled(store, log, note))
            if config.keep_positions_days is not None:
                _expire(config, store, log, note)
            with log.step("analysis") as facts:
                written = run_configured(config, store)
                facts.update(written=written.name if written else None, store_version=store.version)
            if written and (unknown := RunRecord.read(written).inputs["unknown_dates"]):
                note(told_unknown(unknown))
            told = tell(config, outlets, now=now, log=log, note=note)
            health = _succeeded(health, config, store, reports, now())
        except BaseException as error:
            health = replace(health, last_error=str(error) or type(error).__name__)
            raise
        finally:
            health.write(config.out)
    return Night(reports, written, told)


def run_again(config: Config, version: int, *, now: Callable[[], datetime], note: Callable[[str], None]) -> Path:
    """Write the outputs of an earlier version of the store; the latest ones and the alerts stay as they are.

    Raises
    ------
    LockedError
        If a run is at work.
    StoreError
        If that version cannot be read any more.

    """
    with _lock(config, now(), note):
        store = Store.open(config.store, read_only=True)
        folder, _ = write_outputs(config, store.at_version(version), anew=True)
    return folder


def tell(
    config: Config,
    outlets: Sequence[Outlet],
    *,
    now: Callable[[], datetime],
    log: StepLog,
    note: Callable[[str], None],
) -> Told:
    """Record what is news in the latest outputs, and send what waits.

    Raises
    ------
    DarkshipsError
        If there are no outputs yet, or the state cannot be kept.

    """
    with hold(config.out / _TELLING, Owner.here(now()), wait_s=_PATIENCE_S):
        with log.step("record") as facts:
            news = record_run(config.out, require_latest(config.out), config, now=now())
            facts.update(news=len(news))
        with log.step("deliver") as facts:
            counts, failures = deliver(config.out, outlets, now=now(), note=note)
            facts.update(sent=counts, failures=failures)
    return Told(sum(counts.values()), tuple(failures))


@contextmanager
def _lock(config: Config, now: datetime, note: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a run; say so if it is taken over from one that died."""
    with hold(config.out / LOCK, Owner.here(now)) as dead:
        if dead:
            note(f"the run before did not end: {dead} died; this one begins anew")
        yield


def _ingest(
    config: Config,
    health: Health,
    now: Callable[[], datetime],
    log: StepLog,
    note: Callable[[str], None],
    on_rows: OnRows | None,
) -> tuple[Health, list[FileReport]]:
    reports: list[FileReport] = []
    for name, feed in zip(feed_names(config), config.feeds, strict=True):
        with log.step("ingest") as facts:
            one = replace(config, feeds=(feed,))
            _, found = ingest_configured(one, note=note, latest=now() + CLOCKS_AHEAD, on_rows=on_rows)
            new = [report.counts for report in found if report.counts]
            rows = sum(counts.kept for counts in new)
            bad = [f"{report.path.name}: {report.error}" for report in found if report.error]
            facts.update(feed=name, files=len(found), new_files=len(new), rows=rows, errors=bad)
        health = health.with_feed(name, rows, now())
        health.write(config.out)  # if this run is killed, the next finds these files in the store, not new
        reports += found
    return health, reports


def _spooled(store: Store, log: StepLog, note: Callable[[str], None]) -> int:
    """Take in what a listener that died left; return how many rows that was."""
    if not (store.path / SPOOL).is_dir():
        return 0
    from darkships.listening.leftovers import take_leftovers

    with log.step("spool") as facts:
        left = take_leftovers(store, note)
        facts.update(asdict(left))
    return left.rows


def _expire(config: Config, store: Store, log: StepLog, note: Callable[[str], None]) -> None:
    with log.step("expire") as facts:
        gone = expire_configured(config, store)
        if gone:
            facts.update(gone._asdict())
            note(f"{gone.rows:,} reports of {gone.dates} dates have expired and were removed")


def _succeeded(health: Health, config: Config, store: Store, reports: list[FileReport], now: datetime) -> Health:
    as_of, latest = store.time_range()[1], require_latest(config.out)
    failed = [report.path.name for report in reports if report.error or report.incomplete]
    return replace(
        health,
        last_success=_iso(now),
        last_error=f"{len(failed)} files could not be read whole: {', '.join(failed[:3])}" if failed else "",
        run=latest.name,
        as_of=_iso(as_of),
        lag_h=round((now - as_of).total_seconds() / 3600, 2),
        store_version=store.version,
        outages=recent_outages(latest / "outages.csv", as_of),
    )


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds")
