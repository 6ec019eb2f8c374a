"""Where tasks run: in threads of this machine, or in workers of a Dask cluster. The results are the same."""

import ctypes
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from darkships import compiling
from darkships.errors import DarkshipsError

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
R = TypeVar("R")


class Engine(Protocol):
    """What runs tasks."""

    workers: int
    """Tasks that run at once."""
    together: int
    """Of these the most on one machine."""

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """Yield each task with its result, as they are done."""

    def everywhere(self, function: Callable[[], R]) -> dict[str, R]:
        """Return what a function gives in each other process that runs tasks, by its address."""


class Local:
    """Threads of this process: kernels and Parquet reading release the GIL."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = self.together = workers or os.cpu_count() or 1

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """Yield each task with its result, as they are done; what was not begun when one fails is left."""
        pool = ThreadPoolExecutor(self.workers)
        try:
            futures = {pool.submit(function, task): task for task in tasks}
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def everywhere(self, function: Callable[[], R]) -> dict[str, R]:
        """Return nothing: no other process runs tasks."""
        del function
        return {}


class Cluster:
    """Workers of a Dask scheduler; they must see the store under the same path.

    Dask logs nothing unless its configuration has a section ``logging``.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client
        client.subscribe_topic(_COMPILING, lambda event: compiling.tell_once(event[1]))
        threads = Counter[str]()
        for address, number in client.nthreads().items():
            threads[address.rpartition(":")[0]] += number
        self.workers = threads.total() or 1
        self.together = max(threads.values(), default=1)

    @classmethod
    def at(cls, address: str) -> "Cluster":
        """Use a scheduler that runs.

        Raises
        ------
        DarkshipsError
            If the extra ``cluster`` is missing, nothing answers there, or what answers has no workers, or has other
            versions of darkships and the packages that results depend on.

        """
        try:
            client = _client_class()(address, timeout=_PATIENCE_S)
        except (OSError, ValueError) as error:
            raise DarkshipsError(
                f"no Dask scheduler answers at {address!r} ({error}); start one with: dask scheduler"
            ) from error
        try:
            _check(client, address)
            return cls(client)
        except BaseException:
            client.close()
            raise

    @classmethod
    def of(cls, workers: int) -> "Cluster":
        """Start so many worker processes on this machine; they end with this process.

        Raises
        ------
        DarkshipsError
            If the extra ``cluster`` is missing.

        """
        client_class = _client_class()
        import dask

        quiet = {} if "logging" in dask.config.config else {f"{_SPAWN_ENVIRONMENT}.DASK_LOGGING": _SILENCE}
        with dask.config.set(quiet):
            return cls(
                client_class(
                    n_workers=workers,
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",
                    preload=_ON_START,
                )
            )

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """Yield each task with its result, as they are done; a task whose worker was lost runs again elsewhere.

        Raises
        ------
        DarkshipsError
            If the scheduler was lost, or a task was the end of one worker after the other.

        """
        from distributed import KilledWorker
        from distributed import as_completed as completed

        if self._client.status == "closed":
            raise DarkshipsError(_LOST)
        futures = self._client.map(partial(_telling, function), tasks, pure=False)
        of_key = {future.key: task for future, task in zip(futures, tasks, strict=True)}
        try:
            for future in completed(futures):
                yield of_key[future.key], future.result()
        except KilledWorker as error:
            raise DarkshipsError(
                "several workers died of the same work, of too little memory most likely; give less with --memory"
            ) from error
        except CancelledError as error:
            raise DarkshipsError(_LOST) from error
        finally:
            with suppress(Exception):  # a client that is closed by now has nothing to cancel, and says so
                self._client.cancel(futures)

    def everywhere(self, function: Callable[[], R]) -> dict[str, R]:
        """Return what a function gives on each worker, by its address; a worker that is lost meanwhile is left out."""
        return self._client.run(function, on_error="ignore")

    def close(self) -> None:
        """Leave the scheduler; workers that ``of`` started end."""
        self._client.close()


@contextmanager
def open_engine(workers: int | None, scheduler: str | None) -> Iterator[Engine]:
    """Yield what runs tasks: threads of this process, worker processes of its own, or those of a scheduler.

    Raises
    ------
    DarkshipsError
        As ``Cluster.at`` and ``Cluster.of`` do.

    """
    if workers is None and scheduler is None:
        yield Local()
        return
    cluster = Cluster.at(scheduler) if scheduler is not None else Cluster.of(workers or 1)
    try:
        yield cluster
    finally:
        cluster.close()


@cache
def give_back_large() -> None:
    """Let this process give large arrays back when they are freed.

    glibc would keep them for later, in ever more pieces: after hundreds of dates half as much again as those in work
    take. Other C libraries have no such switch and need none.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


_M_MMAP_THRESHOLD, _LARGE_BYTES = -3, 4 * 2**20
_PATIENCE_S = 5
"""With a scheduler that does not answer, and one that has no workers."""
_SPAWN_ENVIRONMENT = "distributed.nanny.pre-spawn-environ"
_SILENCE = "{'distributed': 'critical', 'distributed.client': 'critical', 'distributed.gc': 'critical'}"
_ON_START = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""In each worker: Ctrl-C on a terminal reaches it too, but it ends when this process ends it."""
_LOST = "the Dask scheduler was lost; once it is back, run this again: what was done is kept"
_COMPILING = "darkships-compiling"
"""Topic of what workers have to tell."""
_DECISIVE = ("darkships", "geopandas", "numba", "numpy", "pandas", "pyarrow", "shapely")
"""Packages of which another version could give another result, or none."""


def _telling(function: Callable[[T], R], task: T) -> R:
    """Do a task on a worker; if kernels are compiled for it, that is told where the command runs."""
    from distributed import get_worker

    compiling.tell = partial(get_worker().log_event, _COMPILING)
    return function(task)


def _client_class() -> "type[Client]":
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise DarkshipsError("working on a cluster needs: pip install 'darkships[cluster]'") from error
    if "logging" not in dask.config.config:
        for handler in logging.getLogger("distributed").handlers:
            handler.setLevel(logging.CRITICAL)
    return Client


def _check(client: "Client", address: str) -> None:
    """Refuse a scheduler without workers, and one on which other versions run."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE_S)
    except TimeoutError as error:
        raise DarkshipsError(
            f"the Dask scheduler at {address} has no workers; start some with: dask worker {address}"
        ) from error
    found = client.get_versions(packages=list(_DECISIVE))
    here = found["client"]["packages"]
    for where, there in {"the scheduler": found["scheduler"], **found["workers"]}.items():
        for package in _DECISIVE:
            if there["packages"].get(package) != here[package]:
                raise DarkshipsError(
                    f"{where} has {package} {there['packages'].get(package)}, this machine {here[package]}; the same "
                    "results need the same versions of darkships[cluster] on all of them"
                )
