"""NMEA over TCP: as a client, and as a server that receivers connect to."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Hashable

from darkships.feed.live.framing import LineSplitter
from darkships.feed.live.receiver import Caller, Limits, Receiver, binding_error, in_time, keep_alive, reason
from darkships.feed.live.retry import Backoff
from darkships.feed.live.source import Source


class _Connection(asyncio.Protocol):
    """One stream of lines."""

    def __init__(self, source: Source, peer: Hashable) -> None:
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[str] = loop.create_future()
        """Set to the reason once all that came is with the source."""
        self.heard_s = loop.time()
        """When the last whole line came."""
        self.idle = False
        self.on_line: Callable[[], None] = lambda: None
        self._time = loop.time
        self._source = source
        self._peer = peer
        self._lines = LineSplitter()
        self._transport: asyncio.Transport | None = None
        self._is_over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        keep_alive(transport)
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        if self._is_over:
            self.abort()

    def data_received(self, data: bytes) -> None:
        self._source.counts.bytes += len(data)
        self._take(self._lines.feed(data))
        if self._source.is_full and self._transport is not None:
            self._source.wait_for_room(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._take(self._lines.end())
        self._source.forget(self._peer)
        why = (
            "nothing came for too long" if self.idle else reason(exc) if exc else "the other side ended the connection"
        )
        if not self.ended.done():
            self.ended.set_result(why)

    def give_up(self) -> None:
        """End it, for nothing comes."""
        self.idle = True
        self.abort()

    def abort(self) -> None:
        """End it at once, or as soon as it comes about."""
        self._is_over = True
        if self._transport is not None:
            self._transport.abort()

    def _take(self, lines: list[bytes]) -> None:
        self._source.counts.overlong += self._lines.overlong
        self._lines.overlong = 0
        if lines:
            self.heard_s = self._time()
            self.on_line()
            self._source.take(self._peer, lines)


class TcpClient(Caller):
    """Connects to a server that sends lines."""

    _connection: _Connection | None = None

    async def open(self) -> None:
        """Do nothing: a server that is away now may be there later."""

    async def _connect(self, backoff: Backoff) -> str:
        loop, address = asyncio.get_running_loop(), self.source.address
        connection = _Connection(self.source, "server")
        connection.on_line = backoff.reset
        try:
            await in_time(
                loop.create_connection(lambda: connection, address.host, address.port, happy_eyeballs_delay=0.25)
            )
        except (OSError, UnicodeError) as error:
            return f"cannot connect ({reason(error)})"
        self._connection = connection
        self.source.note(f"{self.label}: connected")
        try:
            return await asyncio.shield(connection.ended)
        finally:
            self._connection = None

    async def close(self) -> None:
        """End the connection."""
        self._closing = True
        if self._connection is not None:
            self._connection.abort()
            await self._connection.ended

    @property
    def connected(self) -> int:
        """1 or 0."""
        return int(self._connection is not None)

    def tick(self) -> None:
        """Make a silent connection anew."""
        connection = self._connection
        if connection is None or self.source.is_full:
            return
        if asyncio.get_running_loop().time() - connection.heard_s > self.limits.idle_s:
            connection.give_up()


class TcpServer(Receiver):
    """Waits for receivers that connect and send lines."""

    def __init__(self, source: Source, limits: Limits) -> None:
        super().__init__(source, limits)
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._numbers = itertools.count()
        self._closing = False

    async def open(self) -> None:
        """Bind the address."""
        address = self.source.address
        try:
            self._server = await asyncio.get_running_loop().create_server(self._welcome, address.host, address.port)
        except OSError as error:
            raise binding_error(self.label, error) from error
        for sock in self._server.sockets:
            host, port = sock.getsockname()[:2]
            self.source.note(f"listening on tcp-listen://{f'[{host}]' if ':' in host else host}:{port}")

    async def run(self) -> None:
        """Receive until cancelled."""
        if self._server is not None:
            await self._server.serve_forever()

    async def close(self) -> None:
        """Accept no more and end all connections."""
        self._closing = True
        if self._server is not None:
            loop = asyncio.get_running_loop()
            with contextlib.suppress(NotImplementedError):  # on Windows
                for sock in self._server.sockets:
                    loop.remove_reader(sock)
            await asyncio.sleep(0)  # who was accepted just now needs a server that is open, or is never let go
            self._server.close()
        ending = list(self._connections)
        for connection in ending:
            connection.abort()
        await asyncio.gather(*(connection.ended for connection in ending))

    @property
    def connected(self) -> int:
        """How many receivers are connected."""
        return len(self._connections)

    def tick(self) -> None:
        """Do nothing: a silent receiver may be in a quiet place."""

    def _welcome(self) -> asyncio.Protocol:
        if self._closing:
            return _TurnedAway()
        if len(self._connections) >= self.limits.max_connections and not self._made_room():
            self.source.counts.turned_away += 1
            return _TurnedAway()
        connection = _Connection(self.source, next(self._numbers))
        self._connections.add(connection)
        connection.ended.add_done_callback(lambda _: self._connections.discard(connection))
        return connection

    def _made_room(self) -> bool:
        """End the connection that has been silent longest, if that is too long; silent ones harm nobody before."""
        longest = min(self._connections, key=lambda connection: connection.heard_s)
        if asyncio.get_running_loop().time() - longest.heard_s <= self.limits.idle_s:
            return False
        self._connections.discard(longest)
        longest.give_up()
        return True


class _TurnedAway(asyncio.Protocol):
    """A connection too many, or too late."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()
