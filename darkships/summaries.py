"""Summaries of a whole store, kept beside its parts: a night reads what is new and combines it with what is known.

Dates are the leaves of a tree over the calendar: a node covers 4, 16, 64, ... dates and is kept under a name that says
what it was made from, so a date that changed makes anew just what depends on it.
"""

import atexit
import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import shapely

from darkships.engine import Engine, give_back_large
from darkships.errors import StoreError
from darkships.kernels import Array
from darkships.positions.dates import DateParts, mmsi_ranges
from darkships.positions.kept import FOLDER, WEIGHED, copy_all, forget, is_writable, keep, kept, names, new_file
from darkships.positions.listing import CATALOG
from darkships.reception.records import HOUR, Records
from darkships.remote import Place
from darkships.summary import Question, Summary, combine_all, of_dates

FORMAT = 6
"""Of the summaries; another one is made anew."""

DEFAULT_MEMORY = 1024**3
_BYTES_PER_ROW = 70
"""Of a date in memory, with what is made of it on the way."""

_LEAST_DATES, _MOST_DATES = 2, 32
"""In one task: the dates beside it are read once more."""

_TRIES = 10
"""At reading what was summarised: each other run on the same store can remove it once."""


_BRANCHES = 4
"""More make fewer files of a long past, but more to combine each night."""


class Node(NamedTuple):
    """A stretch of dates: 1, 4, 16, ... days, and its number among those since 1970."""

    number: int
    key: str
    """What tells its content from any other; its file's name."""


@dataclass(frozen=True)
class Leaves:
    """A task: to summarise consecutive dates, of which the first and the last only stand around."""

    root: Place
    folder: Place
    nodes: tuple[Node, ...]
    """Of the dates between."""
    dates: tuple[DateParts | None, ...]
    question: Question
    ranges: tuple[tuple[int, int] | None, ...]

    @property
    def rows(self) -> int:
        """Reports of the dates that are to be summarised."""
        return sum(date.rows for date in self.dates[1:-1] if date is not None)


@dataclass(frozen=True)
class Branch:
    """A task: to combine neighbouring stretches."""

    folder: Place
    node: Node
    parts: tuple[Node, ...]
    question: Question


@dataclass(frozen=True)
class Known:
    """What is known of dates: together, the vessel hours of each, and how silences were weighed by these."""

    summary: Summary
    _folder: Place
    _leaves: Mapping[int, Node]
    _fill: Callable[[], None]
    _forgets: bool

    def hours(self, day: int) -> Records:
        """Return the HOUR records of a day since 1970.

        Raises
        ------
        StoreError
            If they cannot be read, though they are written anew.

        """
        if day not in self._leaves:
            return np.empty(0, HOUR)
        path = self._folder / _hours_name(self._leaves[day])
        for _ in range(_TRIES):
            found = kept(path)
            if found is not None:
                return found[0]
            path.unlink(missing_ok=True)
            self._fill()  # another run has removed it
        raise _does_not_last(self._folder)

    def key(self, day: int) -> str:
        """Return what tells the HOUR records of a day since 1970 from any other."""
        return self._leaves[day].key if day in self._leaves else ""

    def recall(self) -> tuple[Array, Array] | None:
        """Return keys and values of the silences that were weighed before."""
        found = kept(self._folder / WEIGHED)
        return (found[0], found[1]) if found is not None else None

    def remember(self, keys: Array, values: Array, asked: Array) -> None:
        """Keep keys and values of silences; if other dates are forgotten, only of those (k,) that were asked for."""
        own = asked | (not self._forgets)
        keep(self._folder / WEIGHED, [keys[own], values[own]])


def unknown_dates(root: Place, dates: Sequence[DateParts], question: Question) -> list[DateParts]:
    """Return the dates of which too little is known to this question: they have expired, and were not summed up for it.

    With one all before it are left out: a silence begins or ends in a date that is known.
    """
    told = _told(question)
    known = names(root / FOLDER / told) if any(date.is_frozen for date in dates) else set[str]()
    leaves = _leaves(dates, told)
    is_unknown = [date.is_frozen and not _is_known(leaf, known) for date, leaf in zip(dates, leaves, strict=True)]
    return list(dates[: max((number + 1 for number, lost in enumerate(is_unknown) if lost), default=0)])


