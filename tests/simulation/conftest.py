"""A small synthetic sea between Rajin and Vostochny, planned once."""

import pytest

from darkships.simulation.plan import Settings, make_plan
from darkships.sites.watch import read_sites

AREA = (129.5, 41.0, 134.5, 43.5)
PLANTED = {
    "dark_visit": 0.2, "dark_transfer": 0.1, "laid_up": 0.1, "moored_off": 0.1, "left_area": 0.1, "spoofed": 0.1,
    "clone": 0.1,
}  # fmt: skip


def settings(**changes):
    return Settings(**{"vessels": 60, "days": 4, "seed": 5, "area": AREA, "harbours": 3, "stations": 4, "every_s": 60.0,
                       "shares": PLANTED} | changes)  # fmt: skip


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
