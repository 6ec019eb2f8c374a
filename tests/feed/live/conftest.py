"""A receiver with a spool to look into."""

import pytest
from live_rig import Rig


@pytest.fixture
def rig(tmp_path):
    def make(url, make, **options):
        return Rig(tmp_path, url, make, **options)

    return make
