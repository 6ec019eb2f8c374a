"""``darkships run`` and ``darkships alert``: the cron line, night after night."""

import csv
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import watching
import world
from watching import OUTPUTS

import darkships
from darkships.positions.store import Store
from darkships.scores.model import VisitModel, load_model

NAMES = list(world.days())


def test_a_first_run_writes_all_outputs_and_a_second_none(watch):
    one = watch()
    one.bring(*NAMES)
    told = one.run()
    assert all(name in told for name in NAMES)
    assert "wrote" in told
    assert set(one.out) == OUTPUTS
    assert {path.name for path in one.latest.iterdir()} == {*OUTPUTS, "run.json"}
    assert one.dated == [one.latest.resolve().name]
    assert re.fullmatch(r"2023-09-11T0000Z-v5-[0-9a-f]{6}", one.dated[0])
    times, out = one.times(), one.out
    told = one.run()
    assert told == "nothing new: the outputs stand as they are\n"
    assert one.times() == times
    assert one.out == out
    watchlist = pd.read_csv(one.latest / "watchlist.csv")
    assert watchlist["mmsi"].tolist()[:2] == [world.SHUTTLE, world.OPEN]
    assert watchlist["store_version"].unique().tolist() == [len(NAMES)]


def test_the_outputs_are_those_of_the_stage_commands(watch, invoke):
    one = watch()
    one.bring(*NAMES)
    one.run()
    direct = invoke("watchlist", "--store", one.root / "store", "--sites", one.sites_file)
    assert one.out["watchlist.csv"] == direct.stdout_bytes
    orders = one.root / "orders.geojson"
    invoke("watchlist", "--store", one.root / "store", "--sites", one.sites_file, "--images", orders)
    assert one.out["images.geojson"] == orders.read_bytes()
    paths = json.loads(one.out["paths.geojson"])["features"]
    assert {feature["geometry"]["type"] for feature in paths} == {"LineString"}
    assert {feature["properties"]["leg"] for feature in paths} == {"to the site", "from the site"}
    gaps = json.loads(one.out["gaps.geojson"])["features"]
    assert {feature["properties"]["mmsi"] for feature in gaps} == {world.SHUTTLE, world.OPEN, world.ANCHORED}


def test_where_a_run_works_changes_no_byte(watch, at_once):
    there = watch("there")
    text = (there.root / "darkships.toml").read_text(encoding="utf-8")
    engine = '[engine]\nmemory = "20MB"\nworkers = 2\n'
    (there.root / "darkships.toml").write_text(text + engine, encoding="utf-8")
    there.bring(*NAMES)
    there.run()
    assert there.out == at_once.out
    assert there.dated == at_once.dated


def test_made_again_from_the_same_store_the_bytes_are_the_same(watch):
    one = watch()
    one.bring(*NAMES)
    one.run()
    before = one.out
    shutil.rmtree(one.root / "out")
    assert "wrote" in one.run()
    assert one.out == before


def test_compacting_the_store_changes_no_output_but_its_version(watch, invoke):
    one = watch()
    one.bring(*NAMES)
    one.run()
    before = without_version(one)
    invoke("store", "compact", "--store", one.root / "store")
    one.run()
    assert without_version(one) == before


def test_a_new_file_is_taken_and_the_outputs_follow(watch):
    one = watch()
    one.bring(*NAMES[:2])
    one.run()
    early = one.out
    one.bring(*NAMES[2:])
    told = one.run()
    assert NAMES[0] not in told
    assert NAMES[2] in told
    assert one.out["watchlist.csv"] != early["watchlist.csv"]
    watchlist = pd.read_csv(one.latest / "watchlist.csv")
    assert watchlist["as_of"].unique().tolist() == ["2023-09-11T00:00:00Z"]


@pytest.fixture(scope="module")
def at_once(tmp_path_factory, sites_file, sea_cache, invoke):
    """What a watch to which all days came at once has put out."""
    one = watching.Watch(tmp_path_factory.mktemp("batch") / "watch", sites_file, invoke)
    one.bring(*NAMES)
    one.run()
    return one


