"""JSON objects to columns: only what a dialect names is decoded, by types made from its paths."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa

from darkships.feed.json_layout import MAX_ROW, without_nan

_ANY_KEY = "*"

Path = tuple[str, ...]


class _Node:
    """One step of the paths: what is below it."""

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.is_raw = False

    def add(self, path: Path, *, is_raw: bool) -> None:
        if path:
            self.below.setdefault(path[0], _Node()).add(path[1:], is_raw=is_raw)
        else:
            self.is_raw = is_raw

    @property
    def is_leaf(self) -> bool:
        return not self.below

    def type(self) -> Any:
        """Return what msgspec decodes here: any value, an object of any keys, an object of certain keys."""
        if self.is_leaf or any(key.isdecimal() for key in self.below):
            return msgspec.Raw if self.is_raw else Any
        if _ANY_KEY in self.below:
            return dict[str, self.below[_ANY_KEY].type() | None]  # type: ignore[misc]  # a type made at run time
        fields = []
        for i, node in enumerate(self.below.values()):
            kind = node.type()
            fields.append((f"f{i}", kind if kind in {Any, msgspec.Raw} else kind | None, None))
        return msgspec.defstruct("Row", fields, rename={f"f{i}": k for i, k in enumerate(self.below)}, gc=False)

    def values(self, objects: Sequence[Any], path: Path, found: dict[Path, list[Any]]) -> None:
        """Put the values of all leaves below into ``found``, by path."""
        for i, (key, node) in enumerate(self.below.items()):
            if _is_empty(objects):  # most messages lack most of what there can be
                here = list(objects)
            elif key == _ANY_KEY:
                here = [next(iter(o.values()), None) if o else None for o in objects]
            elif key.isdecimal():
                at = int(key)
                here = [o[at] if isinstance(o, list) and len(o) > at else None for o in objects]
            else:
                get = attrgetter(f"f{i}")
                here = [None if o is None else get(o) for o in objects]
            if node.is_leaf:
                found[*path, key] = [_raw_text(v) for v in here] if node.is_raw else here
            else:
                node.values(here, (*path, key), found)


class JsonRows:
    """Reads objects and gives columns.

    MMSIs are taken as they are written: a decoded number no longer shows that its digits were lost (3.66E+08).
    """

    def __init__(self, sources: Mapping[str, str], keys: Sequence[str]) -> None:
        """Prepare the paths of ``sources`` (by our names) and the further ``keys``."""
        self._choices = {name: [tuple(c.split(".")) for c in source.split("|")] for name, source in sources.items()}
        self._keys = keys
        root = _Node()
        for name, paths in self._choices.items():
            for path in paths:
                root.add(path, is_raw=name == "mmsi")
        for key in keys:
            root.add((key,), is_raw=False)
        self._root = root
        self._decoder = msgspec.json.Decoder(root.type())

    def decode(self, text: bytes) -> tuple[Any, str]:
        """Return one row, or None and what is wrong with it."""
        if len(text) > MAX_ROW:
            return None, f"{len(text)} bytes; expected at most {MAX_ROW}"
        try:
            return self._decoder.decode(text), ""
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            repaired = without_nan(text)
            if repaired != text:
                return self.decode(repaired)
            return None, f"{error}; expected one JSON object"

    def columns(self, rows: Sequence[Any]) -> tuple[dict[str, pa.Array], dict[str, list[Any]]]:
        """Return the values of each of our names, the first of its paths that has one, and those of the keys."""
        found: dict[Path, list[Any]] = {}
        self._root.values(rows, (), found)
        columns = {name: to_array(_first([found[path] for path in paths])) for name, paths in self._choices.items()}
        return columns, {key: found[key,] for key in self._keys}


def _is_empty(values: Sequence[Any]) -> bool:
    return values.count(None) == len(values)


def _raw_text(value: msgspec.Raw | None) -> str | None:
    if value is None:
        return None
    text = bytes(value)
    try:
        return str(msgspec.json.decode(text)) if text[:1] == b'"' else text.decode()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return text.decode(errors="replace")


def _first(choices: Sequence[list[Any]]) -> list[Any]:
    values, *further = [choice for choice in choices if not _is_empty(choice)] or choices[:1]
    for more in further:
        values = [b if a is None or a == "" else a for a, b in zip(values, more, strict=True)]
    return values


def to_array(values: list[Any]) -> pa.Array:
    """Return numbers or text; what is mixed, true or false, too large or no single value becomes text."""
    if _is_empty(values):
        return pa.nulls(len(values))
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {bool}:
        return pa.array(values).cast(pa.string())
    if kinds <= {int, float} or kinds == {str}:
        try:
            return pa.array(values)
        except (pa.ArrowException, OverflowError, ValueError):  # beyond 64 bits, or half a character
            pass
    return pa.array([None if v is None else _text(v) for v in values], pa.string())


def _text(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 64:
        return f"{float(value):e}" if value.bit_length() < 1000 else "a huge number"
    return str(value)
