"""What is believed of a cell's reception before anything is known of the cell: against sums cell by cell."""

import numpy as np
import pytest

from darkships.kernels.hours import COLUMNS, ROWS, cell_of
from darkships.kernels.silences import CELL_WEIGHT_H
from darkships.reception.chances import UNHEARD, UNSEEN_SHARE, near_chance

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


def test_a_cell_learns_from_its_neighbours():
    near = near_chance(*month([(HOME, 1000, 900)]))
    beside, apart = near[0, HOME + 1], near[0, HOME + 300]
    assert beside == pytest.approx(0.9, abs=0.03)
    assert apart < 0.05
    assert near[1].max() <= UNHEARD
