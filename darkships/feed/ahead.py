"""Work ahead of whoever takes the results."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Generator[T, None, None]) -> Iterator[T]:
    """Yield the items of a generator in their order; while one is used, the next is made in a thread.

    What the generator raises is raised here, after the items before it. When this iterator is closed before its end,
    so is the generator, in the thread of the caller.
    """
    end = object()
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="feed") as thread:
            coming = thread.submit(next, items, end)
            while (item := coming.result()) is not end:
                coming = thread.submit(next, items, end)
                yield item  # type: ignore[misc]  # no longer the end
    finally:
        items.close()
