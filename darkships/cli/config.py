"""``darkships init`` and ``darkships config``."""

import os
from pathlib import Path

import click

from darkships.cli.common import say
from darkships.errors import ConfigError


@click.command(epilog="Example: darkships init --region sea-of-japan --feed '/data/ais/*.csv.zst'")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default=Path("darkships.toml"))
@click.option("--region", "regions", multiple=True, help="Watch a shipped list (darkships sites list).")
@click.option(
    "--sites", "files", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Watch the sites of a GeoJSON file.",
)  # fmt: skip
@click.option(
    "--feed", "feeds", multiple=True, default=["feed"], show_default=True,
    help="File, folder, pattern or URL; each is a [[feed]] of its own.",
)  # fmt: skip
@click.option("--store", "store_path", default="store", show_default=True, help="Store folder.")
@click.option("--out", default="out", show_default=True, help="Folder for what a run writes.")
def init(
    path: Path, regions: tuple[str, ...], files: tuple[Path, ...], feeds: tuple[str, ...], store_path: str, out: str
) -> None:
    """Write a commented configuration to PATH; a file that is there stays."""
    from darkships.config.template import config_text
    from darkships.sites.watch import list_site_lists, read_sites

    shipped = {found.name for found in list_site_lists()}
    unknown = [region for region in regions if region not in shipped]
    if unknown or not (regions or files):
        found = f"{unknown[0]!r} is no shipped list" if unknown else "nothing to watch is named"
        raise click.UsageError(f"{found}; give --sites FILE, or --region with one of: {', '.join(sorted(shipped))}")
    sites = [*regions, *(str(file.absolute()) for file in files)]
    known = [f"{Path(source).name}: {', '.join(read_sites(source)['site'])}" for source in sites]
    text = config_text(sites, known=known, store=store_path, out=out, feeds=feeds)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{path} is there already; name another file, or move it away") from error
    say(f"wrote {path}; next: darkships run --config {path}")


@click.group()
def config() -> None:
    """Check a configuration."""


@config.command(epilog="Example: darkships config check darkships.toml")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default=Path("darkships.toml"))
def check(path: Path) -> None:
    """Tell every error of a configuration at once, with its line; also what it names that is not there."""
    from darkships.config.reading import faults_of_text, read_draft
    from darkships.nightly.checking import faults_of

    draft = read_draft(path)
    faults = [*faults_of_text(draft), *faults_of(draft, os.environ)]
    if faults:
        raise draft.error(faults)
    say(f"{path} is sound")
