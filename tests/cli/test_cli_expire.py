"""``darkships store expire`` and ``keep_positions_days``: old reports go, leads stay."""

import json

import pandas as pd
import world

from darkships.positions.store import Store

NAMES = list(world.days())


def leads(watch):
    return pd.read_csv(watch.latest / "watchlist.csv").drop(columns="store_version")


def test_a_run_lets_old_reports_go_once_and_keeps_their_leads(watch):
    whole, short = watch("whole"), watch("short", keep_positions_days=1)
    for one in (whole, short):
        one.bring(*NAMES)
        told = one.run()
    assert "reports of 1 dates have expired and were removed" in told
    pd.testing.assert_frame_equal(leads(short), leads(whole))
    assert leads(short)["off_timestamp"].min() < "2023-09-08"  # of the date whose reports went
    assert Store.open(short.root / "store").info().first_date == "2023-09-08"
    assert Store.open(whole.root / "store").info().first_date == "2023-09-07"
    assert json.loads((short.latest / "run.json").read_text())["inputs"]["unknown_dates"] == []
    assert short.run() == "nothing new: the outputs stand as they are\n"
    short.configure(keep_positions_days=1, min_gap_h=8.0)
    assert "2 dates up to 2023-09-08 are left out: their reports have expired" in short.run()
    unknown = json.loads((short.latest / "run.json").read_text())["inputs"]["unknown_dates"]
    assert unknown == ["2023-09-07", "2023-09-08"]


def test_the_command_sums_up_for_the_sites_that_it_is_told(store, sites_file, sea_cache, invoke, tmp_path):
    def watchlist():
        told = invoke("watchlist", "--store", store, "--sites", sites_file, "--out", tmp_path / "list.parquet").stderr
        return pd.read_parquet(tmp_path / "list.parquet").drop(columns="store_version"), told

    before, _ = watchlist()
    told = invoke("store", "expire", "--store", store, "--sites", sites_file, "--before", "2023-09-10").stderr
    assert "reports of 1 dates removed" in told
    after, told = watchlist()
    pd.testing.assert_frame_equal(after, before)
    assert told == ""
    other = invoke("gaps", "--store", store, "--min-gap-h", "8")
    assert "2 dates up to 2023-09-08 are left out: their reports have expired" in other.stderr


def test_an_expiry_that_would_leave_nothing_is_refused(store, sites_file, refuse):
    message = refuse("store", "expire", "--store", store, "--sites", sites_file, "--before", "2024-01-01")
    assert "the last report in" in message
    assert "is of 2023-09-11" in message


def test_a_watch_keeps_its_leads_when_it_is_named(watch, invoke):
    one = watch("one", max_speed_kn=45.0)
    one.bring(*NAMES)
    one.run()
    before, store = leads(one), one.root / "store"
    assert int(invoke("store", "vacuum", "--store", store).stderr.split()[0]) > 0
    how = ["--store", store, "--sites", one.sites_file, "--config", one.root / "darkships.toml"]
    assert "reports of 1 dates removed" in invoke("store", "expire", *how, "--before", "2023-09-10").stderr
    one.run()
    pd.testing.assert_frame_equal(leads(one), before)
