"""Workers of a cluster, real processes: the same bytes as threads, whoever dies, and clear words when it cannot be."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import dask_processes
import pytest
from click.testing import CliRunner
from random_sea import SITES, batch, reports

from darkships import compiling
from darkships import engine as engines
from darkships.cli import main
from darkships.engine import Cluster, Local
from darkships.errors import DarkshipsError, StoreError
from darkships.kernels import inlined
from darkships.pipeline import Analysis
from darkships.positions.store import Store

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes and looks for them under /proc")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store whose dates came one by one; nothing of it is summarised."""
    store = Store.open(tmp_path_factory.mktemp("sea") / "store", create=True)
    frame = reports(7)
    frame["offset"] = frame.index + 1
    for day, own in frame.groupby(frame["timestamp"].dt.date):
        store.ingest(
            name=str(day), path=str(day), content_hash=str(day).ljust(64, "0"), size=1, format="synthetic",
            batches=[batch(own)],
        )  # fmt: skip
    return store.path


@pytest.fixture
def store(whole, tmp_path):
    return Store.open(shutil.copytree(whole, tmp_path / "store"))


def outcome(store, engine, **more):
    """Return the bytes of what users read, and of what is kept for the next run."""
    analysis = Analysis(store, SITES, engine=engine, **more)
    listed = analysis.watchlist().to_csv(index=False), analysis.gaps.to_csv(index=False)
    return *listed, {path.name: path.read_bytes() for path in store.path.glob("summaries/*/*")}


@pytest.fixture(scope="module")
def expected(whole, tmp_path_factory):
    found = outcome(Store.open(shutil.copytree(whole, tmp_path_factory.mktemp("local") / "store")), Local(2))
    assert found[0].count("\n") > 2
    return found


@pytest.fixture(scope="module")
def cluster():
    engine = Cluster.of(2)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def scheduler():
    with dask_processes.scheduler() as address:
        yield address


@pytest.fixture(scope="module")
def address(scheduler):
    """A scheduler with two workers."""
    with dask_processes.worker(scheduler), dask_processes.worker(scheduler):
        yield scheduler


def test_a_scheduler_without_workers_is_told(scheduler, monkeypatch):
    monkeypatch.setattr(engines, "_PATIENCE_S", 0.2)
    with pytest.raises(
        DarkshipsError, match=f"at {scheduler} has no workers; start some with: dask worker {scheduler}"
    ):
        Cluster.at(scheduler)


def test_another_version_is_told(scheduler, tmp_path):
    about = tmp_path / "darkships-9.9.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: darkships\nVersion: 9.9\n", encoding="utf-8")
    with (
        dask_processes.worker(scheduler, path=[tmp_path]),
        pytest.raises(DarkshipsError, match=r"^tcp://\S+ has darkships 9\.9, this machine .* need the same versions"),
    ):
        Cluster.at(scheduler)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1", "nothing://127.0.0.1:1"])
def test_no_scheduler_is_told(address, monkeypatch):
    monkeypatch.setattr(engines, "_PATIENCE_S", 0.2)
    with pytest.raises(DarkshipsError, match=f"no Dask scheduler answers at '{address}' .*start one with: dask sched"):
        Cluster.at(address)


@pytest.mark.parametrize("start", [lambda: Cluster.of(1), lambda: Cluster.at("tcp://127.0.0.1:1")], ids=["of", "at"])
def test_a_missing_extra_is_named(start, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DarkshipsError, match=r"^working on a cluster needs: pip install 'darkships\[cluster\]'$"):
        start()


def test_threads_work_at_the_same_time():
    all_there = threading.Barrier(3, timeout=60)
    assert len(list(Local(3).run(lambda _: all_there.wait(), [1, 2, 3]))) == 3


def test_worker_processes_give_the_same_bytes(store, cluster, expected):
    assert (cluster.workers, cluster.together) == (2, 2)
    assert outcome(store, cluster) == expected


def dying(when, function, task):
    """Do a task, but end the process once; ``when`` is a file that comes to be at that time, named by it."""
    try:
        when.touch(exist_ok=False)
    except FileExistsError:
        return function(task)
    if when.name == "after":
        function(task)
    os.kill(os.getpid(), signal.SIGKILL)
    return None


class Deadly(Cluster):
    """Workers of which one dies before it summarises a date, and one after it combined two."""

    def __init__(self, cluster, folder):
        super().__init__(cluster._client)
        self.folder, self.left = folder, ["after", "before"]

    def run(self, function, tasks):
        if tasks and self.left:
            function = partial(dying, self.folder / self.left.pop(), function)
        return super().run(function, tasks)


def test_killed_workers_change_nothing(store, cluster, expected, tmp_path, capfd):
    assert outcome(store, Deadly(cluster, tmp_path)) == expected
    assert (tmp_path / "before").exists()
    assert (tmp_path / "after").exists()
    assert capfd.readouterr() == ("", "")


def end_worker(_task):
    os.kill(os.getpid(), signal.SIGKILL)


def test_work_that_kills_every_worker_is_given_up(cluster, monkeypatch):
    monkeypatch.setattr(cluster._client.cluster.scheduler, "allowed_failures", 0)
    with pytest.raises(DarkshipsError, match=r"several workers died of the same work, .* give less with --memory"):
        list(cluster.run(end_worker, [1]))


