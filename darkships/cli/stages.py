"""One command a stage: table in, table out."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from darkships.cli.common import analysis_options, open_analysis, working


def _write(stage: str, out: str, *, sites: str | None = None, **options: Any) -> None:
    """Compute a stage and write its table."""
    from darkships.watchlist.export import write_table

    with working(stage):
        analysis = open_analysis(options["store_path"], sites, options["as_of"], options["min_gap_h"])
        frame = analysis.stamped(getattr(analysis, stage))
    write_table(frame, out, data_label=analysis.store.label)


@click.command(epilog="Example: darkships tracks --store my-store --out tracks.parquet")
@analysis_options(sites=False)
def tracks(store_path: Path, as_of: datetime | None, min_gap_h: float, out: str) -> None:
    """Write the tracks: one row a fix, with the track it belongs to."""
    _write("tracks", out, store_path=store_path, as_of=as_of, min_gap_h=min_gap_h)


@click.command(epilog="Example: darkships gaps --store my-store --min-gap-h 12 --out gaps.geojson")
@analysis_options(sites=False)
def gaps(store_path: Path, as_of: datetime | None, min_gap_h: float, out: str) -> None:
    """Write the gaps: silences of tracks, closed and open."""
    _write("gaps", out, store_path=store_path, as_of=as_of, min_gap_h=min_gap_h)


@click.command(epilog="Example: darkships visits --store my-store --sites sea-of-japan --out visits.csv")
@analysis_options(sites=True)
def visits(store_path: Path, sites_source: str, as_of: datetime | None, min_gap_h: float, out: str) -> None:
    """Write the candidate visits: a row a gap and reachable site, with its probability and evidence."""
    _write("visits", out, sites=sites_source, store_path=store_path, as_of=as_of, min_gap_h=min_gap_h)


@click.command(epilog="Example: darkships trips --store my-store --sites sea-of-japan --out trips.csv")
@analysis_options(sites=True)
def trips(store_path: Path, sites_source: str, as_of: datetime | None, min_gap_h: float, out: str) -> None:
    """Write the round trips that gaps can hold: origin, visit, return, and how many."""
    _write("trips", out, sites=sites_source, store_path=store_path, as_of=as_of, min_gap_h=min_gap_h)


@click.command(epilog="Example: darkships score --store my-store --sites sea-of-japan --out leads.csv")
@analysis_options(sites=True)
def score(store_path: Path, sites_source: str, as_of: datetime | None, min_gap_h: float, out: str) -> None:
    """Write the leads: one row a vessel with its probability."""
    _write("leads", out, sites=sites_source, store_path=store_path, as_of=as_of, min_gap_h=min_gap_h)
