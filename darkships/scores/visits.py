"""Candidate visits to probabilities: weights of evidence, added up over sites, alternatives and a vessel's silences."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from darkships.schema import ALTERNATIVES, CANDIDATES, EVIDENCE, VISITS, validate
from darkships.scores.features import features
from darkships.scores.model import DECIBAN, Prior, VisitModel, load_model

# Judged, not fitted: the data that the model was fitted to has no draughts and no destinations.
DRAUGHT_CHANGED_DB = 5.0
DRAUGHT_CHANGED_AT_REST_DB = 2.0  # it lay somewhere at an end of the silence, and may have loaded there
DRAUGHT_SAME_DB = -1.0  # many ships never update it
DRAUGHT_NOISE_M = 0.3
DESTINATION_NAMED_DB = 5.0
DESTINATION_ELSEWHERE_DB = -2.0
DESTINATION_HIDDEN_DB = 1.0  # FOR ORDERS and the like; honest ships type it too, and most that type nothing never do
RENAMED_DB = 3.0  # ships are sold and renamed, too
NOT_BACK_DB = -6.0  # most vessels that are not heard again have left what the feed hears
AT_REST_KN = 1.0
LAID_UP_H = 14 * 24.0
ANCHORED_OR_MOORED = (1, 5)  # navigational status, ITU-R M.1371 table 45
NEAR_EDGE_H = 1.0
ORIGIN_SHARE = 0.05
"""Of an innocent vessel's silences within reach of an origin site, those that hide a call there: most calls show."""

NOT_RECEIVED_SHARE = 0.03
"""A call is so many times as likely in a silence with the transmitter on as in one with it off: who is on can call too
where nobody hears it, but has no reason to choose such hours. On simulated seas of the seeds 1 to 6 a tenth ranks
planted shuttles behind more honest ships and has twice as many leads above one half, a hundredth changes little."""

MOST_DB = 60.0
"""No evidence of this kind is stronger than a million to one."""


def score(
    candidates: pd.DataFrame,
    gaps: pd.DataFrame,
    *,
    voyage: pd.DataFrame | None = None,
    fit: pd.DataFrame | None = None,
    met: "pd.Series[float] | None" = None,
    prior: Prior | None = None,
    model: VisitModel | None = None,
    without: Collection[str] = (),
) -> pd.DataFrame:
    """Give every candidate visit its weights of evidence and its probability.

    Within a gap the reachable sites and "no visit to any" compete (a conditional logit). Over a vessel's gaps a
    two-level prior holds: a vessel makes undeclared visits to watched sites or it does not, so that one convincing
    silence supports the others and many unconvincing ones count against each other; that support is the item
    ``repetition``. Sites whose role is origin explain silences of every vessel alike.

    Parameters
    ----------
    candidates, gaps
        CANDIDATES and GAPS tables.
    voyage
        What static reports say around each gap and site, as ``voyage_evidence`` returns it.
    fit
        What a vessel's type says of a visit to a site (mmsi, site, vessel_db).
    met
        Which vessel each could have met in the dark, by gap, as ``meetings`` returns it.
    prior
        Prior probabilities. Default: :class:`Prior`.
    model
        Fitted weights. Default: the shipped model.
    without
        Items of evidence that weigh nothing: what if they were not known?

    Returns
    -------
    pandas.DataFrame
        A VISITS table. Declared candidates have probability 0: nobody hid them.

    """
    candidates = validate(candidates, CANDIDATES, where="candidates")
    candidates = candidates.sort_values(list(CANDIDATES.key), kind="stable", ignore_index=True)
    if candidates.empty:
        return VISITS.empty()
    prior, model = prior or Prior(), model or load_model()
    visits = _with_voyage(candidates, voyage)
    visits["met_mmsi"] = np.nan if met is None else visits["gap_id"].map(met)
    gap = gaps.set_index("gap_id").loc[visits["gap_id"]].reset_index()
    evidence = model.decibans(features(candidates, gaps))
    evidence["vessel_db"] = _vessel_db(visits, fit)
    evidence["draught_db"] = _draught_db(visits, gap)
    evidence["destination_db"] = _destination_db(visits)
    evidence["identity_db"] = np.where(visits["name_changed"], RENAMED_DB, 0.0)
    evidence["reception_db"] = _reception_db(gap)
    evidence = evidence.assign(**{f"{item}_db": 0.0 for item in without})
    total_db = np.clip(evidence.sum(axis=1).to_numpy(), -MOST_DB, MOST_DB)
    odds = np.where(visits["declared"], 0.0, np.exp(total_db / DECIBAN))
    worlds = _Worlds(visits, odds, prior)
    evidence["repetition_db"] = DECIBAN * (_log_odds(worlds.p_watched) - _log_odds(worlds.p_watched_alone))
    probability = worlds.p_site(odds)
    visits = visits.assign(
        probability=probability,
        prior=prior.vessel * prior.gap,
        p_vessel=worlds.p_visitor,
        **{f"{item}_db": evidence[f"{item}_db"].to_numpy() for item in EVIDENCE},
        **_alternatives(
            visits, gap, 1.0 - pd.Series(probability).groupby(visits["gap_id"]).transform("sum").to_numpy()
        ),
    )
    best = np.stack([visits[f"p_{name}"].to_numpy() for name in ALTERNATIVES]).argmax(axis=0)
    visits["best_alternative"] = np.array(ALTERNATIVES, object)[best]
    return validate(visits, VISITS, where="the result of score")[VISITS.names]


