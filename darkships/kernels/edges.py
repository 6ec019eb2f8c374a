"""The edge of what is heard: where a vessel that sails on gets out of it."""

import numpy as np

from darkships.kernels import Array, kernel
from darkships.kernels.geodesy import destination
from darkships.kernels.hours import COLUMNS, ROWS, cell_of

EDGE_H, LEAST_KN = 6, 3.0
"""So far ahead the edge of what is heard is looked for; what is slower is not under way."""


@kernel
def edge_hours(
    heard: Array, of: Array, land: Array, lon: Array, lat: Array, course_deg: Array, speed_kn: Array
) -> Array:
    """Return the hours (g,) in which a vessel that sails on comes where nobody is heard, NaN if it does not in six.

    Parameters
    ----------
    heard
        Bool (n, cells): somebody was heard there.
    of
        Integers (g,): which of these goes for each vessel.
    land
        Bool (cells,): there is no water in it: who comes to the coast has left nothing.
    lon, lat, course_deg, speed_kn
        Arrays (g,): where it is and how it sails; NaN where that is not known.

    """
    near = np.zeros(heard.shape, np.bool_)
    for n in range(len(heard)):
        near[n] = _or_beside(heard[n])
    out = np.full(lon.size, np.nan)
    for g in range(lon.size):
        if not speed_kn[g] >= LEAST_KN or np.isnan(course_deg[g]):
            continue
        for step in range(1, 2 * EDGE_H + 1):
            cell = cell_of(*destination(lon[g], lat[g], course_deg[g], 0.5 * step * speed_kn[g]))
            if land[cell]:
                break
            if not near[of[g], cell]:
                out[g] = 0.5 * step
                break
    return out


@kernel
def _or_beside(cells: Array) -> Array:
    """Return bools (cells,): whether this is so of a cell or of one of the eight around."""
    near = np.zeros(cells.size, np.bool_)
    for cell in np.flatnonzero(cells):
        row, column = cell // COLUMNS, cell % COLUMNS
        for d_row in range(-1, 2):
            for d_column in range(-1, 2):
                if 0 <= row + d_row < ROWS:
                    near[(row + d_row) * COLUMNS + (column + d_column) % COLUMNS] = True
    return near
