"""What is believed of a cell's reception before anything is known of the cell: against sums cell by cell."""

import numpy as np
import pytest

from darkships.kernels.hours import COLUMNS, ROWS, cell_of
from darkships.kernels.silences import CELL_WEIGHT_H, Day, expect
from darkships.reception.chances import UNHEARD, UNSEEN_SHARE, hours_of_month, near_chance
from darkships.reception.records import HOUR, months_of
from darkships.reception.weighing import _columns, _without

HOME = cell_of(130.1, 42.1)


def month(cells):
    """Return vessel hours there and heard, of class A in some cells."""
    counts = np.zeros((2, 2, ROWS * COLUMNS), np.int32)
    for cell, there, heard in cells:
        counts[0, 0, cell], counts[1, 0, cell] = there, heard
    return counts


def naive(counts, group, cell):
    def drawn(cells, chance):
        there, heard = (counts[k, group, cells].sum() for k in (0, 1))
        return (heard + CELL_WEIGHT_H * chance) / (there + CELL_WEIGHT_H)

    row, column = divmod(cell, COLUMNS)
    every_row, every_column = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    chance = UNHEARD
    for side in (16, 4):
        block = (every_row // side == row // side) & (every_column // side == column // side)
        chance = drawn(np.flatnonzero(block), chance)
    apart = np.minimum((every_column - column) % COLUMNS, (column - every_column) % COLUMNS)
    around = (abs(every_row - row) <= 1) & (apart <= 1) & ((every_row != row) | (apart != 0))
    return drawn(np.flatnonzero(around), UNSEEN_SHARE * chance)


def test_it_is_what_cells_around_add_up_to():
    edge = cell_of(-179.9, -89.9)
    counts = month([(HOME, 50, 40), (HOME + 1, 9, 2), (HOME + 5, 700, 650), (edge, 30, 3), (edge + COLUMNS - 1, 8, 8)])
    found = near_chance(*counts)
    for cell in (HOME, HOME + 1, HOME - COLUMNS, HOME + 5, HOME + 300, edge, edge + 1, edge + COLUMNS - 1):
        for group in (0, 1):
            assert found[group, cell] == pytest.approx(naive(counts, group, cell), rel=1e-6)


@pytest.mark.parametrize("column", [0, 15, 16, 700, 1423, 1424, 1439])
@pytest.mark.parametrize("row", [0, 15, 400, 719])
def test_around_the_only_cell_it_is_what_cells_add_up_to(row, column):
    counts = month([(row * COLUMNS + column, 50, 40)])
    found = near_chance(*counts)
    for d_row in (-17, -1, 0, 1, 17):
        for d_column in (-17, -1, 0, 1, 17):
            if 0 <= row + d_row < ROWS:
                cell = (row + d_row) * COLUMNS + (column + d_column) % COLUMNS
                assert found[0, cell] == pytest.approx(naive(counts, 0, cell), rel=1e-6)


def test_hours_that_are_taken_out_are_as_if_nobody_had_looked():
    vessels = [(HOME, 0, 3, 5, 4, 0, 0), (HOME, 0, 4, 2, 2, 0, 0), (HOME + 1, 1, 3, 7, 0, 0, 0)]
    hours = np.array(vessels, HOUR)
    off = np.array([(240 + 3, HOME, 0), (240 + 4, HOME, 0), (240 + 3, HOME + 1, 1)])
    fewer = hours.copy()
    fewer["there"] -= [1, 0, 1]  # in the second hour all were heard: nothing can have been missed
    month_of = hours_of_month(_without(months_of(hours, 10), off))
    assert (month_of.there[0, HOME], month_of.there[1, HOME + 1]) == (6, 6)  # 7 less 2 would be below those heard
    expected = hours_of_month(months_of(fewer, 10))
    for name in ("there", "heard", "near", "chance"):
        np.testing.assert_array_equal(getattr(month_of, name), getattr(expected, name))
    one = off[[0, 2]]
    days = Day.of_month(expected), Day.of_month(expected)
    for day, told in zip(days, (_without(hours, one), fewer), strict=True):
        expect(*_columns(told), expected, day)
    for mine, other in zip(*days, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-6)


def test_a_cell_learns_from_its_neighbours():
    near = near_chance(*month([(HOME, 1000, 900)]))
    beside, apart = near[0, HOME + 1], near[0, HOME + 300]
    assert beside == pytest.approx(0.9, abs=0.03)
    assert apart < 0.05
    assert near[1].max() <= UNHEARD
