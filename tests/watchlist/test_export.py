import csv
import io
import json
import os
import stat
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import at
from hypothesis import given
from hypothesis import strategies as st
from listed import ANGARA, SITES, identity, options, stages

from darkships.errors import DarkshipsError, SchemaError
from darkships.schema import GAPS, TABLES, WATCHLIST
from darkships.watchlist.export import read_watchlist, write_table, write_text, write_watchlist
from darkships.watchlist.table import build_watchlist

GOLDEN = Path(__file__).with_name("two_leads.csv")
FORMULA = '=HYPERLINK("http://x","ANGARA")'
HOSTILE = [
    FORMULA, "+1", "-1", "@A1", "\t=1", "\r\n=1", "\uff1d1", 'quote " and, comma', "two\nlines", "\u202eGRAEF",
    "\x1b[2J", "", "NA", "null", "Ærø 东方", ";=1", "'",
]  # fmt: skip


def watchlist(name=FORMULA, **changed):
    return build_watchlist(*stages(), identity(name=name), SITES, **options(data_label="SYNTHETIC", **changed))


def csv_of(frame):
    stream = io.StringIO(newline="")
    write_table(frame, "-", stream=stream)
    return stream.getvalue()


def test_csv_is_the_one_written_by_hand(tmp_path):
    write_watchlist(watchlist(), tmp_path / "leads.csv")
    assert (tmp_path / "leads.csv").read_bytes().decode() == GOLDEN.read_bytes().decode()


def test_stream_has_the_bytes_of_the_file(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", newline=None))
    write_watchlist(watchlist(name="Ærø"), "-")
    assert raw.getvalue().decode("utf-8") == csv_of(watchlist(name="Ærø"))
    assert b"\r\n2,DS-00000002" in raw.getvalue()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_come_back_as_one_harmless_cell(name, tmp_path):
    path = tmp_path / "leads.csv"
    write_watchlist(watchlist(name=name), path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2
    cell = rows[0]["name"]
    assert cell.isprintable()
    assert not cell.startswith(("=", "+", "-", "@", "\uff1d"))
    assert rows[0]["callsign"] == "UBKX"
    again = pd.read_csv(path, keep_default_na=False)
    assert again["name"].iloc[0] == cell


@given(st.lists(st.text(max_size=12), min_size=1, max_size=5))
def test_any_text_round_trips_as_its_safe_form(texts):
    text = csv_of(pd.DataFrame({"number": range(len(texts)), "text": texts}))
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert rows[0] == ["number", "text"]
    assert [row[0] for row in rows[1:]] == [str(i) for i in range(len(texts))]
    assert all(row[1].isprintable() and row[1][:1] not in set("=+-@") - {""} for row in rows[1:])
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n") == len(texts) + 1


def test_numbers_times_and_missing_have_one_form():
    frame = pd.DataFrame(
        {
            "on_lat": [-0.000001, np.nan],
            "probability": [0.12345, 1.0],
            "slack_h": [1e7, -0.004],
            "time_db": [-0.04, 59.96],
            "when": pd.to_datetime(
                ["2023-10-14T06:30:00.25Z", "2023-10-14T08:30:00+02:00"], format="ISO8601", utc=True
            ),
            "flag": [True, False],
            "count": pd.array([3, None], dtype="Int32"),
            "text": [None, "x"],
            "kind": pd.Categorical(["a", None]),
        }
    )
    assert csv_of(frame).split("\r\n") == [
        "on_lat,probability,slack_h,time_db,when,flag,count,text,kind",
        "0.00000,0.1235,10000000.00,0.0,2023-10-14T06:30:00.250000Z,true,3,,a",
        ",1.0000,0.00,60.0,2023-10-14T06:30:00Z,false,,x,",
        "",
    ]


def test_long_tables_have_one_header():
    rows = csv_of(pd.DataFrame({"mmsi": np.arange(120_001)})).split("\r\n")
    assert rows[:3] == ["mmsi", "0", "1"]
    assert rows[50_000:50_003] == ["49999", "50000", "50001"]
    assert rows[-2:] == ["120000", ""]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".geojson"])
