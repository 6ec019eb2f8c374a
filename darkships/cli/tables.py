"""``darkships schema``: the declared tables."""

import click

from darkships.cli.common import print_table
from darkships.errors import SchemaError


@click.command(epilog="Example: darkships schema watchlist")
@click.argument("table", required=False)
def schema(table: str | None) -> None:
    """Print the columns of a table, or the names of all tables."""
    from darkships.schema import TABLES

    if table is None:
        print_table(["table", "what"], [[name, declared.doc] for name, declared in TABLES.items()])
        return
    if table not in TABLES:
        raise SchemaError(f"there is no table {table!r}; the tables are {', '.join(TABLES)}")
    rows = [[c.name, str(c.type), c.unit, "yes" if c.nullable else "", c.doc] for c in TABLES[table].columns]
    print_table(["column", "type", "unit", "null", "what"], rows)
