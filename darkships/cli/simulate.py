"""``darkships simulate``: made-up traffic, what receivers hear of it, and the truth."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from darkships.cli.common import Box, Time, say

_FORMATS = ("nmea", "marinecadastre", "dma")
_KINDS = ("dark_visit", "dark_transfer", "laid_up", "moored_off", "left_area", "spoofed", "clone")


def _shares(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, float]:
    """Read --plant dark_visit=0.1 ..."""
    shares = {}
    for pair in value:
        kind, _, share = pair.partition("=")
        if kind not in _KINDS:
            raise click.BadParameter(f"{pair!r} names no kind; expected KIND=SHARE with one of {', '.join(_KINDS)}")
        shares[kind] = click.FloatRange(0.0, 1.0)(share, param, ctx)
    return shares


@click.command(epilog="Example: darkships simulate --out sim --vessels 500 --days 14 --seed 7 --plant dark_visit=0.05")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="New or empty folder.")
@click.option("--vessels", type=click.IntRange(2, 900_000), required=True, help="How many ships.")
@click.option("--days", type=click.IntRange(1, 3660), required=True, help="How many days.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--start", type=Time(), default="2024-01-01", show_default=True, help="First day (UTC).")
@click.option("--sites", "sites_source", default="sea-of-japan", show_default=True,
              help="Ports, and those called at in the dark: a shipped list's name or a GeoJSON file.")  # fmt: skip
@click.option("--bbox", type=Box(), help="Area: west,south,east,north. [default: the sites and 3 degrees around]")
@click.option("--format", "formats", type=click.Choice(_FORMATS), multiple=True, default=["nmea"], show_default=True,
              help="May be given more than once.")  # fmt: skip
@click.option("--every-s", type=click.FloatRange(0, 86_400), default=0.0, show_default=True,
              help="Thin each ship's reports to one in this time; 0: as ships send them.")  # fmt: skip
@click.option("--harbours", type=click.IntRange(0, 200), default=12, show_default=True,
              help="Ports to make up on the coasts beside the sites.")  # fmt: skip
@click.option("--stations", type=click.IntRange(0, 999), default=12, show_default=True,
              help="Receivers on the coast; with neither these nor satellites all of the area is heard.")  # fmt: skip
@click.option("--satellites", type=click.IntRange(0, 99), default=2, show_default=True, help="Receivers in orbit.")
@click.option("--reception", type=click.FloatRange(0, 1, min_open=True), default=0.95, show_default=True,
              help="Chance that a station hears a message sent close by.")  # fmt: skip
@click.option("--plant", "shares", multiple=True, callback=_shares, metavar="KIND=SHARE",
              help=f"Share of the ships for {', '.join(_KINDS)}; may be given more than once.")  # fmt: skip
def simulate(
    out: Path, vessels: int, days: int, start: datetime, sites_source: str, formats: tuple[str, ...],
    bbox: tuple[float, float, float, float] | None, **settings: Any,
) -> None:  # fmt: skip
    """Write the AIS of made-up ships, one file a day, and the truth about them. All of it is SYNTHETIC.

    Ships of all kinds sail by sea between ports and report as their class, speed and status ask. Stations within
    their horizon and satellites hear them; both lose messages, stations fail. Among them are ships that call at a
    watched site with AIS off, that meet in the dark at sea, that are spoofed, that share an MMSI, and those that are
    silent without harm: truth.csv has them all. MMSIs and IMO numbers look right but are made up.
    """
    from darkships.simulation.files import write_simulation
    from darkships.simulation.plan import Settings, make_plan
    from darkships.sites.watch import read_sites

    chosen = Settings(vessels=vessels, days=days, start=start.date(), area=bbox, **settings)
    written = write_simulation(make_plan(chosen, read_sites(sites_source)), out, formats)
    say(f"SYNTHETIC: {written.reports:,} messages in {len(written.files)} files, {written.size:,} bytes; see truth.csv")
