"""``darkships sites``, ``store``, ``schema``, ``formats`` and ``explain``."""

import io
import json
import sqlite3

import pandas as pd
import pytest
import world

from darkships.positions.store import Store
from darkships.schema import TABLES


def test_sites_list_names_every_shipped_list_with_its_source(invoke):
    shown = invoke("sites", "list").stdout.splitlines()
    assert shown[0].split() == ["name", "sites", "what", "source"]
    names = {line.split()[0]: int(line.split()[1]) for line in shown[1:]}
    assert {"sea-of-japan", "north-korea", "crimea", "syria"} <= names.keys()
    assert len(names) >= 6
    assert all(count > 0 for count in names.values())


def test_sites_show(invoke):
    shown = invoke("sites", "show", "sea-of-japan").stdout
    for name in ("Rajin", "Dunay", "Vostochny", "Vladivostok", "Nakhodka", "Wonsan", "Hungnam", "Kimchaek"):
        assert name in shown
    assert "KPRJN" in shown or "RJN" in shown


@pytest.mark.usefixtures("sea_cache")
def test_sites_add_makes_a_list_that_the_other_commands_take(tmp_path, store, invoke):
    path = tmp_path / "own.geojson"
    for name, (lon, lat) in world.SITES.items():
        result = invoke("sites", "add", name, lat, lon, "--file", path)
        assert result.stdout == ""
        assert result.stderr == f"{name} added to {path}\n"
    shown = invoke("sites", "show", path).stdout
    assert [line.split("  ")[0] for line in shown.splitlines()[1:]] == sorted(world.SITES)
    by_file = world.write_sites(tmp_path / "by-hand.geojson")
    commands = [invoke("visits", "--store", store, "--sites", sites).stdout for sites in (path, by_file)]
    assert commands[0] == commands[1]


@pytest.mark.usefixtures("sea_cache")
def test_sites_add_refuses_what_cannot_be_and_leaves_the_file(tmp_path, invoke, refuse):
    path = tmp_path / "own.geojson"
    invoke("sites", "add", "West Port", 42.2, 130.3, "--file", path)
    before = path.read_bytes()
    for args in (["West Port", 42.2, 130.3], ["", 42.2, 130.3], ["Inland", 47.0, 100.0], ["Bad\x07", 42.2, 130.3]):
        refuse("sites", "add", *args, "--file", path)
        assert path.read_bytes() == before


@pytest.mark.usefixtures("sea_cache")
@pytest.mark.parametrize("dashes", [["--"], []])
def test_sites_add_takes_southern_and_western_degrees(tmp_path, invoke, dashes):
    path = tmp_path / "own.geojson"
    invoke("sites", "add", "--file", path, "--radius-nm", 1, *dashes, "Valparaiso", -33.03, -71.62)
    (feature,) = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert feature["geometry"]["coordinates"] == [-71.62, -33.03]


@pytest.mark.usefixtures("sea_cache")
def test_sites_add_refuses_an_option_that_it_does_not_have(tmp_path, invoke):
    result = invoke("sites", "add", "Cape", -33.9, 18.4, "--flie", tmp_path / "own.geojson", code=2)
    assert "--flie" in result.stderr


def test_store_info_counts_what_is_there(shared_store, invoke):
    lines = invoke("store", "info", "--store", shared_store).stdout.splitlines()
    shown = dict(line.split("  ", 1) for line in lines[1:])
    shown = {name: value.strip() for name, value in shown.items()}
    assert shown["positions"] == str(len(world.rows()))
    assert shown["ships"] == "5"
    assert shown["sources"] == shown["dates"] == shown["version"] == "5"
    assert (shown["first date"], shown["last date"]) == ("2023-09-07", "2023-09-11")
    assert shown["label"] == "real data"


