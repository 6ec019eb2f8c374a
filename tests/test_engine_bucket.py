"""Workers of a cluster, real processes, on a store in a bucket: the same bytes as here, and clear words when not."""

import contextlib
import os
import re
import shutil
import signal
import sys
from functools import partial

import bucket
import dask_processes
import pytest
from click.testing import CliRunner
from random_sea import SITES, batch, by_day, reports

from darkships.cli import main
from darkships.engine import Cluster, Local
from darkships.pipeline import Analysis
from darkships.positions.store import Store

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes")


@pytest.fixture(scope="module")
def scheduler(endpoint):
    with dask_processes.scheduler() as address:
        yield address


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = Store.open(tmp_path_factory.mktemp("sea") / "store", create=True)
    for number, own in enumerate(by_day(reports(7).assign(offset=lambda frame: frame.index + 1))):
        store.ingest(
            name=f"day {number}", path=f"day {number}", content_hash=str(number).ljust(64, "0"), size=1,
            format="synthetic", batches=[batch(own)],
        )  # fmt: skip
    return store


@pytest.fixture
def url(endpoint, store):
    """Where the store was published before anything was summed up."""
    place = f"{bucket.new_bucket()}/watch"
    store.publish(place)
    return place


def outcome(store, engine):
    analysis = Analysis(store, SITES, engine=engine)
    return analysis.watchlist().to_csv(), analysis.gaps.to_csv(), analysis.flags.to_csv()


@pytest.fixture(scope="module")
def expected(endpoint, store):
    """What is found here, in the folder, and what is kept of it in the bucket."""
    place = f"{bucket.new_bucket()}/watch"
    store.publish(place)
    found = outcome(Store.open(place), Local(2))
    assert found[0].count("\n") > 2
    return found, bucket.contents(place)


def end_once(when, function, task):
    """Do a task, but end the process once, half way: ``when`` is a file that comes to be at that time."""
    with contextlib.suppress(FileExistsError):
        when.touch(exist_ok=False)
        function(task)
        os.kill(os.getpid(), signal.SIGKILL)
    return function(task)


class Deadly(Cluster):
    """Workers of which one dies."""

    def __init__(self, cluster, when):
        super().__init__(cluster._client)
        self.when = when

    def run(self, function, tasks):
        return super().run(partial(end_once, self.when, function), tasks)


def test_workers_read_from_the_bucket_and_keep_summaries_there(url, expected, tmp_path):
    cluster = Cluster.of(2)
    with contextlib.closing(cluster):
        assert outcome(Store.open(url), Deadly(cluster, tmp_path / "died")) == expected[0]
    assert (tmp_path / "died").exists()
    assert bucket.contents(url) == expected[1]


def test_the_command_line_on_a_scheduler(url, store, scheduler, tmp_path):
    invoke = partial(CliRunner().invoke, main, catch_exceptions=False)
    here = invoke(["gaps", "--store", str(shutil.copytree(store.path, tmp_path / "store"))])
    with dask_processes.worker(scheduler), dask_processes.worker(scheduler):
        there = invoke(["gaps", "--store", url, "--scheduler", scheduler])
    assert (there.exit_code, there.stdout, there.stderr) == (0, here.stdout, "")
    assert any(name.startswith("summaries/") for name in bucket.contents(url))


def refused_workers(url, scheduler, good, *bad):
    """Return what is told of each worker that has other settings than all else, free of its address."""
    found = []
    with dask_processes.worker(scheduler, settings=good):
        for settings in bad:
            with dask_processes.worker(scheduler, settings=settings):
                code, out, told = bucket.darkships("gaps", "--store", url, "--scheduler", scheduler, **good)
            assert (code, out) == (1, "")
            found.append(re.sub(r"tcp://127.0.0.1:[0-9]+", "ADDRESS", told))
    return found


def test_a_worker_that_does_not_reach_the_bucket_is_named(url, endpoint, scheduler):
    bad = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    (told,) = refused_workers(url, scheduler, {}, bad)
    assert told.startswith(
        f"Error: the worker at ADDRESS cannot read the store: {url}/catalog.sqlite could not be reached"
    )
    assert not any(name.startswith("summaries/") for name in bucket.contents(url))


def test_a_worker_with_wrong_credentials_is_named(url, endpoint, scheduler):
    with bucket.asking(endpoint) as (reader, writer):
        nobody, only_reader = refused_workers(url, scheduler, writer, {"AWS_ACCESS_KEY_ID": "nobody"}, reader)
    assert nobody.startswith(
        f"Error: the worker at ADDRESS cannot read the store: {url}/catalog.sqlite could not be rea"
    )
    assert only_reader.startswith(f"Error: the worker at ADDRESS may not write in {url}/summaries/")
