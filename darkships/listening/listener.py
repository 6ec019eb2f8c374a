"""Receivers, their spool, and the committer, from start to stop."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from darkships.feed.live.addresses import Address
from darkships.feed.live.counting import Counts
from darkships.feed.live.receiver import Receiver
from darkships.feed.live.source import Source, wall_clock_ms
from darkships.feed.live.spool import SPOOL, SourceSpool, Spool, close_to_disk
from darkships.feed.live.tcp import TcpClient, TcpServer
from darkships.feed.live.udp import UdpReceiver
from darkships.feed.live.websocket import WebSocketClient, subscription_for
from darkships.listening.committer import Committer
from darkships.listening.settings import Settings
from darkships.positions.store import Store

_QUIET_S = 0.2
_DRAIN_S = 2.0
_CLOSE_S = 5.0


def make_receiver(address: Address, settings: Settings, environment: Mapping[str, str]) -> Callable[[Source], Receiver]:
    """Return what makes the receiver for an address.

    Raises
    ------
    FeedError
        When it needs a key and there is none.

    """
    limits = settings.limits
    match address.scheme:
        case "tcp":
            return partial(TcpClient, limits=limits)
        case "tcp-listen":
            return partial(TcpServer, limits=limits)
        case "udp":
            return partial(UdpReceiver, limits=limits)
        case _:
            subscription = subscription_for(
                address,
                key_variable=settings.key_variable,
                boxes=settings.boxes,
                message_types=settings.message_types,
                environment=environment,
            )
            return partial(WebSocketClient, limits=limits, subscription=subscription)


class Listener:
    """Receives from all its addresses into one store."""

    def __init__(
        self, store: Store, settings: Settings, note: Callable[[str], None], warn: Callable[[str], None]
    ) -> None:
        self.counts = Counts()
        self.committer = Committer(store, warn, settings.limits.retry_s)
        self._settings, self._note, self._warn = settings, note, warn
        self._spool = Spool(store.path / SPOOL, settings.spool_limit_bytes)
        self._sources: list[Source] = []
        self._receivers: list[Receiver] = []
        self._told = ""

    def add(self, address: Address, make: Callable[[Source], Receiver]) -> None:
        """Receive from one more address."""
        spool = SourceSpool(self._spool, address.folder, self._settings.receiver)
        source = Source(address, spool, self.counts, self._note)
        self._sources.append(source)
        self._receivers.append(make(source))

    async def run(self, stop: asyncio.Event) -> None:
        """Receive until ``stop`` is set, then commit everything.

        Raises
        ------
        FeedError
            When an address cannot be used.
        StoreError
            When something could not be committed in the end: it stays in the spool.

        """
        asyncio.get_running_loop().set_exception_handler(self._tell_fault)
        try:
            for source in self._sources:
                source.spool.claim()
            for source in self._sources:
                for segment in source.spool.leftovers():
                    self.committer.add(segment)
            self._spool.measure()
            for receiver in self._receivers:
                await receiver.open()
            await self._receive(stop)
        except BaseException:
            await self._close([])
            raise
        finally:
            for source in self._sources:
                source.spool.release()

    def metrics(self) -> str:
        """Return what was counted so far, in one line of key=value."""
        counts, done = self.counts, self.committer.counts
        started = [segment.started_ms for segment in self.committer.waiting]
        started += [ms for source in self._sources if (ms := source.spool.started_ms) is not None]
        lag_s = max(0.0, (wall_clock_ms() - min(started)) / 1000) if started else 0.0
        values = {
            "lines": counts.lines,
            "bytes": counts.bytes,
            "committed": done.rows,
            "duplicates": done.duplicates,
            "quarantined": done.quarantined,
            "set_aside": done.set_aside,
            "connected": sum(receiver.connected for receiver in self._receivers),
            "reconnects": counts.reconnects,
            "turned_away": counts.turned_away,
            "overlong": counts.overlong,
            "dropped": counts.dropped,
            "lag_s": f"{lag_s:.0f}",
            "spool_bytes": self._spool.used_bytes,
        }
        return " ".join(f"{name}={value}" for name, value in values.items())

    async def _receive(self, stop: asyncio.Event) -> None:
        ending = asyncio.Event()
        receiving = [asyncio.create_task(receiver.run()) for receiver in self._receivers]
        watching = asyncio.create_task(self._look_after(ending))
        committing = asyncio.create_task(self.committer.run())
        stopping = asyncio.create_task(stop.wait())
        ended, _ = await asyncio.wait([*receiving, watching, committing, stopping], return_when=asyncio.FIRST_COMPLETED)
        await self._drain()
        ending.set()
        await asyncio.wait([watching])
        closing = await self._close(receiving)
        stopping.cancel()
        await self._commit_rest(committing)
        if self._settings.metrics_every_s:
            self._note(self.metrics())
        for task in (*ended, *closing):
            if not task.cancelled():
                task.result()  # a fault of ours is seen now, when what was received is safe

    async def _look_after(self, ending: asyncio.Event) -> None:
        """Do what is due now and then, until the end."""
        loop = asyncio.get_running_loop()
        every_s = self._settings.metrics_every_s
        next_s = loop.time() + every_s
        while not ending.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), self._settings.tick_s)
            self._spool.measure()
            for receiver in self._receivers:
                receiver.tick()
                receiver.source.tick()
                if self._is_due(receiver.source.spool):
                    await self._rotate(receiver.source.spool)
            self._tell_trouble()
            if every_s and loop.time() >= next_s:
                next_s = loop.time() + every_s
                self._note(self.metrics())

    def _is_due(self, spool: SourceSpool) -> bool:
        if spool.started_ms is None:
            return False
        age_s = (wall_clock_ms() - spool.started_ms) / 1000
        # A clock that was set back makes it negative: then at once.
        return spool.lines >= self._settings.commit_rows or not 0 <= age_s < self._settings.commit_every_s

    async def _rotate(self, spool: SourceSpool) -> None:
        """Close what is being written and hand it to the committer."""
        for segment, file in spool.detach():
            try:
                await asyncio.to_thread(close_to_disk, file)
            except OSError as error:
                self._warn(f"{segment.path} may not outlive a loss of power ({error.strerror})")
            self.committer.add(segment)

    def _tell_fault(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Name a fault of ours in a connection, which ends it; its message may hold what a stranger sent."""
        self._warn(f"a fault of darkships while receiving: {type(context.get('exception')).__name__}")

    def _tell_trouble(self) -> None:
        """Say when receiving has to wait, and when no more; not in between."""
        trouble = self._spool.trouble if any(source.is_full for source in self._sources) else ""
        if bool(trouble) != bool(self._told):
            self._warn(f"receiving waits: {trouble}" if trouble else "receiving goes on")
        self._told = trouble

    async def _drain(self) -> None:
        """Receive on until what was sent before the stop is here."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + _DRAIN_S
        before = -1
        while self.counts.bytes != before and loop.time() < until_s:
            before = self.counts.bytes
            await asyncio.sleep(_QUIET_S)

    async def _close(self, receiving: list[asyncio.Task[None]]) -> list[asyncio.Task[None]]:
        """End all connections, also if one cannot be ended; return what was tried."""
        closing = [asyncio.create_task(receiver.close()) for receiver in self._receivers]
        await asyncio.wait(closing, timeout=_CLOSE_S)
        for task in (*closing, *receiving):
            task.cancel()
        await asyncio.wait([*closing, *receiving])
        return closing

    async def _commit_rest(self, committing: asyncio.Task[None]) -> None:
        """Commit all there is; what the spool had no room for may have some after that."""
        for source in self._sources:
            source.finish()
            await self._rotate(source.spool)
        self.committer.finish()
        try:
            await committing
            self._spool.measure()
            for source in self._sources:
                source.finish()
                await self._rotate(source.spool)
            await self.committer.run()
        finally:
            lost = sum(source.lose_held() for source in self._sources)
            if lost:
                self._warn(f"{lost:,} lines are lost, for there was no room for them: {self._spool.trouble}")
