"""The fitted weights of the score: read from ``data/model/visits.json``, which ``scripts/fit_model`` writes."""

import json
from dataclasses import dataclass
from functools import cache
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


@dataclass(frozen=True)
class VisitModel:
    """A conditional logit: log-odds of a visit to each site against no visit to any, linear in the features.

    ``weight`` and ``mean`` are arrays (features,) in the order of ``ITEM_OF``; ``intercept`` holds for even odds of a
    visit in the gap and features at their means.
    """

    weight: np.ndarray
    mean: np.ndarray
    intercept: float

    def decibans(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return the weight of evidence of each fitted item, one column ``<item>_db``; what is not known weighs 0.

        The intercept counts as time, for it says how often one of many reachable sites is the one.
        """
        parts = (features[list(ITEM_OF)].to_numpy(np.float64) - self.mean) * self.weight * DECIBAN
        parts = pd.DataFrame(np.nan_to_num(parts), columns=list(ITEM_OF), index=features.index)
        items = {f"{item}_db": parts[[f for f, of in ITEM_OF.items() if of == item]].sum(axis=1) for item in EVIDENCE}
        items["time_db"] += self.intercept * DECIBAN
        return pd.DataFrame(items)


@cache
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
        features = stored["features"]
        names = list(features)
        weight, mean = (np.array([features[name][key] for name in names], np.float64) for key in ("weight", "mean"))
        model = VisitModel(weight, mean, float(stored["intercept"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DarkshipsError(f"{path} holds no visit model ({error}); write one with scripts/fit_model") from error
    if names != list(ITEM_OF):
        raise DarkshipsError(f"{path} was fitted to other features ({', '.join(names)}); fit it again")
    return model
