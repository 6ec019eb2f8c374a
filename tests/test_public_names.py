import inspect
import subprocess
import sys

import pytest

import darkships

PROMISED = (
    "read_positions", "segment_tracks", "detect_gaps", "read_sites", "candidate_visits", "round_trips", "score",
    "rank", "write_watchlist", "to_movingpandas",
)  # fmt: skip
"""The Python names that others build on."""


@pytest.mark.parametrize("name", [name for name in darkships.__all__ if name != "__version__"])
def test_a_public_name_is_there_and_documented(name):
    found = getattr(darkships, name)
    assert callable(found)
    assert inspect.getdoc(found)
    assert all(
        parameter.annotation is not parameter.empty for parameter in inspect.signature(found).parameters.values()
    )


def test_what_was_promised_is_public():
    assert set(PROMISED) <= set(darkships.__all__)


def test_options_are_named_never_counted():
    for name in ("segment_tracks", "detect_gaps", "candidate_visits", "round_trips", "score"):
        parameters = inspect.signature(getattr(darkships, name)).parameters.values()
        options = [p for p in parameters if p.default is not p.empty]
        assert all(p.kind is p.KEYWORD_ONLY for p in options), name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'detect_gap'"):
        darkships.detect_gap  # noqa: B018  the access is the test


def test_importing_the_package_loads_nothing_heavy():
    heavy = {"numba", "pandas", "pyarrow", "geopandas", "movingpandas", "numpy"}
    code = f"import sys, darkships; print(sorted({heavy} & set(sys.modules)), darkships.__version__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"[] {darkships.__version__}"