@pytest.mark.parametrize(
    "order", [NAMES, NAMES[::-1], [NAMES[i] for i in (2, 4, 0, 3, 1)]], ids=["on", "back", "mixed"]
)
def test_night_by_night_in_any_order_is_as_all_at_once(watch, at_once, order):
    nightly = watch("nightly")
    for name in order:
        nightly.bring(name)
        nightly.run()
    assert without_version(nightly) == without_version(at_once)
    for name in OUTPUTS - {
        "watchlist.csv",
        "watchlist.parquet",
        "watchlist.geojson",
        "images.geojson",
        "visits.parquet",
        "flags.parquet",
        "vessels.parquet",
    }:
        assert nightly.out[name] == at_once.out[name], name


def without_version(watch):
    frame = pd.read_csv(watch.latest / "watchlist.csv", dtype=str, keep_default_na=False)
    return frame.drop(columns="store_version").to_csv(index=False)


def test_a_changed_setting_makes_the_outputs_anew(watch):
    one = watch()
    one.bring(*NAMES)
    one.run()
    one.configure(min_gap_h=20.0)
    assert "wrote" in one.run()
    assert {f["properties"]["mmsi"] for f in json.loads(one.out["gaps.geojson"])["features"]} == {
        world.SHUTTLE, world.OPEN,
    }  # fmt: skip


def test_changed_sites_make_the_outputs_anew(watch, tmp_path):
    one = watch()
    one.sites_file = world.write_sites(tmp_path / "own.geojson", {"West Port": world.SITES["West Port"]})
    one.configure()
    one.bring(*NAMES)
    one.run()
    assert set(pd.read_csv(one.latest / "watchlist.csv")["site"]) == {"West Port"}
    world.write_sites(one.sites_file, {"East Port": world.SITES["East Port"]})
    assert "wrote" in one.run()
    assert set(pd.read_csv(one.latest / "watchlist.csv")["site"]) == {"East Port"}


def test_an_output_that_was_deleted_is_written_again(watch):
    one = watch()
    one.bring(*NAMES)
    one.run()
    before = one.out
    (one.latest / "watchlist.csv").unlink()
    one.run()
    assert one.out == before


def test_a_run_tells_once(watch):
    one = watch()
    one.bring(*NAMES)
    one.run("--exit-code", code=3)
    assert len(one.told) == 3
    assert all(line.startswith("NEW DS-") for line in one.told)
    assert "SHADOW (MMSI 273000001, IMO 9074729)" in one.told[0]
    assert "OPENER (MMSI 273000004) went silent 51 nm from West Port" in one.told[1]
    assert "West Port" in one.told[0]
    one.run("--exit-code")
    assert one.told == []
    assert one.alert("--exit-code") == []


def test_what_is_probable_enough_is_told_and_a_lower_limit_tells_more(watch):
    one = watch(min_probability=0.2)
    one.bring(*NAMES)
    one.run()
    (line,) = one.told
    assert "MMSI 273000001" in line
    one.configure()
    assert ["MMSI 273000004" in line for line in one.alert("--exit-code", code=3)] == [True, False]


def test_a_run_tells_of_what_changed(watch):
    one = watch()
    one.bring(*NAMES[:2])
    one.run()
    # SHUTTLE is still silent and ANCHORED was; OPEN is so for three hours: no gap yet.
    assert [line.split()[0] for line in one.told] == ["NEW", "NEW"]
    assert "MMSI 273000001" in one.told[0]
    one.bring(*NAMES[2:])
    one.run()
    assert [line.split()[0] for line in one.told] == ["CHANGED", "NEW"]
    assert "reappeared 2023-09-09 17:00Z" in one.told[0]
    assert "MMSI 273000004" in one.told[1]


def test_a_day_that_comes_late_amends_and_retracts_what_was_told(watch):
    one = watch()
    one.bring(NAMES[0], *NAMES[2:])  # without the second day, too, STILL is silent: from hour 20 to hour 48
    one.run()
    assert any("STILL" in line for line in one.told)
    heard = [(hour, world.ANCHORED, 131.9, 42.95, 0.0, 0.0, 5.0) for hour in range(20, 31)]
    (one.root / "feed" / "late.csv").write_text(world.csv2(heard), encoding="utf-8")
    one.bring(NAMES[1])
    one.run()
    (line,) = [line for line in one.told if "STILL" in line]
    assert line.startswith("RETRACTED DS-")
    assert "late data: it was heard during the silence told from 2023-09-07 20:00Z to 2023-09-09 00:00Z" in line
    one.run()
    assert one.told == []


