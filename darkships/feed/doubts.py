"""What makes a whole file doubtful: coordinates exchanged or counted round the world, numbers written another way."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from darkships.errors import FeedError
from darkships.feed.casts import Numbers, plain

_UNAVAILABLE_LON = 181.0
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
