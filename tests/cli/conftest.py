"""The small world of tests/world.py in a store, and the command line in this process."""

import shutil

import pytest
import watching
import world
from click.testing import CliRunner

from darkships.cli import main
from darkships.positions.store import Store


def call(*args, code=0):
    """Run a command; an exception that is no exit is a failure of the test, and so is another exit code."""
    result = CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def refused(*args, code=1):
    """Run a command that must fail: nothing on stdout, one message on stderr; return that."""
    result = call(*args, code=code)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert "Error: " in result.stderr
    return result.stderr


def content(store_path):
    """Return all that can be read from a store."""
    store = Store.open(store_path, read_only=True)
    return store.version, store.label, store.read(), store.read_statics(), store.read_quarantine()


@pytest.fixture(scope="session")
def invoke():
    return call


@pytest.fixture
def refuse():
    return refused


@pytest.fixture
def unchanged():
    """Return a function that runs a command that must fail and leave a store as it was."""

    def check(store_path, *args, code=1):
        before = content(store_path)
        message = refused(*args, code=code)
        assert content(store_path) == before
        return message

    return check


@pytest.fixture(scope="session")
def feed_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("feed")
    for name, text in world.days().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def sites_file(tmp_path_factory):
    return world.write_sites(tmp_path_factory.mktemp("sites") / "sites.geojson")


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory, feed_folder):
    """A store that tests only read."""
    path = tmp_path_factory.mktemp("shared") / "store"
    call("ingest", feed_folder, "--store", path)
    return path


@pytest.fixture
def store(tmp_path, shared_store):
    """A store that the test may change."""
    return shutil.copytree(shared_store, tmp_path / "store")


@pytest.fixture
def watch(tmp_path, sites_file, sea_cache, invoke):
    """Return a function that sets up a watch in a folder of its own."""
    return lambda name="watch", **settings: watching.Watch(tmp_path / name, sites_file, invoke, **settings)