def test_triage(watch, tmp_path):
    one = watch()
    one.bring(*NAMES[:2])
    one.run()
    listed = list(csv.DictReader(one.triage().stdout.splitlines()))
    assert [row["name"] for row in listed] == ["SHADOW", "STILL"]
    first, second = (row["lead_id"] for row in listed)
    one.triage(second.lower(), "dismiss", "--note", "laid up")
    edited = tmp_path / "edited.csv"
    with edited.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, listed[0])
        rows.writeheader()
        rows.writerows([{**listed[0], "verdict": "Confirm", "note": "seen on an image"}, listed[1]])
    assert one.triage("--from", edited).stderr == "1 lead(s) changed\n"
    assert one.triage("--from", edited).stderr == "0 lead(s) changed\n"
    assert [row["status"] for row in csv.DictReader(one.triage().stdout.splitlines())] == ["confirmed", "dismissed"]
    history = one.triage(first).stdout
    assert "new" in history
    assert "seen on an image" in history
    one.bring(*NAMES[2:])
    one.run()
    assert not [line for line in one.told if "STILL" in line]
    assert "is no lead" in one.triage("DS-0", "confirm", code=1).stderr
    assert "is no lead" in one.triage("DS-0", code=1).stderr
    assert "no column 'lead_id'" in one.triage("--from", one.sites_file, code=1).stderr
    one.triage(first, "--from", edited, code=2)


def test_an_earlier_version_is_made_again_byte_for_byte(watch):
    one = watch()
    one.bring(*NAMES[:2])
    one.run()
    first = one.latest.resolve()
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    one.bring(*NAMES[2:])
    one.run()
    latest = one.out
    for spoil in (
        lambda: shutil.rmtree(first),
        lambda: (first / "watchlist.csv").write_text("saved as something else"),
    ):
        spoil()
        assert one.run("--at-version", "2") == f"version 2 is in {one.root / 'out' / first.name}\n"
        assert one.told == []
        assert {path.name: path.read_bytes() for path in first.iterdir()} == before
        assert one.out == latest
    assert "has no version 6; expected one from 1 to 5" in one.run("--at-version", "6", code=1)


def test_a_listed_ship_is_told_when_it_first_appears_and_a_rule_may_ask_for_less(watch):
    one = watch(min_probability=0.9)
    (one.root / "list.csv").write_text("imo,mmsi,why\n9074729,,shuttle\n,273000005,brief\n", encoding="utf-8")
    config = one.root / "darkships.toml"
    more = '[[list]]\nname = "ofac"\nfile = "list.csv"\n[[rule]]\nmin_probability = 0.02\nwhen = ["within_range"]\n'
    more += '[[rule]]\nlists = ["ofac"]\nwhen = ["listed"]\n'
    config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
    one.bring(*NAMES)
    one.run()
    assert [line.split(" (")[0].split(": ")[1] for line in one.told] == ["SHADOW", "OPENER", "BRIEF"]
    assert "on the list ofac, first seen" in one.told[0]
    assert "silent within reach of East Port (56 nm, from 2023-09-09 01:57Z), West Port" in one.told[1]
    assert one.told[2].endswith("BRIEF (MMSI 273000005) is in the feed. Why now: on the list ofac, first seen")
    one.run()
    assert one.told == []


def test_diff(watch):
    one = watch()
    one.bring(NAMES[0], *NAMES[2:])
    one.run()
    one.bring(NAMES[1])
    one.run()
    a, b = (one.root / "out" / name for name in one.dated)
    shown = one.invoke("diff", a, b)
    (still,) = [line for line in shown.stdout.splitlines() if "STILL" in line]
    assert "changed" in still
    assert "late data: the silence told from 2023-09-07 20:00Z to 2023-09-09 00:00Z is shorter" in still
    assert "files in the store: 4 became 5" in shown.stderr
    assert one.invoke("diff", b, one.latest).output == ""
    assert "was made from later data than" in one.invoke("diff", b, a, code=1).stderr
    assert "holds no outputs of darkships run" in one.invoke("diff", a, one.root, code=1).stderr


