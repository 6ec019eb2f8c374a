"""What all receivers have in common."""

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from darkships.errors import FeedError
from darkships.feed.live.retry import Backoff
from darkships.feed.live.source import Source

CONNECT_S = 20.0
"""How long a connection may take to come about."""

_KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """How patient receivers are."""

    idle_s: float = 300.0
    """A connection that brings nothing for so long is made anew."""
    max_connections: int = 100
    """To one address that others connect to."""
    retry_s: float = 1.0
    """The first wait after a connection is lost; it doubles up to a minute."""


class Receiver(ABC):
    """Brings what comes from one address to its source until it is cancelled."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.label = source.address.label

    @abstractmethod
    async def open(self) -> None:
        """Get ready, so that what cannot work is known at the start.

        Raises
        ------
        FeedError
            When the address cannot be used.

        """

    @abstractmethod
    async def run(self) -> None:
        """Receive until cancelled."""

    @abstractmethod
    async def close(self) -> None:
        """End all connections; what came before is with the source after this."""

    @property
    @abstractmethod
    def connected(self) -> int:
        """How many connections there are."""

    @abstractmethod
    def tick(self) -> None:
        """Look after connections now and then."""


class Caller(Receiver):
    """Connects by itself, and again when it must."""

    _closing = False

    async def run(self) -> None:
        """Connect, receive until the end, wait, and again."""
        backoff = Backoff(self.limits.retry_s)
        while not self._closing:
            why = await self._connect(backoff)
            if self._closing:
                return
            wait_s = backoff.next_s()
            self.source.note(f"{self.label}: {why}; again in {wait_s:.1f} s")
            await asyncio.sleep(wait_s)
            self.source.counts.reconnects += 1

    @abstractmethod
    async def _connect(self, backoff: Backoff) -> str:
        """Connect and receive until the connection ends; return why it did."""


def binding_error(label: str, error: OSError) -> FeedError:
    """Return what to tell the user when an address cannot be listened on."""
    return FeedError(f"cannot listen on {label} ({reason(error)}); choose another port or an address of this machine")


def reason(error: BaseException) -> str:
    """Say in a few words why a connection failed; never what a server wrote."""
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


async def in_time(awaitable: Awaitable[T]) -> T:
    """Wait for a connection, but not for ever."""
    async with asyncio.timeout(CONNECT_S):
        return await awaitable


def keep_alive(transport: asyncio.BaseTransport) -> None:
    """Let the system find out when the other end is gone without a word."""
    sock: socket.socket = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):  # not every system has them all
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
