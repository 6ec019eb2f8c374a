"""The demo's claim: of more than 500 vessels the four synthetic ships of the Rajin case come out on top."""

import csv
from dataclasses import replace

import pandas as pd
import pytest
from shapely import Point, from_wkt

from darkships.config import read_config
from darkships.configured import ingest_configured, run_configured
from darkships.pipeline import Analysis
from darkships.resources import data_dir
from darkships.sites.watch import read_sites

RAJIN = data_dir() / "demo" / "rajin"


@pytest.fixture(scope="module")
def truth():
    with (RAJIN / "truth.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def run(tmp_path_factory, sea_cache):
    """Analyse the shipped sample as the demo does; return the output folder and the analysis."""
    folder = tmp_path_factory.mktemp("rajin")
    config = replace(read_config(RAJIN / "darkships.toml"), store=folder / "store", out=folder / "out")
    store, reports = ingest_configured(config, note=print)
    assert not any(report.error for report in reports)
    assert run_configured(config, store)
    return folder / "out" / "latest", Analysis(store, read_sites(config.sites))


def test_the_four_ships_come_out_as_the_top_four(run, truth):
    watchlist = pd.read_csv(run[0] / "watchlist.csv")
    assert run[1].positions["mmsi"].nunique() >= 504
    assert set(watchlist["mmsi"].head(4)) == {int(row["mmsi"]) for row in truth}
    assert watchlist["rank"].tolist() == list(range(1, len(watchlist) + 1))


def test_their_best_trips_are_to_rajin_in_silences_that_hold_a_true_visit(run, truth):
    for lead in pd.read_csv(run[0] / "watchlist.csv").head(4).to_dict("records"):
        assert lead["site_group"] == "Rason"
        assert from_wkt(lead["next_image_area"]).contains(Point(130.283, 42.227))  # Rajin's berth
        assert any(
            int(row["mmsi"]) == lead["mmsi"]
            and pd.Timestamp(lead["off_timestamp"]) <= pd.Timestamp(row["arrival"])
            and pd.Timestamp(row["departure"]) <= pd.Timestamp(lead["on_timestamp"])
            for row in truth
        )


def test_the_image_to_order_first_for_each_of_the_four_would_show_it(run, truth):
    """At every time of the window the ship lies at Rajin, as whoever made the data knows."""
    for lead in pd.read_csv(run[0] / "watchlist.csv").head(4).to_dict("records"):
        begin, end = pd.Timestamp(lead["next_image_from"]), pd.Timestamp(lead["next_image_to"])
        assert any(
            int(row["mmsi"]) == lead["mmsi"]
            and pd.Timestamp(row["arrival"]) <= begin < end <= pd.Timestamp(row["departure"])
            for row in truth
        )


def test_the_numbers_of_trips_that_silences_hold_are_within_their_intervals(run, truth):
    trips = run[1].trips
    trips = trips[(trips["site_group"] == "Rason") & trips["mmsi"].isin({int(row["mmsi"]) for row in truth})]
    held = [
        sum(
            int(row["mmsi"]) == trip["mmsi"]
            and trip["off_timestamp"] <= pd.Timestamp(row["arrival"])
            and (trip["is_open"] or pd.Timestamp(row["departure"]) <= trip["on_timestamp"])
            for row in truth
        )
        for trip in trips.to_dict("records")
    ]
    assert sum(held) == len(truth)
    low, high = trips["expected_round_trips_low"].to_numpy(), trips["expected_round_trips_high"].to_numpy()
    assert all(low[i] <= n <= high[i] for i, n in enumerate(held) if n)
    assert set(trips["origin_group"]) == {"Vladivostok", "Dunay-Vostochny-Nakhodka"}  # where they were seen before


def test_every_output_says_synthetic(run):
    for path in run[0].glob("*"):
        if path.suffix in {".csv", ".geojson"}:
            assert "synthetic" in path.read_text(encoding="utf-8").lower(), path.name
        elif path.suffix == ".parquet":
            assert (pd.read_parquet(path)["data_label"] == "synthetic").all(), path.name


def test_the_words_are_consistent_with_a_visit_and_never_visited(run):
    text = (run[0] / "watchlist.csv").read_text(encoding="utf-8")
    assert "consistent with a visit to" in text
    assert "visited" not in text


def test_probabilities_of_a_silence_add_up_to_one(run):
    visits = run[1].visits
    alternatives = visits.groupby("gap_id")[[name for name in visits if name.startswith("p_") and name != "p_vessel"]]
    total = visits.groupby("gap_id")["probability"].sum() + alternatives.first().sum(axis=1)
    assert total.to_numpy() == pytest.approx(1.0)
