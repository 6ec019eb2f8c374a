"""Arrays kept beside the parts: they can be made again, so whatever is wrong with a file, it counts as not there."""

import hashlib
import io
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from darkships.errors import StoreError

FOLDER = "summaries"
"""In the store."""

_DIGEST = 32
_CODEC = "lz4"
_ONE_AT_A_TIME = Lock()
"""Headers are parsed by ``ast``, which fails in several threads at once (CPython issue 106905)."""


def keep(path: Path, arrays: Sequence[npt.NDArray[Any]]) -> None:
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


def _published(path: Path, content: bytes) -> bool:
    """Write a file under a passing name and rename it; False if another run took that for a leftover."""
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


def kept(path: Path) -> list[npt.NDArray[Any]] | None:
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


def names(folder: Path) -> set[str]:
    """Return the names of a folder's files; asking once for all is cheap and, on a shared disk, not answered late."""
    return {path.name for path in folder.iterdir()}


def forget(folder: Path, but: set[str]) -> None:
    """Remove the files of a folder whose names are not in ``but``; what another run removed first is no error."""
    for path in folder.iterdir():
        if path.name not in but:
            path.unlink(missing_ok=True)


def is_writable(folder: Path) -> bool:
    """Make a folder if there is none, and tell whether files can be written in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
