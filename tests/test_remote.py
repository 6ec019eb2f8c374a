"""Stores at URLs beside buckets: on web servers, without the packages, and what of a URL is shown."""

import re
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import bucket
import pytest
from click.testing import CliRunner
from random_sea import batch, reports

from darkships.cli import main
from darkships.errors import StoreError
from darkships.positions.store import Store
from darkships.remote import UrlPath, place_of
from darkships.urls import Url


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "store", create=True)
    sea = reports(7).assign(offset=lambda frame: frame.index + 1)
    store.ingest(name="sea", path="sea", content_hash="0" * 64, size=1, format="synthetic", batches=[batch(sea)])
    return store


def invoke(*args):
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("missing", ["s3fs", "fsspec"])
def test_a_missing_extra_is_named(missing):
    program = f"import sys; sys.modules['{missing}'] = None; from darkships.cli import main; main()"
    command = [sys.executable, "-c", program, "gaps", "--store", "s3://bucket/watch"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("Error: s3://bucket/watch needs a package (")
    assert missing in done.stderr
    assert done.stderr.endswith('for s3 and http: pip install "darkships[remote]"\n')


def test_a_web_server_is_only_read(store, endpoint):
    place = bucket.new_bucket(ACL="public-read").removeprefix("s3://")
    store.publish(f"s3://{place}/watch")
    before = bucket.contents(f"s3://{place}/watch")
    address = f"{endpoint}/{place}/watch".replace("://", "://me:hunter2@") + "?token=hunter3"
    expected = invoke("gaps", "--store", store.path)
    assert invoke("gaps", "--store", address) == expected
    assert bucket.contents(f"s3://{place}/watch") == before
    assert invoke("store", "verify", "--store", address)[0] == 0
    for name in before:
        bucket.put(f"s3://{place}/watch/{name}", None)
    closed = bucket.new_bucket()
    bucket.put(f"{closed}/watch/catalog.sqlite", b"nobody may read this")
    private = f"{endpoint}/{closed.removeprefix('s3://')}/watch?token=hunter3"
    gaps, publish = ("gaps", "--store"), ("store", "publish", "--store", store.path)
    for said in (invoke(*gaps, address), invoke(*publish, address), invoke(*gaps, private)):
        assert said[0] == 1
        assert said[2].count("\n") == 1
        assert f"{endpoint}/watch-" in said[2]
        assert "hunter" not in "".join(said[1:])


class Files(SimpleHTTPRequestHandler):
    """A web server that may list folders, and give ranges of files."""

    lists, gives_ranges = False, True

    def do_GET(self):
        path = Path(self.directory, self.path.lstrip("/"))
        if path.is_dir() and self.lists:
            content = "".join(f'<a href="{inner.name}">' for inner in path.iterdir()).encode()
        elif path.is_file():
            content = path.read_bytes()
        else:
            self.send_error(404)
            return
        asked = re.fullmatch(r"bytes=([0-9]+)-([0-9]*)", self.headers.get("Range", ""))
        if asked and self.gives_ranges:
            content = content[int(asked[1]) : int(asked[2] or len(content)) + 1]
        self.send_response(206 if asked and self.gives_ranges else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("lists", [True, False])
def test_any_web_server_is_enough_if_it_gives_ranges(store, tmp_path, monkeypatch, lists):
    monkeypatch.setattr(Files, "lists", lists)
    expected = invoke("gaps", "--store", store.path)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/store"
        try:
            assert invoke("gaps", "--store", address) == expected
            monkeypatch.setattr(Files, "gives_ranges", False)
            code, out, told = invoke("tracks", "--store", address)
        finally:
            server.shutdown()
            thread.join()
    assert (code, out, told.count("\n")) == (1, "", 1)
    assert re.search(r"asked for [0-9]+ bytes in it, got [0-9]+; a store needs a server that gives ranges", told)


def test_places():
    assert place_of("store") == Path("store")
    assert place_of(Path("store")) == Path("store")
    assert place_of("s3://b/k") == UrlPath(Url("s3://b/k"))
    assert str(place_of("s3://b/k/")) == "s3://b/k"
    with pytest.raises(StoreError, match="expected the path of a folder on this machine"):
        place_of("file:///tmp/store")
