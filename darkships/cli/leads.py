"""``darkships watchlist`` and ``darkships explain``."""

from pathlib import Path
from typing import Any

import click

from darkships.cli.common import analysis_options, open_analysis, say


@click.command(epilog="Example: darkships watchlist --store my-store --sites sea-of-japan --top 50 --out watchlist.csv")
@analysis_options(sites=True)
@click.option("--top", type=click.IntRange(1), help="Keep the first N leads.")
@click.option("--min-probability", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Least kept.")
@click.option("--images", help="File for the images to order, the most telling first: .geojson or .parquet.")
def watchlist(out: str, top: int | None, min_probability: float, images: str | None, **options: Any) -> None:
    """Write the ranked watchlist with evidence for and against each lead."""
    from darkships.watchlist.export import write_images, write_watchlist

    with open_analysis(**options) as analysis:
        frame = analysis.watchlist(top=top, min_probability=min_probability)
    write_watchlist(frame, out)
    if images is not None:
        write_images(frame, images)


@click.command(epilog="Example: darkships explain 273990001 --store my-store --sites sea-of-japan")
@click.argument("vessel", metavar="MMSI|LEAD")
@analysis_options(sites=True)
@click.option(
    "--events", "event_files", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
    help="AIS gaps that others report (Global Fishing Watch), JSON or CSV.",
)  # fmt: skip
@click.option("--what-if", is_flag=True, help="Show what would become of the lead if something else were known.")
def explain(vessel: str, out: str, event_files: tuple[Path, ...], what_if: bool, **options: Any) -> None:
    """Print one vessel's timeline and evidence."""
    import pandas as pd

    from darkships.evidence.outside import read_outside_gaps
    from darkships.watchlist.explain import explain_vessel, what_if_text
    from darkships.watchlist.export import write_text
    from darkships.what_if import what_if as find_changes

    events = []
    for path in event_files:
        found, left_out = read_outside_gaps(path)
        events.append(found)
        if left_out:
            say(f"{path.name}: {left_out:,} entries left out: other kinds of events, or without vessel, time or place")
    with open_analysis(**options) as analysis:
        mmsi, leads = analysis.mmsi_of(vessel), analysis.watchlist()
        text = explain_vessel(
            mmsi, leads, analysis.visits, analysis.trips, analysis.gaps, analysis.calls,
            analysis.statics, analysis.flags, data_label=analysis.store.label, store_version=analysis.store.version,
            as_of=analysis.as_of, outside=pd.concat(events) if events else None,
        )  # fmt: skip
        if what_if:
            text += "\n" + what_if_text(find_changes(analysis, mmsi, leads), leads)
    write_text(text, out)
