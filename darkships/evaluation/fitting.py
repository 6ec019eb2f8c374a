"""Masked cases to a visit model: an additive conditional logit of curves that can bend one way only."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from darkships.evaluation.benchmark import Benchmark
from darkships.kernels import Array
from darkships.pipeline import Analysis
from darkships.schema import EVIDENCE
from darkships.scores.features import ITEM_OF, features
from darkships.scores.model import DECIBAN, Curve, VisitModel

KNOTS = {
    "spare": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0],
    "passage": [0.4, 0.6, 0.8, 1.0, 1.2],
    "log_distance": np.log([6.0, 10.0, 20.0, 30.0]),
    "log_sites": np.log([1.0, 3.0, 10.0, 30.0]),
    "closing": [0.0, 0.5, 0.8, 0.9, 1.0],
    "off_way": [-1.0, -0.5, 0.0, 0.3, 0.6, 1.0],
    "fastest_end": [0.5, 0.8, 1.1],
    "opening": [0.0, 0.5, 0.8, 0.9, 1.0],
    "on_way": [-1.0, -0.5, 0.0, 0.3, 0.6, 1.0],
    "own_calls": [0.0, 1.0],
    "own_share": [0.0, 0.05, 0.1, 0.2, 0.4, 1.0],
    "other_callers": np.log1p([0.0, 4.0, 8.0, 16.0]),
}
"""Where each curve may bend. That of the distance is level beyond 30 nm there and back: how much farther off masks end
is our choice. So is that they begin under way: a vessel at rest is judged like one at half its cruising speed."""

FALLING = {"passage", "log_distance", "log_sites"}
"""Curves that can only fall; the others can only rise. Free, the fit would trade them against each other, and learn
where masks end rather than where ships go."""

RECEPTION = "reception_db"
"""Tells nothing of a mask, whose transmitter was on."""

JUDGED = [f"{item}_db" for item in EVIDENCE if item not in {*ITEM_OF.values(), "reception", "repetition"}]
"""Evidence that is not fitted but counts beside what is."""

OTHERS_WEIGHT = 0.3
"""How much a masked stretch without a pair counts: waiting and lying still have to be told from visits too."""

RIDGE, RIDGE_FROM_START = 0.1, 1.0
"""How much the fit is held back: from level curves, and, stronger, from those of a model that is fitted to more."""

_BOUND = 40.0
_STEPS = 500


@dataclass(frozen=True)
class Examples:
    """Candidates of silences of known answer: tables and arrays (rows,)."""

    table: pd.DataFrame
    """The features."""

    gap: Array
    """Name of the row's silence."""

    chosen: Array
    """The row is the site that was visited."""

    paired: Array
    """The row's silence counts in full and sets the level: it belongs to a pair, or an analyst knows the answer."""

    judged_db: Array
    """Evidence that is not fitted."""

    weight: float = 1.0

    @classmethod
    def of(cls, found: Benchmark, *, weight: float = 1.0, part: str | None = None) -> "Examples":
        """Take the masked silences of a benchmark, of one part of vessels and ports or all; each counts ``weight``."""
        cases = found.cases[found.cases["kind"] != "natural"]
        cases = cases if part is None else cases[cases["part"] == part]
        known = cls._known(found.analysis, cases.assign(in_full=cases["pair"] >= 0), [*JUDGED])
        return replace(known, weight=weight)

    @classmethod
    def judged(cls, analysis: Analysis, verdicts: pd.DataFrame) -> "Examples":
        """Take silences of a store that an analyst judged.

        They were not drawn at even odds but stood where the prior has them, which is made up for.

        Parameters
        ----------
        analysis
            The stages on the store that she watches.
        verdicts
            mmsi, off_timestamp, site, is_visit; those of silences that are not there any more are left out.

        """
        silences = analysis.gaps[["gap_id", "mmsi", "off_timestamp"]]
        cases = verdicts.merge(silences, on=["mmsi", "off_timestamp"]).assign(in_full=True)
        found = cls._known(analysis, cases, [*JUDGED, RECEPTION])
        before = analysis.prior.vessel * analysis.prior.gap
        return replace(found, judged_db=found.judged_db + DECIBAN * np.log(before / (1.0 - before)))

    @classmethod
    def _known(cls, analysis: Analysis, cases: pd.DataFrame, judged: list[str]) -> "Examples":
        """Take the candidates of silences: gap_id, site, is_visit, in_full; ``judged`` are their other evidence.

        A visit to a site that seems out of reach teaches nothing: left in, it would pass for no visit.
        """
        cases = cases.rename(columns={"site": "called"}).set_index("gap_id")[["is_visit", "in_full", "called"]]
        visits = analysis.visits
        visits = visits[visits["gap_id"].isin(cases.index) & ~visits["declared"]]
        visits = visits.join(cases, on="gap_id")
        visits = visits.assign(chosen=visits["is_visit"] & (visits["site"] == visits["called"]))
        visits = visits[~visits["is_visit"] | visits.groupby("gap_id")["chosen"].transform("any")]
        return cls(
            features(visits, analysis.gaps),
            visits["gap_id"].to_numpy(object),
            visits["chosen"].to_numpy(bool),
            visits["in_full"].to_numpy(bool),
            visits[judged].sum(axis=1).to_numpy(np.float64),
        )