def test_a_target_that_is_away_is_told_and_gets_it_next_time(watch, web_server, monkeypatch):
    one = watch()
    config = one.root / "darkships.toml"
    text = config.read_text(encoding="utf-8")
    hook = '[[target]]\nname = "hook"\nkind = "webhook"\nurl_env = "HOOK_URL"\nsecret_env = "HOOK_KEY"\n'
    config.write_text(text + hook, encoding="utf-8")
    one.bring(*NAMES[:2])
    assert "Error: the url of hook is missing: the environment has no HOOK_URL" in one.run(code=1)
    assert len(one.told) == 2
    message = one.invoke("doctor", "--config", config, code=1).stderr
    assert "2 message(s) wait after 1 attempt(s): the url of hook is missing" in message
    monkeypatch.setenv("HOOK_URL", web_server.url)
    monkeypatch.setenv("HOOK_KEY", "shared")
    assert one.alert("--exit-code", code=3) == []
    assert [json.loads(body)["messages"][0]["name"] for _, _, body in web_server.requests] == ["SHADOW", "STILL"]
    assert b"hunter2" not in (one.root / "out" / "state.sqlite").read_bytes()


def test_alert_before_any_run_says_what_to_do(watch, refuse):
    one = watch()
    message = refuse("alert", "--config", one.root / "darkships.toml")
    assert "darkships run" in message


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_in_the_outputs(watch):
    one = watch()
    one.bring(*NAMES)
    (one.root / "feed" / "bad.csv").write_text("no,feed\n1,2\n", encoding="utf-8")
    told = one.run(code=1)
    assert "bad.csv" in told
    assert "Error: 1 of 6 files could not be read; the others are in the outputs" in told
    assert set(one.out) == OUTPUTS


@pytest.mark.parametrize("away", ["none", "none/*.csv", "feed/*.zst"])
def test_a_feed_that_is_away_is_told_and_the_others_are_watched(watch, away):
    one = watch()
    one.bring(*NAMES)
    one.configure(paths=(away, "feed/*.csv"))
    told = one.run(code=1)
    assert str(Path(away).name) in told
    assert "the others are in the outputs" in told
    assert set(one.out) == OUTPUTS
    one.configure(paths=("feed/*.csv",))
    one.run()


def test_a_night_without_any_feed_says_that_nothing_new_is_in_the_outputs(watch):
    one = watch()
    one.bring(NAMES[0])
    one.run()
    (one.root / "feed").rename(one.root / "away")
    told = one.run(code=1)
    assert "feed does not exist" in told
    assert "Error: 1 of 1 files could not be read; nothing new is in the outputs" in told


def test_an_empty_feed_folder_says_that_there_is_nothing_yet(watch):
    assert "holds no reports" in watch().run(code=1)


def test_the_label_of_the_configuration_stands_in_every_output(watch):
    one = watch(label="synthetic")
    one.bring(*NAMES)
    one.run()
    # No ship of this world is flagged, and its feed was never silent: a table without rows holds no label.
    empty = {"flags.parquet", "outages.csv"}
    assert all(b"synthetic" in content for name, content in one.out.items() if name not in empty)
    assert one.told
    assert all(line.startswith("synthetic: NEW DS-") for line in one.told)


def test_a_label_given_at_ingest_outlives_a_configuration_without_one(watch, invoke):
    one = watch()
    one.bring(*NAMES)
    invoke("ingest", one.root / "feed", "--store", one.root / "store", "--label", "synthetic")
    one.run()
    assert Store.open(one.root / "store").label == "synthetic"
    assert b"synthetic" in one.out["watchlist.csv"]


@pytest.mark.parametrize("command", ["run", "alert"])
def test_a_configuration_with_faults_tells_all_of_them(watch, refuse, command):
    one = watch()
    one.configure(min_gap_h=-1, nonsense=1, prior_vessel="high")
    message = refuse(command, "--config", one.root / "darkships.toml")
    assert "3 problem(s)" in message
    assert not (one.root / "store").exists()


