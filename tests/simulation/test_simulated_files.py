"""The files of a synthetic sea: the same bytes, the same numbers, readable, and the truth beside them."""

import filecmp
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from darkships.errors import DarkshipsError
from darkships.intake import ingest
from darkships.positions.store import Store
from darkships.schema import POSITIONS, QUARANTINE, STATICS
from darkships.simulation.files import write_simulation
from darkships.simulation.formats import FORMATS
from darkships.simulation.frames import simulate_days
from darkships.simulation.plan import make_plan

STORED = ["mmsi", "timestamp", "lon", "lat", "sog", "cog", "heading", "nav_status", "ais_class"]


@pytest.fixture(scope="session")
def folder(plan, tmp_path_factory):
    out = tmp_path_factory.mktemp("synthetic") / "sim"
    write_simulation(plan, out, list(FORMATS))
    return out


@pytest.fixture(scope="session")
def stored(plan, tmp_path_factory):
    """The simulated days in a store without any text."""
    store = Store.open(tmp_path_factory.mktemp("direct"), create=True)
    store.ingest(name="synthetic", path="", content_hash="0" * 64, size=0, format="synthetic",
                 batches=(batch for _, batch in simulate_days(plan)))  # fmt: skip
    return store.read(columns=STORED).to_pandas()


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_the_same_settings_give_the_same_bytes_whatever_the_threads(plan, sites, folder, tmp_path):
    write_simulation(make_plan(plan.settings, sites), tmp_path / "again", list(FORMATS), threads=1)
    again = files(tmp_path / "again")
    assert [path.name for path in again] == [path.name for path in files(folder)]
    assert all(filecmp.cmp(*pair, shallow=False) for pair in zip(again, files(folder), strict=True))


def test_there_is_a_file_for_each_day_and_format_and_the_truth(plan, folder):
    names = {path.relative_to(folder).as_posix() for path in files(folder)}
    days = [plan.settings.start + timedelta(days=number) for number in range(plan.settings.days)]
    assert names == {"truth.csv", "truth_tracks.parquet"} | {
        f"{each.name}/{each.file_name(day)}" for each in FORMATS.values() for day in days
    }


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read_without_a_row_set_aside_and_says_the_same(name, folder, stored, tmp_path):
    store = Store.open(tmp_path / "store", create=True)
    reports = ingest(sorted((folder / name).iterdir()), store)
    assert [report.error for report in reports if report.error] == []
    assert [report.counts.quarantined for report in reports] == [{}] * len(reports)
    read = store.read(columns=STORED).to_pandas()
    read = read[read["lat"].notna()].reset_index(drop=True)
    digits = 5 if name == "marinecadastre" else 6
    for column in ("lon", "lat"):
        np.testing.assert_allclose(read[column], stored[column], atol=0.6 * 10.0**-digits)
    exact = ["mmsi", "timestamp", "sog", "cog", "heading", "nav_status"]
    pd.testing.assert_frame_equal(read[exact], stored[exact])
    assert read["ais_class"].astype(str).equals(stored["ais_class"].astype(str))


@pytest.mark.parametrize("name", FORMATS)
def test_identities_come_through(name, plan, folder, tmp_path):
    store = Store.open(tmp_path / "store", create=True)
    ingest(sorted((folder / name).iterdir())[:2], store)
    said = store.read_statics().to_pandas().set_index("mmsi")
    honest = np.setdiff1d(np.arange(plan.fleet.mmsi.size), plan.sharing)
    for ship in [ship for ship in honest.tolist() if plan.fleet.mmsi[ship] in said.index]:
        own = said.loc[[plan.fleet.mmsi[ship]]].ffill().iloc[-1]
        assert own["name"] == plan.fleet.names[ship] == f"SYNTHETIC {ship}"
        assert own["ship_type"] == plan.fleet.ship_type[ship]
        assert (own["length_m"], own["beam_m"]) == (plan.fleet.length_m[ship], plan.fleet.beam_m[ship])
        assert own["callsign"] == plan.fleet.callsigns[ship]
        assert pd.isna(own["imo"]) if plan.fleet.imo[ship] == 0 else own["imo"] == plan.fleet.imo[ship]


def test_the_frames_are_what_a_feed_yields(plan):
    days = [day for day, batch in simulate_days(plan) if batch.positions.num_rows]
    assert days == [plan.settings.start + timedelta(days=number) for number in range(plan.settings.days)]
    _, batch = next(simulate_days(plan))
    assert batch.positions.schema.equals(_without_file(POSITIONS))
    assert batch.statics.schema.equals(_without_file(STATICS))
    assert batch.quarantine.schema.equals(QUARANTINE.arrow)
    assert batch.rows_read == batch.positions.num_rows


def _without_file(table):
    return table.arrow.remove(table.arrow.get_field_index("file_id"))


def test_the_truth_agrees_with_the_files(folder, stored):
    truth = pd.read_csv(folder / "truth.csv", parse_dates=["from", "to"])
    truth = truth.rename(columns={"from": "from_"})
    assert (truth["data"] == "SYNTHETIC").all()
    assert {"dark_visit", "dark_transfer", "laid_up", "moored_off", "clone"} <= set(truth["kind"])
    shared = truth.loc[truth["kind"] == "clone", "mmsi"]
    silent = truth[truth["kind"].isin(["dark_visit", "dark_transfer", "laid_up", "moored_off", "left_area"])]
    for row in silent[~silent["mmsi"].isin(shared)].itertuples():
        own = stored.loc[stored["mmsi"] == row.mmsi, "timestamp"]
        assert not own.between(row.from_, row.to).any(), row


def test_the_truth_of_tracks_tells_the_ship_of_every_report_of_a_shared_mmsi(plan, folder, stored):
    tracks = pq.read_table(folder / "truth_tracks.parquet").to_pandas()
    truth = pd.read_csv(folder / "truth.csv")
    clones = truth[truth["kind"] == "clone"]
    assert set(tracks["mmsi"]) == set(clones["mmsi"])
    assert set(tracks["ship"]) <= {*clones["ship"], *clones["other_ship"]}
    key = ["mmsi", "timestamp", "lon", "lat"]
    own = stored.loc[stored["mmsi"].isin(clones["mmsi"]), key]
    pd.testing.assert_frame_equal(
        tracks.sort_values(key, ignore_index=True)[key], own.sort_values(key, ignore_index=True)
    )
    assert len(tracks) > 100


def test_a_folder_that_holds_something_is_not_written_into(plan, tmp_path):
    (tmp_path / "mine.csv").write_text("precious", encoding="utf-8")
    with pytest.raises(DarkshipsError, match="is not empty"):
        write_simulation(plan, tmp_path, ["dma"])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_an_unknown_format_is_refused_before_anything_is_made(plan, tmp_path):
    with pytest.raises(DarkshipsError, match="unknown format 'aishub'; expected one of nmea"):
        write_simulation(plan, tmp_path / "sim", ["aishub"])
    assert not (tmp_path / "sim").exists()
