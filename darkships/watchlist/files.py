"""Writing a file so that nobody ever sees half of it."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from darkships.errors import DarkshipsError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the path of a temporary file in the same folder that takes the place of ``path`` if all goes well.

    Raises
    ------
    DarkshipsError
        If the folder is missing, ``path`` is no regular file, or the file cannot be written; what stood there before
        stands there still.

    """
    if not path.parent.is_dir():
        raise DarkshipsError(f"cannot write {path}: there is no folder {path.parent}; make it or choose another place")
    if path.exists() and not path.is_file():
        raise DarkshipsError(f"cannot write {path}: it is no regular file; choose another name")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise DarkshipsError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have a file or a folder's entries reach the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders and needs no such call
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
