"""How scripts/make_demo_data writes its files: the same bytes every time."""

from collections.abc import Iterable
from pathlib import Path

import zstandard

LEVEL = 19


def write_zst(path: Path, lines: Iterable[str]) -> None:
    """Compress lines of text into one file, each ended by a line feed."""
    text = "".join(f"{line}\n" for line in lines).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(text))


def remove_old(folder: Path) -> None:
    """Delete the daily files of an earlier run, which may have covered other days."""
    for path in folder.glob("*.csv.zst"):
        path.unlink()
