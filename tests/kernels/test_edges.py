"""Where a vessel that sails on gets out of what is heard, against what can be reckoned by hand."""

import numpy as np
import pytest

from darkships.kernels import fixed
from darkships.kernels.edges import edge_hours
from darkships.kernels.hours import COLUMNS, ROWS, cell_of

CELLS = ROWS * COLUMNS
HOME = cell_of(130.1, 42.1)


def to_edge_h(heard, land, *here):
    return edge_hours(heard[None], np.zeros(here[0].size, np.int8), *map(fixed, (land, *here))).tolist()


def test_the_edge_is_where_nobody_is_heard_ahead():
    heard = np.zeros(CELLS, bool)
    row = HOME // COLUMNS * COLUMNS
    heard[row : row + COLUMNS] = True  # all round at that latitude, none north and south of it
    lon, lat = np.full(4, 130.1), np.full(4, 42.1)
    course, speed = np.array([0.0, 90.0, 0.0, np.nan]), np.array([12.0, 12.0, 1.0, 12.0])
    # From 42.1 N the cells beside the row end at 42.5 N: 24 nm, sailed in 2 h; looked for in half hours.
    sea, coast = np.zeros((2, CELLS), bool)
    coast[row + COLUMNS :] = True
    for land, hours in ((sea, 2.5), (coast, np.nan)):
        found = to_edge_h(heard, land, lon, lat, course, speed)
        assert found == pytest.approx([hours, np.nan, np.nan, np.nan], nan_ok=True)


def test_cells_beside_the_date_line_are_neighbours():
    heard = np.zeros(CELLS, bool)
    heard[cell_of(179.9, 0.1)] = True
    here = np.array([-179.9]), np.array([0.1]), np.array([90.0]), np.array([30.0])
    # The cell from 180 W is beside what is heard, the next one, from 179.75 W (9 nm on), is not: 15 nm in half an hour.
    assert to_edge_h(heard, np.zeros(CELLS, bool), *here) == [0.5]
    west = (*here[:2], np.array([270.0]), np.array([7.0]))
    # Over the cell that is heard and the one beyond it, to 179.5 E: 36 nm, sailed in 5.1 h.
    assert to_edge_h(heard, np.zeros(CELLS, bool), *west) == [5.5]


def test_each_vessel_has_the_edge_that_goes_for_it():
    near, far = np.zeros((2, CELLS), bool)
    near[HOME] = far[HOME] = far[HOME + 3 * COLUMNS] = True
    here = np.full(2, 130.1), np.full(2, 42.1), np.zeros(2), np.full(2, 12.0)
    where = map(fixed, (np.zeros(CELLS, bool), *here))
    found = edge_hours(np.stack([near, far]), np.array([1, 0], np.int8), *where)
    assert found.tolist() == [6.0, 2.5]  # from 42.1 N to 43.25 N, 69 nm, and to 42.5 N, 24 nm
