"""What was weighed before is not weighed again, unless what it was weighed by has changed."""

import numpy as np
import pytest

from darkships.kernels.hours import COLUMNS, ROWS, cell_of, cells_of
from darkships.kernels.silences import MOST, Silences
from darkships.kernels.ways import PATHS
from darkships.reception.records import HOUR, MONTH, Reception, months_of
from darkships.reception.weighing import SAME_SHARE, Weighing
from darkships.units import US_PER_DAY, US_PER_H

DAY = 19_605
"""2023-09-05."""
CELL = cell_of(130.1, 42.1)
LAND = np.zeros(ROWS * COLUMNS, np.bool_)


class Known:
    """Hours of dates, each told by a key, and what is remembered."""

    def __init__(self, heard):
        self.heard = heard
        self.kept = None

    def hours(self, day):
        """Return a busy cell of which so many vessels are heard each hour."""
        if day not in self.heard:
            return np.empty(0, HOUR)
        return np.array([(CELL, 0, hour, 20, self.heard[day], 0, 0) for hour in range(24)], HOUR)

    def key(self, day):
        return str(self.heard.get(day, ""))

    def recall(self):
        return self.kept

    def remember(self, keys, values, asked):
        self.kept = keys[asked], values[asked]

    @property
    def reception(self):
        months = np.concatenate([np.empty(0, MONTH), *(months_of(self.hours(day), day) for day in sorted(self.heard))])
        return Reception.empty()._replace(months=months)


def silences(*spans, is_off=False):
    """Return silences from one (day, hour) to another, of vessels that stay."""
    times = np.array([[(DAY + d) * US_PER_DAY + round(h * US_PER_H) for d, h in span] for span in spans])
    size = len(spans)
    at = [np.full(size, place) for place in (130.1, 42.1)]
    alike = np.zeros(size, np.int8), np.full(size, 12.0)
    return Silences(*times.T, *alike, times[:, 0], *at, times[:, 1], *at, np.zeros(size), np.full(size, is_off))


class Counting(Weighing):
    """Counts the silences that are weighed."""

    count = 0

    def _weighed(self, of, off, paths):
        Counting.count += of.off_us.size
        return super()._weighed(of, off, paths)


class Corners(Known):
    """A sea heard well but in two corners: the north of its west, and of its east the same or the opposite one."""

    def __init__(self, *, opposite):
        super().__init__(dict.fromkeys(range(DAY, DAY + 4), int(opposite)))
        lon, lat = (grid.ravel() for grid in np.meshgrid(np.arange(126.1, 138.0, 0.25), np.arange(36.1, 48.0, 0.25)))
        is_deaf = np.where(lon < 132.0, lat > 42.25, lat < 42.0 if opposite else lat > 42.25)
        self.cells, self.n_heard = cells_of(lon, lat), np.where(is_deaf, 0, 20)

    def hours(self, day):
        """Return twenty vessels in each cell, each hour."""
        if day not in self.heard:
            return np.empty(0, HOUR)
        found = np.zeros(24 * self.cells.size, HOUR)
        found["cell"], found["hour"] = np.tile(self.cells, 24), np.repeat(np.arange(24), self.cells.size)
        found["there"], found["heard"] = 20, np.tile(self.n_heard, 24)
        return found


@pytest.mark.parametrize("opposite", [True, False])
def test_a_vessel_can_leave_one_way_and_come_back_another(opposite):
    of = silences(((0, 3.0), (2, 20.0)))._replace(to_lon=np.array([134.1]))
    _, heard, log_missed, log_fair = weighed(Corners(opposite=opposite), of)[1][4:, 0]
    assert log_fair > 2.0 * np.log(1.0 - MOST) - 0.2  # an hour at either end is heard
    assert log_missed > log_fair + np.log(SAME_SHARE / 3**2 / 16**2)
    assert heard > 24.0  # on most ways


def test_a_vessel_can_lie_behind_the_edge_of_what_is_heard():
    of = silences(((0, 3.0), (1, 20.0)))._replace(max_kn=np.array([60.0]))  # other ways lead out of the deaf corner
    of = of._replace(from_lat=np.array([42.15]), to_lat=np.array([42.15]))  # 15 nm north is beyond a cell's middle
    known = Corners(opposite=False)
    deaf = [cell_of(lon, lat) for lon in (129.8, 130.1, 130.3) for lat in (42.3, 42.6)]
    known.n_heard = np.where(np.isin(known.cells, deaf), 0, 20)
    assert weighed(known, of)[1][-1, -1] > -3.0


def weighed(known, of):
    """Weigh silences along the direct and all paths; return how many were weighed anew, and what was found."""
    Counting.count = 0
    weighing = Counting(known.reception, known, LAND)
    found = [np.stack(weighing.weigh(of, paths)) for paths in (1, PATHS)]
    weighing.remember()
    return Counting.count, np.concatenate(found)


EARLY, LATE, LONG = ((0, 3.0), (0, 9.5)), ((2, 1.0), (3, 4.0)), ((0, 7.0), (30, 5.0))


def test_a_night_weighs_what_is_new():
    known = Known({DAY + day: 15 for day in range(4)})
    both = weighed(known, silences(EARLY, LATE))
    again = weighed(known, silences(EARLY, LATE, ((2, 5.0), (2, 8.0))))
    assert (both[0], again[0]) == (4, 2)
    np.testing.assert_array_equal(again[1][:, :2], both[1])
    fresh = Known(known.heard)
    assert weighed(fresh, silences(EARLY, LATE, ((2, 5.0), (2, 8.0))))[1].tobytes() == again[1].tobytes()


@pytest.mark.parametrize(
    ("day", "anew"),
    [(DAY - 3, 6), (DAY, 6), (DAY + 30, 2), (DAY + 15, 6)],  # each date is weighed beside its month
)
def test_what_a_changed_date_bears_on_is_weighed_anew(day, anew):
    known = Known({DAY + offset: 15 for offset in range(-3, 31)})
    of = silences(EARLY, LATE, LONG)
    weighed(known, of)
    known.heard = known.heard | {day: 3}
    count, found = weighed(known, of)
    assert count == anew
    assert found.tobytes() == weighed(Known(known.heard), of)[1].tobytes()


def test_what_is_found_switched_off_bears_on_its_month_only():
    known = Known({DAY + offset: 15 for offset in range(32)})
    on, off = silences(EARLY, ((30, 2.0), (30, 9.0))), silences(LATE)
    both = Silences(*(np.concatenate(columns) for columns in zip(on, off, strict=True)))
    weighed(known, both)
    count, found = weighed(known, both._replace(is_off=np.array([False, False, True])))
    assert count == 4  # the one in October is known
    np.testing.assert_array_equal(found[:, 1], weighed(Known(known.heard), both)[1][:, 1])
    assert (found[2, [0, 2]] != weighed(Known(known.heard), both)[1][2, [0, 2]]).all()


def test_silences_that_are_alike_are_weighed_once_and_none_is_no_error():
    known = Known({DAY: 15})
    count, found = weighed(known, silences(EARLY, EARLY))
    assert count == 2
    np.testing.assert_array_equal(found[:, 0], found[:, 1])
    assert weighed(known, Silences(*(column[:0] for column in silences(EARLY))))[0] == 0
    assert known.kept[0].size == 0  # nobody asked for the others


def test_dates_of_which_nothing_is_known_tell_nothing():
    known = Known({DAY: 15})
    found = weighed(known, silences(((40, 1.0), (40, 9.0))))[1]
    np.testing.assert_array_equal(found[:4, 0], np.zeros(4))
