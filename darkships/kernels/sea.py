"""Shortest water paths over a graph of water cells (see `darkships.kernels.sea_grid`)."""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.geodesy import haversine_nm
from darkships.kernels.sea_grid import D_COLUMN, D_ROW, N_DIRECTIONS, node_xy
from darkships.units import EARTH_RADIUS_NM

SIGHT_TOLERANCE_NM = 0.03
"""How much longer than the straight way a shortest path may be for its start to count as in sight of its end."""


@kernel
def _node_position(cells: Array, place: tuple[float, float, int, int], row: int, column: int) -> tuple[float, float]:
    """Return the node's longitude and latitude; ``place`` is west_deg, south_deg, per_deg and sub."""
    x, y = node_xy(cells, row, column, place[3])
    return place[0] + x / place[2], place[1] + y / place[2]


@kernel
def _push(keys: Array, values: Array, n: int, key: float, value: int) -> None:
    while n > 0:
        parent = (n - 1) >> 1
        if keys[parent] <= key:
            break
        keys[n] = keys[parent]
        values[n] = values[parent]
        n = parent
    keys[n] = key
    values[n] = value


@kernel
def _drop_first(keys: Array, values: Array, n: int) -> None:
    """Close the gap at the root of a binary heap of n + 1 entries."""
    key = keys[n]
    value = values[n]
    hole = 0
    while 2 * hole + 1 < n:
        child = 2 * hole + 1
        if child + 1 < n and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[hole] = keys[child]
        values[hole] = values[child]
        hole = child
    keys[hole] = key
    values[hole] = value


@kernel
def _grown(array: Array) -> Array:
    out = np.empty(2 * array.size, array.dtype)
    out[: array.size] = array
    return out


@kernel
def _toward(lon1_deg: float, lat1_deg: float, lon2_deg: float, lat2_deg: float) -> tuple[float, float]:
    """Return the direction (columns, rows) on a longitude-latitude grid in which a great circle leaves a point."""
    phi1 = np.radians(lat1_deg)
    phi2 = np.radians(lat2_deg)
    d_lambda = np.radians(lon2_deg - lon1_deg)
    east = np.sin(d_lambda) * np.cos(phi2)
    north = np.cos(phi1) * np.sin(phi2) - np.sin(phi1) * np.cos(phi2) * np.cos(d_lambda)
    return east / np.cos(phi1), north


@kernel
def _direction(d_row: int, d_column: int) -> int:
    for k in range(N_DIRECTIONS):
        if D_ROW[k] == d_row and D_COLUMN[k] == d_column:
            return k
    return -1


@kernel
def _has_straight_way(
    nm: Array,
    done: Array,
    cells: Array,
    place: tuple[float, float, int, int],
    k: int,
    row: int,
    column: int,
    anchor: int,
) -> bool:
    """Tell whether the neighbour in direction k is linked, final, and at its straight distance from the anchor."""
    if not (cells[row, column] >> k) & 1 or not done[row + D_ROW[k], column + D_COLUMN[k]]:
        return False
    anchor_row, anchor_column = divmod(anchor, cells.shape[1])
    anchor_lon, anchor_lat = _node_position(cells, place, anchor_row, anchor_column)
    lon, lat = _node_position(cells, place, row + D_ROW[k], column + D_COLUMN[k])
    straight_nm = nm[anchor_row, anchor_column] + haversine_nm(anchor_lon, anchor_lat, lon, lat)
    return straight_nm <= nm[row + D_ROW[k], column + D_COLUMN[k]] + SIGHT_TOLERANCE_NM


