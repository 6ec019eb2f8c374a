"""Positions of a store as frames."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from darkships.positions.reading import Vessels
from darkships.positions.store import Store
from darkships.schema import to_pandas


def read_positions(
    store: Store | Path | str,
    *,
    columns: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    mmsi: Vessels | None = None,
    bbox: tuple[float, float, float, float] | None = None,
) -> pd.DataFrame:
    """Read position reports of a store into a frame, sorted by vessel and time.

    Parameters
    ----------
    store
        An open store, or its folder.
    columns
        POSITIONS columns, all by default.
    since, until
        First and last time, included; with a time zone.
    mmsi
        One vessel or several.
    bbox
        West, south, east, north in degrees. Contacts, which have no place, stay.

    Raises
    ------
    StoreError
        If there is no such store, a column is unknown, or a time has no time zone.

    Examples
    --------
    >>> import tempfile, darkships
    >>> from darkships.positions.store import Store
    >>> store = Store.open(tempfile.mkdtemp(), create=True)
    >>> len(darkships.read_positions(store, columns=["mmsi", "timestamp"]))
    0

    """
    opened = store if isinstance(store, Store) else Store.open(store, read_only=True)
    return to_pandas(opened.read(columns=columns, since=since, until=until, mmsi=mmsi, bbox=bbox))
