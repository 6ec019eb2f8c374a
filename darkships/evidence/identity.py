"""Who a vessel says it is: flag state of its MMSI, check digit of its IMO number, last identity it transmitted."""

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from darkships.errors import DarkshipsError
from darkships.kernels.identity import imo_check_digit_ok
from darkships.resources import data_dir

_LAST_SAID = ["imo", "name", "callsign", "ship_type", "length_m"]


def flag_state(mmsi: npt.ArrayLike) -> pd.DataFrame:
    """Look up the flag state that an MMSI's identification digits (MID) name.

    Parameters
    ----------
    mmsi
        Integers (n,).

    Returns
    -------
    pandas.DataFrame
        Columns ``country`` and ``iso2`` (ISO 3166-1 alpha-2), n rows; missing where the digits are not allocated or
        the number carries none. ``iso2`` is missing too where one MID is shared by three territories (306).

    """
    return _mid_table().reindex(mid_of(mmsi)).reset_index(drop=True)


def mid_of(mmsi: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the three identification digits (n,) of MMSIs of any kind, 0 where there are none (ITU-R M.585-9)."""
    number = np.asarray(mmsi, np.int64)
    kinds = [
        (number // 10**6 == 111, 10**3),  # 111MID000: search and rescue aircraft
        ((number >= 2 * 10**8) & (number < 8 * 10**8), 10**6),  # MID000000: ship
        (number // 10**8 == 8, 10**5),  # 8MID00000: handheld
        (number // 10**7 == 98, 10**4),  # 98MID0000: craft of a parent ship
        (number // 10**7 == 99, 10**4),  # 99MID0000: aid to navigation
        (number // 10**7 == 0, 10**4),  # 00MID0000: coast station
        (number // 10**8 == 0, 10**5),  # 0MID00000: group of ships
    ]
    digits: npt.NDArray[np.int64] = np.select([kind for kind, _ in kinds], [number // by for _, by in kinds], 0)
    return digits % 1000


def imo_is_valid(imo: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Tell whether IMO numbers (n,) have seven digits and a right check digit; NaN has not."""
    numbers = np.nan_to_num(np.asarray(imo, np.float64)).astype(np.int64)
    return np.array([imo_check_digit_ok(number) for number in numbers.tolist()], np.bool_)


def vessel_identity(statics: pd.DataFrame, *, mmsi: npt.ArrayLike) -> pd.DataFrame:
    """Sum up who each vessel says it is: the last value transmitted of each item.

    Parameters
    ----------
    statics
        A STATICS table.
    mmsi
        The vessels (n,).

    Returns
    -------
    pandas.DataFrame
        One row a vessel in the order given: mmsi, imo, imo_valid, name, callsign, flag, ship_type, length_m; missing
        where nothing was said. The flag comes from the MMSI, so it is there without any static report.

    """
    vessels = pd.Index(np.asarray(mmsi, np.int64), name="mmsi")
    own = statics[statics["mmsi"].isin(vessels)].sort_values(["last_seen", "timestamp"], kind="stable")
    said = own.groupby("mmsi")[_LAST_SAID].last().reindex(vessels).reset_index()
    valid = pd.Series(imo_is_valid(said["imo"].to_numpy(np.float64, na_value=np.nan)), dtype=object)
    said.insert(2, "imo_valid", valid.where(said["imo"].notna(), None))
    said.insert(5, "flag", flag_state(vessels)["country"])
    return said


@cache
def _mid_table() -> pd.DataFrame:
    """Return the shipped ITU table: country and iso2 by MID."""
    path = data_dir() / "mid.csv"
    try:
        # "NA" is Namibia, not a missing value.
        table = pd.read_csv(path, dtype={"mid": "int64"}, keep_default_na=False, na_values={"iso2": [""]})
        return table.set_index("mid")[["country", "iso2"]]
    except (OSError, ValueError, KeyError) as error:
        raise DarkshipsError(f"{path} holds no table of flag states ({error}); install darkships again") from error
