"""Where compiled kernels are kept between runs, and who is told when there are none yet."""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

tell: Callable[[str], None] | None = None
"""Whom to tell that kernels are compiled, which takes long."""


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
    import numba

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


def tell_once(message: str) -> None:
    """Tell this, and nothing more in this process."""
    global tell
    say, tell = tell, None
    if say is not None:
        say(message)


def told_when_compiling() -> None:
    """Have ``tell`` told once when this process compiles a kernel; one that is loaded from the cache is none."""
    from numba.core import event

    class First(event.Listener):  # type: ignore[misc] # numba has no types
        def on_start(self, event: Any) -> None:
            del event
            if tell is not None:
                cache = kernel_cache()
                kept = f"they are kept in {cache}" if cache else "and the next time again: " + _NOT_KEPT
                tell_once(f"compiling kernels, which takes a minute or two; {kept}")

        def on_end(self, event: Any) -> None:
            del event

    event.register("numba:compile", First())


_NOT_KEPT = "no folder can be written to keep them, name one in DARKSHIPS_CACHE"
