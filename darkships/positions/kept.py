"""Arrays kept beside the parts: they can be made again, so whatever is wrong with a file, it counts as not there."""

import hashlib
import io
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from darkships.errors import StoreError
from darkships.remote import Place, UrlPath

FOLDER = "summaries"
"""In the store."""

WEIGHED = "weighed"
"""File of what the reception stage found, the only one that changes under its name."""

_DIGEST = 32
_CODEC = "lz4"
_ONE_AT_A_TIME = Lock()
"""Headers are parsed by ``ast``, which fails in several threads at once (CPython issue 106905)."""


def keep(path: Place, arrays: Sequence[npt.NDArray[Any]]) -> None:
    """Write arrays into one file, whole or not at all.

    Raises
    ------
    StoreError
        If it cannot be written.

    """
    plain = io.BytesIO()
    for array in arrays:
        np.lib.format.write_array(plain, np.ascontiguousarray(array), allow_pickle=False)
    size = plain.tell().to_bytes(8, "little")
    content = size + pa.compress(plain.getbuffer(), codec=_CODEC, asbytes=True)
    try:
        while not _published(path, hashlib.sha256(content).digest() + content):
            pass
    except OSError as error:
        raise StoreError(f"{path} could not be written ({error.strerror}); make room or allow writing") from error


def _published(path: Place, content: bytes) -> bool:
    """Write a file under a passing name and rename it; False if another run took that for a leftover.

    At a URL none is needed: an object is there when it is whole.
    """
    if isinstance(path, UrlPath):
        path.write_bytes(content)
        return True
    passing = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        passing.write_bytes(content)
        passing.replace(path)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and path.parent.is_dir():
            return False
        passing.unlink(missing_ok=True)
        raise
    return True


def kept(path: Place) -> list[npt.NDArray[Any]] | None:
    """Return the arrays of a file; None if there is none, or it is not as it was written."""
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    content = memoryview(stored)[_DIGEST:]
    if hashlib.sha256(content).digest() != stored[:_DIGEST]:
        return None
    size = int.from_bytes(content[:8], "little")
    plain = io.BytesIO(pa.decompress(content[8:], decompressed_size=size, codec=_CODEC, asbytes=True))
    arrays = []
    with _ONE_AT_A_TIME:
        while plain.tell() < size:
            arrays.append(np.lib.format.read_array(plain, allow_pickle=False))
    return arrays


def names(folder: Place) -> set[str]:
    """Return the names of a folder's files; asking once for all is cheap and, on a shared disk, not answered late."""
    if isinstance(folder, UrlPath):
        return set(folder.sizes())
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def forget(folder: Place, but: set[str]) -> None:
    """Remove the files of a folder whose names are not in ``but``; what another run removed first is no error.

    Not at a URL: nothing there keeps away who reads another version.
    """
    for path in folder.iterdir() if isinstance(folder, Path) else ():
        if path.name not in but:
            path.unlink(missing_ok=True)


def is_writable(folder: Place) -> bool:
    """Make a folder if there is none, and tell whether files can be written in it."""
    if isinstance(folder, UrlPath):
        return folder.is_writable()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def copy_all(source: Place, folder: Path) -> None:
    """Begin a folder with the files of another, without a copy where that is on this machine."""
    for name in names(source):
        if isinstance(source, UrlPath):
            (folder / name).write_bytes((source / name).read_bytes())
        else:
            (folder / name).symlink_to(source / name)


@contextmanager
def new_file(folder: Place) -> Iterator[Place]:
    """Yield an empty file with a name that no other has, for as long as the context lasts."""
    path = folder / f".{uuid.uuid4().hex}"
    path.write_bytes(b"")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
