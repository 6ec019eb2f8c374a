"""One command a stage: table in, table out."""

from pathlib import Path
from typing import Any

import click

from darkships.cli.common import analysis_options, needing, open_analysis


def _write(stage: str, out: str, *, sites_source: str | None = None, **options: Any) -> None:
    """Compute a stage and write its table."""
    from darkships.watchlist.export import write_table

    with open_analysis(sites_source=sites_source, **options) as analysis:
        frame = analysis.stamped(getattr(analysis, stage))
    write_table(frame, out, data_label=analysis.store.label)


@click.command(epilog="Example: darkships tracks --store my-store --out tracks.parquet")
@analysis_options(sites=False)
def tracks(out: str, **options: Any) -> None:
    """Write the tracks: one row a fix, with the track it belongs to."""
    _write("tracks", out, **options)


@click.command(epilog="Example: darkships reception --store my-store --out map.png")
@analysis_options(sites=False)
def reception(out: str, **options: Any) -> None:
    """Write how well vessels are heard: one row a cell, month and class.

    .parquet is GeoParquet; .png draws the map.
    """
    from pathlib import Path

    from darkships.reception.map import draw_map
    from darkships.watchlist.export import write_geo

    if Path(out).suffix.lower() not in {".png", ".parquet"}:
        _write("reception", out, sites_source=None, **options)
        return
    with open_analysis(sites_source=None, **options) as analysis:
        frame = analysis.reception
    if out.lower().endswith(".png"):
        with needing("report"):
            draw_map(frame, Path(out))
    else:
        write_geo(analysis.stamped(frame).assign(data_label=analysis.store.label), out)


@click.command(epilog="Example: darkships outages --store my-store --out outages.csv")
@analysis_options(sites=False)
def outages(out: str, **options: Any) -> None:
    """Write the outages: times in which the feed itself was silent, whole or in a region."""
    _write("outages", out, **options)


@click.command(epilog="Example: darkships flags --store my-store --out flags.csv")
@analysis_options(sites=False)
def flags(out: str, **options: Any) -> None:
    """Write the flags: positions that cannot be true, of shared MMSIs, jumps, circles and others."""
    _write("flags", out, **options)


@click.command(epilog="Example: darkships gaps --store my-store --min-gap-h 12 --out gaps.geojson")
@analysis_options(sites=False)
def gaps(out: str, **options: Any) -> None:
    """Write the gaps: silences of tracks, closed and open."""
    _write("gaps", out, **options)


@click.command(epilog="Example: darkships visits --store my-store --sites sea-of-japan --out visits.csv")
@analysis_options(sites=True)
def visits(out: str, **options: Any) -> None:
    """Write the candidate visits: a row a gap and reachable site, with its probability and evidence."""
    _write("visits", out, **options)


@click.command(epilog="Example: darkships trips --store my-store --sites sea-of-japan --out trips.csv")
@analysis_options(sites=True)
def trips(out: str, **options: Any) -> None:
    """Write the round trips that gaps can hold: origin, visit, return, and how many."""
    _write("trips", out, **options)


@click.command(epilog="Example: darkships shuttles --store my-store --sites sea-of-japan --out shuttles.csv")
@analysis_options(sites=True)
def shuttles(out: str, **options: Any) -> None:
    """Write the shuttles: vessels with several silences that allow a trip between the same ports, and their rhythm."""
    _write("shuttles", out, **options)


@click.command(epilog="Example: darkships lanes --store my-store --sites sea-of-japan --out lanes.csv --plot lanes.png")
@analysis_options(sites=True)
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="File for a plot: .png, .svg or .pdf.")
def lanes(out: str, plot: Path | None, **options: Any) -> None:
    """Write the lanes: expected dark round trips by pair of ports and week, and whether they become more."""
    from darkships.watchlist.export import write_table
    from darkships.watchlist.lane_plot import write_lane_plot

    with open_analysis(**options) as analysis:
        frame, label = analysis.stamped(analysis.lanes), analysis.store.label
    write_table(frame, out, data_label=label)
    if plot is not None:
        with needing("report"):
            write_lane_plot(frame, plot, data_label=label)


@click.command(epilog="Example: darkships score --store my-store --sites sea-of-japan --out leads.csv")
@analysis_options(sites=True)
def score(out: str, **options: Any) -> None:
    """Write the leads: one row a vessel with its probability."""
    _write("leads", out, **options)
