"""Feeds that must be brought here first: pipes and standard input, URLs by HTTP and by any file system of fsspec."""

import base64
import gzip
import io
import os
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from darkships import remote
from darkships.errors import FeedError
from darkships.feed import find_feeds
from darkships.feed.finding import Pipe, at_hand
from darkships.urls import Url, is_url, without_secrets

CONTENT = gzip.compress(b"mmsi,base_date_time,longitude,latitude\n366000001,2026-03-31 00:00:00,-82.5,38.25\n" * 100)


class Handler(BaseHTTPRequestHandler):
    """A small site with faults."""

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/good.csv.gz")
            self.end_headers()
            return
        if path == "/private" and "Authorization" in self.headers:
            assert base64.b64decode(self.headers["Authorization"].split()[1]) == b"me:secret"
            path = "/good"
        status = {"/none": 404, "/private": 401, "/broken": 500}.get(path, 200)
        self.send_response(status)
        self.send_header("Content-Length", str(len(CONTENT)))
        if path == "/encoded":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if path == "/silent":
            self.server.silence.wait(10)
            return
        self.wfile.write(CONTENT[: len(CONTENT) // 2] if path == "/short" else CONTENT)

    def log_message(self, *_):
        """Stay silent."""


@pytest.fixture(scope="module")
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.silence = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.silence.set()
    server.shutdown()
    thread.join()
    server.server_close()


def brought(offer, folder):
    """Return what comes, and see that nothing stays behind."""
    with at_hand(offer, folder) as path:
        assert path.parent == folder
        found = path.read_bytes()
    assert not list(folder.iterdir())
    return found


@pytest.mark.parametrize("path", ["good.csv.gz", "moved", "good?token=secret", "encoded"])
def test_a_file_is_fetched_as_it_lies_there(site, tmp_path, path):
    assert brought(Url(f"http://{site}/{path}"), tmp_path) == CONTENT


def test_a_password_is_used_and_not_shown(site, tmp_path):
    assert brought(Url(f"http://me:secret@{site}/private"), tmp_path) == CONTENT


@pytest.mark.parametrize(
    ("path", "match"),
    [
        ("none", r"/none is not there \(not found\); check the address"),
        ("private", r"/private could not be fetched \(ClientResponseError: 401"),
        ("broken", r"/broken could not be fetched \(ClientResponseError: 500"),
        ("short", r"/short could not be fetched \(ClientPayloadError"),
    ],
)
def test_what_goes_wrong_is_told_without_secrets(site, tmp_path, path, match):
    with pytest.raises(FeedError, match=match) as caught:
        brought(Url(f"http://{site}/{path}?key=SECRET"), tmp_path)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert not list(tmp_path.iterdir())


def test_a_server_that_falls_silent_is_given_up(site, tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "SILENCE_S", 0.05)
    with pytest.raises(FeedError, match="no answer in time"):
        brought(Url(f"http://{site}/silent"), tmp_path)


def test_nobody_listens(tmp_path):
    with pytest.raises(FeedError, match="could not be fetched"):
        brought(Url("http://127.0.0.1:1/x"), tmp_path)


@pytest.fixture
def memory():
    import fsspec

    files = fsspec.filesystem("memory")
    for name in ("/ais/2024/b.csv.gz", "/ais/2024/a.csv.gz", "/ais/2023/a.csv.gz", "/ais/notes.txt"):
        files.pipe(name, CONTENT)
    yield files
    files.rm("/ais", recursive=True)


def test_any_file_system(memory, tmp_path):
    assert brought(Url("memory://ais/2024/a.csv.gz"), tmp_path) == CONTENT
    with pytest.raises(FeedError, match="memory://ais/none is not there"):
        brought(Url("memory://ais/none"), tmp_path)


def test_a_pattern_of_urls(memory):
    found = find_feeds(["memory://ais/202*/a*"])
    assert [str(url) for url in found] == ["memory:///ais/2023/a.csv.gz", "memory:///ais/2024/a.csv.gz"]
    with pytest.raises(FeedError, match=r"no file matches memory://ais/\*\.zip"):
        find_feeds(["memory://ais/*.zip"])
    assert find_feeds(["http://x/a*b?c=[1]"]) == [Url("http://x/a*b?c=[1]")]


def test_a_missing_package_is_named(monkeypatch, tmp_path):
    with pytest.raises(FeedError, match="Protocol not known: nosuch"):
        brought(Url("nosuch://x/y"), tmp_path)
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(FeedError, match=r"gs://b/k needs a package .*gcsfs"):
        brought(Url("gs://b/k"), tmp_path)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(FeedError, match=r'http://x/y.*aiohttp.*pip install "darkships\[remote\]"'):
        brought(Url("http://x/y"), tmp_path)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(FeedError, match=r'pip install "darkships\[remote\]"'):
        brought(Url("http://x/y"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to(tmp_path):
    with pytest.raises(FeedError, match="cannot be written to"):
        brought(Pipe(), tmp_path / "none")


@contextmanager
def typed(monkeypatch, content):
    class Standard:
        buffer = io.BytesIO(content)

    monkeypatch.setattr(sys, "stdin", Standard)
    yield


def test_standard_input(monkeypatch, tmp_path):
    with typed(monkeypatch, CONTENT):
        assert find_feeds(["-"]) == [Pipe()]
        assert brought(Pipe(), tmp_path) == CONTENT
    assert (str(Pipe()), Pipe().name) == ("stdin", "stdin")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(FeedError, match="no standard input"):
        brought(Pipe(), tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_read_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "scratch").mkdir()
    (found,) = find_feeds([pipe])
    assert found == Pipe(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(CONTENT,))
    writer.start()
    assert brought(found, tmp_path / "scratch") == CONTENT
    writer.join()


def test_what_a_crash_left_long_ago_is_swept_away(monkeypatch, tmp_path):
    for name, age_h in ((".incoming-old", 49), (".incoming-new", 1), ("old", 49)):
        (tmp_path / name).write_text("x")
        then = (tmp_path / name).stat().st_mtime - age_h * 3600
        os.utime(tmp_path / name, (then, then))
    with typed(monkeypatch, b"x"), at_hand(Pipe(), tmp_path) as path:
        assert {p.name for p in tmp_path.iterdir()} == {".incoming-new", "old", path.name}


def test_a_file_is_at_hand(tmp_path):
    with at_hand(tmp_path / "x", None) as path:
        assert path == tmp_path / "x"


@pytest.mark.parametrize("text", ["http://x", "s3://b/k", "gs://b", "abfs+x://y", "HTTPS://X", "file:///a"])
def test_urls(text):
    assert is_url(text)
    assert not is_url(f"./{text}")


@pytest.mark.parametrize("text", ["a.csv", "/a/b", "C:\\a", "C:/a", "c://a", "a:b", "-", "1://x"])
def test_paths(text):
    assert not is_url(text)


def test_secrets_are_nowhere():
    url = Url("ftp://me:pw@host/a/b.csv?sig=KEY#frag")
    assert str(url) == "ftp://host/a/b.csv"
    assert url.name == "b.csv"
    assert repr(url) == "Url(shown='ftp://host/a/b.csv')"
    assert without_secrets("at https://u:p@h/x?k=1 and s3://k@b/y") == "at https://h/x and s3://b/y"
    assert Url("http://h/x?k=1") != Url("http://h/x?k=2")
    assert Path(url.name).name == "b.csv"
