"""Bringing feeds here: URLs and pipes become temporary files, which are read like any other.

A temporary file, because a feed is read more than once: for its hash, to tell what it is, and for its rows.
"""

import shutil
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from darkships.errors import FeedError
from darkships.feed.containers import is_database_part
from darkships.feed.containers.members import SPOOL_PREFIX, spool
from darkships.feed.containers.streams import PIECE
from darkships.remote import explained, file_system
from darkships.urls import Url

_STALE_S = 2 * 24 * 3600


def expand(url: Url) -> list[Url]:
    """Return the URLs that a URL with a pattern stands for, in order; one without, and any of http, is itself."""
    scheme = url.address.partition("://")[0].lower()
    if scheme in {"http", "https"} or not any(sign in url.address for sign in "*["):
        return [url]
    with _explained(url):
        files, path = file_system(url)
        found = [Url(files.unstrip_protocol(name)) for name in sorted(files.glob(path))]
    if not found:
        raise FeedError(f"no file matches {url}; expected the URL of a file, or a pattern of such")
    return found


@contextmanager
def fetched(url: Url, folder: Path | None) -> Iterator[Path]:
    """Download a file for as long as it is read; it lies in ``folder`` meanwhile.

    Raises
    ------
    FeedError
        When it is not there, the connection fails or ends early, or a package is missing. The message names no
        password and no query, which may hold a key.

    """
    sweep(folder)
    with spool(folder, str(url)) as (copy, path):
        copy.close()
        with _explained(url):
            files, source = file_system(url)
            files.get_file(source, str(path))
        yield path


@contextmanager
def poured(source: Path | None, name: str, folder: Path | None) -> Iterator[Path]:
    """Write a pipe, or standard input, to a file for as long as it is read; it lies in ``folder`` meanwhile."""
    sweep(folder)
    with spool(folder, name) as (copy, path):
        try:
            with copy, _pipe(source) as stream:
                shutil.copyfileobj(stream, copy, PIECE)
        except OSError as error:
            raise FeedError(f"{name} could not be read into {path.parent}: {error.strerror or error}") from error
        yield path


@contextmanager
def packed(source: Path, name: str, folder: Path | None) -> Iterator[Path]:
    """Put a geodatabase, which is a folder, into one file for as long as it is read: the same file each time."""
    sweep(folder)
    with spool(folder, name) as (copy, path):
        try:
            with copy, tarfile.open(fileobj=copy, mode="w") as archive:
                for part in sorted(file for file in source.iterdir() if is_database_part(file.name)):
                    about = tarfile.TarInfo(f"{source.name}/{part.name}")
                    about.size = part.stat().st_size
                    with part.open("rb") as stream:
                        archive.addfile(about, stream)
        except OSError as error:
            raise FeedError(f"{name} could not be read into {path.parent}: {error.strerror or error}") from error
        yield path


def sweep(folder: Path | None) -> None:
    """Remove what a crash left behind long ago."""
    for path in folder.glob(f"{SPOOL_PREFIX}*") if folder else ():
        if time.time() - path.stat().st_mtime <= _STALE_S:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def _pipe(source: Path | None) -> Iterator[BinaryIO]:
    if source is not None:
        with source.open("rb") as stream:
            yield stream
    elif sys.stdin is None:
        raise FeedError("there is no standard input to read; name a file in place of -")
    else:
        yield sys.stdin.buffer


@contextmanager
def _explained(url: Url) -> Iterator[None]:
    """Turn whatever a file system raises into a FeedError."""
    try:
        with explained(url, FeedError, f"{url} could not be fetched", "nothing of it was taken, run again"):
            yield
    except FileNotFoundError:
        raise FeedError(f"{url} is not there (not found); check the address") from None
