"""The fitted weights of the score: shipped ones (``scripts/fit_model``), or one's own (``darkships calibrate``)."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from darkships.errors import DarkshipsError
from darkships.resources import data_dir
from darkships.schema import EVIDENCE
from darkships.scores.features import ITEM_OF

DECIBAN = 10.0 / np.log(10.0)
"""Decibans in a natural unit of log-odds (I. J. Good, Probability and the Weighing of Evidence, 1950)."""


@dataclass(frozen=True)
class Prior:
    """What is believed before a vessel's silences are looked at.

    ``vessel`` is the share of vessels with a silence near a watched site that make undeclared visits at all; ``gap``
    the share of such a vessel's silences that hide one. A single silence thus starts at ``vessel x gap``.
    ``likeness`` is the correlation of what the model misjudges in the silences of one vessel: n silences count as
    n / (1 + likeness (n - 1)) independent ones (Kish's design effect), for a habit that the model takes for a visit
    repeats itself.
    """

    vessel: float = 0.2
    gap: float = 0.5
    likeness: float = 0.3

    def __post_init__(self) -> None:
        """Refuse what is no probability."""
        for name, value in (("vessel", self.vessel), ("gap", self.gap)):
            if not 0.0 < value < 1.0:
                raise DarkshipsError(f"the prior {name!r} is {value}, expected a probability between 0 and 1")


_WHAT = "conditional logit of a visit to each reachable site against no visit, at even odds of a visit"

Curve = tuple[np.ndarray, np.ndarray]
"""Values of a feature, rising, and the decibans at each; between them it is straight, beyond them level."""


@dataclass(frozen=True)
class VisitModel:
    """A conditional logit: log-odds of a visit to each site against no visit to any, a sum of one curve a feature.

    ``curves`` has the features in the order of ``ITEM_OF``, each of mean 0 over what it was fitted to, so that what is
    not known weighs nothing; ``intercept_db`` holds for even odds of a visit in the gap.
    """

    curves: dict[str, Curve]
    intercept_db: float

    def decibans(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return the weight of evidence of each fitted item, one column ``<item>_db``; what is not known weighs 0.

        The intercept counts as time, for it says how often one of many reachable sites is the one.
        """
        items = {f"{item}_db": np.zeros(len(features)) for item in EVIDENCE}
        items["time_db"] += self.intercept_db
        for name, (at, db) in self.curves.items():
            items[f"{ITEM_OF[name]}_db"] += np.nan_to_num(np.interp(features[name].to_numpy(np.float64), at, db))
        return pd.DataFrame(items, index=features.index)

    def text(self, **made_from: object) -> str:
        """Return the model as it is written, JSON, after what it was made from: data, split, command."""
        curves = {
            name: {"item": ITEM_OF[name], "at": np.round(at, 4).tolist(), "db": np.round(db, 2).tolist()}
            for name, (at, db) in self.curves.items()
        }
        stored = {"what": _WHAT, **made_from, "intercept_db": round(self.intercept_db, 2), "features": curves}
        return json.dumps(stored, indent=1, ensure_ascii=False) + "\n"


def load_model(path: Path | None = None) -> VisitModel:
    """Read a fitted model, by default the shipped one.

    Raises
    ------
    DarkshipsError
        If the file is missing or was fitted to other features.

    """
    path = path or data_dir() / "model" / "visits.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        curves = {name: _curve(curve) for name, curve in stored["features"].items()}
        model = VisitModel(curves, float(stored["intercept_db"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DarkshipsError(f"{path} holds no visit model ({error}); write one with darkships calibrate") from error
    if list(curves) != list(ITEM_OF):
        raise DarkshipsError(f"{path} was fitted to other features ({', '.join(curves)}); fit it again")
    return model


def _curve(stored: dict[str, list[float]]) -> Curve:
    at, db = (np.array(stored[key], np.float64) for key in ("at", "db"))
    if (
        at.ndim != 1
        or at.shape != db.shape
        or not at.size
        or not np.isfinite([at, db]).all()
        or (np.diff(at) <= 0).any()
    ):
        raise ValueError("expected as many finite decibans as rising values")
    return at, db
