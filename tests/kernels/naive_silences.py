"""What hours tell of one silence, reckoned hour by hour, way by way, as it is defined."""

import numpy as np

from darkships.kernels.hours import CELLS_PER_DEG, COLUMNS, HOURS, cell_of
from darkships.kernels.silences import CELL_WEIGHT_H, MOST, TILE_WEIGHT_H, off_hours, tile_of
from darkships.kernels.ways import LOOKED_AT_H, looked_at, place_on, turn_of
from darkships.units import US_PER_H


def weigh(dates, of, month, land, path):
    """Return log_missed, log_missed_alone and heard_h (2) by half, and whether a path leads over land (2).

    ``dates`` are (clock hours, Day), ``of`` is one silence.
    """
    ends = of.from_us[0], of.from_lon[0], of.from_lat[0], of.to_us[0], of.to_lon[0], of.to_lat[0]
    from_h, to_h = ends[0] / US_PER_H, ends[3] / US_PER_H
    own = {} if of.is_off[0] else {h: c for h, c, _ in off_hours(of._replace(is_off=np.array([True]))).tolist()}
    turn = turn_of(path, *ends, of.max_kn[0])
    log_missed, alone, heard_h, is_closed = np.zeros(2), np.zeros(2), np.zeros(2), [False, False]
    for hours, day in dates:
        for hour in hours.tolist():
            share = looked_at(of.off_us[0], of.until_us[0], bool(of.to_us[0] >= 0), hour)
            if not share:
                continue
            half = int(to_h - from_h > 2 * LOOKED_AT_H and hour + 0.5 - from_h > LOOKED_AT_H)
            lon, lat = place_on(from_h, *ends[1:3], to_h, *ends[4:], turn, hour)
            is_closed[half] |= bool(path > 0 and land[cell_of(lon, lat)])
            chance = _chance(month, day, own, lon, lat, hour)
            if day.feed_heard[hour % HOURS] > 0:
                log_missed[half] += share * np.log1p(-chance)
                heard_h[half] += share * chance
            else:
                alone[half] += share * np.log1p(-chance)
            is_last_out = (hour + 1) * US_PER_H >= of.off_us[0] + LOOKED_AT_H * US_PER_H > hour * US_PER_H
            is_first_back = hour * US_PER_H <= of.until_us[0] - LOOKED_AT_H * US_PER_H < (hour + 1) * US_PER_H
            usual = min(float(month.chance[0, cell_of(lon, lat)]), MOST)
            log_missed[half] += of.middle_h[0] * (int(is_last_out) + int(is_first_back)) * np.log1p(-usual)
    return log_missed, alone, heard_h, is_closed


def _chance(month, day, own, lon, lat, hour):
    """Return the chance at a place: between the middles of cells those of four, its own cell without ``own``."""
    x, y = (lon + 180) * CELLS_PER_DEG - 0.5, (lat + 90) * CELLS_PER_DEG - 0.5
    left, below, cell, chance = int(np.floor(x)), int(np.floor(y)), cell_of(lon, lat), 0.0
    of_cell = _chance_without(month, day, own, cell, hour)
    for row in (below, below + 1):
        for column in (left, left + 1):
            at = row * COLUMNS + column
            weight = (1 - abs(x - column)) * (1 - abs(y - row))
            chance += weight * (of_cell if at == cell else float(day.chance[0, at]))
    tile = tile_of(cell)
    expected, heard = day.tile[tile, hour % HOURS].astype(float)
    if hour in own and tile_of(own[hour]) == tile:
        expected = max(expected - of_cell, 0.0)
    return min(chance * (heard + TILE_WEIGHT_H) / (expected + TILE_WEIGHT_H), MOST)


def _chance_without(month, day, own, cell, hour):
    in_month = sum(own[h] == cell for h in own)
    if not in_month:
        return float(day.chance[0, cell])
    on_date = sum(own[h] == cell and h // HOURS == hour // HOURS for h in own)
    chance = float(month.near[0, cell])
    for counts, less in ((month, in_month), (day, on_date)):
        heard = int(counts.heard[0, cell])
        there = max(int(counts.there[0, cell]) - less, heard)
        chance = (heard + CELL_WEIGHT_H * chance) / (there + CELL_WEIGHT_H)
    return chance
