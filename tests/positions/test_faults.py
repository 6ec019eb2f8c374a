"""Nothing is lost: a process killed at any step, a full disk, several processes at once."""

import os
import shutil
import subprocess
from itertools import count

import faults
import pytest
import world
from faults import EXPLAINED, STRUCK, UNHURT, at_once, run

from darkships.intake import ingest
from darkships.positions.parts import files
from darkships.positions.store import Store

LIMITS = [0, 1, 600, 2_000, 4_000, 6_000, *range(8_000, 64_000, 8_000), 2**20]


def csv(first, last, mmsi=273000001):
    """Return a file with a ship's identity and a row that cannot be read."""
    rows = [(h, mmsi, 132.0 + h / 100, 42.0, 9.5, 243.0, 5.0) for h in range(first, last)]
    return world.csv2(rows) + f"273000001,no time {first}\n"


def content(store):
    return store.read(), store.read_statics(), store.read_quarantine()


def as_before_or_after(root, before, after):
    """Check a store that was left in the midst of something: it is sound, and as it was or as it should become."""
    store = Store.planned(root)
    verdict = store.inspect()
    assert verdict.faults == ()
    assert content(store) in (before, after)
    listed = {path for path in files(root) if path not in verdict.orphans} if root.exists() else set()
    assert len(listed) == verdict.parts
    return store


class Case:
    """A store, what is to be done with it, and what it is before and after."""

    def __init__(self, folder, kind):
        self.root, self._kept, feed = folder / "store", folder / "kept", folder / "day.csv"
        self.feeds, self.job = [feed], getattr(faults, kind, faults.take)
        self.before = self.after = content(Store.planned(folder / "nothing"))
        feed.write_text(csv(0, 4))
        if kind != "new":
            faults.take(self._kept, self.feeds)
            self.before = self.after = content(Store.open(self._kept))
            feed.write_text(csv(0, 4) + csv(4, 9).partition("\n")[2])
        if self.job == faults.take:
            done = folder / "done"
            if self._kept.exists():
                shutil.copytree(self._kept, done)
            faults.take(done, self.feeds)
            self.after = content(Store.open(done))
        else:
            feed.write_text(csv(20, 28, 273000002))
            faults.take(self._kept, self.feeds)
            next(self._kept.glob("positions/*")).joinpath("part-0.parquet").write_bytes(b"left by a crash")
            self.before = self.after = content(Store.open(self._kept))

    def reset(self):
        shutil.rmtree(self.root, ignore_errors=True)
        if self._kept.exists():
            shutil.copytree(self._kept, self.root)

    def finish(self):
        """Do again what was broken off, in this process: it comes to its end, and nothing is left of the fault."""
        store = as_before_or_after(self.root, self.before, self.after)
        self.job(self.root, self.feeds)
        assert [report.counts for report in ingest(self.feeds, store)] == [None] * len(self.feeds)
        store.vacuum()
        verdict = store.inspect()
        assert (verdict.faults, verdict.orphans) == ((), ())
        assert content(store) == self.after


@pytest.fixture(params=["new", "grown", "compact", "vacuum"])
def case(request, tmp_path):
    return Case(tmp_path, request.param)


@pytest.mark.skipif(os.name != "posix", reason="a process is killed by a signal")
def test_killed_at_any_step(case):
    struck = 0
    for at in count(1):
        case.reset()
        ended = run(faults.struck, case.job, case.root, case.feeds, at, faults.kill)
        assert ended in {0, STRUCK}
        case.finish()
        if ended == 0:
            break
        struck += 1
    assert struck >= {"take": 20, "compact": 15, "vacuum": 2}[case.job.__name__]


def test_a_disk_that_is_full_at_any_step(case):
    explained = 0
    for at in count(1):
        case.reset()
        ended = run(faults.struck, case.job, case.root, case.feeds, at, faults.fill)
        assert ended in {0, EXPLAINED, UNHURT}
        assert not list(case.root.rglob("*.staged"))
        case.finish()
        if ended == 0:
            break
        explained += ended == EXPLAINED
    assert explained >= {"take": 10, "compact": 6, "vacuum": 1}[case.job.__name__]


