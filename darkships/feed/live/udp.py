"""NMEA over UDP: datagrams of one or several sentences, from anybody."""

import asyncio
import contextlib
import os
import socket
from pathlib import Path
from typing import Any

from darkships.feed.live.framing import LineSplitter
from darkships.feed.live.receiver import Limits, Receiver, binding_error
from darkships.feed.live.source import Source

_QUEUE_BYTES = 4 * 1024 * 1024
"""What the system is asked to hold while we are busy; it may grant less."""

_TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))


class UdpReceiver(Receiver, asyncio.DatagramProtocol):
    """Waits for datagrams."""

    def __init__(self, source: Source, limits: Limits) -> None:
        super().__init__(source, limits)
        self._transport: asyncio.DatagramTransport | None = None
        self._dropped = 0
        self._ended: asyncio.Future[None] | None = None

    async def open(self) -> None:
        """Bind the address."""
        address, loop = self.source.address, asyncio.get_running_loop()
        self._ended = loop.create_future()
        try:
            transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(address.host, address.port))
        except OSError as error:
            raise binding_error(self.label, error) from error
        self._transport = transport
        sock: socket.socket = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _QUEUE_BYTES)
        host, port = sock.getsockname()[:2]
        self.source.note(f"listening on udp://{f'[{host}]' if ':' in host else host}:{port}")

    async def run(self) -> None:
        """Receive until cancelled."""
        if self._ended is not None:
            await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Take no more datagrams."""
        self._count_drops()
        if self._transport is not None and self._ended is not None:
            self._transport.abort()
            await self._ended

    @property
    def connected(self) -> int:
        """1 as long as datagrams are taken."""
        return int(self._transport is not None and not self._transport.is_closing())

    def tick(self) -> None:
        """Count what the system had to drop."""
        self._count_drops()

    def _count_drops(self) -> None:
        """Count what is new since the last time, where the system tells (Linux)."""
        if self._transport is not None and not self._transport.is_closing():
            dropped = _queue_drops(self._transport.get_extra_info("socket").fileno())
            self.source.counts.dropped += dropped - self._dropped
            self._dropped = dropped

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Take the sentences of a datagram; its end is the end of the last one."""
        self.source.counts.bytes += len(data)
        splitter = LineSplitter()
        lines = splitter.feed(data) + splitter.end()
        self.source.counts.overlong += splitter.overlong
        if self.source.is_full:
            self.source.counts.lines += len(lines)
            self.source.counts.dropped += len(lines)  # a sender of datagrams does not wait
        else:
            self.source.take(addr, lines)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let ``close`` know."""
        del exc
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)


def _queue_drops(number: int) -> int:
    """Return how many datagrams did not fit in the queue of a socket."""
    inode = str(os.fstat(number).st_ino)
    for table in _TABLES:
        with contextlib.suppress(OSError):
            for line in table.read_text(encoding="ascii").splitlines():
                fields = line.split()
                if len(fields) > 10 and fields[9] == inode:
                    return int(fields[-1])
    return 0
