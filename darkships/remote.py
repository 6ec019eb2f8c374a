"""Files at URLs, reached through fsspec: what feeds and stores need of them, and errors that show no secret."""

import errno
import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from darkships.errors import DarkshipsError, StoreError
from darkships.urls import Url, is_url, without_secrets

CONNECT_S, SILENCE_S = 30, 60
"""How long a web server may take to answer, and to send the next bytes."""

T = TypeVar("T")


@dataclass(frozen=True)
class UrlPath:
    """A file or folder at a URL, with as much of ``pathlib.Path`` as a store needs.

    Whatever shows it leaves its secrets out. What is not there raises FileNotFoundError, all else a StoreError.

    Examples
    --------
    >>> str(UrlPath(Url("https://me:secret@example.org/watch?token=abc")) / "positions")
    'https://example.org/watch/positions'

    """

    url: Url
    """Of the store."""
    inner: str = ""
    """Of what is in it: empty, or slash, name, slash, name, ..."""

    def __truediv__(self, names: str) -> "UrlPath":
        """Return what is in this folder."""
        return replace(self, inner=f"{self.inner}/{names}")

    def __str__(self) -> str:
        """Return what may be shown."""
        return f"{self.url.shown.rstrip('/')}{self.inner}"

    @property
    def name(self) -> str:
        """The last part."""
        return self.inner.rpartition("/")[2]

    @property
    def parent(self) -> "UrlPath":
        """The folder that this is in."""
        return replace(self, inner=self.inner.rpartition("/")[0])

    def absolute(self) -> "UrlPath":
        """Return the same: a URL is never relative."""
        return self

    def exists(self) -> bool:
        """Tell whether there is such a file, or anything in such a folder."""
        return bool(self._ask(lambda files, path: files.exists(path)))

    def read_bytes(self) -> bytes:
        """Return a file. With a start it is fetched in one request, never in pieces of two that stood there in turn."""
        content: bytes = self._ask(lambda files, path: files.cat_file(path, start=0))
        return content

    def open(self) -> io.RawIOBase:
        """Open a file to read it here and there: only what is asked for travels."""
        return _Ranges(self)

    def write_bytes(self, content: bytes) -> None:
        """Write a file; an object store does so whole or not at all."""
        if _is_web(self.url):
            raise StoreError(f"{self} is on a web server, where a store can only be read; publish to what it serves")
        self._ask(lambda files, path: files.pipe_file(path, content))

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Remove a file."""
        try:
            self._ask(lambda files, path: files.rm_file(path))
        except FileNotFoundError:
            if not missing_ok:
                raise

    def sizes(self) -> dict[str, int]:
        """Return the bytes of all files below, by their paths from here; none where a web server does not tell them."""
        if _is_web(self.url):
            return {}

        def find(files: Any, path: str) -> dict[str, int]:
            found = files.find(path, detail=True)
            return {name.removeprefix(f"{path.rstrip('/')}/"): int(about["size"]) for name, about in found.items()}

        return self._ask(find)

    def is_writable(self) -> bool:
        """Tell whether files can be written here, and removed again."""
        probe = self / f".{uuid.uuid4().hex}"
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except (OSError, StoreError):
            return False
        return True

    def _ask(self, question: Callable[[Any, str], T]) -> T:
        """Ask the file system for something of this path."""
        with explained(self.url, StoreError, f"{self} could not be reached", "check the address and your credentials"):
            files, root = _kept_file_system(self.url)
            head, sign, query = root.partition("?")  # a web server's key can stand there
            return question(files, f"{head.rstrip('/')}{self.inner}{sign}{query}")


Place = Path | UrlPath
"""Where a store is."""


def place_of(text: Path | UrlPath | str) -> Place:
    """Return where a store is, as the user gave it: a folder, or a URL.

    Raises
    ------
    StoreError
        If it is the URL of a folder here.

    """
    if not isinstance(text, str) or not is_url(text):
        return Path(text) if isinstance(text, str) else text
    if text.lower().startswith(("file://", "local://")):
        raise StoreError(
            f"found {text!r}, expected the path of a folder on this machine, or a URL such as s3://bucket/store"
        )
    return UrlPath(Url(text))


class _Ranges(io.RawIOBase):
    """A file at a URL, for random reads."""

    def __init__(self, path: UrlPath) -> None:
        self._path, self._at = path, 0
        self._size = int(path._ask(lambda files, inner: files.size(inner)) or 0)  # noqa: SLF001  one thing, two classes

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        start = self._at
        stop = self._size if size is None or size < 0 else min(start + size, self._size)
        if stop <= start:
            return b""
        content: bytes = self._path._ask(lambda files, inner: files.cat_file(inner, start=start, end=stop))  # noqa: SLF001
        if len(content) != stop - start:
            raise StoreError(
                f"{self._path}: asked for {stop - start} bytes in it, got {len(content)}; a store needs a server that "
                "gives ranges of files, and objects that nobody changes"
            )
        self._at = stop
        return content


@cache
def _kept_file_system(url: Url) -> tuple[Any, str]:
    return file_system(url, use_listings_cache=False)


def file_system(url: Url, **options: Any) -> tuple[Any, str]:
    """Return what reaches a URL, and the path in it."""
    from fsspec.core import url_to_fs

    if _is_web(url):
        import aiohttp

        # As it lies there: what a server compresses is ours to open, under our own cap. No limit to the whole, which
        # would forbid large files, but to each silence.
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
        options = {
            "client_kwargs": {"timeout": timeout, "auto_decompress": False},
            "headers": {"Accept-Encoding": "identity"},
            **options,
        }
    files, path = url_to_fs(url.address, **options)
    return files, path


def _is_web(url: Url) -> bool:
    return url.address.lower().startswith(("http://", "https://"))


@contextmanager
def explained(url: Url, kind: type[DarkshipsError], failed: str, then: str) -> Iterator[None]:
    """Turn whatever a file system raises into one of our errors, free of secrets: so without the original as its cause.

    What is not there remains a FileNotFoundError, of the URL as it may be shown.

    Parameters
    ----------
    url
        What is reached.
    kind
        Of error.
    failed, then
        What did not work, and what to do.

    """
    try:
        yield
    except DarkshipsError:
        raise
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, "not found", str(url)) from None
    except ImportError as error:
        raise kind(
            f"{url} needs a package ({without_secrets(str(error))}); install that, or for s3 and http: "
            'pip install "darkships[remote]"'
        ) from None
    except TimeoutError:
        raise kind(f"{url}: no answer in time; {then}") from None
    except Exception as error:  # noqa: BLE001  each file system has errors of its own
        name, text = type(error).__name__, without_secrets(str(error).replace(url.address, str(url)))
        raise kind(f"{failed} ({name}: {text}); {then}") from None