def summarise(
    root: Place,
    dates: Sequence[DateParts],
    question: Question,
    engine: Engine,
    *,
    memory_bytes: int = DEFAULT_MEMORY,
    on_rows: Callable[[int, int], None] = lambda _done, _total: None,
    forgets: bool = True,
) -> Known:
    """Return what is known of dates; what was summarised before is not read again.

    What ``unknown_dates`` tells of is left out.

    Parameters
    ----------
    root
        Where the store is.
    dates
        Its dates, in rising order.
    question
        What is asked.
    engine
        What runs the tasks.
    memory_bytes
        What the reports in memory may take, on each machine.
    on_rows
        Told the reports read so far, and how many there are to read.
    forgets
        Whether to remove what other dates than these were summarised to.

    Raises
    ------
    StoreError
        If a part is missing or damaged, a worker does not see the store, or what was summarised does not last.

    """
    root = root.absolute()  # workers may stand elsewhere
    told = _told(question)
    folder = _folder(root, told)
    _check_workers(root, folder, engine)
    unknown = {date.day for date in unknown_dates(root, dates, question)}
    leaves = [leaf for leaf in _leaves(dates, told) if leaf.number not in unknown]
    fill = partial(_fill, root, folder, dates, leaves, question, engine, memory_bytes, on_rows)
    for _ in range(_TRIES):
        fill()
        nodes, top = _tree(leaves, folder, question, engine)
        found = [_read(folder, node) for node in top]
        if None not in found:  # else another run has removed what it no longer needs
            break
    else:
        raise _does_not_last(folder)
    if forgets:
        forget(folder, {*(node.key for node in nodes), *map(_hours_name, leaves), WEIGHED})
    summary = combine_all([stretch for stretch in found if stretch is not None], question)
    return Known(summary, folder, {leaf.number: leaf for leaf in leaves}, fill, forgets)


def _folder(root: Place, told: str) -> Place:
    """Return where summaries are kept: in the store, or if that may not be written in a folder of this process."""
    folder = root / FOLDER / told
    return folder if is_writable(folder.parent) and is_writable(folder) else _passing_folder(folder)


@cache
def _passing_folder(like: Place) -> Path:
    """Return a folder that begins with the files of another, and ends with this process."""
    passing = Path(tempfile.mkdtemp(prefix="darkships-"))
    atexit.register(shutil.rmtree, passing, ignore_errors=True)
    folder = passing / like.name
    folder.mkdir()
    copy_all(like, folder)
    return folder


def _does_not_last(folder: Place) -> StoreError:
    return StoreError(f"what is written to {folder} does not last; look for what removes or damages it")


def _hours_name(leaf: Node) -> str:
    return f"{leaf.key}-hours"


def _is_known(leaf: Node, known: set[str]) -> bool:
    return leaf.key in known and _hours_name(leaf) in known


def _check_workers(root: Place, folder: Place, engine: Engine) -> None:
    """Refuse workers that do not see the folder that is meant; a file that is new tells it from others so named."""
    with new_file(folder.parent) as seen:
        faults = engine.everywhere(partial(_fault, root, folder, seen))
    for worker, fault in faults.items():
        if fault is not None:
            raise StoreError(f"the worker at {worker} {fault}")


def _fault(root: Place, folder: Place, seen: Place) -> str | None:
    """Return what is wrong with this process as a worker."""
    try:
        is_readable = os.access(root, os.R_OK) if isinstance(root, Path) else (root / CATALOG).exists()
    except StoreError as error:
        return f"cannot read the store: {error}"
    if not is_readable:
        return f"cannot read the store {root}; put it where all workers see it under this path"
    if not seen.exists():
        return f"sees another folder {folder.parent} than this machine; name one that all workers share" + (
            "" if folder.parent.parent == root else f", in TMPDIR, or allow writing in {root}"
        )
    if not is_writable(folder):
        return f"may not write in {folder}; allow it, there is where summaries are kept"
    return None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _told(question: Question) -> str:
    """Return what tells a question from any other: its folder's name."""
    return _digest(str(FORMAT), *_parts_of(question))


def _parts_of(question: Question) -> Iterator[str]:
    yield json.dumps([question.min_gap_us, *question.speed])
    if question.sites is not None:
        yield from shapely.to_wkb(question.sites.geometry, hex=True).tolist()