def test_store_verify_tells_a_damaged_and_a_missing_part(store, invoke, refuse):
    result = invoke("store", "verify", "--store", store)
    parts = list(store.glob("*/*/*.parquet"))
    info = Store.open(store).info()
    assert (info.parts, info.version) == (len(parts), 5)
    told = f"sound: {len(parts)} parts, {info.positions + info.statics} rows, version 5\n"
    assert (result.stdout, result.stderr) == ("", told)
    damaged, missing = sorted(store.glob("positions/*/*.parquet"))[:2]
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    missing.unlink()
    message = refuse("store", "verify", "--store", store)
    *faults, summary = message.splitlines()
    assert f"{damaged.relative_to(store)}: its bytes are not those that were written" in faults
    assert f"{missing.relative_to(store)}: cannot be read (No such file or directory)" in faults
    assert summary.startswith(f"Error: {len(faults)} fault(s)")


def test_store_compact_makes_one_part_a_date_and_changes_nothing_that_is_read(store, tmp_path, invoke):
    more = tmp_path / "more.csv"
    more.write_text(world.csv2([(h, 273000009, 135.0, 41.0, 0.0, 0.0, 4.0) for h in (1, 25, 49)]), encoding="utf-8")
    invoke("ingest", more, "--store", store)
    before = Store.open(store).read()
    gaps = pd.read_csv(io.StringIO(invoke("gaps", "--store", store).stdout))
    assert invoke("store", "compact", "--store", store).stderr == "3 dates compacted\n"
    assert invoke("store", "compact", "--store", store).stderr == "0 dates compacted\n"
    assert Store.open(store).read() == before
    after = pd.read_csv(io.StringIO(invoke("gaps", "--store", store).stdout))
    pd.testing.assert_frame_equal(after, gaps.assign(store_version=gaps["store_version"] + 1))
    invoke("store", "verify", "--store", store)


def test_store_vacuum_removes_only_what_does_not_count(store, invoke):
    invoke("store", "vacuum", "--store", store)  # summaries that other tests left in the store it is a copy of
    orphan = next(store.glob("positions/*")) / "orphan.parquet"
    orphan.write_bytes(b"left by a crash")
    before = Store.open(store).read()
    told = invoke("store", "verify", "--store", store).stderr.splitlines()
    assert told[0].startswith(f"{orphan} does not count")
    assert told[1].startswith("sound: ")
    assert invoke("store", "vacuum", "--store", store).stderr == "1 files removed\n"
    assert not orphan.exists()
    assert invoke("store", "vacuum", "--store", store).stderr == "0 files removed\n"
    assert Store.open(store).read() == before


def test_store_commands_keep_stdout_for_data(store, invoke):
    for command in ("compact", "vacuum", "verify"):
        assert invoke("store", command, "--store", store).stdout == ""


def test_schema_prints_every_table_and_its_columns(invoke):
    shown = invoke("schema").stdout.splitlines()
    assert [line.split("  ")[0] for line in shown[1:]] == list(TABLES)
    for name, table in TABLES.items():
        lines = invoke("schema", name).stdout.splitlines()
        assert [line.split()[0] for line in lines[1:]] == table.names
        assert all(column.doc in line for column, line in zip(table.columns, lines[1:], strict=True))


def test_schema_of_no_table_names_those_that_are(refuse):
    message = refuse("schema", "nonsense")
    assert "watchlist" in message


def test_formats(invoke):
    shown = invoke("formats").stdout
    assert {line.split()[0] for line in shown.splitlines()} >= {
        "marinecadastre-legacy", "marinecadastre-csv2", "dma", "dma-headerless", "aisstream", "nmea", "mapped",
    }  # fmt: skip


@pytest.fixture
def explain(shared_store, sites_file, sea_cache, invoke):
    return lambda *args, **options: invoke("explain", *args, "--store", shared_store, "--sites", sites_file, **options)


