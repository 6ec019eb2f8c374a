"""A cluster over separate hosts: Linux network namespaces on one bridge, each with its own address and mounts."""

import contextlib
import os
import shutil
import subprocess
import sys

import dask_processes
import pytest
from random_sea import batch, reports

from darkships.engine import Cluster, Local
from darkships.errors import StoreError
from darkships.pipeline import Analysis
from darkships.positions.store import Store


def ip(*args):
    subprocess.run(["ip", *args], check=True, capture_output=True)


@pytest.fixture(scope="module")
def hosts():
    """Two namespaces with an address each on a bridge, which has 10.213.47.1 here."""
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"):
        pytest.skip("network namespaces need Linux, root, ip and unshare")
    name = f"ds{os.getpid() % 100_000}"
    with contextlib.ExitStack() as stack:
        try:
            ip("link", "add", name, "type", "bridge")
            stack.callback(ip, "link", "del", name)
            ip("addr", "add", "10.213.47.1/24", "dev", name)
            ip("link", "set", name, "up")
            found = [stack.enter_context(_host(name, number)) for number in (2, 3)]
        except subprocess.CalledProcessError as error:
            pytest.skip(f"network namespaces are not allowed here: {error.stderr.decode().strip()}")
        yield found


@contextlib.contextmanager
def _host(bridge, number):
    name = f"{bridge}-{number}"
    ip("netns", "add", name)
    try:
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", name, "master", bridge, "up")
        ip("-n", name, "addr", "add", f"10.213.47.{number}/24", "dev", "eth0")
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "link", "set", "eth0", "up")
        yield name
    finally:
        ip("netns", "del", name)


@pytest.fixture(scope="module")
def address(hosts):
    """A scheduler with a worker on the first host."""
    with (
        dask_processes.scheduler("10.213.47.1") as address,
        dask_processes.worker(address, within=["ip", "netns", "exec", hosts[0]]),
    ):
        yield address


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "shared" / "store", create=True)
    store.ingest(name="sea", path="sea", content_hash="0" * 64, size=1, format="synthetic", batches=[batch(reports(7))])
    return store


def test_workers_on_two_hosts_give_the_same_bytes(hosts, address, store):
    expected = Analysis(store, engine=Local(2)).gaps.to_csv()
    kept = {path.name: path.read_bytes() for path in store.path.glob("summaries/*/*")}
    shutil.rmtree(store.path / "summaries")
    with contextlib.ExitStack() as stack:
        stack.enter_context(dask_processes.worker(address, within=["ip", "netns", "exec", hosts[1]]))
        cluster = Cluster.at(address)
        stack.callback(cluster.close)
        assert (cluster.workers, cluster.together) == (2, 1)
        assert Analysis(store, engine=cluster).gaps.to_csv() == expected
    assert {path.name: path.read_bytes() for path in store.path.glob("summaries/*/*")} == kept


@pytest.mark.parametrize(
    ("mounted", "told"),
    [
        ("mount -t tmpfs none {shared}", "cannot read the store {store}; put it where all workers see it"),
        ("mount -t tmpfs none {shared}; mkdir -p {store}", "sees another folder {store}/summaries than this machine"),
        ("mount --bind {store} {store}; mount -o remount,bind,ro {store}", "may not write in {store}/summaries/"),
    ],
)
def test_a_host_that_does_not_see_the_store_is_named(hosts, address, store, mounted, told):
    where = {"shared": store.path.parent, "store": store.path}
    own_mounts = ["unshare", "-m", "sh", "-c", f'{mounted.format(**where)}; exec "$@"', "sh"]
    with contextlib.ExitStack() as stack:
        stack.enter_context(dask_processes.worker(address, within=["ip", "netns", "exec", hosts[1], *own_mounts]))
        cluster = Cluster.at(address)
        stack.callback(cluster.close)
        with pytest.raises(StoreError) as refused:
            Analysis(store, engine=cluster).gaps  # noqa: B018
    assert str(refused.value).startswith("the worker at tcp://10.213.47.3:")
    assert told.format(**where) in str(refused.value)