@pytest.fixture(params=["tmpfs", "ext4"])
def disk(request, tmp_path):
    """A file system of its own, of 8 MiB, in memory or in a file; where ext4 is full, memory mapped there is lost."""
    folder, image = tmp_path / "disk", tmp_path / "image"
    folder.mkdir()
    if request.param == "ext4":
        image.write_bytes(b"")
        os.truncate(image, 8 << 20)
        commands = [
            ["mke2fs", "-q", "-t", "ext4", "-b", "1024", "-m", "0", image],
            ["mount", "-o", "loop", image, folder],
        ]
    else:
        commands = [["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]]
    for command in commands:
        program = shutil.which(command[0]) or "false"
        if os.name != "posix" or subprocess.run([program, *command[1:]], check=False, capture_output=True).returncode:
            pytest.skip("no such file system can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("kind", ["new", "grown", "compact", "vacuum"])
def test_a_disk_that_is_full_in_earnest(disk, kind):
    """While it is full, too, the store can be read: the system, not a test, says which writes come through."""
    case, explained = Case(disk, kind), 0
    for room in count(0, 12_288):
        case.reset()
        filler = faults.fill_up(disk, room)
        ended = run(faults.plain, case.job, case.root, case.feeds)
        assert ended in {0, EXPLAINED}
        assert not list(case.root.rglob("*.staged"))
        as_before_or_after(case.root, case.before, case.after)
        filler.unlink()
        case.finish()
        if ended == 0:
            break
        explained += 1
    assert explained >= {"take": 4, "compact": 3, "vacuum": 0}[case.job.__name__]


@pytest.mark.skipif(os.name != "posix", reason="the system limits the size of files")
@pytest.mark.parametrize("size", LIMITS)
def test_a_system_that_writes_no_further_byte(tmp_path, size):
    case = Case(tmp_path, "grown")
    case.reset()
    ended = run(faults.bounded, case.job, case.root, case.feeds, size)
    assert ended in ({EXPLAINED} if size < 4_000 else {0} if size == LIMITS[-1] else {0, EXPLAINED})
    assert not list(case.root.rglob("*.staged"))
    case.finish()


def test_a_catalog_that_has_no_room_for_a_further_page(tmp_path):
    feeds = [tmp_path / f"{n}.csv" for n in range(40)]
    for n, feed in enumerate(feeds):
        feed.write_text(csv(2, 4, 273000002 + n))
    root = tmp_path / "store"
    faults.take(root, feeds[:1])
    assert run(faults.without_pages, faults.take, root, feeds, 1) == EXPLAINED
    store = Store.open(root)
    assert store.verify() == []
    assert 1 < store.version < 40
    faults.take(root, feeds)
    assert store.verify() == []
    assert len(set(store.read()["mmsi"].to_pylist())) == 40
    assert set(store.read()["n_receptions"].to_pylist()) == {1}


@pytest.fixture
def crowd(tmp_path):
    """Feeds of which the first is a store already, and the store."""
    feeds = [tmp_path / f"{n}.csv" for n in range(6)]
    for n, feed in enumerate(feeds):
        feed.write_text(csv(2, 9, 273000002 + n))
    faults.take(tmp_path / "store", feeds[:1])
    faults.take(tmp_path / "expected", feeds)
    return tmp_path / "store", feeds, content(Store.open(tmp_path / "expected"))


def whole(root, expected, commits):
    store = Store.open(root)
    verdict = store.inspect()
    assert (verdict.faults, verdict.orphans) == ((), ())
    assert content(store) == expected
    assert store.version == commits


def test_the_same_files_by_several_processes_at_once(crowd):
    root, feeds, expected = crowd
    assert at_once(*[(faults.take, root, feeds)] * 3) == [0, 0, 0]
    whole(root, expected, len(feeds))


def test_other_files_by_several_processes_at_once(crowd):
    root, feeds, expected = crowd
    assert (
        at_once((faults.take, root, feeds[1:3]), (faults.take, root, feeds[3:]), (faults.take, root, feeds[:1]))
        == [0] * 3
    )
    whole(root, expected, len(feeds))


def test_a_new_store_by_several_processes_at_once(crowd, tmp_path):
    _, feeds, expected = crowd
    jobs = [(faults.take, tmp_path / "new", feeds[n:] + feeds[:n]) for n in (0, 2, 4)]
    assert at_once(*jobs) == [0, 0, 0]
    whole(tmp_path / "new", expected, len(feeds))


@pytest.mark.parametrize("other", [faults.compact, faults.vacuum])
def test_compaction_and_vacuum_beside_an_ingest(crowd, other):
    root, feeds, expected = crowd
    assert at_once((faults.take, root, feeds[:3]), (other, root, feeds), (faults.take, root, feeds[3:])) == [0, 0, 0]
    store = Store.open(root)
    assert store.verify() == []
    store.vacuum()
    whole(root, expected, store.version)
