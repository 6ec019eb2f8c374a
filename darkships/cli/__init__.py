"""The command line: one file a command group, thin bodies that parse, call and report.

Nothing heavy is imported here or at the top of the files beside: ``darkships --version`` answers at once.
"""

import contextlib
import errno
import os
import sys
from typing import Any

import click

from darkships import __version__, compiling
from darkships.cli.alerts import alert, triage
from darkships.cli.common import say
from darkships.cli.config import config, init
from darkships.cli.demo import demo
from darkships.cli.diff import diff
from darkships.cli.evaluate import calibrate, evaluate
from darkships.cli.feeds import formats, ingest
from darkships.cli.leads import explain, watchlist
from darkships.cli.listen import listen
from darkships.cli.run import doctor, run
from darkships.cli.simulate import simulate
from darkships.cli.sites import sites
from darkships.cli.stages import flags, gaps, lanes, outages, reception, score, shuttles, tracks, trips, visits
from darkships.cli.store import store
from darkships.cli.tables import schema
from darkships.errors import DarkshipsError


class _Commands(click.Group):
    """Commands in the order of the flow; an error of ours or the system's becomes its message and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order they were added."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except DarkshipsError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # whoever read the output has enough: click ends without a word
            _give_up_stdout()
            what = f"{error.filename} cannot be used" if error.filename else "the output cannot be written"
            raise click.ClickException(f"{what}: {error.strerror or error}") from error
        return result


def _give_up_stdout() -> None:
    """Let what stdout still holds go nowhere: at exit it would fail again, with an exit code of its own."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="darkships")
def main() -> None:
    """Rank the ships that most likely slipped into a watched port with their AIS transponder off.

    A probability here is about consistency with a visit, never proof of one: every lead comes with the evidence
    against it and with the image that would settle it.
    """
    if sys.stderr.isatty():
        compiling.tell = say


for command in (
    demo, init, config, ingest, listen, run, alert, triage, diff, tracks, flags, reception, outages, gaps, visits,
    trips, shuttles, lanes, score, watchlist, explain, evaluate, calibrate, sites, store, doctor, formats, schema,
    simulate,
):  # fmt: skip
    main.add_command(command)
