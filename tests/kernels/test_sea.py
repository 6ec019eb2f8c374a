import heapq
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkships.kernels import fixed
from darkships.kernels.geodesy import haversine_nm
from darkships.kernels.sea import sea_distances
from darkships.kernels.sea_grid import (
    CLEAR_BIT,
    D_COLUMN,
    D_ROW,
    NODE_SHIFT,
    clear_cells,
    link_cells,
    only_on,
    pick_nodes,
)
from darkships.kernels.sea_look_up import descend, look_up, nearest_sea, straighten
from darkships.units import EARTH_RADIUS_NM

WEST, SOUTH, PER_DEG = 10.0, 50.0, 60


def grid_of(water, sub):
    """Pack a pixel mask (all of it sure) as the tiles are packed."""
    clear, node = clear_cells(water, sub), pick_nodes(water, sub)
    links, _ = link_cells(water, clear, node, sub)
    return fixed(links | node << NODE_SHIFT | clear.astype(np.int32) << CLEAR_BIT)


def node_xy(cells, row, column, sub):
    pixel = (int(cells[row, column]) >> NODE_SHIFT & 255) - 1
    return column + (pixel % sub + 0.5) / sub, row + (pixel // sub + 0.5) / sub


def neighbours(cells, row, column):
    return {k: (row + int(D_ROW[k]), column + int(D_COLUMN[k])) for k in range(16) if int(cells[row, column]) >> k & 1}


def flat_nm(a, b):
    middle = math.radians(SOUTH + (a[1] + b[1]) / 2 / PER_DEG)
    return EARTH_RADIUS_NM * math.radians(math.hypot((b[0] - a[0]) * math.cos(middle), b[1] - a[1]) / PER_DEG)


def naive_distances(cells, sub, start, *, fronts):
    """Dijkstra with a heapq; a front between two final neighbours is minimised by trying many points of it."""
    nm, done, queue = {start: 0.0}, set(), [(0.0, start)]
    while queue:
        _, here = heapq.heappop(queue)
        if here in done:
            continue
        done.add(here)
        for cell in neighbours(cells, *here).values():
            if cell in done:
                continue
            at = node_xy(cells, *cell, sub)
            ring = neighbours(cells, *cell)
            k = next(k for k, other in ring.items() if other == here)
            at1 = node_xy(cells, *here, sub)
            best = nm[here] + flat_nm(at, at1)
            for k2 in ((k + 1) % 16, (k - 1) % 16) if fronts else ():
                if ring.get(k2) in done:
                    at2, nm2 = node_xy(cells, *ring[k2], sub), nm[ring[k2]]
                    for s in np.linspace(0.0, 1.0, 41):
                        between = (at1[0] + s * (at2[0] - at1[0]), at1[1] + s * (at2[1] - at1[1]))
                        best = min(best, nm[here] + s * (nm2 - nm[here]) + flat_nm(at, between))
            if best < nm.get(cell, math.inf):
                nm[cell] = best
                heapq.heappush(queue, (best, cell))
    return nm


masks = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 4]), st.floats(0.55, 1.0))


def random_case(seed, sub, share):
    rng = np.random.default_rng(seed)
    blocks = rng.random((9, 11)) < share
    water = blocks.repeat(sub, 0).repeat(sub, 1)
    water ^= rng.random(water.shape) < 0.05
    cells = grid_of(water, sub)
    starts = np.argwhere(cells != 0)
    return water, cells, tuple(int(v) for v in starts[rng.integers(len(starts))]) if len(starts) else None


@settings(max_examples=25, deadline=None)
@given(masks)
def test_distances_equal_the_naive_reference(case):
    _, cells, start = random_case(*case)
    if start is None:
        return
    nm = sea_distances(cells, SOUTH, PER_DEG, case[1], *start)
    naive = naive_distances(cells, case[1], start, fronts=True)
    steps = naive_distances(cells, case[1], start, fronts=False)
    for cell in np.ndindex(nm.shape):
        assert nm[cell] == pytest.approx(naive.get(cell, math.inf), abs=2e-2, rel=2e-3)
        assert nm[cell] <= 1.001 * steps.get(cell, math.inf) + 1e-3


