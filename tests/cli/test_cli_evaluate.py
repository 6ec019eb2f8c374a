"""The benchmark on the shipped sample of real boats."""

import json

import pandas as pd
import pytest

from darkships.evaluation import calibration
from darkships.resources import data_dir
from darkships.schema import CASES, ERRORS, EVALUATION

SOCAL = data_dir() / "demo" / "socal"


@pytest.fixture(scope="module")
def boats(tmp_path_factory, invoke):
    path = tmp_path_factory.mktemp("boats") / "store"
    invoke("ingest", *sorted(SOCAL.glob("*.zst"))[:12], "--store", path)
    return path


def test_figures_cases_and_plot(boats, invoke, tmp_path, sea_cache):
    files = {name: tmp_path / name for name in ("figures.csv", "cases.parquet", "errors.csv", "plot.png")}
    shown = invoke(
        "evaluate", boats, "--sites", data_dir() / "demo" / "socal-sites.geojson", "--min-gap-h", 1, "--visits", 30,
        "--out", files["figures.csv"], "--cases", files["cases.parquet"], "--errors", files["errors.csv"],
        "--plot", files["plot.png"],
    )  # fmt: skip
    assert shown.stdout == ""
    assert "pairs" in shown.stderr
    figures, cases = pd.read_csv(files["figures.csv"]), pd.read_parquet(files["cases.parquet"])
    assert set(EVALUATION.names) <= set(figures)
    assert list(cases.columns) == CASES.names
    errors = pd.read_csv(files["errors.csv"])
    assert set(ERRORS.names) <= set(errors)
    assert set(errors["gap_id"]) <= set(cases["gap_id"])
    pairs = figures[(figures["part"] == "all") & (figures["against"] == "pairs")].set_index(["score", "figure"])[
        "value"
    ]
    assert 0.3 < pairs["duration", "auc"] < 0.7
    assert pairs["darkships", "auc"] > pairs["duration", "auc"]
    assert files["plot.png"].read_bytes().startswith(b"\x89PNG")


def test_sites_where_nobody_calls_are_an_error(boats, refuse, sea_cache):
    message = refuse("evaluate", boats, "--sites", "sea-of-japan")
    assert "none of 0 port calls" in message


@pytest.fixture
def watched(boats, tmp_path):
    """Return the configuration of a watch of the boats."""
    config = tmp_path / "darkships.toml"
    sites = data_dir() / "demo" / "socal-sites.geojson"
    lines = [
        f"{name} = {json.dumps(str(value))}" for name, value in (("store", boats), ("sites", sites), ("out", "out"))
    ]
    config.write_text("\n".join([*lines, "min_gap_h = 1.0", "[[feed]]", 'paths = ["feed"]', ""]), encoding="utf-8")
    return config


def test_a_refitted_model_says_what_it_was_made_from_and_is_used(
    boats, watched, invoke, tmp_path, monkeypatch, sea_cache
):
    monkeypatch.setattr(calibration, "LEAST_PAIRS", 5)
    out = tmp_path / "visits.json"
    shown = invoke("calibrate", "--config", watched, "--visits", 30, "--out", out)
    made = json.loads(out.read_text(encoding="utf-8"))
    assert made["data"]["pairs"] >= 5
    assert (made["data"]["verdicts"], made["data"]["store_version"]) == (0, 12)
    assert made["command"] == "darkships calibrate --visits 30 --seed 0"
    assert "six in ten" in made["split"]
    assert f"fitted to {made['data']['pairs']} masked port calls" in shown.stderr
    stage = ("visits", "--store", boats, "--sites", data_dir() / "demo" / "socal-sites.geojson")
    assert invoke(*stage, "--model", out).stdout != invoke(*stage).stdout
    shipped = data_dir() / "model" / "visits.json"
    assert invoke(*stage, "--model", shipped).stdout == invoke(*stage).stdout


def test_too_few_calls_say_what_was_found_and_what_is_needed(watched, refuse, tmp_path, sea_cache):
    message = refuse("calibrate", "--config", watched, "--visits", 2, "--out", tmp_path / "visits.json")
    assert "found 2 port calls that AIS shows" in message
    assert "expected at least 30 such calls" in message
    assert not (tmp_path / "visits.json").exists()
