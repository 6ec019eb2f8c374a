import os

import pytest


@pytest.fixture(scope="session")
def sea_cache(tmp_path_factory):
    """A cache of sea distances that all tests share; the first makes it."""
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        pytest.skip("whole seas take minutes without compiled kernels; the kernels are tested on small ones")
    folder = tmp_path_factory.mktemp("darkships-cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DARKSHIPS_CACHE", str(folder))
        yield folder