@pytest.mark.parametrize(("south", "start"), [(0.0, (3, 4)), (55.0, (30, 50)), (-72.0, (50, 10))])
def test_open_water_is_the_great_circle(south, start):
    sub = 4
    cells = grid_of(np.ones((60 * sub, 60 * sub), bool), sub)
    nm = sea_distances(cells, south, PER_DEG, sub, *start)
    x0, y0 = node_xy(cells, *start, sub)
    for row, column in np.ndindex(nm.shape):
        x, y = node_xy(cells, row, column, sub)
        truth = haversine_nm(x0 / PER_DEG, south + y0 / PER_DEG, x / PER_DEG, south + y / PER_DEG)
        assert -0.01 <= nm[row, column] - truth <= min(0.1 + 0.015 * truth, 0.5)


def test_around_a_headland_is_two_straight_legs():
    sub = 1
    water = np.ones((80, 80), bool)
    water[:50, 40] = False  # a wall from the south, its tip at row 49
    cells = grid_of(water, sub)
    nm = sea_distances(cells, SOUTH, PER_DEG, sub, 10, 20)
    tip = (40.5, 50.5)
    truth = flat_nm((20.5, 10.5), tip) + flat_nm(tip, (60.5, 15.5))
    assert nm[15, 60] == pytest.approx(truth, rel=0.015)
    assert nm[15, 60] > 1.9 * flat_nm((20.5, 10.5), (60.5, 15.5))


def strait(rows, sub):
    water = np.zeros((6 * sub, 10 * sub), bool)
    water[:, : 3 * sub] = water[:, 7 * sub :] = True
    water[rows, :] = True
    return water


def isthmus(columns, sub):
    water = np.ones((6 * sub, 10 * sub), bool)
    water[:, columns] = False
    return water


@pytest.mark.parametrize(
    ("water", "is_open"),
    [
        (strait(slice(8, 12), 4), True),
        (strait(slice(10, 12), 4), True),
        (strait(slice(11, 12), 4), False),  # a quarter of a cell: ships do not pass, the mask errs by as much
        (isthmus(slice(20, 24), 4), False),
        (isthmus(slice(21, 22), 4), False),
        (strait(slice(2, 3), 1), True),
        (isthmus(slice(5, 6), 1), False),
    ],
)
def test_a_strait_of_one_cell_is_open_and_an_isthmus_of_one_pixel_closed(water, is_open):
    sub = water.shape[0] // 6
    nm = sea_distances(grid_of(water, sub), SOUTH, PER_DEG, sub, 2, 1)
    assert np.isfinite(nm[2, 9]) == is_open


@settings(max_examples=25, deadline=None)
@given(masks)
def test_links_cross_water_only_and_are_mutual(case):
    water, cells, _ = random_case(*case)
    sub = case[1]
    for row, column in np.argwhere(cells != 0).tolist():
        x1, y1 = node_xy(cells, row, column, sub)
        for k, (row2, column2) in neighbours(cells, row, column).items():
            assert int(cells[row2, column2]) >> ((k + 8) % 16) & 1
            x2, y2 = node_xy(cells, row2, column2, sub)
            share = np.linspace(0.0, 1.0, 101)
            xs, ys = (x1 + (x2 - x1) * share) * sub, (y1 + (y2 - y1) * share) * sub
            assert water[np.floor(ys).astype(int), np.floor(xs).astype(int)].all()