class _Worlds:
    """What a silence can be, for a vessel that makes undeclared visits and for one that does not: arrays (rows,).

    Likelihoods are relative to "no visit to any site".
    """

    def __init__(self, visits: pd.DataFrame, odds: np.ndarray, prior: Prior) -> None:
        of_gap = visits["gap_id"]
        self.prior = prior
        self.watched = visits["watched"].to_numpy(bool)
        self.of_watched, of_others = (
            pd.Series(np.where(mask, odds, 0.0)).groupby(of_gap).transform("sum").to_numpy()
            for mask in (self.watched, ~self.watched)
        )
        has_others = pd.Series(~self.watched).groupby(of_gap).transform("any").to_numpy()
        self.share_of_others = np.where(has_others, ORIGIN_SHARE, 0.0)
        self.innocent = 1.0 - self.share_of_others + self.share_of_others * of_others
        self.visitor = (1.0 - prior.gap) * self.innocent + prior.gap * self.of_watched
        self.p_visitor = self._p_visitor(visits)

    def _p_visitor(self, visits: pd.DataFrame) -> np.ndarray:
        """Return the probability that the row's vessel makes undeclared visits, given all its gaps."""
        first = ~visits["gap_id"].duplicated().to_numpy()
        ratios = pd.Series(np.log(self.visitor[first] / self.innocent[first])).groupby(visits["mmsi"].to_numpy()[first])
        weight = ratios.sum() / (1.0 + self.prior.likeness * (ratios.size() - 1))
        log_odds = _log_odds(np.array(self.prior.vessel)) + visits["mmsi"].map(weight).to_numpy(np.float64)
        return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -500.0, 500.0)))

    @property
    def p_watched(self) -> np.ndarray:
        """Probability that the row's gap hides a visit to a watched site."""
        return self.p_visitor * self.prior.gap * self.of_watched / self.visitor

    @property
    def p_watched_alone(self) -> np.ndarray:
        """The same if it were the vessel's only gap."""
        prior = self.prior.vessel
        total = prior * self.visitor + (1.0 - prior) * self.innocent
        return prior * self.prior.gap * self.of_watched / total

    def p_site(self, odds: np.ndarray) -> np.ndarray:
        """Return the probability that the row's gap hides a visit to the row's site."""
        of_visitor, of_innocent = self.p_visitor / self.visitor, (1.0 - self.p_visitor) / self.innocent
        others = self.share_of_others * ((1.0 - self.prior.gap) * of_visitor + of_innocent)
        return odds * np.where(self.watched, self.prior.gap * of_visitor, others)


def _log_odds(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-12, 1.0 - 1e-12)
    odds: np.ndarray = np.log(p) - np.log1p(-p)
    return odds


_TOLD = ("destination_names_site", "destination_names_other", "destination_hidden", "name_changed")


def _with_voyage(candidates: pd.DataFrame, voyage: pd.DataFrame | None) -> pd.DataFrame:
    """Add what static reports say; where there are none, nothing is known."""
    unknown: dict[str, Any] = {
        "draught_before_m": np.nan,
        "draught_after_m": np.nan,
        "destination_before": None,
        "destination_after": None,
        "name_before": None,
        "name_after": None,
        **dict.fromkeys(_TOLD, False),
    }
    if voyage is None or voyage.empty:
        return candidates.assign(**unknown)
    joined = candidates.merge(voyage[["gap_id", "site", *unknown]], on=["gap_id", "site"], how="left", validate="1:1")
    for name in _TOLD:
        joined[name] = joined[name].eq(other=True)
    joined["destination_hidden"] &= ~joined["destination_names_site"]
    return joined


def _vessel_db(visits: pd.DataFrame, fit: pd.DataFrame | None) -> np.ndarray | float:
    """Return what a vessel's type weighs, 0 where nothing is known."""
    if fit is None or fit.empty:
        return 0.0
    known = visits[["mmsi", "site"]].merge(fit, on=["mmsi", "site"], how="left", validate="m:1")
    return known["vessel_db"].fillna(0.0).to_numpy(np.float64)


