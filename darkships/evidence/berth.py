"""How a vessel's type fits what calls at a site."""

import numpy as np
import pandas as pd

from darkships.schema import CANDIDATES, PORT_CALLS, validate

_UPPER = np.array([30, 31, 36, 38, 40, 60, 70, 90])
_CLASSES = np.array(["other", "fishing", "service", "pleasure", "other", "service", "passenger", "merchant", "other"])
"""Ship and cargo types (ITU-R M.1371 table 53): 30 fishing, 31-35 and 50-59 towing, dredging, pilots and the like,
36-37 sailing and pleasure craft, 40-49 high-speed craft, 60-69 passenger, 70-89 cargo and tankers."""

EXPECTED_SHARE = {"merchant": 0.8, "passenger": 0.05, "service": 0.05, "fishing": 0.05, "pleasure": 0.05}
"""What is thought to call at a watched site where nobody was seen: merchant ships."""

SEEN_WEIGHT = 5.0
"""An expectation counts as so many seen callers; where some were seen, it is that they are as the vessels around."""

MOST_DB = 3.0
LEAST_DB = -10.0
"""That a cargo ship could call says little; that a fishing boat hardly would says more."""


def vessel_class(ship_type: pd.Series) -> pd.Series:
    """Return merchant, passenger, service, fishing, pleasure or other for ITU ship types (n,); other where unknown."""
    number = ship_type.to_numpy(np.float64, na_value=np.nan)
    classes = _CLASSES[np.searchsorted(_UPPER, np.nan_to_num(number), side="right")]
    classes = np.where((number >= 40) & (number < 50), "passenger", classes)
    return pd.Series(classes, index=ship_type.index, dtype=object)


def berth_fit(candidates: pd.DataFrame, calls: pd.DataFrame, identity: pd.DataFrame) -> pd.DataFrame:
    """Weigh the vessel's type: its share among the callers of a site against its share among all vessels with a gap.

    Parameters
    ----------
    candidates, calls
        CANDIDATES and PORT_CALLS tables.
    identity
        One row a vessel: mmsi, ship_type; at least every vessel of the other two.

    Returns
    -------
    pandas.DataFrame
        One row a vessel and site: mmsi, site, vessel_db (decibans; 0 for vessels whose type is unknown or unusual).

    """
    candidates, calls = validate(candidates, CANDIDATES), validate(calls, PORT_CALLS)
    classes = vessel_class(identity.set_index("mmsi")["ship_type"])
    pairs = candidates[["mmsi", "site"]].drop_duplicates().reset_index(drop=True)
    if pairs.empty:
        return pairs.assign(vessel_db=np.empty(0))
    of_vessel = pairs["mmsi"].map(classes)
    # A vessel's own calls are its history; here the others speak.
    callers = calls[["mmsi", "site"]].drop_duplicates()
    callers = callers.assign(kind=callers["mmsi"].map(classes))
    own = pairs.merge(callers[["mmsi", "site"]], on=["mmsi", "site"], how="left", indicator=True)["_merge"].eq("both")
    seen = pairs["site"].map(callers["site"].value_counts()).fillna(0.0) - own
    alike_by = callers.groupby(["site", "kind"]).size()
    alike = alike_by.reindex(pd.MultiIndex.from_arrays([pairs["site"], of_vessel])).fillna(0.0).to_numpy() - own
    known = classes.reindex(candidates["mmsi"].unique())
    everybody = known[known != "other"].value_counts(normalize=True)
    around = of_vessel.map(everybody).clip(lower=0.05).to_numpy(np.float64)
    expected = np.where(seen > 0.0, around, of_vessel.map(EXPECTED_SHARE).to_numpy(np.float64))
    share = (alike + SEEN_WEIGHT * expected) / (seen + SEEN_WEIGHT)
    weight_db = 10.0 * np.log10(share / around)
    return pairs.assign(vessel_db=np.nan_to_num(np.clip(weight_db, LEAST_DB, MOST_DB)))
