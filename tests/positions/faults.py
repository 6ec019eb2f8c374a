"""Processes that are struck at the n-th step by which they change files: killed, or told that the disk is full.

The steps are found by watching the process from outside of the product (audit events, fsync, writes, the statements of
SQLite), so that a step which is new is struck without anybody thinking of it.
"""

import errno
import io
import multiprocessing
import os
import signal
import sqlite3
import sys
import traceback
from functools import cache
from multiprocessing import forkserver
from pathlib import Path

from darkships.errors import DarkshipsError
from darkships.intake import ingest
from darkships.positions.store import Store

STRUCK, EXPLAINED, BROKEN, UNHURT = 9, 3, 4, 5
"""How a process ended, if not with 0: killed; with an error that explains; with another; struck, yet well."""
_STATEMENTS = (
    "CREATE TABLE meta",
    "BEGIN IMMEDIATE",
    "BEGIN EXCLUSIVE",
    "INSERT INTO sources",
    "UPDATE meta",
    "COMMIT",
)
"""What SQLite does between the first and the last statement of a transaction is all or nothing by itself."""

_EVENTS = {"os.rename": 2, "os.remove": 1, "os.mkdir": 1, "os.rmdir": 1, "os.truncate": 1}
_FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@cache
def _context():
    """Return what makes processes: forks of one in which all is loaded, as that takes longer than what they do."""
    if os.name != "posix":
        return multiprocessing.get_context("spawn")
    from unittest import mock  # heavy, and the forks need none

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["darkships.intake", "darkships.positions.store", "ready"])
    with mock.patch.dict(os.environ, PYTHONPATH=str(Path(__file__).parent)):  # where it looks for the last
        forkserver.ensure_running()
    return context


class Steps:
    """Counts the steps below a folder and strikes at one of them."""

    def __init__(self, root, at, strike):
        self.root, self.at, self.strike, self.count = str(root), at, strike, 0

    def step(self):
        self.count += 1
        if self.count == self.at:
            self.strike()

    def watch(self):
        """Begin; there is no end but that of the process."""
        sys.addaudithook(self._on_event)
        fsync, opener, connect = os.fsync, io.open, sqlite3.connect

        def watched_fsync(handle):
            self.step()
            fsync(handle)

        def watched_open(path, mode="r", *args, **more):
            if mode == "wb" and str(path).startswith(self.root):
                return _Torn(io.FileIO(path, "wb"), self)
            return opener(path, mode, *args, **more)

        def watched_connect(*args, **more):
            connection = connect(*args, **more)
            connection.set_trace_callback(self._on_statement)
            return connection

        os.fsync, io.open = watched_fsync, watched_open
        if self.strike is kill:  # SQLite hears of no exception
            sqlite3.connect = watched_connect

    def _on_event(self, event, args):
        if event == "open":
            path, _, flags = args
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and str(path).startswith(self.root):
                self.step()
        elif event in _EVENTS and any(str(path).startswith(self.root) for path in args[: _EVENTS[event]]):
            self.step()

    def _on_statement(self, statement):
        if statement.startswith(_STATEMENTS):
            self.step()


class _Torn(io.BufferedWriter):
    """A file that is written in two halves."""

    def __init__(self, raw, steps):
        super().__init__(raw)
        self._steps = steps

    def write(self, data):
        half = len(data) // 2
        super().write(memoryview(data)[:half])
        self.flush()
        self._steps.step()
        return half + super().write(memoryview(data)[half:])


def kill():
    """Be gone at once, with nothing tidied."""
    if os.name == "posix":
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(STRUCK)


def fill():
    """Say that the disk is full."""
    raise _FULL


def struck(job, root, feeds, at, strike):
    """Do a job and be struck at a step; runs in a process of its own."""
    steps = Steps(root, at, strike)
    steps.watch()
    _finish(job, root, feeds, lambda: UNHURT if steps.count >= at else 0)


def bounded(job, root, feeds, size):
    """Do a job while no file may grow beyond a size; runs in a process of its own."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    _finish(job, root, feeds)


def without_pages(job, root, feeds, at):
    """Do a job whose n-th connection to SQLite finds no room for a further page; runs in a process of its own."""
    connect, count = sqlite3.connect, iter(range(1, 10_000))

    def full(*args, **more):
        connection = connect(*args, **more)
        if next(count) >= at:
            connection.execute("PRAGMA max_page_count = 1")
        return connection

    sqlite3.connect = full
    _finish(job, root, feeds)


def plain(job, root, feeds):
    """Do a job; runs in a process of its own."""
    _finish(job, root, feeds)


def fill_up(folder, room):
    """Fill the file system of a folder with one file, returned, until only so many bytes are left."""
    disk = os.statvfs(folder)
    with (folder / "filler").open("wb", buffering=0) as file:
        file.write(bytes(max(0, disk.f_bavail * disk.f_frsize - room)))
    return folder / "filler"


def _finish(job, root, feeds, code=lambda: 0):
    try:
        job(root, feeds)
    except DarkshipsError:
        os._exit(EXPLAINED)
    except BaseException:  # noqa: BLE001  whatever it is, it is not explained
        traceback.print_exc()
        os._exit(BROKEN)
    os._exit(code())


def take(root, feeds):
    """Ingest files; an error of one is an error."""
    reports = ingest([Path(feed) for feed in feeds], Store.planned(root))
    for report in reports:
        if report.error:
            raise DarkshipsError(report.error)


def compact(root, _feeds):
    """Compact the store."""
    Store.open(root).compact()


def vacuum(root, _feeds):
    """Vacuum the store."""
    Store.open(root).vacuum()


def run(target, *args):
    """Run in a process of its own; return how it ended."""
    process = _context().Process(target=target, args=args)
    process.start()
    process.join(300)
    return STRUCK if process.exitcode == -signal.SIGKILL else process.exitcode


def at_once(*jobs):
    """Run several jobs at the same time, each in a process of its own; return how they ended."""
    context = _context()
    barrier = context.Barrier(len(jobs))
    processes = [context.Process(target=_together, args=(barrier, *job)) for job in jobs]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
    return [process.exitcode for process in processes]


def _together(barrier, job, root, feeds):
    barrier.wait(120)
    _finish(job, root, feeds)
