"""``darkships sites``: the shipped watch lists, and her own."""

from pathlib import Path

import click

from darkships.cli.common import print_table, say


@click.group()
def sites() -> None:
    """Show the shipped watch lists, and make your own."""


@sites.command(name="list", epilog="Example: darkships sites list")
def list_() -> None:
    """List the shipped watch lists."""
    from darkships.sites.watch import list_site_lists

    rows = [[found.name, str(found.count), found.title, found.source] for found in list_site_lists()]
    print_table(["name", "sites", "what", "source"], rows)


@sites.command(epilog="Example: darkships sites show sea-of-japan")
@click.argument("source")
def show(source: str) -> None:
    """Show the sites of a shipped list or a GeoJSON file; this also checks the file."""
    from darkships.sites.watch import read_sites

    frame = read_sites(source)
    rows = [
        [row.site, row.site_group, row.locode or "", row.country or "", row.kind,
         f"{row.approach_lat:.4f}", f"{row.approach_lon:.4f}"]
        for row in frame.itertuples()
    ]  # fmt: skip
    print_table(["site", "group", "locode", "country", "kind", "approach lat", "approach lon"], rows)


@sites.command(
    epilog='Example: darkships sites add "Rajin" 42.227 130.283 --file my-sites.geojson',
    context_settings={"ignore_unknown_options": True},  # -71.6 is a longitude
)
@click.argument("name")
@click.argument("lat", type=click.FloatRange(-90, 90))
@click.argument("lon", type=click.FloatRange(-180, 180))
@click.option("--file", "path", type=click.Path(path_type=Path, dir_okay=False), default=Path("sites.geojson"),
              show_default=True, help="GeoJSON file to add it to; made if it does not exist.")  # fmt: skip
@click.option("--radius-nm", type=click.FloatRange(0.1, 50), default=2.0, show_default=True, help="Size of the site.")
def add(name: str, lat: float, lon: float, path: Path, radius_nm: float) -> None:
    """Add a site to your own list. LAT before LON, in degrees: south and west are negative."""
    from darkships.sites.watch import add_site

    add_site(path, name, lat, lon, radius_nm=radius_nm)
    say(f"{name} added to {path}")