@kernel
def _straight_nm(
    nm: Array, done: Array, cells: Array, place: tuple[float, float, int, int], row: int, column: int, anchor: int
) -> float:
    """Return the distance by a great circle to the anchor and on from there, inf if the anchor is not in sight."""
    anchor_row, anchor_column = divmod(anchor, cells.shape[1])
    anchor_lon, anchor_lat = _node_position(cells, place, anchor_row, anchor_column)
    lon, lat = _node_position(cells, place, row, column)
    east, north = _toward(lon, lat, anchor_lon, anchor_lat)
    d_row = 1 if north > 0.0 else -1
    d_column = 1 if east > 0.0 else -1
    steep = abs(north) > abs(east)
    diagonal = _direction(d_row, d_column)
    straight = _direction(d_row if steep else 0, 0 if steep else d_column)
    if not _has_straight_way(nm, done, cells, place, diagonal, row, column, anchor):
        return np.inf
    if not _has_straight_way(nm, done, cells, place, straight, row, column, anchor):
        return np.inf
    return nm[anchor_row, anchor_column] + haversine_nm(anchor_lon, anchor_lat, lon, lat)


@kernel
def sea_distances(
    cells: Array, west_deg: float, south_deg: float, per_deg: int, sub: int, start_row: int, start_column: int
) -> Array:
    """Return the length of the shortest water path from every node to the start node, inf where there is none.

    Dijkstra over 16 neighbours, whose paths can only turn by steps and come out up to 6 % too long. When a node is
    made final and both cells that bracket the way to its path's last turning point have the straight way to that
    point, so has the node: its path is straightened to the great circle (the idea of lazy Theta*: A. Nash, S. Koenig,
    C. Tovey, AAAI 2010; sight is passed on from cell to cell instead of being traced).

    Parameters
    ----------
    cells
        int32 (h, w) packed cells, row 0 in the south; no link may lead out of the array.
    west_deg, south_deg, per_deg
        Corner of the grid and cells to a degree.
    sub
        Pixels along a cell.
    start_row, start_column
        The start cell; it must have a node.

    Returns
    -------
    numpy.ndarray
        float32 (h, w) in nautical miles.

    """
    place = (west_deg, south_deg, per_deg, sub)
    n_rows, n_columns = cells.shape
    nm = np.full((n_rows, n_columns), np.inf, np.float32)
    done = np.zeros((n_rows, n_columns), np.bool_)
    parent = np.full(n_rows * n_columns, -1, np.int32)
    turn = np.full(n_rows * n_columns, -1, np.int32)
    cos_at_half = np.cos(np.radians(south_deg + np.arange(2 * sub * n_rows + 1) / (2.0 * sub * per_deg)))
    nm_per_cell = EARTH_RADIUS_NM * np.radians(1.0 / per_deg)
    keys = np.empty(4096, np.float32)
    queue = np.empty(4096, np.int32)
    start = start_row * n_columns + start_column
    nm[start_row, start_column] = 0.0
    parent[start] = turn[start] = start
    _push(keys, queue, 0, 0.0, start)
    n = 1
    while n > 0:
        cell = queue[0]
        n -= 1
        _drop_first(keys, queue, n)
        row, column = divmod(cell, n_columns)
        if done[row, column]:
            continue
        done[row, column] = True
        turn[cell] = parent[cell]
        anchor = turn[parent[cell]]
        if anchor != parent[cell]:
            straight_nm = _straight_nm(nm, done, cells, place, row, column, anchor)
            if straight_nm < np.inf:
                turn[cell] = anchor
                nm[row, column] = min(nm[row, column], straight_nm)
        x, y = node_xy(cells, row, column, sub)
        links = cells[row, column]
        for k in range(N_DIRECTIONS):
            if not (links >> k) & 1:
                continue
            row2 = row + D_ROW[k]
            column2 = column + D_COLUMN[k]
            if done[row2, column2]:
                continue
            x2, y2 = node_xy(cells, row2, column2, sub)
            d_x = (x2 - x) * cos_at_half[int((y + y2) * sub + 0.5)]
            far_nm = nm[row, column] + nm_per_cell * np.sqrt(d_x * d_x + (y2 - y) ** 2)
            if far_nm < nm[row2, column2]:
                nm[row2, column2] = far_nm
                parent[row2 * n_columns + column2] = cell
                if n == keys.size:
                    keys = _grown(keys)
                    queue = _grown(queue)
                _push(keys, queue, n, far_nm, row2 * n_columns + column2)
                n += 1
    return nm
