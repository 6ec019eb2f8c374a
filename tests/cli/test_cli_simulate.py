"""``darkships simulate``: synthetic files that ``darkships ingest`` takes."""

import pandas as pd
import pytest

from darkships.positions.store import Store

SMALL = (
    "--vessels", 12, "--days", 1, "--bbox", "129.5,41,134.5,43.5", "--harbours", 2, "--every-s", 300, "--stations", 0,
    "--satellites", 0,
)  # fmt: skip


@pytest.mark.parametrize("name", ["nmea", "marinecadastre", "dma"])
def test_what_it_writes_can_be_ingested(invoke, sea_cache, tmp_path, name):
    shown = invoke("simulate", "--out", tmp_path / "sim", *SMALL, "--plant", "moored_off=0.5", "--format", name)
    assert shown.stdout == ""
    assert shown.stderr.startswith("SYNTHETIC: ")
    invoke("ingest", tmp_path / "sim" / name, "--store", tmp_path / "store", "--label", "synthetic")
    store = Store.open(tmp_path / "store", read_only=True)
    assert store.read().num_rows > 500
    assert store.read_quarantine().num_rows == 0
    assert set(pd.read_csv(tmp_path / "sim" / "truth.csv")["data"]) == {"SYNTHETIC"}


def test_a_folder_in_use_is_refused(refuse, sea_cache, tmp_path):
    (tmp_path / "mine").touch()
    assert "is not empty" in refuse("simulate", "--out", tmp_path, *SMALL)


def test_a_box_without_sites_is_refused(refuse, sea_cache, tmp_path):
    message = refuse("simulate", "--out", tmp_path / "sim", "--vessels", 9, "--days", 1, "--bbox", "0,0,5,5")
    assert "none of the sites lies in the box 0,0,5,5" in message
    assert not (tmp_path / "sim").exists()


@pytest.mark.parametrize("share", ["sunk=0.1", "clone=2", "clone", "clone=x"])
def test_a_share_that_is_none_is_usage(refuse, tmp_path, share):
    refuse("simulate", "--out", tmp_path / "sim", *SMALL, "--plant", share, code=2)
