"""``darkships ingest``: what is taken, what is left out, and that both are told."""

import json
import shutil

import pyarrow.parquet as pq
import pytest
import world
from click.testing import CliRunner

from darkships.cli import main
from darkships.positions.store import Store

NAMES = list(world.days())


def rows_of(result):
    """Return the closing table of an ingest: file -> the cells of its line."""
    lines = [line.split() for line in result.stderr.splitlines()]
    at = next(i for i, line in enumerate(lines) if line[:2] == ["file", "format"])
    return {line[0]: line[1:] for line in lines[at + 1 :] if len(line) == 8 and line[0] != "file"}


def set_aside(result):
    """Return why rows were set aside: (file, kind, reason) -> rows."""
    lines = [line.split() for line in result.stderr.splitlines()]
    at = next((i for i, line in enumerate(lines) if line[:3] == ["file", "set", "aside"]), len(lines))
    return {tuple(line[:3]): int(line[3]) for line in lines[at + 1 :]}


def opened(path):
    return Store.open(path, read_only=True)


@pytest.fixture
def feed(tmp_path):
    """Write a CSV of the world's rows and return its path."""

    def write(name, rows=None, text=None):
        path = tmp_path / name
        path.write_text(world.csv2(rows) if text is None else text, encoding="utf-8")
        return path

    return write


def test_the_closing_table_accounts_for_every_row(tmp_path, feed, invoke):
    rows = world.rows()[:10]
    lines = world.csv2([*rows, rows[0]]).splitlines()
    lines += [lines[1].replace("273000001", "12"), lines[2].replace("2023-09-07", "2023-13-07"), "273000001,2023-09"]
    result = invoke("ingest", feed("f.csv", text="\n".join(lines) + "\n"), "--store", tmp_path / "s")
    assert result.stdout == ""
    # 14 rows read: 10 kept, 1 twice, 3 that cannot be; one ship's identity.
    assert rows_of(result) == {"f.csv": ["marinecadastre-csv2", "14", "10", "0", "1", "1", "3"]}
    quarantine = opened(tmp_path / "s").read_quarantine().to_pylist()
    assert [row["offset"] for row in quarantine] == [12, 13, 14]
    reasons = [row["reason"] for row in quarantine]
    assert set_aside(result) == {("f.csv", "quarantined", reason): reasons.count(reason) for reason in reasons}
    assert all(row["detail"] and row["raw"] for row in quarantine)


def test_a_file_of_which_every_row_is_set_aside_is_an_error(tmp_path, feed, refuse):
    text = world.csv2(world.rows()[:3]).replace("273000", "12")
    message = refuse("ingest", feed("ids.csv", text=text), "--store", tmp_path / "s")
    assert "of 1 of 1 files every row was set aside, for the reasons above" in message
    assert opened(tmp_path / "s").read_quarantine().num_rows == 3


def test_the_same_file_twice_changes_nothing(shared_store, feed_folder, tmp_path, invoke):
    store = shutil.copytree(shared_store, tmp_path / "s")
    before = opened(store)
    version, read = before.version, before.read()
    result = invoke("ingest", feed_folder, feed_folder / NAMES[0], "--store", store)
    assert result.stderr.count("in the store already") == len(NAMES)
    assert (opened(store).version, opened(store).read()) == (version, read)


def test_the_same_content_under_another_name_or_twice_at_once(feed_folder, tmp_path, invoke):
    for name in ("a.csv", "b.csv"):
        shutil.copy(feed_folder / NAMES[0], tmp_path / name)
    result = invoke("ingest", tmp_path / "a.csv", tmp_path / "b.csv", "--store", tmp_path / "s")
    assert "b.csv  in the store already" in result.stderr
    assert opened(tmp_path / "s").version == 1
    assert opened(tmp_path / "s").info().sources == 1


def test_reports_that_two_files_share_are_read_once(feed, tmp_path, invoke):
    rows = world.rows()[:20]
    invoke("ingest", feed("a.csv", rows[:15]), feed("b.csv", rows[10:]), "--store", tmp_path / "s")
    read = opened(tmp_path / "s").read()
    assert read.num_rows == 20
    assert read["n_receptions"].to_pylist() == [1] * 10 + [2] * 5 + [1] * 5


def test_map(feed, tmp_path, invoke):
    text = (
        "who,when,Y,X,kn\n273000001,2023-09-07 01:00:00,42.5,132.25,9.5\n273000001,2023-09-07 02:00:00,42.4,132.0,9\n"
    )
    mapping = "mmsi=who,timestamp=when,lat=Y,lon=X,sog=kn"
    result = invoke("ingest", feed("own.csv", text=text), "--store", tmp_path / "s", "--map", mapping)
    assert rows_of(result)["own.csv"][:3] == ["mapped", "2", "2"]
    read = opened(tmp_path / "s").read(columns=["mmsi", "lat", "lon", "sog"]).to_pylist()
    assert read[0] == {"mmsi": 273000001, "lat": 42.5, "lon": 132.25, "sog": 9.5}


@pytest.mark.parametrize(
    ("mapping", "named"),
    [("mmsi=who,timestamp=when,lat=Y", "lon"), ("mmsi=who,timestamp=when,lat=Y,lon=nowhere", "nowhere")],
)
def test_a_map_that_does_not_fit_names_what_is_missing(feed, tmp_path, refuse, mapping, named):
    text = "who,when,Y,X\n273000001,2023-09-07 01:00:00,42.5,132.25\n"
    message = refuse("ingest", feed("own.csv", text=text), "--store", tmp_path / "s", "--map", mapping)
    assert named in message
    assert "who,when,Y,X" in message


