"""Arrays kept between runs in the user's cache folder; without one, everything still works, only slower."""

import logging
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from darkships.compiling import cache_dir
from darkships.kernels import Array

log = logging.getLogger(__name__)


def cached(name: str, shape: tuple[int, ...], dtype: type, make: Callable[[], Array]) -> Array:
    """Return the array of that name, memory-mapped from the cache; make it, and keep it, if it is not there.

    Parameters
    ----------
    name
        Path in the cache folder, without suffix; it must name everything that the array depends on.
    shape, dtype
        What the array is; a file that holds anything else is made again.
    make
        Computes the array.

    """
    folder = cache_dir()
    if folder is None:
        return make()
    path = folder / f"{name}.npy"
    try:
        found: Array = np.load(path, mmap_mode="r", allow_pickle=False)
        if found.shape == shape and found.dtype == dtype:
            return found
    except (OSError, ValueError, EOFError):
        pass  # not there yet, or cut short: made again below
    array = make()
    array.flags.writeable = False  # as what is read from the cache: kernels are compiled for one kind only
    try:
        _write(path, array)
    except OSError as error:
        _warn_once(folder, error.strerror or str(error))
    return array


def _write(path: Path, array: Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            np.save(file, array)
            file.close()
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise


@lru_cache
def _warn_once(folder: Path, reason: str) -> None:
    log.warning(
        "sea distances cannot be kept in %s (%s) and are computed again in every run; "
        "set DARKSHIPS_CACHE to a folder that can be written",
        folder,
        reason,
    )