def test_every_stage_can_be_written_even_empty(table, suffix, tmp_path):
    path = tmp_path / f"table{suffix}"
    write_table(table.empty(), path)
    if suffix == ".csv":
        assert path.read_bytes().decode() == ",".join(table.names) + "\r\n"
    elif suffix == ".geojson":
        assert json.loads(path.read_text())["features"] == []
    else:
        assert pq.read_schema(path).names == table.names


def test_parquet_has_the_declared_types_and_reads_back(tmp_path):
    path = tmp_path / "leads.parquet"
    frame = watchlist()
    write_watchlist(frame, path)
    assert [(f.name, f.type) for f in pq.read_schema(path)] == [(c.name, c.type) for c in WATCHLIST.columns]
    pd.testing.assert_frame_equal(read_watchlist(path), frame, check_dtype=False)
    first = path.read_bytes()
    write_watchlist(read_watchlist(path), path)
    assert path.read_bytes() == first


def test_label_becomes_a_column():
    _, _, _, gaps = stages()
    stream = io.StringIO()
    write_table(gaps, "-", stream=stream, data_label="SYNTHETIC")
    header, *rows = stream.getvalue().splitlines()
    assert header.split(",") == [*GAPS.names, "data_label"]
    assert all(row.endswith(",SYNTHETIC") for row in rows)


def test_what_is_no_watchlist_is_refused(tmp_path):
    with pytest.raises(SchemaError, match="'rank' is missing"):
        write_watchlist(watchlist().drop(columns="rank"), tmp_path / "x.csv")
    with pytest.raises(DarkshipsError, match="cannot be read as a watchlist"):
        read_watchlist(tmp_path / "missing.parquet")
    write_text("no parquet", tmp_path / "x.parquet")
    with pytest.raises(DarkshipsError, match="cannot be read as a watchlist"):
        read_watchlist(tmp_path / "x.parquet")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "y.parquet")
    with pytest.raises(SchemaError, match="is not a watchlist table"):
        read_watchlist(tmp_path / "y.parquet")
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("name", ["leads.xlsx", "leads", "leads.csv.tmp"])
def test_other_suffixes_are_refused(name, tmp_path):
    with pytest.raises(DarkshipsError, match=r"expected one of \.csv, \.parquet, \.geojson"):
        write_watchlist(watchlist(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_and_folders_are_refused(tmp_path):
    with pytest.raises(DarkshipsError, match="there is no folder"):
        write_watchlist(watchlist(), tmp_path / "no" / "leads.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DarkshipsError, match="no regular file"):
        write_watchlist(watchlist(), tmp_path / "folder.csv")


def test_a_failure_leaves_what_stood_there(tmp_path, monkeypatch):
    path = tmp_path / "leads.csv"
    write_text("yesterday\n", path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DarkshipsError, match="No space left on device"):
        write_watchlist(watchlist(), path)
    assert path.read_text() == "yesterday\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_ordinary_permissions(tmp_path):
    plain, ours = tmp_path / "plain", tmp_path / "ours.csv"
    plain.touch()
    write_watchlist(watchlist(), ours)
    assert stat.S_IMODE(ours.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_text_to_a_stream_and_a_file(tmp_path):
    stream = io.StringIO()
    write_text("Ærø\n", "-", stream=stream)
    write_text("Ærø\n", tmp_path / "text")
    assert stream.getvalue() == (tmp_path / "text").read_text(encoding="utf-8") == "Ærø\n"


def test_same_leads_same_bytes():
    one, other = watchlist(), watchlist()
    other["as_of"] = other["as_of"].dt.tz_convert("Asia/Vladivostok")
    assert csv_of(one) == csv_of(other.sample(frac=1.0, random_state=1).sort_values("rank"))
    assert csv_of(one) != csv_of(watchlist(as_of=at(301)))
    assert str(ANGARA) in csv_of(one)
