"""What the addresses of live feeds mean."""

import hashlib
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from darkships.errors import FeedError

_EXPECTED = (
    "expected tcp://HOST:PORT, tcp-listen://[HOST]:PORT, udp://[HOST]:PORT, ws://HOST[:PORT]/... or wss://HOST/..."
)
_DEFAULT_PORTS = {"ws": 80, "wss": 443}
_BINDING = ("tcp-listen", "udp")
_SCHEMES = ("tcp", *_BINDING, *_DEFAULT_PORTS)
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Address:
    """Where a live feed comes from."""

    scheme: str
    host: str
    port: int
    url: str = field(repr=False)
    """In full: it may hold a secret, so it is for connecting only."""

    @property
    def label(self) -> str:
        """The name for messages: no user, path or query, where secrets may stand."""
        return f"{self.scheme}://{self.where}"

    @property
    def where(self) -> str:
        """Host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def folder(self) -> str:
        """The name of its folder in a spool: the same at every start."""
        plain = re.sub(r"[^A-Za-z0-9.]+", "-", f"{self.scheme}-{self.host}-{self.port}")[:80]
        return f"{plain}-{hashlib.sha256(self.url.encode()).hexdigest()[:8]}"

    @property
    def is_local(self) -> bool:
        """Whether what is sent there stays on this machine."""
        return self.host == "localhost" or (_is_number(self.host) and ipaddress.ip_address(self.host).is_loopback)


def read_address(url: str) -> Address:
    """Read the address of a live feed.

    Parameters
    ----------
    url
        ``tcp://host:port`` connects; ``tcp-listen://[host]:port`` and ``udp://[host]:port`` wait for others, on
        loopback if no host is named; ``ws://`` and ``wss://`` are WebSockets.

    Raises
    ------
    FeedError
        When it is none of these.

    Examples
    --------
    >>> read_address("tcp-listen://:5631").label
    'tcp-listen://127.0.0.1:5631'

    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise FeedError(f"the host or port of an address cannot be read; {_EXPECTED}") from None
    scheme = parts.scheme.lower()
    if scheme not in _SCHEMES:
        raise FeedError(f"{_kind(url)} is no address of a live feed; {_EXPECTED}")
    if scheme in _BINDING:
        host = host or _LOOPBACK
    if not host or re.search(r"[\s\x00-\x1f\x7f]", host):
        raise FeedError(f"an address of {scheme}:// names no host; {_EXPECTED}")
    if port is None:
        port = _DEFAULT_PORTS.get(scheme)
    if port is None or (port == 0 and scheme not in _BINDING):
        raise FeedError(f"{scheme}://{host} names no port; {_EXPECTED}")
    found = Address(scheme, host, port, url)
    if scheme not in _DEFAULT_PORTS:
        _require_plain(found, parts)
    return found


def _require_plain(address: Address, parts: SplitResult) -> None:
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise FeedError(f"{address.label} is followed by more than host and port; {_EXPECTED}")
    if _is_number(address.host) and ipaddress.ip_address(address.host).is_multicast:
        raise FeedError(f"{address.label} is a multicast group, which is not joined; forward it to an address of yours")


def _kind(url: str) -> str:
    """Return the beginning of what should be an address, which holds no secret."""
    return repr(url.partition("://")[0][:20] + "://") if "://" in url else "a name without ://"


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
