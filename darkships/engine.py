"""Where tasks run: in threads of this machine, or in workers of a Dask cluster. The results are the same."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Protocol, TypeVar

from darkships.errors import DarkshipsError

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
R = TypeVar("R")


class Engine(Protocol):
    """What runs tasks."""

    workers: int
    """Tasks that run at once."""

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """Yield each task with its result, as they are done."""


class Local:
    """Threads of this process: kernels and Parquet reading release the GIL."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """Yield each task with its result, as they are done; what was not begun when one fails is left."""
        pool = ThreadPoolExecutor(self.workers)
        try:
            futures = {pool.submit(function, task): task for task in tasks}
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


class Cluster:
    """Workers of a Dask scheduler; they must see the store under the same path."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self.workers = sum(client.nthreads().values()) or 1

    @classmethod
    def at(cls, address: str) -> "Cluster":
        """Use a scheduler that runs.

        Raises
        ------
        DarkshipsError
            If the extra ``cluster`` is missing, or nothing answers there.

        """
        try:
            return cls(_client_class()(address, timeout=10))
        except (OSError, ValueError) as error:
            raise DarkshipsError(
                f"no Dask scheduler answers at {address!r} ({error}); start one with: dask scheduler"
            ) from error

    @classmethod
    def of(cls, workers: int) -> "Cluster":
        """Start so many worker processes on this machine; they end with this process."""
        return cls(_client_class()(n_workers=workers, threads_per_worker=1, dashboard_address=None))

    def run(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """Yield each task with its result, as they are done; a task whose worker was lost runs again elsewhere."""
        from distributed import as_completed as completed

        futures = self._client.map(function, tasks, pure=False, retries=_RETRIES)
        of_key = {future.key: task for future, task in zip(futures, tasks, strict=True)}
        try:
            for future in completed(futures):
                yield of_key[future.key], future.result()
        finally:
            self._client.cancel(futures)

    def close(self) -> None:
        """Leave the scheduler; workers that ``of`` started end."""
        self._client.close()


_RETRIES = 3


def _client_class() -> "type[Client]":
    try:
        from distributed import Client
    except ImportError as error:
        raise DarkshipsError("working on a cluster needs: pip install 'darkships[cluster]'") from error
    return Client
