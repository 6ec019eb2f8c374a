"""Look-ups in a sea-distance field: how far a point is, and the way."""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.sea_grid import D_COLUMN, D_ROW, N_DIRECTIONS, flat_nm, node_xy, only_on

SNAP_CELLS = 4
"""How many cells a point on mask land may lie from water: berths do, the mask is coarse."""


@kernel
def nearest_node(
    cells: Array, nm: Array, x: float, y: float, south_deg: float, per_deg: int, sub: int
) -> tuple[int, int, float]:
    """Return row and column of the nearest node with a finite distance within `SNAP_CELLS`, and how far it is.

    ``x`` and ``y`` are the point's column and row coordinates in cells; the row is -1 where there is no such node.
    """
    best_row = -1
    best_column = -1
    best_nm = np.inf
    row = int(np.floor(y))
    column = int(np.floor(x))
    for row2 in range(max(row - SNAP_CELLS, 0), min(row + SNAP_CELLS + 1, cells.shape[0])):
        for column2 in range(max(column - SNAP_CELLS, 0), min(column + SNAP_CELLS + 1, cells.shape[1])):
            if np.isfinite(nm[row2, column2]):
                node_x, node_y = node_xy(cells, row2, column2, sub)
                off_nm = flat_nm(x, y, node_x, node_y, south_deg, per_deg)
                if off_nm < best_nm:
                    best_row = row2
                    best_column = column2
                    best_nm = off_nm
    return best_row, best_column, best_nm


@kernel
def _opens_to_sea(cells: Array, seen: Array, row: int, column: int, least: int) -> bool:
    """Tell whether at least so many cells are linked to this one; marks what it has seen."""
    n_columns = cells.shape[1]
    stack = np.empty(least + N_DIRECTIONS, np.int64)
    stack[0] = row * n_columns + column
    seen[row, column] = True
    n = 1
    count = 0
    while n > 0:
        count += 1
        n -= 1
        row, column = divmod(stack[n], n_columns)
        for k in range(N_DIRECTIONS):
            row2 = row + D_ROW[k]
            column2 = column + D_COLUMN[k]
            if (cells[row, column] >> k) & 1 and not seen[row2, column2]:
                seen[row2, column2] = True
                stack[n] = row2 * n_columns + column2
                n += 1
        if count + n >= least:
            return True
    return False


@kernel
def nearest_sea(
    cells: Array, x: float, y: float, south_deg: float, per_deg: int, sub: int, limit_nm: float, least: int
) -> tuple[int, int]:
    """Return row and column of the nearest node with ``least`` cells of linked water, (-1, -1) without one in reach.

    A dock or pond that the mask cuts off from the sea is water, but no ship of the outside gets there.
    """
    seen = np.zeros(cells.shape, np.bool_)
    while True:
        best_row = -1
        best_column = -1
        best_nm = limit_nm
        for row in range(cells.shape[0]):
            if abs(row + 0.5 - y) / per_deg * 60.0 > limit_nm + 2.0:
                continue
            for column in range(cells.shape[1]):
                if cells[row, column] != 0 and not seen[row, column]:
                    node_x, node_y = node_xy(cells, row, column, sub)
                    off_nm = flat_nm(x, y, node_x, node_y, south_deg, per_deg)
                    if off_nm <= best_nm:
                        best_row = row
                        best_column = column
                        best_nm = off_nm
        if best_row < 0 or _opens_to_sea(cells, seen, best_row, best_column, least):
            return best_row, best_column


@kernel
def look_up(
    cells: Array, nm: Array, west_deg: float, south_deg: float, per_deg: int, sub: int, lon_deg: Array, lat_deg: Array
) -> Array:
    """Return the sea distance of points, NaN outside the grid and farther than `SNAP_CELLS` from water.

    The least of "to a node, and on from there" over the node of the point's cell and those linked to it (never one
    across land); on mask land over the nearest node.

    Parameters
    ----------
    cells, nm
        The packed cells and their distances (h, w).
    west_deg, south_deg, per_deg, sub
        The grid as in `sea_distances`.
    lon_deg, lat_deg
        Points (n,); longitudes of any turn.

    Returns
    -------
    numpy.ndarray
        float64 (n,) in nautical miles.

    """
    n_rows, n_columns = cells.shape
    out = np.full(lon_deg.size, np.nan, np.float64)
    for i in range(lon_deg.size):
        x = ((lon_deg[i] - west_deg) % 360.0) * per_deg
        y = (lat_deg[i] - south_deg) * per_deg
        if not (0.0 <= x < n_columns and 0.0 <= y < n_rows):
            continue
        row = int(np.floor(y))
        column = int(np.floor(x))
        if not np.isfinite(nm[row, column]):
            row, column, off_nm = nearest_node(cells, nm, x, y, south_deg, per_deg, sub)
            if row >= 0:
                out[i] = nm[row, column] + off_nm
            continue
        node_x, node_y = node_xy(cells, row, column, sub)
        best_nm = nm[row, column] + flat_nm(x, y, node_x, node_y, south_deg, per_deg)
        links = cells[row, column]
        for k in range(N_DIRECTIONS):
            if (links >> k) & 1:
                row2 = row + D_ROW[k]
                column2 = column + D_COLUMN[k]
                node_x, node_y = node_xy(cells, row2, column2, sub)
                best_nm = min(best_nm, nm[row2, column2] + flat_nm(x, y, node_x, node_y, south_deg, per_deg))
        out[i] = best_nm
    return out


@kernel
def descend(cells: Array, nm: Array, south_deg: float, per_deg: int, sub: int, row: int, column: int) -> Array:
    """Return the nodes from a cell down to the start of the field, along links only.

    Returns
    -------
    numpy.ndarray
        int64 (n, 2) of row and column.

    """
    out = np.empty((cells.size, 2), np.int64)
    out[0, 0] = row
    out[0, 1] = column
    n = 1
    while nm[row, column] > 0.0:
        x, y = node_xy(cells, row, column, sub)
        best_nm = np.inf
        best = -1
        links = cells[row, column]
        for k in range(N_DIRECTIONS):
            if (links >> k) & 1 and nm[row + D_ROW[k], column + D_COLUMN[k]] < nm[row, column]:
                x2, y2 = node_xy(cells, row + D_ROW[k], column + D_COLUMN[k], sub)
                far_nm = nm[row + D_ROW[k], column + D_COLUMN[k]] + flat_nm(x, y, x2, y2, south_deg, per_deg)
                if far_nm < best_nm:
                    best_nm = far_nm
                    best = k
        if best < 0:
            break
        row += D_ROW[best]
        column += D_COLUMN[best]
        out[n, 0] = row
        out[n, 1] = column
        n += 1
    return out[:n]


@kernel
def straighten(cells: Array, clear: Array, way: Array, sub: int) -> Array:
    """Leave out the nodes of a way (n, 2) that open water makes needless; return column and row coordinates (m, 2)."""
    out = np.empty((way.shape[0], 2), np.float64)
    i = 0
    m = 0
    while i < way.shape[0]:
        x1, y1 = node_xy(cells, way[i, 0], way[i, 1], sub)
        out[m, 0] = x1
        out[m, 1] = y1
        m += 1
        j = i + 1
        # Doubling finds a far node in sight in few looks; the farthest one is not needed.
        reach = 2
        while i + reach < way.shape[0]:
            x2, y2 = node_xy(cells, way[i + reach, 0], way[i + reach, 1], sub)
            if not only_on(clear, x1, y1, x2, y2):
                break
            j = i + reach
            reach *= 2
        i = j
    return out[:m]
