"""Finding feeds: files, folders, patterns, standard input and URLs, all to one list."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from darkships.errors import FeedError
from darkships.feed import remote
from darkships.feed.containers import DATABASE_CATALOG, DATABASE_SUFFIX, HEAD_SIZE, is_description, is_junk
from darkships.urls import Url, is_url

_log = logging.getLogger(__name__)
_WILD = frozenset("*?[")


@dataclass(frozen=True)
class Pipe:
    """Bytes that come only once: standard input, or a named pipe."""

    path: Path | None = None
    """None is standard input."""

    def __str__(self) -> str:
        """Return the name for people."""
        return "stdin" if self.path is None else str(self.path)

    @property
    def name(self) -> str:
        """The name for people, short."""
        return "stdin" if self.path is None else self.path.name


@dataclass(frozen=True)
class Database:
    """A geodatabase: a folder that is one feed."""

    path: Path

    def __str__(self) -> str:
        """Return the name for people."""
        return str(self.path)

    @property
    def name(self) -> str:
        """The name for people, short."""
        return self.path.name


Offer = Path | Url | Pipe | Database
"""A feed as it was found: a file, or something that must be brought here first."""


def find_feeds(names: Sequence[str | Offer], *, report: Callable[[str], None] = _log.warning) -> list[Offer]:
    """List the feeds that names stand for, each once.

    Parameters
    ----------
    names
        A file is itself; a folder is every file below it, in order, and after them every geodatabase (a folder
        ``.gdb``, which is one feed); a pattern (``*``, ``?``, ``[...]``, and ``**`` for folders of any depth) is all
        that it matches; text ``-`` is standard input; text with ``://`` is a URL, in which ``*`` is a pattern too
        unless it is http. A file that exists is never taken for a pattern.
    report
        Told of each file below a folder, or that matches a pattern, that was left out, and why.

    Raises
    ------
    FeedError
        When a path does not exist, a pattern matches nothing, or a URL's pattern cannot be looked up.

    """
    found: dict[Offer, None] = {}
    for name in names:
        found.update(dict.fromkeys(_offers(name, report)))
    return list(found)


@contextmanager
def at_hand(offer: Offer, folder: Path | None = None) -> Iterator[Path]:
    """Give a feed as a file: itself, or a temporary copy in ``folder`` (default: the system's) of what comes from afar.

    Raises
    ------
    FeedError
        When it cannot be fetched or copied.

    """
    if isinstance(offer, Path):
        yield offer
    elif isinstance(offer, Url):
        with remote.fetched(offer, folder) as path:
            yield path
    elif isinstance(offer, Database):
        with remote.packed(offer.path, str(offer), folder) as path:
            yield path
    else:
        with remote.poured(offer.path, str(offer), folder) as path:
            yield path


def _offers(name: str | Offer, report: Callable[[str], None]) -> Iterator[Offer]:
    if isinstance(name, Pipe | Database):
        yield name
    elif name == "-":
        yield Pipe()
    elif isinstance(name, Url) or (isinstance(name, str) and is_url(name)):
        yield from remote.expand(name if isinstance(name, Url) else Url(name))
    elif _exists(path := Path(name)):
        yield from _below(path, report)
    elif _WILD & set(str(path)):
        yield from _matching(path, report)
    else:
        raise FeedError(f"{path} does not exist; expected a feed file or a directory of them")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError) as error:  # a name too long, a folder that may not be read, a NUL
        raise FeedError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _below(path: Path, report: Callable[[str], None]) -> Iterator[Offer]:
    """Yield a file, or what lies in a folder."""
    if _is_database(path):
        yield Database(path)
        return
    if not path.is_dir():
        yield path if path.is_file() else Pipe(path)
        return

    def tell(error: OSError) -> None:
        report(f"{error.filename} was left out: it cannot be read ({error.strerror})")

    files, databases = [], []
    for folder, folders, names in os.walk(path, onerror=tell):
        for name in list(folders):
            if name.startswith(".") or Path(folder, name).is_symlink():
                report(f"{Path(folder, name)} was left out: a hidden folder, or a link to one; name it if it is meant")
                folders.remove(name)
            elif _is_database(Path(folder, name)):
                databases.append(Database(Path(folder, name)))
                folders.remove(name)
        files += [Path(folder, name) for name in names]
    yield from _feeds(sorted(files), path, report)
    yield from sorted(databases, key=str)


def _matching(pattern: Path, report: Callable[[str], None]) -> Iterator[Offer]:
    """Yield what a pattern matches, looked up from its first part with a sign in it on."""
    wild = next(i for i, part in enumerate(pattern.parts) if _WILD & set(part))
    base = Path(*pattern.parts[:wild])
    try:
        matches = sorted(base.glob(str(Path(*pattern.parts[wild:]))))
    except (OSError, ValueError) as error:
        raise FeedError(f"the pattern {pattern} cannot be looked up: {error}") from error
    if not matches:
        raise FeedError(f"no file matches {pattern}; expected a path that exists, or a pattern of such")
    for match in matches:
        if match.is_dir():
            yield from _below(match, report)
        elif not any(_is_database(base / folder) for folder in match.relative_to(base).parents[:-1]):
            yield from _feeds([match], base, report)


def _is_database(path: Path) -> bool:
    return path.name.lower().endswith(DATABASE_SUFFIX) and (path / DATABASE_CATALOG).is_file()


def _start(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(HEAD_SIZE)


def _describes(file: Path) -> bool:
    try:
        return is_description(file.name, partial(_start, file))
    except OSError:
        return False  # that it cannot be read is told when it is opened


def _feeds(files: Sequence[Path], base: Path, report: Callable[[str], None]) -> Iterator[Path]:
    """Yield the files that may be feeds."""
    for file in files:
        if any(part.startswith(".") for part in file.relative_to(base).parts) or is_junk(file.name):
            report(f"{file} was left out: hidden, or no feed by its name")
        elif not file.is_file():
            report(f"{file} was left out: it is no plain file")
        elif _describes(file):
            report(f"{file} was left out: XML that holds no reports")
        else:
            yield file
