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
    """Read every part again and check it against the catalog."""
    from darkships.positions.store import Store

    faults = Store.open(store_path, read_only=True).verify()
    if faults:
        raise StoreError("; ".join(faults))
    say("every part is as the catalog says")
