"""``darkships alert`` and ``darkships triage``: what is new, and what she makes of it."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from darkships.cli import common
from darkships.cli.common import print_table, say
from darkships.errors import DarkshipsError

if TYPE_CHECKING:
    from darkships.alerts.outlets import Outlet
    from darkships.config import Config

NEW_ALERTS = 3

config_option = click.option(
    "--config", "config_path", type=click.Path(path_type=Path, dir_okay=False), default=Path("darkships.toml"),
    show_default=True, help="Configuration file.",
)  # fmt: skip
exit_code_option = click.option("--exit-code", is_flag=True, help=f"Exit with {NEW_ALERTS} if something was told.")


@click.command(epilog="Example: darkships alert --config darkships.toml --exit-code")
@config_option
@exit_code_option
@click.pass_context
def alert(ctx: click.Context, config_path: Path, exit_code: bool) -> None:
    """Print and send what of the last run was not yet: after quiet hours, or where a target failed; else silent."""
    from darkships.config import read_config
    from darkships.nightly.night import tell
    from darkships.nightly.steps import StepLog

    config = read_config(config_path)
    log = StepLog(common.ignore, common.clock)
    told = tell(config, outlets_of(config), now=common.clock, log=log, note=say)
    check_deliveries(told.failures)
    if exit_code and told.sent:
        ctx.exit(NEW_ALERTS)


def outlets_of(config: "Config") -> "list[Outlet]":
    """Return standard output and the configured targets."""
    from darkships.alerts.outlets import outlet_of, printer

    return [printer(_print), *(outlet_of(target, os.environ) for target in config.targets)]


def check_deliveries(failures: "tuple[str, ...]") -> None:
    """Raise an error where a target did not take a message."""
    if failures:
        raise DarkshipsError("; ".join(failures) + "; darkships run or alert tries again")


def _print(line: str) -> None:
    """Print a line and have it on its way before it counts as told."""
    click.echo(line)
    sys.stdout.flush()


@click.command(epilog='Example: darkships triage DS-3E37868F dismiss --note "ferry, laid up for repairs"')
@click.argument("lead", required=False)
@click.argument("verdict", required=False, type=click.Choice(["confirm", "dismiss", "reopen"]))
@config_option
@click.option("--note", default="", help="Why; it stays in the lead's history.")
@click.option(
    "--from", "edited", type=click.Path(path_type=Path, dir_okay=False),
    help="Take the verdicts and notes of an edited CSV.",
)  # fmt: skip
def triage(lead: str | None, verdict: str | None, config_path: Path, note: str, edited: Path | None) -> None:
    """Confirm or dismiss LEAD; without a verdict show its history, without LEAD write all leads as CSV to edit.

    A dismissed lead stays silent until its probability crosses a band, a further trip is likely, an open silence
    closes, or the ship comes within reach of a watched site.
    """
    from darkships.alerts import triage as made
    from darkships.alerts.edited import read_verdicts
    from darkships.alerts.state import history, open_state
    from darkships.config import read_config

    if edited and (lead or note):
        raise click.UsageError("--from takes leads and notes from the file; name neither")
    with open_state(read_config(config_path).out) as state:
        if edited:
            count = made.judge(state, read_verdicts(edited), now=common.clock())
            say(f"{count} lead(s) changed")
        elif lead and verdict:
            made.judge(state, [made.Verdict(lead.upper(), verdict, note)], now=common.clock())
        elif lead:
            rows = [[event.at, event.change, event.reason, event.run] for event in history(state, lead.upper())]
            if not rows:
                raise DarkshipsError(f"{lead!r} is no lead that was told; darkships triage writes all of them")
            print_table(["when", "what", "why", "run"], rows)
        else:
            made.write_table(state, click.echo)