@pytest.mark.parametrize("command", ["run", "alert"])
def test_a_missing_configuration(tmp_path, refuse, command):
    assert "--config" in refuse(command, "--config", tmp_path / "none.toml")


def test_a_site_list_that_is_unknown_leaves_the_old_outputs(watch):
    one = watch()
    one.bring(*NAMES)
    one.run()
    before = one.out
    one.configure(sites="atlantis")
    told = one.run(code=1)
    assert "atlantis" in told
    assert one.out == before


def test_a_run_that_broke_off_is_made_again(watch, monkeypatch):
    one = watch()
    one.bring(*NAMES)
    one.run()
    before = one.out
    one.configure(min_gap_h=20.0)
    with monkeypatch.context() as patch:
        patch.setattr("darkships.watchlist.export.write_geo", breaks)
        assert "Aborted!" in one.run(code=1)
    one.configure()
    assert not list((one.root / "out").glob(".*"))
    assert one.run() == "nothing new: the outputs stand as they are\n"
    assert one.out == before
    one.configure(min_gap_h=20.0)
    assert "wrote" in one.run()


def test_old_folders_go_and_the_latest_stays(watch):
    one = watch(keep_outputs=2)
    strange = one.root / "out" / "2020-01-01T0000Z-v1-000000"  # looks like one of ours, but has no record
    strange.mkdir(parents=True)
    for name in NAMES[:4]:
        one.bring(name)
        one.run()
    assert [name[:10] for name in one.dated] == ["2020-01-01", "2023-09-09", "2023-09-10"]
    assert one.latest.resolve().name == one.dated[-1]


def test_the_record_says_what_the_outputs_were_made_from(watch):
    one = watch(label="synthetic")
    one.bring(*NAMES[:2])
    one.run()
    first = json.loads((one.latest / "run.json").read_text(encoding="utf-8"))
    one.bring(NAMES[2])
    one.configure(prior_gap=0.25, label="synthetic")
    one.run()
    record = json.loads((one.latest / "run.json").read_text(encoding="utf-8"))
    assert (record["darkships"], record["label"], record["store_version"]) == (darkships.__version__, "synthetic", 4)
    assert record["parameters"] == {"min_gap_h": 6.0, "max_speed_kn": 60.0, "prior_vessel": 0.2, "prior_gap": 0.25}
    assert (record["inputs"]["files"], record["inputs"]["new"]) == (3, [NAMES[2]])
    assert first["inputs"]["new"] == NAMES[:2]
    assert first["config_hash"] != record["config_hash"]
    assert first["sites"] == record["sites"]


def test_a_model_of_ones_own_is_used_and_recorded_by_what_it_says(watch):
    one = watch()
    one.bring(*NAMES)
    one.run()
    before = pd.read_parquet(one.latest / "watchlist.parquet")
    shipped = load_model()
    model = one.root / "hers.json"
    model.write_text(VisitModel(shipped.curves, shipped.intercept_db - 10.0).text(), encoding="utf-8")
    one.configure(model="hers.json")
    assert "wrote" in one.run()
    after = pd.read_parquet(one.latest / "watchlist.parquet")
    assert (after["probability"].to_numpy() < before["probability"].to_numpy()).all()
    assert "nothing new" in one.run()
    model.write_text(shipped.text(), encoding="utf-8")
    assert "wrote" in one.run()
    model.unlink()
    assert "hers.json holds no visit model" in one.run(code=1)


def breaks(*_):
    raise KeyboardInterrupt


def test_an_out_that_is_a_file_is_told(watch):
    one = watch()
    one.bring(*NAMES)
    (one.root / "out").write_text("", encoding="utf-8")
    assert "cannot make the folder" in one.run(code=1)


def test_a_file_that_may_not_be_read_is_told(watch, monkeypatch):
    one = watch()
    one.bring(*NAMES)
    opened = Path.open

    def denied(path, *args, **options):
        if path.name == NAMES[0]:
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **options)

    monkeypatch.setattr(Path, "open", denied)
    told = one.run(code=1)
    assert f"{NAMES[0]} cannot be read: Permission denied" in told
    assert set(one.out) == OUTPUTS
