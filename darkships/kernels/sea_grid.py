"""From fine land-mask pixels to a graph of water cells.

A cell is ``sub x sub`` pixels. Its node is one water pixel, so a strait narrower than a cell has nodes; two nodes are
linked only if the straight segment between them stays on water, so an isthmus one pixel wide has no link across.
"""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.memory import grown
from darkships.units import EARTH_RADIUS_NM

D_ROW = np.array([0, 1, 1, 2, 1, 2, 1, 1, 0, -1, -1, -2, -1, -2, -1, -1])
D_COLUMN = np.array([1, 2, 1, 1, 0, -1, -1, -2, -1, -2, -1, -1, 0, 1, 1, 2])
"""The 16 neighbours in order around a cell, from the east; direction k + 8 is the opposite of k."""

N_DIRECTIONS = 16
N_HALF = 8
NODE_SHIFT = 16
CLEAR_BIT = 24
"""A packed cell (int32): bits 0-15 linked directions, 16-23 node pixel + 1 (0: no water), 24 all of it is water."""


@kernel
def pick_nodes(water: Array, sub: int) -> Array:
    """Return for each cell 1 + the index (row * sub + column) of its water pixel nearest the middle, 0 without water.

    Parameters
    ----------
    water
        bool (h * sub, w * sub), row 0 in the south.
    sub
        Pixels along a cell, at most 15.

    Returns
    -------
    numpy.ndarray
        int32 (h, w).

    """
    n_rows = water.shape[0] // sub
    n_columns = water.shape[1] // sub
    out = np.zeros((n_rows, n_columns), np.int32)
    middle = sub // 2
    for row in range(n_rows):
        for column in range(n_columns):
            best = 2 * sub * sub
            for y in range(sub):
                for x in range(sub):
                    off_middle = (y - middle) ** 2 + (x - middle) ** 2
                    if off_middle < best and water[row * sub + y, column * sub + x]:
                        best = off_middle
                        out[row, column] = 1 + y * sub + x
    return out


@kernel
def clear_cells(sure: Array, sub: int) -> Array:
    """Return bool (h, w): every pixel of the cell is surely water."""
    n_rows = sure.shape[0] // sub
    n_columns = sure.shape[1] // sub
    out = np.ones((n_rows, n_columns), np.bool_)
    for y in range(n_rows * sub):
        for x in range(n_columns * sub):
            if not sure[y, x]:
                out[y // sub, x // sub] = False
    return out


@kernel
def only_on(mask: Array, x1: float, y1: float, x2: float, y2: float) -> bool:
    """Tell whether a straight segment, in column and row coordinates, touches only true elements of a bool array."""
    if x1 > x2:
        x1, y1, x2, y2 = x2, y2, x1, y1
    slope = (y2 - y1) / (x2 - x1) if x2 > x1 else 0.0
    for column in range(int(np.floor(x1)), int(np.floor(x2)) + 1):
        # A steep segment stays in one column: there its own ends bound it.
        y_in = y1 + slope * (max(x1, column) - x1)
        y_out = y1 + slope * (min(x2, column + 1) - x1) if x2 > x1 else y2
        for row in range(int(np.floor(min(y_in, y_out))), int(np.floor(max(y_in, y_out))) + 1):
            if not mask[row, column]:
                return False
    return True


@kernel
def _all_clear(clear: Array, row1: int, column1: int, row2: int, column2: int) -> bool:
    for row in range(min(row1, row2), max(row1, row2) + 1):
        for column in range(min(column1, column2), max(column1, column2) + 1):
            if not clear[row, column]:
                return False
    return True


@kernel
def _node_pixel(node: Array, row: int, column: int, sub: int) -> tuple[int, int]:
    pixel = node[row, column] - 1
    return column * sub + pixel % sub, row * sub + pixel // sub


@kernel
def link_cells(sure: Array, clear: Array, node: Array, sub: int) -> tuple[Array, Array]:
    """Link neighbouring nodes whose segment lies on sure water; list the pairs that need a closer look.

    Parameters
    ----------
    sure
        bool (h * sub, w * sub): all of the pixel is water.
    clear, node
        What `clear_cells` and `pick_nodes` return.
    sub
        Pixels along a cell.

    Returns
    -------
    links, doubtful
        int32 (h, w) with a bit for each linked direction; int32 (n, 3) of row, column and direction (0-7) of pairs
        whose segment touches a pixel that is not sure.

    """
    n_rows, n_columns = node.shape
    links = np.zeros((n_rows, n_columns), np.int32)
    doubtful = np.empty((1024, 3), np.int32)
    n = 0
    for row in range(n_rows):
        for column in range(n_columns):
            for k in range(N_HALF):
                row2 = row + D_ROW[k]
                column2 = column + D_COLUMN[k]
                if row2 >= n_rows or column2 < 0 or column2 >= n_columns:
                    continue
                if node[row, column] == 0 or node[row2, column2] == 0:
                    continue
                linked = _all_clear(clear, row, column, row2, column2)
                if not linked:
                    x1, y1 = _node_pixel(node, row, column, sub)
                    x2, y2 = _node_pixel(node, row2, column2, sub)
                    linked = only_on(sure, x1 + 0.5, y1 + 0.5, x2 + 0.5, y2 + 0.5)
                if linked:
                    links[row, column] |= 1 << k
                    links[row2, column2] |= 1 << (k + N_HALF)
                    continue
                if n == doubtful.shape[0]:
                    doubtful = grown(doubtful)
                doubtful[n, 0] = row
                doubtful[n, 1] = column
                doubtful[n, 2] = k
                n += 1
    return links, doubtful[:n]


@kernel
def node_xy(cells: Array, row: int, column: int, sub: int) -> tuple[float, float]:
    """Return the node's column and row coordinates in cells."""
    pixel = ((cells[row, column] >> NODE_SHIFT) & 255) - 1
    return column + (pixel % sub + 0.5) / sub, row + (pixel // sub + 0.5) / sub


@kernel
def flat_nm(x1: float, y1: float, x2: float, y2: float, south_deg: float, per_deg: int) -> float:
    """Return the distance of two points few cells apart: equirectangular at their middle latitude."""
    d_y = (y2 - y1) / per_deg
    d_x = (x2 - x1) / per_deg * np.cos(np.radians(south_deg + 0.5 * (y1 + y2) / per_deg))
    return EARTH_RADIUS_NM * np.radians(np.sqrt(d_x * d_x + d_y * d_y))
