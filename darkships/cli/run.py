"""``darkships run``: the cron line."""

from pathlib import Path

import click

from darkships.cli.common import latest_believed, row_progress, say, working
from darkships.cli.feeds import check_ingest, report_ingest

config_option = click.option(
    "--config", "config_path", type=click.Path(path_type=Path, dir_okay=False), default=Path("darkships.toml"),
    show_default=True, help="Configuration file.",
)  # fmt: skip


@click.command(epilog="Example (crontab): 15 3 * * * darkships run --config /srv/watch/darkships.toml")
@config_option
def run(config_path: Path) -> None:
    """Ingest what is new, analyse, and write the watchlist and maps into the output folder.

    stdout stays silent; darkships alert prints what is new. A second run with nothing new does nothing.
    """
    from darkships import pipeline
    from darkships.config import read_config

    config = read_config(config_path)
    with row_progress() as on_rows:
        store, reports = pipeline.ingest_configured(config, latest=latest_believed(), on_rows=on_rows)
    report_ingest([report for report in reports if report.counts is not None or report.error])
    with working("analysis"):
        written = pipeline.run_configured(config, store)
    say(f"wrote {written}" if written else "nothing new: the outputs stand as they are")
    check_ingest(reports, "; the others are in the outputs")
