"""``darkships store``: look into a store and keep it tidy."""

from pathlib import Path

import click

from darkships.cli.common import print_table, say, store_option


@click.group()
def store() -> None:
    """Look into a store and keep it tidy."""


@store.command(epilog="Example: darkships store info --store my-store")
@store_option
def info(store_path: Path) -> None:
    """Show what is in a store."""
    from darkships.positions.store import Store

    found = Store.open(store_path, read_only=True).info()
    rows = [[name.replace("_", " "), str(value)] for name, value in found.rows_of_text()]
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
