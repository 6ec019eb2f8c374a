"""``darkships run`` and ``darkships doctor``: the cron line, and whether it works."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from darkships.cli import common
from darkships.cli.alerts import NEW_ALERTS, check_deliveries, config_option, exit_code_option, outlets_of
from darkships.cli.common import ignore, print_table, row_progress, say, working
from darkships.cli.feeds import check_ingest, report_ingest
from darkships.errors import DarkshipsError

if TYPE_CHECKING:
    from darkships.intake import FileReport
    from darkships.nightly.steps import StepLog


@click.command(epilog="Example (crontab): 15 3 * * * darkships run --config /srv/watch/darkships.toml")
@config_option
@exit_code_option
@click.option(
    "--at-version", type=click.IntRange(1),
    help="Write the outputs of an earlier version of the store again; take nothing in, tell nothing.",
)  # fmt: skip
@click.option("--log-json", is_flag=True, help="Write one JSON line a step, and a note, to stderr, and nothing else.")
@click.pass_context
def run(ctx: click.Context, config_path: Path, exit_code: bool, at_version: int | None, log_json: bool) -> None:
    """Ingest what is new, analyse, write the watchlist and maps into a folder of their own, tell what is news.

    stdout has a line for every lead that is new or changed, and nothing when there is none; the same goes to the
    targets of the configuration. A second run with nothing new does nothing.
    """
    from darkships.nightly.steps import StepLog

    log = StepLog(say if log_json else ignore, common.clock)
    try:
        with log.step("run"):
            if at_version:
                sent = _run_again(config_path, at_version, log, hidden=log_json)
            else:
                sent = _run(config_path, log, hidden=log_json)
    except DarkshipsError:
        if not log_json:
            raise
        ctx.exit(1)
    if exit_code and sent:
        ctx.exit(NEW_ALERTS)


def _run_again(config_path: Path, version: int, log: "StepLog", *, hidden: bool) -> int:
    """Write an earlier version's outputs again, of which nothing is told."""
    from darkships.config import read_config
    from darkships.nightly.night import run_again

    config = read_config(config_path)
    with working("analysis", hidden=hidden), log.step("analysis") as facts:
        folder = run_again(config, version, now=common.clock, note=log.note if hidden else say)
        facts.update(written=folder.name, store_version=version)
    if not hidden:
        say(f"version {version} is in {folder}")
    return 0


def _run(config_path: Path, log: "StepLog", *, hidden: bool) -> int:
    """Run, and return how many messages went out."""
    from darkships.config import read_config
    from darkships.nightly.night import run_night

    config = read_config(config_path)
    with ExitStack() as shown:
        on_rows = shown.enter_context(row_progress(hidden=hidden))

        def on_ingested(reports: "list[FileReport]") -> None:
            shown.close()
            if not hidden:
                report_ingest([report for report in reports if report.counts is not None or report.error])
            shown.enter_context(working("analysis", hidden=hidden))

        night = run_night(
            config, now=common.clock, log=log, note=log.note if hidden else say, outlets=outlets_of(config),
            on_rows=on_rows, on_ingested=on_ingested,
        )  # fmt: skip
    if not hidden:
        say(f"wrote {night.written}" if night.written else "nothing new: the outputs stand as they are")
    check_deliveries(night.told.failures)
    is_any_read = any(not report.error for report in night.reports)
    check_ingest(night.reports, f"; {'the others are' if is_any_read else 'nothing new is'} in the outputs")
    return night.told.sent


@click.command(epilog="Example: darkships doctor --config /srv/watch/darkships.toml")
@config_option
def doctor(config_path: Path) -> None:
    """Tell how the watch fares; exit with 1 if the last good run is too old or a feed has gone quiet."""
    from darkships.config import read_config
    from darkships.nightly.health import Health, complaints

    config = read_config(config_path)
    health = Health.read(config.out)
    rows = [["last good run", health.last_success], ["latest report", health.as_of], ["outputs", health.run]]
    rows += [[name, f"{feed.rows:,} rows {feed.last_new}"] for name, feed in health.feeds.items()]
    rows += [[f"outage in {each.where}", f"{each.since} to {each.until or 'now'}"] for each in health.outages]
    print_table(["watch", str(config_path)], rows)
    found = complaints(config, health, common.clock())
    if found:
        raise DarkshipsError("\n  ".join([f"{len(found)} thing(s) to look at:", *found]))
