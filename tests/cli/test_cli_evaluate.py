"""The benchmark on the shipped sample of real boats."""

import pandas as pd
import pytest

from darkships.resources import data_dir
from darkships.schema import CASES, EVALUATION

SOCAL = data_dir() / "demo" / "socal"


@pytest.fixture(scope="module")
def boats(tmp_path_factory, invoke):
    path = tmp_path_factory.mktemp("boats") / "store"
    invoke("ingest", *sorted(SOCAL.glob("*.zst"))[:12], "--store", path)
    return path


def test_figures_cases_and_plot(boats, invoke, tmp_path, sea_cache):
    files = {name: tmp_path / name for name in ("figures.csv", "cases.parquet", "plot.png")}
    shown = invoke(
        "evaluate", boats, "--sites", data_dir() / "demo" / "socal-sites.geojson", "--min-gap-h", 1, "--visits", 30,
        "--out", files["figures.csv"], "--cases", files["cases.parquet"], "--plot", files["plot.png"],
    )  # fmt: skip
    assert shown.stdout == ""
    assert "pairs" in shown.stderr
    figures, cases = pd.read_csv(files["figures.csv"]), pd.read_parquet(files["cases.parquet"])
    assert set(EVALUATION.names) <= set(figures)
    assert list(cases.columns) == CASES.names
    pairs = figures[(figures["part"] == "all") & (figures["against"] == "pairs")].set_index(["score", "figure"])[
        "value"
    ]
    assert 0.3 < pairs["duration", "auc"] < 0.7
    assert pairs["darkships", "auc"] > pairs["duration", "auc"]
    assert files["plot.png"].read_bytes().startswith(b"\x89PNG")


def test_sites_where_nobody_calls_are_an_error(boats, refuse, sea_cache):
    message = refuse("evaluate", boats, "--sites", "sea-of-japan")
    assert "none of 0 port calls" in message
