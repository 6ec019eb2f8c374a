"""JSON or NMEA over WebSocket, as aisstream.io sends it: one message a frame, after a subscription."""

import asyncio
import json
import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from darkships.errors import FeedError
from darkships.feed.live.addresses import Address
from darkships.feed.live.framing import LineSplitter
from darkships.feed.live.receiver import CONNECT_S, Caller, Limits, reason
from darkships.feed.live.retry import Backoff
from darkships.feed.live.source import Source

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

KEY_VARIABLE = "AISSTREAM_API_KEY"
MAX_FRAME = 1024 * 1024

_HOST = re.compile(r"(.+\.)?aisstream\.io")
_OBJECT = re.compile(rb"\s*(?:\[\s*)?\{")
_ERROR = re.compile(rb'\s*\{\s*"error"', re.IGNORECASE)
_KEY_ERROR = re.compile(rb"api.?key", re.IGNORECASE)
_MOST_NESTED = 500
_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")
_WORLD = (-180.0, -90.0, 180.0, 90.0)

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Subscription:
    """What is asked of a server like aisstream.io."""

    key: str = field(repr=False)
    boxes: Sequence[Box] = ()
    """West, south, east, north in degrees; the whole world if there is none."""
    message_types: Sequence[str] = ()
    """Names as aisstream.io has them; all if there is none."""

    def text(self) -> str:
        """Return the message to send; it holds the key."""
        corners = [[[south, west], [north, east]] for west, south, east, north in self.boxes or [_WORLD]]
        types = {"FilterMessageTypes": list(self.message_types)} if self.message_types else {}
        return json.dumps({"APIKey": self.key, "BoundingBoxes": corners, **types})


def subscription_for(
    address: Address,
    *,
    key_variable: str | None,
    boxes: Sequence[Box],
    message_types: Sequence[str],
    environment: Mapping[str, str],
) -> Subscription | None:
    """Return what to ask of a WebSocket server; None if it sends without being asked.

    The key goes to aisstream.io, and to another server only if the user names a variable, box or message type.

    Raises
    ------
    FeedError
        When a key is needed and there is none, or it would travel for all to read.

    """
    if not (_HOST.fullmatch(address.host) or key_variable or boxes or message_types):
        return None
    name = key_variable or KEY_VARIABLE
    key = environment.get(name, "").strip()
    if not key:
        raise FeedError(
            f"{address.label} asks for an API key and the environment variable {name} has none; "
            "set it, or name another variable with --key-env"
        )
    if address.scheme == "ws" and not address.is_local:
        raise FeedError(f"{address.label} would carry the API key for all to read; use wss://")
    return Subscription(key, tuple(boxes), tuple(message_types))


class WebSocketClient(Caller):
    """Connects to a WebSocket server and takes its frames."""

    def __init__(self, source: Source, limits: Limits, subscription: Subscription | None) -> None:
        super().__init__(source, limits)
        self._subscription = subscription
        self._key = subscription.key.encode() if subscription else b""
        self._socket: ClientConnection | None = None
        self._room = asyncio.Event()
        self._room.set()

    async def open(self) -> None:
        """See that there is a library for it."""
        try:
            import websockets.asyncio.client  # noqa: F401  here to know at the start
        except ImportError as error:
            raise FeedError(
                f'{self.label} needs the package websockets; install it with: pip install "darkships[listen]"'
            ) from error

    async def close(self) -> None:
        """End the connection; frames that are here already are still taken."""
        self._closing = True
        self._room.set()
        if self._socket is not None:
            await self._socket.close()

    @property
    def connected(self) -> int:
        """1 or 0."""
        return int(self._socket is not None)

    def tick(self) -> None:
        """Do nothing: the library looks after its connection."""

    def pause_reading(self) -> None:
        """Take no more frames."""
        self._room.clear()

    def resume_reading(self) -> None:
        """Go on."""
        self._room.set()

    async def _connect(self, backoff: Backoff) -> str:
        from websockets.asyncio.client import connect
        from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

        connection = connect(
            self.source.address.url,
            max_size=MAX_FRAME,
            open_timeout=CONNECT_S,
            close_timeout=2.0,
            logger=_silent_logger(),
        )
        try:
            async with connection as self._socket:
                if self._subscription is not None:
                    await self._socket.send(self._subscription.text())
                self.source.note(f"{self.label}: connected")
                return await self._receive(self._socket, backoff)
        except ConnectionClosed as closed:
            self.source.counts.overlong += closed.sent is not None and closed.sent.code == 1009
            return f"the connection ended (code {closed.rcvd.code if closed.rcvd else 'none'})"
        except InvalidStatus as refused:
            return f"the server refuses (HTTP {refused.response.status_code})"
        except (OSError, EOFError, ValueError, WebSocketException) as error:
            return f"cannot connect ({reason(error)})"
        finally:
            self._socket = None

    async def _receive(self, socket: "ClientConnection", backoff: Backoff) -> str:
        """Take frames until nothing comes or the server says that it will not send."""
        while True:
            await self._room.wait()  # meanwhile frames wait with the library, then with the server
            try:
                frame = await asyncio.wait_for(socket.recv(decode=False), self.limits.idle_s)
            except TimeoutError:
                return "nothing came for too long"
            self.source.counts.bytes += len(frame)
            if self._subscription is not None and _is_error(frame):
                return f"the server answers with an error{_hint(frame)}"
            self._take(frame)
            if self.source.is_full and not self._closing:
                self.source.wait_for_room(self)
            backoff.reset()

    def _take(self, frame: bytes) -> None:
        if self._key:
            frame = frame.replace(self._key, b"***")
        if _is_object(frame):
            self.source.take_json(frame.translate(_LINE_ENDS).strip())
            return
        splitter = LineSplitter()
        lines = splitter.feed(frame) + splitter.end()
        self.source.counts.overlong += splitter.overlong
        self.source.take("server", lines)


def _is_object(frame: bytes) -> bool:
    """Tell whether a frame is sound JSON; what is none is kept for quarantine, apart from the objects."""
    if _OBJECT.match(frame) is None or frame.count(b"[") + frame.count(b"{") > _MOST_NESTED:
        return False
    try:
        json.loads(frame, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(text: str) -> None:
    raise ValueError(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _is_error(frame: bytes) -> bool:
    return len(frame) < 4096 and _ERROR.match(frame) is not None and b"MessageType" not in frame


def _hint(frame: bytes) -> str:
    return " about the API key" if _KEY_ERROR.search(frame) else ""


def _silent_logger() -> logging.Logger:
    """Return a logger that writes nothing, for the library's shows frames, and thereby the key."""
    logger = logging.getLogger(f"{__name__}.silent")
    logger.propagate = False
    logger.disabled = True
    return logger
