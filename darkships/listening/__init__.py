"""Live feeds into a store: receive to the spool, commit the spool piece by piece, stop without losing anything."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from darkships.errors import FeedError
from darkships.feed.live.addresses import read_address
from darkships.listening.listener import Listener, make_receiver
from darkships.listening.settings import Settings
from darkships.positions.store import Store
from darkships.schema import RECEIVERS

__all__ = ["Settings", "listen"]


def listen(
    urls: Sequence[str],
    store_path: Path,
    settings: Settings,
    *,
    environment: Mapping[str, str],
    note: Callable[[str], None],
    warn: Callable[[str], None],
) -> None:
    """Receive live feeds into a store until the first SIGTERM or SIGINT, then commit what came; a second ends at once.

    Parameters
    ----------
    urls
        Addresses of live feeds (see ``read_address``).
    store_path
        The store's folder; made if it does not exist.
    settings
        How to listen.
    environment
        Where the API key is.
    note, warn
        Told of what goes on, and of what a person should look at.

    Raises
    ------
    FeedError
        When an address cannot be used; nothing was received then.
    StoreError
        When the store cannot be opened, or not all could be committed in the end: the rest stays in the spool.

    """
    if settings.receiver not in RECEIVERS:
        raise FeedError(f"receiver {settings.receiver!r}; expected one of {', '.join(RECEIVERS)}")
    addresses = [read_address(url) for url in urls]
    twice = next((address.label for i, address in enumerate(addresses) if address in addresses[:i]), None)
    if twice:
        raise FeedError(f"{twice} is named twice; name each address once")
    asked = bool(settings.boxes or settings.message_types or settings.key_variable)
    if asked and not any(address.scheme in {"ws", "wss"} for address in addresses):
        raise FeedError("boxes, message types and keys are asked of WebSocket servers; no ws:// or wss:// is named")
    makers = [make_receiver(address, settings, environment) for address in addresses]  # told before a store is made
    listener = Listener(Store.open(store_path, create=True), settings, note, warn)
    for address, maker in zip(addresses, makers, strict=True):
        listener.add(address, maker)
    asyncio.run(_until_signal(listener))


async def _until_signal(listener: Listener) -> None:
    stop = asyncio.Event()
    with _signals(asyncio.get_running_loop(), stop):
        await listener.run(stop)


@contextlib.contextmanager
def _signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> Iterator[None]:
    caught: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if caught:
            os._exit(128 + number)  # a commit may wait for minutes: like a crash, of which the spool takes care
        caught.append(number)
        loop.call_soon_threadsafe(stop.set)

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
