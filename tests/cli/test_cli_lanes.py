"""``lanes``, ``shuttles``, ``watchlist --images`` and ``explain --what-if``."""

import io
import json
import sys

import pandas as pd
import pytest
import world

from darkships.schema import LANES, SHUTTLES

STAMP = ["store_version", "as_of"]


@pytest.fixture
def on_store(shared_store, sites_file, sea_cache, invoke):
    return lambda *args, **options: invoke(*args, "--store", shared_store, "--sites", sites_file, **options)


def test_lanes_add_up_to_the_watchlists_trips(on_store):
    result = on_store("lanes")
    lanes = pd.read_csv(io.StringIO(result.stdout))
    assert list(lanes.columns) == [*LANES.names, *STAMP]
    assert result.stderr == ""
    leads = pd.read_csv(io.StringIO(on_store("watchlist").stdout))
    total = lanes["expected_round_trips"].sum()
    assert total == pytest.approx(leads["expected_round_trips"].sum(), abs=0.01 * len(lanes))
    assert total > 0.1
    # Four days of data: the week of 4 September is whole in none of them.
    assert lanes["week"].unique().tolist() == ["2023-W36", "2023-W37"]
    assert not lanes["is_whole"].any()


def test_lanes_can_be_drawn_and_are_the_same_bytes_again(on_store, tmp_path):
    for name in ("one", "two"):
        on_store("lanes", "--out", tmp_path / f"{name}.csv", "--plot", tmp_path / f"{name}.png")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")


def test_a_plot_without_matplotlib_names_the_extra(on_store, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    told = on_store("lanes", "--plot", tmp_path / "lanes.png", code=1).stderr
    assert 'pip install "darkships[report]"' in told
    assert not (tmp_path / "lanes.png").exists()


def test_a_plot_of_unknown_kind_is_refused(on_store, tmp_path):
    assert "lanes.xyz: its suffix is '.xyz'" in on_store("lanes", "--plot", tmp_path / "lanes.xyz", code=1).stderr


def test_shuttles_have_their_table_though_nobody_shuttles(on_store):
    shuttles = pd.read_csv(io.StringIO(on_store("shuttles").stdout))
    assert list(shuttles.columns) == [*SHUTTLES.names, *STAMP]
    assert shuttles.empty  # each ship of this world is silent once


def test_the_watchlist_writes_the_images_to_order(on_store, tmp_path):
    plain = on_store("watchlist").stdout
    assert on_store("watchlist", "--images", tmp_path / "images.geojson").stdout == plain
    features = json.loads((tmp_path / "images.geojson").read_text(encoding="utf-8"))["features"]
    leads = pd.read_csv(io.StringIO(plain))
    assert len(features) == len(leads)
    assert features[0]["geometry"]["type"] == "Polygon"
    assert features[0]["properties"]["order"] == 1
    assert features[0]["properties"]["next_image_bits"] == leads["next_image_bits"].max()
    assert "suffix" in on_store("watchlist", "--images", tmp_path / "images.csv", code=1).stderr


def test_what_if_says_what_each_item_does_and_what_to_ask_next(on_store):
    plain = on_store("explain", world.SHUTTLE).stdout
    told = on_store("explain", world.SHUTTLE, "--what-if").stdout
    assert told.startswith(plain)
    lines = told[len(plain) :].splitlines()
    assert lines[1].startswith("What if")
    assert any(line.endswith("without draught") and "(-0." in line for line in lines)
    assert lines[-1].startswith("Next question: what does an image show of West Port between 2023-09-0")
    assert "has no lead" in on_store("explain", world.LINER, "--what-if", code=1).stderr
