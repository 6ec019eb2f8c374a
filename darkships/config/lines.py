"""On which line of a TOML file each thing stands, which the standard library does not tell."""

import tomllib
from collections.abc import Iterator
from typing import Any

Place = tuple[str | int, ...]
"""Keys and numbers that lead to a value, such as ("feed", 0, "paths")."""


def lines_of(text: str) -> dict[Place, int]:
    r"""Return the line, counted from 1, on which the statement that made each key, table or item begins.

    Text that ends with a statement is TOML of its own, so a key is new with the shortest such beginning that has it.

    Examples
    --------
    >>> lines_of("a = 1\n[[feed]]\npaths = [\n 'x',\n]\n")[("feed", 0, "paths")]
    3

    """
    found: dict[Place, int] = {}
    lines, first = text.split("\n"), 1
    for last in range(1, len(lines) + 1):
        try:
            raw = tomllib.loads("\n".join(lines[:last]) + "\n")
        except tomllib.TOMLDecodeError:
            continue
        for place in _places(raw, ()):
            found.setdefault(place, first)
        first = last + 1
    return found


def _places(value: Any, place: Place) -> Iterator[Place]:
    items = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for key, inner in items:
        yield (*place, key)
        yield from _places(inner, (*place, key))