def fit_visits(examples: list[Examples], *, start: VisitModel | None = None) -> VisitModel:
    """Fit the curves by penalised maximum likelihood, then the intercept so that as many are visits as are.

    A curve is a sum of steps between its knots, each of one sign; squares of what they differ from those of ``start``,
    and squared differences of neighbours, are penalised, so that what the data does not show stays as it is there,
    or level.

    Raises
    ------
    ImportError
        Without scipy.

    """
    from scipy.optimize import minimize

    problem = _Problem(examples, start)
    found = minimize(
        problem.loss, problem.start, jac=True, method="L-BFGS-B", bounds=problem.bounds,
        options={"maxiter": _STEPS},
    )  # fmt: skip
    return problem.model(found.x)


class _Problem:
    """The likelihood of all examples, as a function of steps and intercept (weights, the last is the intercept)."""

    def __init__(self, examples: list[Examples], start: VisitModel | None = None) -> None:
        table = pd.concat([one.table for one in examples], ignore_index=True)
        pieces = [_steps(table[name].to_numpy(np.float64), np.asarray(KNOTS[name])) for name in ITEM_OF]
        self.of_feature = [piece.shape[1] for piece in pieces]
        raw = np.concatenate(pieces, axis=1)
        self.mean = np.nanmean(raw, axis=0)
        self.steps = np.column_stack([np.nan_to_num(raw - self.mean), np.ones(len(raw))])
        names = np.concatenate([one.gap + f"/{number}" for number, one in enumerate(examples)])
        self.gap = pd.factorize(names)[0]
        first = np.unique(self.gap, return_index=True)[1]
        self.chosen, paired = (
            np.concatenate([getattr(one, name) for one in examples]) for name in ("chosen", "paired")
        )
        weight = np.concatenate([np.full(one.gap.size, one.weight) for one in examples])
        self.weight = (weight * np.where(paired, 1.0, OTHERS_WEIGHT))[first]
        self.paired = paired[first]
        self.judged = np.concatenate([one.judged_db for one in examples]) / DECIBAN
        self.differences = self._differences()
        self.start = np.zeros(self.steps.shape[1]) if start is None else _weights(start)
        self.ridge = RIDGE if start is None else RIDGE_FROM_START

    @property
    def bounds(self) -> list[tuple[float | None, float | None]]:
        """Of each weight."""
        signs = [(None, 0.0) if name in FALLING else (0.0, None) for name in ITEM_OF]
        return [sign for sign, n in zip(signs, self.of_feature, strict=True) for _ in range(n)] + [(None, None)]

    def _differences(self) -> Array:
        """Return (pairs of neighbouring steps of one curve, weights)."""
        ends = np.cumsum(self.of_feature)
        rows = [i for i in range(ends[-1] - 1) if i + 1 not in ends]
        out = np.zeros((len(rows), self.steps.shape[1]))
        out[np.arange(len(rows)), rows], out[np.arange(len(rows)), np.array(rows) + 1] = 1.0, -1.0
        return out

    def odds(self, weights: Array) -> tuple[Array, Array]:
        """Return log-odds of each row, and of each silence the sum of its odds and of no visit."""
        utility = np.clip(self.steps @ weights + self.judged, -_BOUND, _BOUND)
        return utility, 1.0 + np.bincount(self.gap, weights=np.exp(utility))

    def loss(self, weights: Array) -> tuple[float, Array]:
        """Return the penalised negative log-likelihood, and its gradient."""
        utility, total = self.odds(weights)
        of_row = self.weight[self.gap]
        pull = np.append((weights - self.start)[:-1], 0.0)
        bend = self.differences @ pull
        value = self.weight @ np.log(total) - of_row[self.chosen] @ utility[self.chosen]
        slope = self.steps.T @ (of_row * (np.exp(utility) / total[self.gap] - self.chosen))
        return (
            float(value + self.ridge * (pull @ pull + bend @ bend)),
            slope + 2.0 * self.ridge * (pull + self.differences.T @ bend),
        )

    def model(self, weights: Array) -> VisitModel:
        """Return the curves, and the intercept at which as many pairs are visits as are."""
        curves: dict[str, Curve] = {}
        ends = np.cumsum([0, *self.of_feature])
        for name, a, b in zip(ITEM_OF, ends, ends[1:], strict=False):
            rise = np.append(0.0, np.cumsum(weights[a:b])) - weights[a:b] @ self.mean[a:b]
            curves[name] = (np.asarray(KNOTS[name], np.float64), rise * DECIBAN)
        low, high = weights[-1] - 10.0, weights[-1] + 10.0
        visits = self.weight[self.gap][self.chosen & self.paired[self.gap]].sum()
        for _ in range(60):
            middle = (low + high) / 2.0
            _, total = self.odds(np.append(weights[:-1], middle))
            too_low = (self.weight * (1.0 - 1.0 / total))[self.paired].sum() < visits
            low, high = (middle, high) if too_low else (low, middle)
        return VisitModel(curves, (low + high) / 2.0 * DECIBAN)


def _weights(model: VisitModel) -> Array:
    """Return the steps of a model's curves between our knots, then its intercept."""
    curves = [np.interp(np.asarray(KNOTS[name], np.float64), *model.curves[name]) for name in ITEM_OF]
    return np.append(np.concatenate([np.diff(db) for db in curves]), model.intercept_db) / DECIBAN


def _steps(value: Array, knots: Array) -> Array:
    """Return how much of the way between neighbouring knots values (n,) have gone, (n, knots - 1); NaN stays NaN."""
    return np.clip((value[:, None] - knots[:-1]) / np.diff(knots), 0.0, 1.0)
