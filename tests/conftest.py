"""Hypothesis for the whole suite: no example is timed, as the first call of a kernel compiles it; one sea for all."""

import os

import pytest
from hypothesis import settings

settings.register_profile("darkships", deadline=None, max_examples=60)
settings.load_profile("darkships")


@pytest.fixture(scope="session")
def sea_cache(tmp_path_factory):
    """A cache of sea distances that all tests share; the first makes it."""
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        pytest.skip("whole seas take minutes without compiled kernels; the kernels are tested on small ones")
    folder = tmp_path_factory.mktemp("darkships-cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DARKSHIPS_CACHE", str(folder))
        yield folder
