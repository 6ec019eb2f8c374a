"""A simulation as files: one a day in each format, and the truth beside them."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np

from darkships.errors import DarkshipsError
from darkships.kernels.simulation_reports import Rows
from darkships.kernels.simulation_text import MOST_BYTES
from darkships.simulation.formats import FORMATS, Format
from darkships.simulation.plan import Plan
from darkships.simulation.reports import HOURS_A_DAY, simulate_hours
from darkships.simulation.truth import TruthWriter

_CHUNK = 50_000
"""Messages that one thread writes at a time."""


@dataclass(frozen=True)
class Written:
    """What was written: reports heard, bytes of text, and the files."""

    reports: int
    size: int
    files: list[Path]


def write_simulation(
    plan: Plan,
    folder: Path,
    formats: Sequence[str],
    *,
    threads: int | None = None,
    on_day: Callable[[int], None] = lambda _: None,
) -> Written:
    """Write a simulation into a new or empty folder.

    Parameters
    ----------
    plan
        What is simulated.
    folder
        Where to; made if it does not exist.
    formats
        Names of FORMATS; a folder for each.
    threads
        How many; None: as many as there are cores. They change nothing but the time it takes.
    on_day
        Called after each day with the reports heard on it.

    Raises
    ------
    DarkshipsError
        If a format is unknown or the folder is not empty.

    """
    chosen = [_format(name) for name in dict.fromkeys(formats)]
    folders = _prepare(folder, chosen)
    hours = simulate_hours(plan, statics=any(each.statics for each in chosen), threads=threads)
    files: list[Path] = []
    reports = 0
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool, closing(TruthWriter(plan, folder)) as truth:
        for number in range(plan.settings.days):
            day = plan.settings.start + timedelta(days=number)
            paths = [inside / each.file_name(day) for each, inside in zip(chosen, folders, strict=True)]
            files += paths
            heard = 0
            with ExitStack() as opened:
                outputs = [
                    _Output(opened.enter_context(path.open("xb")), each, each.said(plan, day), pool)
                    for each, path in zip(chosen, paths, strict=True)
                ]
                for rows in islice(hours, HOURS_A_DAY):
                    truth.add(rows)
                    for output in outputs:
                        output.add(rows)
                    heard += rows.ship.size
            on_day(heard)
            reports += heard
    return Written(reports, sum(path.stat().st_size for path in files), files)


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise DarkshipsError(f"unknown format {name!r}; expected one of {', '.join(FORMATS)}")
    return FORMATS[name]


def _prepare(folder: Path, chosen: list[Format]) -> list[Path]:
    """Make the folder, and one in it for each format; return these."""
    if folder.exists() and any(folder.iterdir()):
        raise DarkshipsError(f"{folder} is not empty; a simulation is written into a folder of its own")
    folders = [folder / each.name for each in chosen]
    for each in folders:
        each.mkdir(parents=True, exist_ok=True)
    return folders


class _Output:
    """One day's file of a format."""

    def __init__(self, file: IO[bytes], format_: Format, said: Any, pool: ThreadPoolExecutor) -> None:
        self._file, self._format, self._said, self._pool = file, format_, said, pool
        file.write(format_.header)

    def add(self, rows: Rows) -> None:
        """Write messages."""
        for text in self._pool.map(lambda first: self._text(rows, first), range(0, rows.ship.size, _CHUNK)):
            self._file.write(text)

    def _text(self, rows: Rows, first: int) -> memoryview:
        last = min(first + _CHUNK, rows.ship.size)
        out = np.empty((last - first) * MOST_BYTES, np.uint8)
        return out[: self._format.put(rows, self._said, first, last, out)].data
