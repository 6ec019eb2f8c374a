"""``darkships demo``: the whole flow on the shipped samples."""

from pathlib import Path

import click

from darkships.cli.common import print_leads, row_progress, say, working
from darkships.cli.feeds import report_ingest

_SHOWN = 8
_ABOUT = {
    "socal": "real AIS of small boats off California; they go home with AIS off, as they may, and nobody is suspected.",
    "rajin": "SYNTHETIC reconstruction of the Rajin case from published dates, among invented innocent vessels.",
}


@click.command(epilog="Example: darkships demo --out demo")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("darkships-demo"), show_default=True,
    help="Folder for stores and outputs.",
)  # fmt: skip
def demo(out: Path) -> None:
    """Run the whole flow on the shipped samples: real boats off California, and the Rajin case (synthetic)."""
    from dataclasses import replace

    from darkships.config import read_config
    from darkships.configured import ingest_configured, run_configured
    from darkships.resources import data_dir
    from darkships.watchlist.export import read_watchlist

    say("The first run compiles the kernels and computes the sea-distance fields; later runs are quick.")
    for case in ("socal", "rajin"):
        config = read_config(data_dir() / "demo" / case / "darkships.toml")
        config = replace(config, store=out / case / "store", out=out / case)
        out.joinpath(case).mkdir(parents=True, exist_ok=True)
        with row_progress() as on_rows:
            store, reports = ingest_configured(config, note=say, on_rows=on_rows)
        report_ingest(reports)
        with working("analysis"):
            run_configured(config, store)
        latest = config.out / "latest"
        watchlist = read_watchlist(latest / "watchlist.parquet")
        click.echo(f"\n{case}: {_ABOUT[case]}\n{len(watchlist)} leads in {latest / 'watchlist.csv'}")
        print_leads(watchlist, _SHOWN)
