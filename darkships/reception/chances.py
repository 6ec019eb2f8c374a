"""What the sea around says of reception where little is known of a cell itself."""

import numpy as np

from darkships.kernels import Array
from darkships.kernels.hours import COLUMNS, ROWS
from darkships.kernels.silences import CLASS_A, OTHER_THAN_27, TILE_CELLS, Month, shrunk
from darkships.reception.records import Records

WIDE_CELLS = 16
"""So many each way are what is known of the sea around."""

UNHEARD, UNSEEN_SHARE = 0.02, 0.5
"""Chance an hour where nobody was ever heard; and of that around, what is believed where nobody is known to sail."""


def hours_of_month(months: Records) -> Month:
    """Return the vessel hours of a month's records, by group and cell; without long-range messages of two groups.

    A negative ``there`` takes away; of a cell never fewer are left than were heard.
    """
    groups = 3 if months["long_range"].any() else 2
    months = by_group(months, groups)
    there, heard = np.zeros((2, groups * ROWS * COLUMNS), np.int32)
    place = months["of_b"].astype(np.int64) * (ROWS * COLUMNS) + months["cell"]
    for counts, name in ((there, "there"), (heard, "heard")):
        np.add.at(counts, place, months[name].astype(np.int32))
    there[place] = np.maximum(there[place], heard[place])
    there, heard = there.reshape(groups, -1), heard.reshape(groups, -1)
    near = near_chance(there, heard)
    chance = near.copy()  # where no vessel hours are
    chance.flat[place] = shrunk(heard.flat[place], there.flat[place], near.flat[place])
    return Month(there, heard, near, chance)


def by_group(records: Records, groups: int) -> Records:
    """Return HOUR or MONTH records of each group in ``of_b``: of the third, class A but for long-range messages."""
    if groups == 2:
        return records
    other = records[records["of_b"] == CLASS_A]
    other["of_b"], other["heard"] = OTHER_THAN_27, other["heard"] - other["long_range"]
    return np.concatenate([records, other])


def near_chance(there: Array, heard: Array) -> Array:
    """Return for each cell (groups, cells) the chance an hour that the eight cells around, and the sea around, suggest.

    Parameters
    ----------
    there, heard
        Arrays (groups, cells): vessel hours of a month.

    """
    near = np.full((len(there), ROWS, COLUMNS), shrunk(0.0, 0.0, UNSEEN_SHARE * UNHEARD), np.float32)
    for group in np.flatnonzero(there.any(axis=1)):
        box = _box(np.flatnonzero(there[group]))
        counts = [array[group].reshape(ROWS, COLUMNS)[box] for array in (heard, there)]
        heard_wide, there_wide = (_blocks(array, WIDE_CELLS) for array in counts)
        heard_tile, there_tile = (_blocks(array, TILE_CELLS) for array in counts)
        chance = shrunk(heard_tile, there_tile, shrunk(heard_wide, there_wide, UNHEARD))
        heard_near, there_near = (_around(array) for array in counts)
        near[group][box] = shrunk(heard_near, there_near, UNSEEN_SHARE * chance)
    return near.reshape(-1, ROWS * COLUMNS)


def _box(cells: Array) -> tuple[slice, slice]:
    """Return the rows and columns of the wide blocks of cells (k,) and of those beside them."""
    row, column = cells // COLUMNS // WIDE_CELLS, cells % COLUMNS // WIDE_CELLS
    low, high = max(row.min() - 1, 0), min(row.max() + 2, ROWS // WIDE_CELLS)
    left, right = column.min() - 1, column.max() + 2
    if left < 0 or right > COLUMNS // WIDE_CELLS:  # columns go round
        left, right = 0, COLUMNS // WIDE_CELLS
    return slice(low * WIDE_CELLS, high * WIDE_CELLS), slice(left * WIDE_CELLS, right * WIDE_CELLS)


def _blocks(cells: Array, side: int) -> Array:
    """Return for each cell (rows, columns) the sum over its block of so many cells each way."""
    rows, columns = cells.shape
    sums: Array = cells.reshape(rows // side, side, columns // side, side).sum(axis=(1, 3))
    return sums.repeat(side, axis=0).repeat(side, axis=1)


def _around(cells: Array) -> Array:
    """Return for each cell (rows, columns) the sum over the eight around; columns go round."""
    rows = cells.copy()
    rows[1:] += cells[:-1]
    rows[:-1] += cells[1:]
    around: Array = rows + np.roll(rows, 1, axis=1) + np.roll(rows, -1, axis=1) - cells
    return around
