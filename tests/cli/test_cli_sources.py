"""Where feeds may come from: patterns, standard input, URLs, archives; on the command line and in darkships.toml."""

import gzip
import io
import os
import sqlite3
import tarfile
import zipfile

import fsspec
import pytest
import world
from click.testing import CliRunner

from darkships.cli import main
from darkships.positions.store import Store

ROWS = world.rows()
TEXT = world.csv2(ROWS[:20])


def kept(store):
    return Store.open(store, read_only=True).read().num_rows


def typed(content, *args):
    return CliRunner().invoke(main, [str(arg) for arg in args], input=content, catch_exceptions=False)


@pytest.fixture
def memory():
    """A file system somewhere else."""
    files = fsspec.filesystem("memory")
    files.pipe("/far/a.csv", TEXT.encode())
    files.pipe("/far/b.csv.gz", gzip.compress(world.csv2(ROWS[20:30]).encode()))
    yield "memory://far"
    files.rm("/far", recursive=True)


@pytest.mark.parametrize("wrap", [bytes, gzip.compress], ids=["plain", "gz"])
def test_standard_input(tmp_path, wrap):
    store = tmp_path / "s"
    content = wrap(f"{TEXT}1,2\n".encode())
    result = typed(content, "ingest", "-", "--store", store)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "stdin  marinecadastre-csv2  21" in result.stderr
    assert kept(store) == 20
    assert Store.open(store, read_only=True).read_quarantine()["file"].to_pylist() == ["stdin"]
    assert not list(store.glob(".incoming*"))
    assert "stdin  in the store already" in typed(content, "ingest", "-", "--store", store).stderr


def test_standard_input_with_nothing_in_it(tmp_path):
    result = typed(b"", "ingest", "-", "--store", tmp_path / "s")
    assert result.exit_code == 1
    assert "stdin: stdin is empty; expected an AIS feed" in result.stderr


def test_patterns_in_quotes(tmp_path, invoke):
    for i, name in enumerate(("logs/a.csv", "logs/deep/b.csv", "logs/deep/c.txt")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(world.csv2(ROWS[i * 10 : i * 10 + 10]), encoding="utf-8")
    invoke("ingest", tmp_path / "logs/**/*.csv", "--store", tmp_path / "s")
    assert kept(tmp_path / "s") == 20


def test_a_pattern_that_matches_nothing_makes_no_store(tmp_path, refuse):
    assert "no file matches" in refuse("ingest", tmp_path / "*.csv", "--store", tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_an_empty_name_is_not_this_folder(tmp_path, refuse):
    assert "expected a file, a folder, a pattern" in refuse("ingest", "", "--store", tmp_path / "s", code=2)


def test_what_is_left_out_is_told_once(tmp_path, invoke):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text(TEXT, encoding="utf-8")
    (tmp_path / "in/README").write_text("x", encoding="utf-8")
    told = invoke("ingest", tmp_path / "in", "--store", tmp_path / "s").stderr
    assert told.count("README was left out") == 1


def test_urls(tmp_path, invoke, memory):
    invoke("ingest", f"{memory}/a.csv", f"{memory}/*", "--store", tmp_path / "s")
    assert kept(tmp_path / "s") == 30
    assert not list((tmp_path / "s").glob(".incoming*"))


def test_a_url_that_fails_keeps_no_other_feed_out_and_shows_no_secret(tmp_path, invoke):
    (tmp_path / "a.csv").write_text(TEXT, encoding="utf-8")
    address = "http://me:PASSWORD@127.0.0.1:1/x.csv?key=KEY"
    told = invoke("ingest", address, tmp_path / "a.csv", "--store", tmp_path / "s", code=1).output
    assert "x.csv: http://127.0.0.1:1/x.csv could not be fetched" in told
    assert "Error: 1 of 2 files could not be read and left nothing in the store" in told
    assert "PASSWORD" not in told
    assert "KEY" not in told
    assert kept(tmp_path / "s") == 20


def test_urls_and_patterns_in_the_configuration(tmp_path, invoke, memory, sites_file, sea_cache):
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "in/deep/c.csv").write_text(world.csv2(ROWS), encoding="utf-8")
    config = tmp_path / "darkships.toml"
    config.write_text(
        f'store = "s"\nsites = "{sites_file}"\nout = "out"\n[[feed]]\n'
        f'paths = ["{memory}/a.csv?key=SECRET-KEY", "in/**/*.csv", "none/*.csv"]\n',
        encoding="utf-8",
    )
    fsspec.filesystem("memory").pipe("/far/a.csv?key=SECRET-KEY", world.csv2(ROWS[:5], names={}).encode())
    told = invoke("run", "--config", config, code=1).stderr
    assert "no file matches" in told
    assert "Error: 1 of 3 files could not be read; the others are in the outputs" in told
    paths = [row[0] for row in sqlite3.connect(tmp_path / "s/catalog.sqlite").execute("SELECT path FROM sources")]
    assert sorted(paths) == sorted([f"{memory}/a.csv", str(tmp_path / "in/deep/c.csv")])
    assert (tmp_path / "out/latest/run.json").exists()
    everything = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and p != config)
    assert b"SECRET-KEY" not in everything


def test_the_trouble_of_each_member_is_told(tmp_path, invoke):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.csv", TEXT)
        archive.writestr("stations.csv", "id,name\n1,Alpha\n")
        archive.writestr("manual.pdf", "%PDF")
    told = invoke("ingest", tmp_path / "all.zip", "--store", tmp_path / "s", code=1).stderr
    assert "all.zip!stations.csv" in told
    assert "'manual.pdf' in the archive is no feed and was left out" in told
    assert "all.zip  marinecadastre-csv2 (incomplete)  20" in told
    assert kept(tmp_path / "s") == 20


def test_a_tar_of_logs(tmp_path, invoke):
    with tarfile.open(tmp_path / "logs.tar.gz", "w:gz") as archive:
        for i in range(3):
            data = world.csv2(ROWS[i * 10 : i * 10 + 10]).encode()
            info = tarfile.TarInfo(f"{i}.csv")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    invoke("ingest", tmp_path / "logs.tar.gz", "--store", tmp_path / "s")
    assert kept(tmp_path / "s") == 30


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX systems only")
def test_a_name_that_is_no_text(tmp_path, invoke):
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    try:
        path.write_text(f"{TEXT}1,2\n", encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes text only")
    told = invoke("ingest", tmp_path / "*.csv", "--store", tmp_path / "s").stderr
    assert "marinecadastre-csv2" in told
    assert Store.open(tmp_path / "s", read_only=True).read_quarantine()["file"].to_pylist() == [
        f"{tmp_path}/caf\ufffd.csv"
    ]