@pytest.mark.parametrize("sub", [1, 3, 4])
def test_a_node_is_the_water_pixel_nearest_the_middle(sub):
    rng = np.random.default_rng(7)
    water = rng.random((5 * sub, 6 * sub)) < 0.4
    node = pick_nodes(water, sub)
    for row, column in np.ndindex(node.shape):
        block = water[row * sub : (row + 1) * sub, column * sub : (column + 1) * sub]
        wet = [(y, x) for y, x in np.ndindex(block.shape) if block[y, x]]
        assert (node[row, column] == 0) == (not wet)
        if wet:
            off = {(y, x): (y - sub // 2) ** 2 + (x - sub // 2) ** 2 for y, x in wet}
            assert off[divmod(int(node[row, column]) - 1, sub)] == min(off.values())


@given(st.tuples(*[st.floats(0.01, 5.99)] * 4), st.integers(0, 2**32 - 1))
def test_only_on_sees_every_element_that_a_segment_touches(ends, seed):
    x1, y1, x2, y2 = ends
    mask = np.random.default_rng(seed).random((6, 6)) < 0.8
    share = np.linspace(0.0, 1.0, 400)
    touched = mask[np.floor(y1 + (y2 - y1) * share).astype(int), np.floor(x1 + (x2 - x1) * share).astype(int)]
    if only_on(mask, x1, y1, x2, y2):
        assert touched.all()
    assert only_on(np.ones((6, 6), np.bool_), x1, y1, x2, y2)


def shore_case():
    """A wall from the south at column 20, its tip at row 29; land in the east; a pond in it."""
    sub = 2
    blocks = np.ones((40, 40), bool)
    blocks[:30, 20] = False
    blocks[:, 34:] = False
    blocks[5, 37] = True
    cells = grid_of(blocks.repeat(sub, 0).repeat(sub, 1), sub)
    return cells, sub, fixed(sea_distances(cells, SOUTH, PER_DEG, sub, 10, 10))


def find(cells, sub, nm, x, y, turn=0.0):
    lon, lat = fixed(np.array([WEST + x / PER_DEG + turn])), fixed(np.array([SOUTH + y / PER_DEG]))
    return float(look_up(cells, nm, WEST, SOUTH, PER_DEG, sub, lon, lat)[0])


@pytest.mark.parametrize(("x", "y"), [(12.3, 14.9), (19.2, 4.4), (21.7, 4.4), (30.05, 38.9), (0.1, 0.1)])
def test_a_look_up_is_the_way_over_a_node_in_sight(x, y):
    cells, sub, nm = shore_case()
    cell = (int(y), int(x))
    nodes = [cell, *neighbours(cells, *cell).values()]
    truth = min(float(nm[node]) + flat_nm((x, y), node_xy(cells, *node, sub)) for node in nodes)
    assert find(cells, sub, nm, x, y) == pytest.approx(truth, abs=1e-4)
    assert find(cells, sub, nm, x, y, turn=360.0) == pytest.approx(truth, abs=1e-4)


def test_a_look_up_keeps_to_its_side_of_a_wall():
    cells, sub, nm = shore_case()
    assert find(cells, sub, nm, 19.9, 2.5) < 15.0
    assert find(cells, sub, nm, 21.1, 2.5) > 45.0


def test_a_look_up_snaps_to_water_near_by_and_tells_nothing_elsewhere():
    cells, sub, nm = shore_case()
    assert find(cells, sub, nm, 36.9, 20.5) > find(cells, sub, nm, 33.5, 20.5)
    for x, y in ((39.9, 20.5), (-0.1, 5.0), (40.1, 5.0), (5.0, -0.1), (5.0, 40.1), (math.nan, 5.0), (5.0, math.nan)):
        assert math.isnan(find(cells, sub, nm, x, y))


def test_the_way_down_follows_links_and_stays_on_water_when_straightened():
    cells, sub, nm = shore_case()
    way = descend(cells, nm, SOUTH, PER_DEG, sub, 5, 30)
    assert way[0].tolist() == [5, 30]
    assert way[-1].tolist() == [10, 10]
    for (row, column), (row2, column2) in zip(way[:-1].tolist(), way[1:].tolist(), strict=True):
        assert (row2, column2) in neighbours(cells, row, column).values()
    clear = (cells >> CLEAR_BIT & 1).astype(bool)
    straight = straighten(cells, clear, way, sub)
    assert len(straight) < len(way) / 2
    length = sum(flat_nm(a, b) for a, b in itertools.pairwise(straight))
    assert length == pytest.approx(float(nm[5, 30]), rel=0.03)
    for a, b in itertools.pairwise(straight):
        share = np.linspace(0.0, 1.0, 300)
        xs, ys = a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
        assert (cells[np.floor(ys).astype(int), np.floor(xs).astype(int)] != 0).all()


def test_the_nearest_sea_is_no_pond():
    cells, sub, _ = shore_case()
    assert nearest_sea(cells, 37.4, 5.4, SOUTH, PER_DEG, sub, 5.0, 1) == (5, 37)
    assert nearest_sea(cells, 37.4, 5.4, SOUTH, PER_DEG, sub, 5.0, 50) == (5, 33)
    assert nearest_sea(cells, 39.9, 5.4, SOUTH, PER_DEG, sub, 1.0, 50) == (-1, -1)