def test_explain_by_mmsi_and_by_lead_is_the_same(explain, shared_store, sites_file, invoke):
    by_mmsi = explain(world.SHUTTLE).stdout
    listed = invoke("watchlist", "--store", shared_store, "--sites", sites_file).stdout.splitlines()[1]
    lead = listed.split(",")[1]
    assert explain(lead).stdout == explain(lead.lower()).stdout == by_mmsi
    assert lead in by_mmsi
    lines = by_mmsi.splitlines()
    assert lines[0] == "MMSI 273000001, store version 5, data known up to 2023-09-11 00:00Z"
    assert any("silent until 2023-09-09 17:00Z, 60.0 h" in line for line in lines)
    assert any("says: name SHADOW, IMO 9074729" in line for line in lines)
    for word in ("for:", "against:", "else:", "image:", "Timeline"):
        assert word in by_mmsi


def test_explain_a_vessel_without_a_lead(explain):
    shown = explain(world.LINER).stdout
    assert "No lead" in shown
    assert "name LINER" in shown


@pytest.mark.parametrize("vessel", ["273999999", "DS-00000000", "SHADOW", "0", "9" * 40])
def test_explain_a_stranger(explain, vessel):
    result = explain(vessel, code=1)
    assert result.stdout == ""
    assert vessel in result.stderr


def test_explain_shows_silences_that_others_report(explain, tmp_path):
    gap = {"offPosition": {"lat": 42.3, "lon": 131.4}, "intentionalDisabling": "true", "durationHours": 60}
    event = {"id": "e", "start": "2023-09-07T06:00:00Z", "end": "2023-09-09T18:00:00Z", "gap": gap}
    rows = [
        {**event, "vessel": {"ssvid": str(world.SHUTTLE)}},
        {**event, "vessel": {"ssvid": str(world.SHUTTLE)}, "start": "2023-09-10T00:00:00Z", "end": ""},
        {**event, "vessel": {"ssvid": str(world.LINER)}},
        {"id": "visit", "start": "2023-09-07T06:00:00Z", "vessel": {"ssvid": str(world.SHUTTLE)}},
    ]
    path = tmp_path / "events.json"
    path.write_text(json.dumps({"entries": rows}), encoding="utf-8")
    result = explain(world.SHUTTLE, "--events", path)
    said = "silent until 2023-09-09 18:00Z, 60.0 h, from 42.300 131.400, taken for intentional"
    assert f"  2023-09-07 06:00Z  Global Fishing Watch gap event: {said}" in result.stdout.splitlines()
    assert result.stdout.splitlines()[-1] == "Silences that others report: 1 overlap one here, 1 do not"
    assert "events.json: 1 entries left out" in result.stderr
    path.write_text("mmsi,lat\n", encoding="utf-8")
    assert "holds no gap events" in explain(world.SHUTTLE, "--events", path, code=1).stderr


def test_explain_says_ship_types_in_words(explain):
    assert "type 70 (cargo ship)" in explain(world.SHUTTLE).stdout


def test_explain_writes_a_file(explain, tmp_path):
    assert explain(world.SHUTTLE, "--out", tmp_path / "why.txt").stdout == ""
    assert (tmp_path / "why.txt").read_text(encoding="utf-8") == explain(world.SHUTTLE).stdout


def test_a_name_with_control_characters_reaches_no_terminal(tmp_path, sites_file, sea_cache, invoke):
    text = world.csv2(world.rows(), names={world.SHUTTLE: "\x1b[31mRED\x07"})
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    invoke("ingest", tmp_path / "f.csv", "--store", tmp_path / "s")
    args = ["--store", tmp_path / "s", "--sites", sites_file]
    for command in (["explain", world.SHUTTLE], ["watchlist"]):
        shown = invoke(*command, *args).stdout
        assert "RED" in shown
        assert not {"\x1b", "\x07"} & set(shown)


def test_a_catalog_of_something_else_is_no_store(tmp_path, refuse):
    with sqlite3.connect(tmp_path / "catalog.sqlite") as connection:
        connection.execute("CREATE TABLE other (x)")
    connection.close()
    assert "catalog" in refuse("store", "info", "--store", tmp_path)
