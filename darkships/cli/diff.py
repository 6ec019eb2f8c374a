"""``darkships diff``: two watchlists side by side."""

from pathlib import Path

import click

from darkships.cli.common import print_table, say
from darkships.errors import DarkshipsError


@click.command(epilog="Example: darkships diff out/2023-09-10T2359Z-v8-3fa9c2 out/latest")
@click.argument("a", type=click.Path(path_type=Path, file_okay=False))
@click.argument("b", type=click.Path(path_type=Path, file_okay=False))
def diff(a: Path, b: Path) -> None:
    """Tell what changed from watchlist A to B, and why: new data, late data, or changed settings.

    A and B are folders that darkships run wrote, A the earlier one. Nothing is printed if no lead differs.
    """
    from darkships.alerts.differences import differences, making
    from darkships.alerts.facts import read_facts

    before, after = read_facts(a.resolve()), read_facts(b.resolve())
    ages = [(known.record.as_of, known.record.store_version) for known in (before, after)]
    if ages[1] < ages[0]:
        raise DarkshipsError(f"{a} was made from later data than {b}; name the earlier one first")
    for sentence in making(before.record, after.record):
        say(sentence)
    found = differences(before, after)
    if found:
        print_table(["lead", "name", "change", "what", "why"], found)
