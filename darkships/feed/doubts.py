"""What makes a whole file doubtful: coordinates exchanged or counted round the world, other decimals, other units."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from darkships.errors import FeedError
from darkships.feed.casts import Numbers, plain
from darkships.kernels import fixed
from darkships.kernels.geodesy import haversine_nm_many
from darkships.units import M_PER_NM, S_PER_H, US_PER_H, US_PER_S

_UNAVAILABLE_LON = 181.0

_SPEED_UNITS = {"sog_ms": M_PER_NM / S_PER_H, "sog_kmh": M_PER_NM / 1000.0, "sog_kn10": 10.0}
"""Names for the speed in a map, and how many of the unit are a knot."""

_ALIKE = 0.08
"""Share by which what ships report differs from what they make good between reports."""

_LEAST_PAIRS, _APART_US, _SAILING_KN = 100, (10 * US_PER_S, 600 * US_PER_S), (4.0, 40.0)
"""Fewer pairs of reports tell no unit; so far apart in time they tell a speed, and so fast a ship sails."""

_LEAST_REPORTS, _STILL_KN, _STILL_SHARE = 10_000, 0.5, 0.02
"""Of so many reports a larger share is slower wherever ships at rest are told of: most lie still most of the time."""

_COMMA = r"^\s*[+-]?\d+,\d+\s*$"


@dataclass
class Doubts:
    """Adds up over a stream; more than half of the rows with a position decide."""

    where: str
    rows: int = 0
    swapped: int = 0
    eastward: int = 0
    commas: int = 0

    def look(self, lat: Numbers, lon: Numbers, lat_column: pa.Array, decimal: str) -> None:
        """Take some rows into account.

        Raises
        ------
        FeedError
            When most rows so far have latitude and longitude exchanged, longitudes east of 180, or decimal commas.

        """
        beyond = (np.abs(lat.values) > 90) & (np.abs(lat.values) <= 180) & (np.abs(lon.values) <= 90)
        beyond &= np.abs(lat.values) != 91
        self.rows += int((~np.isnan(lat.values) | lat.unreadable).sum())
        self.swapped += int(beyond.sum())
        if beyond.any() and self.swapped * 2 > self.rows:
            at = int(np.flatnonzero(beyond)[0])
            raise FeedError(
                f"{self.where}: latitude and longitude seem exchanged: {self.swapped:,} of {self.rows:,} rows have "
                f"a latitude beyond 90 degrees (latitude {lat.values[at]:g}, longitude {lon.values[at]:g}); name the "
                "columns with --map mmsi=...,timestamp=...,lat=COLUMN,lon=COLUMN"
            )
        self.eastward += int(((lon.values > _UNAVAILABLE_LON) & (lon.values <= 360)).sum())
        if self.eastward * 2 > self.rows:
            raise FeedError(
                f"{self.where}: longitudes seem counted eastward from 0 to 360 degrees: {self.eastward:,} of "
                f"{self.rows:,} rows lie beyond 180 (up to {np.nanmax(lon.values):g}); expected -180 to 180. Take 360 "
                "from those beyond 180"
            )
        if decimal == "." and lat.unreadable.any():
            self._look_for_commas(plain(lat_column))

    def _look_for_commas(self, lat_column: pa.Array) -> None:
        if not pa.types.is_string(lat_column.type):
            return
        texts = lat_column.filter(pc.fill_null(pc.match_substring_regex(lat_column, _COMMA), fill_value=False))
        self.commas += len(texts)
        if len(texts) and self.commas * 2 > self.rows:
            raise FeedError(
                f"{self.where}: latitude {texts[0].as_py()!r} is written with a decimal comma, in {self.commas:,} of "
                f"{self.rows:,} rows; expected decimal points. Export the file with points, or name the columns with "
                "--map and add decimal=comma to it"
            )


def doubtful_rest(sog_kn: pa.ChunkedArray) -> dict[str, int]:
    """Return what to tell the user if hardly any ship lies still, though many reports tell a speed; and how many do."""
    told = sog_kn.drop_null().to_numpy()
    if told.size < _LEAST_REPORTS or np.mean(told < _STILL_KN) >= _STILL_SHARE:
        return {}
    text = f"hardly any ship lies still (below {_STILL_KN} kn): if reports of ships at rest were left out, silences at "
    return {text + "berths look like transmitters that were switched off; take in all reports": int(told.size)}


def doubtful_speeds(positions: pa.Table) -> dict[str, int]:
    """Return what to tell the user if ships report speeds in another unit than knots, and of how many reports.

    Parameters
    ----------
    positions
        With the columns of POSITIONS, in any order; of a vessel's consecutive reports the speed is compared
        with that made good between them.

    """
    told = positions.select(["mmsi", "timestamp", "lon", "lat", "sog"]).drop_null()
    told = told.sort_by([("mmsi", "ascending"), ("timestamp", "ascending")])
    mmsi, us = (np.diff(pc.cast(told[name], pa.int64()).to_numpy()) for name in ("mmsi", "timestamp"))
    lon, lat, sog_kn = (told[name].to_numpy() for name in ("lon", "lat", "sog"))
    pairs = np.flatnonzero((mmsi == 0) & (us >= _APART_US[0]) & (us <= _APART_US[1]))
    ends = (fixed(place[rows]) for rows in (pairs, pairs + 1) for place in (lon, lat))
    made_kn = haversine_nm_many(*ends) * US_PER_H / us[pairs]
    sailing = (made_kn >= _SAILING_KN[0]) & (made_kn <= _SAILING_KN[1])
    pairs, made_kn = pairs[sailing], made_kn[sailing]
    if pairs.size < _LEAST_PAIRS:
        return {}
    ratio = float(np.median((sog_kn[pairs] + sog_kn[pairs + 1]) / 2.0 / made_kn))
    text = "speeds are {:.2f} times those made good from report to report: they seem to be no knots; if so, read the "
    text += "file into a new store with --map and {}=COLUMN in it"
    units = [name for name, per_kn in _SPEED_UNITS.items() if abs(ratio / per_kn - 1.0) < _ALIKE]
    return {text.format(ratio, name): int(pairs.size) for name in units}