def test_an_unknown_format_names_those_that_are_known(feed, tmp_path, refuse):
    message = refuse("ingest", feed("f.csv", world.rows()[:3]), "--store", tmp_path / "s", "--format", "nonsense")
    assert "nonsense" in message
    assert "marinecadastre-csv2" in message


def test_an_unknown_receiver_names_those_that_are_known(feed, tmp_path, refuse):
    message = refuse("ingest", feed("f.csv", world.rows()[:3]), "--store", tmp_path / "s", "--receiver", "ear")
    assert "satellite" in message


@pytest.mark.parametrize(
    ("options", "inside"),
    [
        (["--since", "2023-09-07T02:00:00"], lambda row: row[0] >= 2),
        (["--until", "2023-09-07T02:00:00Z"], lambda row: row[0] <= 2),
        (["--since", "2023-09-07T10:00:00+09:00", "--until", "2023-09-08"], lambda row: 1 <= row[0] <= 24),
        (["--bbox", "132,42.5,140,50"], lambda row: 132 <= row[2] <= 140 and 42.5 <= row[3] <= 50),
        (["--since", "2024-01-01"], lambda row: False),
        (["--since", "2023-01-01", "--bbox", "-180,-90,180,90"], lambda row: True),
    ],
)
def test_what_lies_outside_the_window_is_counted(feed, tmp_path, invoke, options, inside):
    rows = [row for row in world.rows() if row[0] <= 30]
    kept = sum(map(inside, rows))
    result = invoke("ingest", feed("f.csv", rows), "--store", tmp_path / "s", *options)
    assert rows_of(result)["f.csv"][1:3] == [str(len(rows)), str(kept)]
    outside = {("f.csv", "skipped", "outside_window"): len(rows) - kept} if kept < len(rows) else {}
    assert set_aside(result) == outside
    assert opened(tmp_path / "s").read().num_rows == kept


def test_a_label_stands_in_every_output(feed_folder, sites_file, sea_cache, tmp_path, invoke):
    store = tmp_path / "s"
    invoke("ingest", feed_folder, "--store", store, "--label", "synthetic: a test")
    assert "synthetic: a test" in invoke("store", "info", "--store", store).stdout
    for command in ("tracks", "gaps", "visits", "trips", "score", "watchlist"):
        args = [command, "--store", store, *([] if command in {"tracks", "gaps"} else ["--sites", sites_file])]
        for suffix in ("csv", "parquet", "geojson"):
            invoke(*args, "--out", tmp_path / f"out.{suffix}")
        header, *lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
        assert "data_label" in header.split(",")
        assert all("synthetic: a test" in line for line in lines)
        assert set(pq.read_table(tmp_path / "out.parquet")["data_label"].to_pylist()) == {"synthetic: a test"}
        features = json.loads((tmp_path / "out.geojson").read_text(encoding="utf-8"))["features"]
        assert {feature["properties"]["data_label"] for feature in features} == {"synthetic: a test"}
    explained = invoke("explain", world.SHUTTLE, "--store", store, "--sites", sites_file).stdout
    assert explained.splitlines()[0] == "SYNTHETIC: A TEST"


def test_files_come_in_any_order_and_number_to_the_same_store(feed_folder, shared_store, tmp_path, invoke):
    for name in reversed(NAMES):
        invoke("ingest", feed_folder / name, "--store", tmp_path / "s")
    assert opened(tmp_path / "s").read() == opened(shared_store).read()
    assert opened(tmp_path / "s").read_statics() == opened(shared_store).read_statics()


def test_names_of_strangers_do_not_reach_the_terminal_raw(feed, tmp_path, invoke):
    path = feed("odd\x1b[31m.csv", world.rows()[:3])
    result = invoke("ingest", path, "--store", tmp_path / "s")
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_text("no,feed\n1,2\n"),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text(world.HEADER + "\n"),
    ],
    ids=["no feed", "empty", "header only"],
)
def test_an_ingest_that_takes_nothing_leaves_no_store(tmp_path, damage):
    damage(tmp_path / "bad.csv")
    args = ["ingest", str(tmp_path / "bad.csv"), "--store", str(tmp_path / "new"), "--label", "synthetic"]
    CliRunner().invoke(main, args, catch_exceptions=False)
    assert not (tmp_path / "new").exists()


def test_a_store_that_is_made_with_its_first_commit_has_its_label(feed, tmp_path, invoke):
    invoke("ingest", feed("f.csv", world.rows()[:3]), "--store", tmp_path / "s", "--label", "synthetic")
    assert opened(tmp_path / "s").label == "synthetic"


def test_a_last_line_without_end_is_told_and_taken_with_finished(feed, tmp_path, invoke):
    path = feed("f.csv", text=world.csv2(world.rows()[:3]).rstrip("\n"))
    result = invoke("ingest", path, "--store", tmp_path / "s")
    assert set_aside(result) == {("f.csv", "skipped", "unfinished_line"): 1}
    assert "--finished takes it as it is" in result.stderr
    result = invoke("ingest", path, "--store", tmp_path / "s", "--finished")
    assert rows_of(result)["f.csv"][1:3] == ["1", "1"]
