"""Where the rows of a JSON stream are: one object a line, one after the other, or the items of an array in it."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import msgspec
import numpy as np

from darkships.feed.binding import Header
from darkships.kernels.json_scan import new_state, scan_items

MAX_ROW = 1024 * 1024
"""Bytes of an object beyond which it is no row of a feed."""

_SAMPLE = 100
_MOST_DEPTH = 6
_MOST_LISTS = 50
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)  # a string without end goes to the end
_OBJECT = re.compile(rb"\s*\{")
_KEY = re.compile(r"[^\x00-\x1f\"\\.|*^]{1,100}")  # what a path can be made of
_NOT_A_NUMBER = re.compile(rb"(?<=[:,\[ ])-?(?:NaN|Infinity)(?=\s*[,}\]])")


class Layout(NamedTuple):
    """Where rows begin and how they follow each other."""

    start: int
    """Bytes before the first row."""
    is_lines: bool
    """One row a line."""
    header: Header
    around: Mapping[str, Any]
    """What stands once in the document, before the rows."""


def layouts(head: bytes) -> Iterator[Layout]:
    """Yield the places where rows could be in a JSON stream that begins with ``head``, the likeliest first."""
    if head.lstrip()[:1] == b"{":
        first = head.lstrip().partition(b"\n")[0]
        is_lines = read_object(first) is not None
        header = _header(head, 0, {})
        if header is not None:
            yield Layout(0, is_lines, header, {})
    for start, closing in islice(_arrays(head), _MOST_LISTS):
        around = read_object(head[:start] + closing)
        header = _header(head, start, _flat(around)[0] if around is not None else {})
        if header is not None:
            yield Layout(start, False, header, around or {})


def read_object(text: bytes) -> Any:
    """Decode JSON; None where it is none, or holds numbers and nesting that no feed has."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def without_nan(text: bytes) -> bytes:
    """Return JSON with null for the NaN and Infinity that some writers put there."""
    return _NOT_A_NUMBER.sub(b"null", text)


def look_up(value: Any, path: str) -> Any:
    """Return what stands at a path of keys, None where there is nothing."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _arrays(head: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where each array that begins with an object has its first item, and what would close the document."""
    open_: list[bytes] = []
    for token in _TOKEN.finditer(head):
        sign = token.group()
        if sign in {b"{", b"["}:
            open_.append(b"}" if sign == b"{" else b"]")
            if sign == b"[" and _OBJECT.match(head, token.end()):
                yield token.end(), b"".join(reversed(open_))
        elif sign in {b"}", b"]"} and open_:
            open_.pop()


def _header(head: bytes, start: int, around: Mapping[str, Any]) -> Header | None:
    """Return the names of the first rows; None where there is no whole one."""
    names: dict[str, Any] = {}
    inner: dict[str, None] = dict.fromkeys(around)
    first: dict[str, str] = {}
    for row in _sample(head[start:]):
        flat, objects = _flat(row)
        first = first or {name: _text(value) for name, value in flat.items()}
        names |= flat
        inner |= dict.fromkeys(objects)
    return Header(tuple(names), first, tuple(inner), is_json=True) if names else None


def _sample(text: bytes) -> Iterator[dict[str, Any]]:
    spans = np.zeros((_SAMPLE, 2), np.int64)
    found, _, _ = scan_items(np.frombuffer(text, np.uint8), new_state(), spans)
    for first, end in spans[:found].tolist():
        row = read_object(without_nan(text[first:end]))
        if isinstance(row, dict):
            yield row


def _flat(value: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the values of an object by path, and the paths of the objects in it."""
    leaves: dict[str, Any] = {}
    objects: list[str] = []

    def walk(value: Any, path: str, depth: int) -> None:
        if isinstance(value, dict) and depth < _MOST_DEPTH:
            if path:
                objects.append(path)
            for key, below in value.items():
                if _KEY.fullmatch(key):
                    walk(below, f"{path}.{key}" if path else key, depth + 1)
        elif isinstance(value, list) and 1 < len(value) <= 3 and all(isinstance(x, int | float) for x in value):
            leaves.update({f"{path}.{i}": x for i, x in enumerate(value)})
        elif path:
            leaves[path] = value

    walk(value, "", 0)
    return leaves, objects


def _text(value: Any) -> str:
    return "" if value is None else str(value)
