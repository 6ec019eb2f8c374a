"""A small synthetic sea between Rajin and Vostochny, planned once."""

import pytest
from small_sea import settings

from darkships.simulation.plan import make_plan
from darkships.sites.watch import read_sites


@pytest.fixture(scope="session")
def sites(sea_cache):
    return read_sites("sea-of-japan")


@pytest.fixture(scope="session")
def plan(sites):
    return make_plan(settings(), sites)


@pytest.fixture(scope="session")
def perfect(sites):
    """The same ships where all is heard, at the rate at which it is sent, with no error."""
    return make_plan(settings(stations=0, satellites=0, reception=1.0, every_s=0.0, noise_m=0.0, days=2), sites)