def refuse(_task):
    raise StoreError("a part is missing")


def test_kernels_that_workers_compile_are_told_of_once(cluster, monkeypatch):
    told, is_told = [], threading.Event()
    monkeypatch.setattr(compiling, "tell", lambda message: (told.append(message), is_told.set()))

    def compiles(number):
        return inlined(lambda n: n + 1)(number)

    assert sorted(cluster.run(compiles, [1, 2, 3])) == [(1, 2), (2, 3), (3, 4)]
    assert is_told.wait(60)
    assert [message.partition(";")[0] for message in told] == ["compiling kernels, which takes a minute or two"]


def test_a_client_that_is_closed_by_now_hides_no_error(cluster, monkeypatch):
    def closed(_futures):
        raise RuntimeError("Client is closed")

    monkeypatch.setattr(cluster._client, "cancel", closed)
    with pytest.raises(StoreError, match="a part is missing"):
        list(cluster.run(refuse, [1]))


def test_a_scheduler_that_was_lost_before_is_told(address):
    engine = Cluster.at(address)
    engine.close()
    with pytest.raises(DarkshipsError, match="the Dask scheduler was lost"):
        list(engine.run(refuse, [1]))


class Stopped(Exception):  # noqa: N818
    pass


def stop(_done, _total):
    raise Stopped


@pytest.fixture(params=["local", "cluster"])
def engine(request):
    return Local(2) if request.param == "local" else request.getfixturevalue("cluster")


def test_a_run_that_is_cancelled_leaves_the_store_sound(store, engine, expected):
    with pytest.raises(Stopped):
        outcome(store, engine, on_rows=stop)
    assert store.verify() == []
    assert outcome(store, engine) == expected


def test_a_task_that_fails_says_why_and_leaves_the_rest_sound(store, engine, expected):
    part = next(store.path.glob("positions/date=2023-09-09/*"))
    content = part.read_bytes()
    part.write_bytes(content[:-9])
    with pytest.raises(StoreError, match="missing or damaged"):
        outcome(store, engine)
    part.write_bytes(content)
    assert outcome(store, engine) == expected


def test_a_read_only_store_is_summarised_in_a_folder_that_workers_share(store, cluster, expected, monkeypatch):
    monkeypatch.setattr("darkships.summaries.is_writable", lambda _: False)
    assert outcome(store, cluster)[:2] == expected[:2]
    assert not (store.path / "summaries").exists()


def test_a_relative_path_is_the_callers(store, cluster, expected, monkeypatch):
    monkeypatch.chdir(store.path.parent)
    assert outcome(Store.open(Path("store")), cluster) == expected


# The command line, as a process of its own session, so that all it started can be found.

COMMAND = "from darkships.cli import main; main(prog_name='darkships')"
INTERRUPTED = f"""
import contextlib, os, signal
from darkships.cli import common
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
interrupt = lambda _done, _total: os.killpg(0, signal.SIGINT)  # as a terminal does it: workers get it too
common._analysis_progress = lambda: contextlib.nullcontext(interrupt)
{COMMAND}
"""


def darkships(*args, program=COMMAND):
    """Run the command line; return exit code, stdout and stderr; nothing of it may still run."""
    with subprocess.Popen(
        [sys.executable, "-c", program, *map(str, args)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        said = process.communicate()
    assert dask_processes.left_of_session(process.pid) == []
    return process.returncode, *said


@pytest.fixture(scope="module")
def gaps(whole, tmp_path_factory):
    """What the command prints without a cluster."""
    store = shutil.copytree(whole, tmp_path_factory.mktemp("printed") / "store")
    return CliRunner().invoke(main, ["gaps", "--store", str(store)], catch_exceptions=False).stdout


def test_the_command_line_on_workers_of_its_own(store, gaps):
    assert darkships("gaps", "--store", store.path, "--workers", 2) == (0, gaps, "")


def test_the_command_line_on_a_scheduler(store, gaps, address):
    assert darkships("gaps", "--store", store.path, "--scheduler", address) == (0, gaps, "")
    Cluster.at(address).close()  # who leaves does not end the cluster


@pytest.mark.parametrize("workers", [[], ["--workers", 2]], ids=["local", "cluster"])
def test_ctrl_c_ends_everything_and_leaves_the_store_sound(store, expected, workers):
    code, out, told = darkships("gaps", "--store", store.path, *workers, program=INTERRUPTED)
    assert (code, out, told.strip()) == (1, "", "Aborted!")
    assert store.verify() == []
    assert outcome(store, Local(2))[:2] == expected[:2]


def test_no_worker_outlives_a_command_that_is_killed(store):
    killed = INTERRUPTED.replace("os.killpg(0, signal.SIGINT)", "os.kill(os.getpid(), signal.SIGKILL)")
    code, out, _ = darkships("gaps", "--store", store.path, "--workers", 2, program=killed)
    assert (code, out) == (-signal.SIGKILL, "")
    assert store.verify() == []


def lose(context, _done, _total):
    context.close()


def test_a_scheduler_that_is_lost_is_told(store, expected):
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(dask_processes.scheduler())
        with dask_processes.worker(address):
            engine = Cluster.at(address)
            with pytest.raises(DarkshipsError, match="the Dask scheduler was lost"):
                outcome(store, engine, on_rows=partial(lose, stack))
            engine.close()
    assert outcome(store, Local(2)) == expected
