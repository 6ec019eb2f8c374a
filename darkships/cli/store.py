"""``darkships store``: look into a store and keep it tidy."""

from pathlib import Path

import click

from darkships.cli.common import print_table, say, store_option
from darkships.errors import StoreError


@click.group()
def store() -> None:
    """Look into a store and keep it tidy."""


@store.command(epilog="Example: darkships store info --store my-store")
@store_option
def info(store_path: Path) -> None:
    """Show what is in a store."""
    from darkships.positions.store import Store

    found = Store.open(store_path, read_only=True).info()
    rows = [[name.replace("_", " "), str(value)] for name, value in found.rows()]
    print_table(["store", str(store_path)], rows)


@store.command(epilog="Example: darkships store compact --store my-store")
@store_option
def compact(store_path: Path) -> None:
    """Make one part a date again."""
    from darkships.positions.store import Store

    say(f"{Store.open(store_path).compact()} dates compacted")


@store.command(epilog="Example: darkships store vacuum --store my-store")
@store_option
def vacuum(store_path: Path) -> None:
    """Remove files that the catalog does not list."""
    from darkships.positions.store import Store

    say(f"{Store.open(store_path).vacuum()} files removed")


@store.command(epilog="Example: darkships store verify --store my-store")
@store_option
def verify(store_path: Path) -> None:
    """Read every part again and check it, and what every file gave, against the catalog."""
    from darkships.positions.store import Store

    verdict = Store.open(store_path, read_only=True).inspect()
    for orphan in verdict.orphans:
        say(f"{orphan} does not count: left by a crash (store vacuum removes it), or being written just now")
    for fault in verdict.faults:
        say(fault)
    if verdict.faults:
        raise StoreError(f"{len(verdict.faults)} fault(s) in {store_path}; ingest the feeds into a new store")
    say(f"sound: {verdict.parts:,} parts, {verdict.rows:,} rows, version {verdict.version}")
