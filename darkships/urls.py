"""Addresses of files on other machines, whose secrets are shown to nobody."""

import re
from dataclasses import dataclass, field

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://", re.ASCII)
_SECRETS = re.compile(r"(?<=://)[^/@\s]*@|[?#]\S*")


def is_url(text: str) -> bool:
    """Tell a URL from a path."""
    return _URL.match(text) is not None


def without_secrets(text: str) -> str:
    """Return a text that may hold URLs without what could be a password or a key: user, query, fragment."""
    return _SECRETS.sub("", text)


@dataclass(frozen=True)
class Url:
    """A URL as the user gave it; whatever shows it leaves its secrets out.

    Examples
    --------
    >>> str(Url("https://me:secret@example.org/ais/2024.csv.gz?token=abc"))
    'https://example.org/ais/2024.csv.gz'

    """

    address: str = field(repr=False)
    """In full, for the one who fetches it."""
    shown: str = field(init=False)

    def __post_init__(self) -> None:
        """Keep what may be shown."""
        object.__setattr__(self, "shown", without_secrets(self.address))

    def __str__(self) -> str:
        """Return what may be shown."""
        return self.shown

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.shown.rstrip("/").rpartition("/")[2]
