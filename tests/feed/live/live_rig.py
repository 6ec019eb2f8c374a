"""Receivers on real sockets of this machine, with a spool to look into."""

import asyncio
import contextlib
import time

from darkships.feed.live.addresses import read_address
from darkships.feed.live.counting import Counts
from darkships.feed.live.receiver import Limits
from darkships.feed.live.source import Source
from darkships.feed.live.spool import SourceSpool, Spool

NOW = 1_700_000_000_123
DEADLINE_S = 60.0  # a busy machine may take long; a test that holds never waits for it


async def until(condition):
    """Wait until something is so."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def client(port, host="127.0.0.1"):
    """Connect as a receiver that sends to us; yields reader and writer."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


class Rig:
    """A receiver, what it said, and what is in its spool."""

    def __init__(self, root, url, make, limit=10**9, **limits):
        self.notes = []
        self.counts = Counts()
        self.spool = SourceSpool(Spool(root / "spool", limit), "source", "unknown")
        self.source = Source(read_address(url), self.spool, self.counts, self.notes.append, now_ms=lambda: NOW)
        self.receiver = make(self.source, limits=Limits(**{"retry_s": 0.01, **limits}))

    async def __aenter__(self):
        self.spool.claim()
        try:
            await self.receiver.open()
        except BaseException:
            self.spool.release()
            raise
        self._task = asyncio.create_task(self.receiver.run())
        return self

    async def __aexit__(self, *_):
        await self.receiver.close()
        self._task.cancel()
        await asyncio.wait([self._task])
        for _segment, file in self.spool.detach():
            file.close()
        self.spool.release()

    @property
    def port(self):
        """The port that the system gave, as told to the user."""
        return int(self.notes[0].rpartition(":")[2])

    def lines(self, kind="nmea"):
        """Return what is in the spool, without our time before it."""
        found = [path.read_bytes()[512:] for path in sorted(self.spool.folder.glob(f"*.{kind}"))]
        return [line.removeprefix(b"%d " % NOW) for line in b"".join(found).splitlines()]

    async def brings(self, *lines, kind="nmea"):
        await until(lambda: len(self.lines(kind)) >= len(lines))
        assert self.lines(kind) == list(lines)
