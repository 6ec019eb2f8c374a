"""The masked-visit benchmark: choose masks, take them out of a copy of the store, run the pipeline on the copy."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import pandas as pd

from darkships.errors import DarkshipsError
from darkships.evaluation.cases import masked_cases
from darkships.evaluation.fixes import Fixes
from darkships.evaluation.masked import masked_store
from darkships.evaluation.masks import choose_masks
from darkships.evaluation.stops import sites_of_stays
from darkships.feed.cadence import check_cadence
from darkships.pipeline import Analysis
from darkships.scores.model import VisitModel

EVEN = 1.0 - 1e-9
"""As a vessel's prior: half of the paired silences of every vessel hide a visit, and each is judged by itself."""


@dataclass(frozen=True)
class Benchmark:
    """The masks, and the analysis of the store without what they hide."""

    sites: gpd.GeoDataFrame
    masks: pd.DataFrame
    analysis: Analysis

    @cached_property
    def cases(self) -> pd.DataFrame:
        """The CASES table."""
        return self.cases_by(self.analysis.model)

    def cases_by(self, model: VisitModel) -> pd.DataFrame:
        """Return the CASES table under a model."""
        visits = self.analysis.visits_by(model)
        return masked_cases(self.masks, self.analysis.gaps, visits, self.visits_off(model), self.sites)

    def visits_off(self, model: VisitModel) -> pd.DataFrame:
        """Return the VISITS table of whoever was told that the transmitters were off, which is true of every mask."""
        return self.analysis.visits_by(model, without=("reception",))


def run_benchmark(
    analysis: Analysis, sites: gpd.GeoDataFrame | None, folder: Path, *, most: int = 1000, seed: int = 0
) -> Benchmark:
    """Mask port calls that AIS shows, and look for them as in any other store.

    Parameters
    ----------
    analysis
        Of the store with all that AIS shows; its ``parameters`` are used, with even odds for prior.
    sites
        A SITES table; None: the places where at least two vessels stay.
    folder
        An empty folder for the masked store.
    most, seed
        Port calls to mask at most, and the seed of the choice.

    Raises
    ------
    DarkshipsError
        If no port call can be masked.

    """
    parameters = analysis.parameters
    check_cadence(analysis.store.formats, parameters.min_gap_h)
    fixes = Fixes.of(analysis.tracks)
    sites = sites_of_stays(fixes) if sites is None else sites
    calls = Analysis(analysis.store, sites, as_of=analysis.as_of, parameters=parameters).calls
    masks = choose_masks(fixes, calls, sites, most=most, min_gap_h=parameters.min_gap_h, seed=seed)
    if masks.empty:
        raise DarkshipsError(
            f"none of {len(calls):,} port calls at {len(sites):,} sites can be masked for {parameters.min_gap_h:g} h "
            "beside a stretch at sea of like length; expected calls with both ways seen for 2 nm: give a longer store, "
            "other sites or a shorter --min-gap-h"
        )
    copy = masked_store(analysis.store, masks, folder, until=analysis.as_of)
    even = replace(parameters, prior_vessel=EVEN, prior_gap=0.5)
    masked = Analysis(copy, sites, as_of=analysis.as_of, parameters=even)
    return Benchmark(sites, masks, masked)