def _leaves(dates: Sequence[DateParts], told: str) -> list[Node]:
    """Return the dates as nodes: each depends on the dates beside it."""
    keys = {date.day: date.key for date in dates}
    return [Node(day, _digest(told, *(keys.get(day + beside, "") for beside in (-1, 0, 1)))) for day in sorted(keys)]


def _fill(
    root: Place,
    folder: Place,
    dates: Sequence[DateParts],
    leaves: Sequence[Node],
    question: Question,
    engine: Engine,
    memory_bytes: int,
    on_rows: Callable[[int, int], None],
) -> None:
    """Summarise the dates that are not known."""
    tasks = list(_leaf_tasks(root, folder, dates, leaves, question, engine, memory_bytes))
    done, total = 0, sum(task.rows for task in tasks)
    for task, _ in engine.run(_make_leaves, tasks):
        done += task.rows
        on_rows(done, total)
    pa.default_memory_pool().release_unused()  # what the reports took; combining takes its own


def _tree(leaves: Sequence[Node], folder: Place, question: Question, engine: Engine) -> tuple[list[Node], list[Node]]:
    """Combine neighbours, level by level; return all nodes, and the fewest that cover all dates, in their order."""
    known = names(folder)
    level, rest, nodes = list(leaves), list[Node](), list(leaves)
    while len(level) > 1:
        above, branches = _above(level, folder, question)
        list(engine.run(_make_branch, [branch for branch in branches if branch.node.key not in known]))
        covered = {node.number for node in above}
        rest = [node for node in level if node.number // _BRANCHES not in covered] + rest
        level = above
        nodes += above
    return nodes, level + rest


def _above(level: Sequence[Node], folder: Place, question: Question) -> tuple[list[Node], list[Branch]]:
    """Return the nodes of the next level, and how to make them; none in which later dates can fall."""
    parts: dict[int, list[Node]] = {}
    for node in level:
        parts.setdefault(node.number // _BRANCHES, []).append(node)
    above, branches = [], []
    for number, own in parts.items():
        if number == level[-1].number // _BRANCHES and (level[-1].number + 1) % _BRANCHES:
            continue
        node = Node(number, _digest(*(part.key for part in own)) if len(own) > 1 else own[0].key)
        if len(own) > 1:
            branches.append(Branch(folder, node, tuple(own), question))
        above.append(node)
    return above, branches


def _leaf_tasks(
    root: Place,
    folder: Place,
    dates: Sequence[DateParts],
    leaves: Sequence[Node],
    question: Question,
    engine: Engine,
    memory_bytes: int,
) -> Iterator[Leaves]:
    """Yield tasks for the dates that are not known, some neighbouring ones at a time."""
    known = names(folder)
    missing = {leaf.number: leaf for leaf in leaves if not _is_known(leaf, known)}
    of_day = {date.day: date for date in dates}
    most = max(_LEAST_DATES, min(_MOST_DATES, math.ceil(len(missing) / engine.workers)))
    days: list[int] = []
    for day in [*sorted(missing), None]:
        if days and (day is None or day != days[-1] + 1 or len(days) == most):
            held = [of_day.get(day) for day in range(days[0] - 1, days[-1] + 2)]
            most_rows = memory_bytes // (_BYTES_PER_ROW * 3 * engine.together)
            ranges = mmsi_ranges(root, [date for date in held if date is not None], most_rows)
            nodes = tuple(missing[day] for day in days)
            yield Leaves(root, folder, nodes, tuple(held), question, tuple(ranges))
            days = []
        if day is not None:
            days.append(day)


def _make_leaves(task: Leaves) -> None:
    give_back_large()
    found = of_dates(task.root, task.dates, task.question, task.ranges)
    for node, leaf in zip(task.nodes, found, strict=True):
        keep(task.folder / _hours_name(node), [leaf.hours])
        keep(task.folder / node.key, leaf.summary.arrays())


def _make_branch(task: Branch) -> None:
    found = [_read(task.folder, part) for part in task.parts]
    stretches = [stretch for stretch in found if stretch is not None]
    if len(stretches) == len(found):
        keep(task.folder / task.node.key, combine_all(stretches, task.question).arrays())


def _read(folder: Place, node: Node) -> Summary | None:
    arrays = kept(folder / node.key)
    if arrays is None:
        (folder / node.key).unlink(missing_ok=True)  # so that it is made again
        return None
    return Summary.of_arrays(arrays)
