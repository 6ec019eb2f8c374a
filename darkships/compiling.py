"""Where compiled kernels are kept between runs."""

import hashlib
import os
import sys
from pathlib import Path

import numba


def cache_dir() -> Path | None:
    """Return the folder for what can be made again: ``DARKSHIPS_CACHE``, else the platform's, None without a home."""
    if chosen := os.environ.get("DARKSHIPS_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif home := os.environ.get("HOME"):
        mac = sys.platform == "darwin"
        base = f"{home}/Library/Caches" if mac else os.environ.get("XDG_CACHE_HOME") or f"{home}/.cache"
    else:
        base = None
    return Path(base) / "darkships" if base else None


def kernel_cache() -> Path | None:
    """Return the folder for compiled kernels, None if it cannot be written.

    numba notices only a change of the file that a kernel stands in, not of the kernels and constants that it took in
    from others. So the folder is named by the source of all of them.
    """
    folder = cache_dir()
    if folder is None:
        return None
    package = Path(__file__).parent
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    for source in [*sorted((package / "kernels").glob("*.py")), package / "units.py"]:
        digest.update(source.read_bytes())
    folder = folder / "kernels" / digest.hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