def _draught_db(visits: pd.DataFrame, gap: pd.DataFrame) -> np.ndarray:
    change = (visits["draught_after_m"] - visits["draught_before_m"]).abs().to_numpy(np.float64)
    at_rest = ((gap["off_sog_kn"] < AT_REST_KN) | (gap["on_sog_kn"] < AT_REST_KN)).to_numpy(bool)
    changed_db = np.where(at_rest, DRAUGHT_CHANGED_AT_REST_DB, DRAUGHT_CHANGED_DB)
    return np.select([np.isnan(change), change >= DRAUGHT_NOISE_M], [0.0, changed_db], DRAUGHT_SAME_DB)


def _destination_db(visits: pd.DataFrame) -> np.ndarray:
    says = [visits[f"destination_{what}"] for what in ("names_site", "names_other", "hidden")]
    return np.select(says, [DESTINATION_NAMED_DB, DESTINATION_ELSEWHERE_DB, DESTINATION_HIDDEN_DB], 0.0)


def _p_off(gap: pd.DataFrame) -> np.ndarray:
    """Return the probability that the transmitter was off; 1 where reception was not looked at."""
    return gap["p_switched_off"].fillna(1.0).to_numpy(np.float64)


def _reception_db(gap: pd.DataFrame) -> np.ndarray:
    """Weigh that calls are rarer with the transmitter on, and that most vessels that do not return have left."""
    p_off = _p_off(gap)
    total = DECIBAN * np.log(p_off + (1.0 - p_off) * NOT_RECEIVED_SHARE)
    return total + np.where(gap["is_open"].to_numpy(bool), NOT_BACK_DB, 0.0)


def _alternatives(visits: pd.DataFrame, gap: pd.DataFrame, p_none: np.ndarray) -> dict[str, np.ndarray]:
    """Share what is not a visit among the alternatives, by how well each explains ends and duration."""
    p_off = _p_off(gap)
    found: dict[str, np.ndarray] = {}
    for share, weights in ((p_off, _off_weights(visits, gap)), (1.0 - p_off, _on_weights(gap))):
        total = np.sum(list(weights.values()), axis=0)
        found |= {f"p_{name}": p_none * share * weight / total for name, weight in weights.items()}
    return found


def _off_weights(visits: pd.DataFrame, gap: pd.DataFrame) -> dict[str, np.ndarray]:
    """Weigh what a silence with the transmitter off can be; all judged."""
    duration_h = gap["duration_h"].to_numpy()
    direct_h = visits["direct_nm"].to_numpy(np.float64) / visits["cruise_kn"].to_numpy()
    with np.errstate(divide="ignore"):
        z = (np.log(np.maximum(direct_h, 1e-3)) - np.log(duration_h)) / 0.3
    moved_nm = gap["distance_nm"].to_numpy(np.float64)
    stayed = moved_nm < 1.0
    slow = (np.nan_to_num(gap["off_sog_kn"], nan=1.0) < 1.0) & (np.nan_to_num(gap["on_sog_kn"], nan=0.0) < 1.0)
    berthed = gap["off_nav_status"].isin(ANCHORED_OR_MOORED).to_numpy() & slow & (stayed | np.isnan(moved_nm))
    of_b = gap["is_class_b"].fillna(value=False).to_numpy(bool)  # their sets go off with the pier's power
    return {
        "passage": np.where(np.isnan(z), 0.5, np.exp(-0.5 * np.nan_to_num(z) ** 2)),
        "still": np.select([stayed & slow, stayed], [3.0, 0.5], 0.02),
        "moored": np.where(berthed, 5.0, np.where(stayed & slow, 2.0, 0.01)) * np.where(of_b, 2.0, 1.0),
        "laid_up": np.where((stayed | np.isnan(moved_nm)) & slow & (duration_h >= LAID_UP_H), 10.0, 0.001),
        "elsewhere": np.full(len(gap), 0.5),
        "transfer": np.where(visits["met_mmsi"].notna(), 0.4, 0.05),  # who could meet mostly did not
    }


def _on_weights(gap: pd.DataFrame) -> dict[str, np.ndarray]:
    """Weigh why a transmitter that was on was not heard; all judged."""
    edge_h = gap["edge_h"].to_numpy(np.float64)
    left = np.select([edge_h <= NEAR_EDGE_H, ~np.isnan(edge_h)], [4.0, 1.0], 0.05)
    return {
        "left_area": np.where(gap["is_open"].to_numpy(bool), 2.0, 1.0) * left,
        "not_received": np.ones(len(gap)),
    }
