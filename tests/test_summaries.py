"""A store's summaries: what is new is read, what is known is kept, and the result is that of a full recompute."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import START, sites
from hypothesis import given, settings
from hypothesis import strategies as st
from random_sea import SITES, batch, reports

from darkships import summaries, summary
from darkships.engine import Local
from darkships.errors import StoreError
from darkships.pipeline import Analysis, Parameters
from darkships.positions.store import Store

SEEDS = st.integers(0, 2**32 - 1)


def deliver(store, frame, name):
    store.ingest(
        name=name, path=name, content_hash=f"{name}-{len(frame)}".ljust(64, "0"), size=1, format="synthetic",
        batches=[batch(frame)],
    )  # fmt: skip


def outcome(store, **more):
    """Return what an analysis finds, flags to leads, and the watchlist as the bytes of its CSV."""
    analysis = Analysis(store, SITES, **more)
    listed = analysis.watchlist().drop(columns="store_version").to_csv(index=False)
    stages = (analysis.flags, analysis.gaps, analysis.calls, analysis.trips, analysis.visits, analysis.leads)
    return *stages, pd.DataFrame({"csv": [listed]})


def summed_up(store, **more):
    """Return what an analysis finds in what is summed up, from which later stages go on alone, and all that is kept."""
    analysis = Analysis(store, SITES, **more)
    stages = (analysis.flags, analysis.gaps, analysis.calls, analysis.reception)
    kept = {path.name: path.read_bytes() for path in sorted((store.path / "summaries").glob("*/*"))}
    return *stages, pd.DataFrame({"name": kept.keys(), "content": kept.values()})


def assert_same(mine, other):
    for a, b in zip(mine, other, strict=True):
        pd.testing.assert_frame_equal(a, b, check_exact=True)


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_whatever_came_when_each_night_equals_a_full_recompute(tmp_path_factory, seed):
    rng, frame = np.random.default_rng(seed), reports(seed)
    store = Store.open(tmp_path_factory.mktemp("sea") / "store", create=True)
    part = (
        rng.integers(0, 5, len(frame))
        if rng.random() < 0.5
        else (frame["timestamp"].rank().to_numpy() * 5) // (len(frame) + 1)
    )  # late data all over, or night by night
    for night in range(5):
        again = rng.random(len(frame)) < 0.05  # duplicates of what came before
        arrived = (part == night) | (again & (part < night))
        if arrived.any():
            deliver(store, frame[arrived], f"night {night}")
        if rng.random() < 0.3:
            store.compact()
        if store.version == 0:
            continue
        hours, speed_kn = rng.choice([6.0, 6.0, 12.0]), rng.choice([60.0, 60.0, 5.0])
        parameters = Parameters(min_gap_h=float(hours), max_speed_kn=float(speed_kn))
        Analysis(store, SITES, parameters=parameters).gaps  # noqa: B018  of the later stages nothing is kept
    nightly = outcome(store, parameters=parameters)
    shutil.rmtree(store.path / "summaries")
    assert_same(nightly, outcome(store, parameters=parameters))


@settings(max_examples=6, deadline=None)
@given(SEEDS)
def test_workers_and_memory_change_nothing(tmp_path_factory, seed):
    store = Store.open(tmp_path_factory.mktemp("sea") / "store", create=True)
    deliver(store, reports(seed), "all")
    whole = summed_up(store, engine=Local(1))
    for workers, memory_bytes in ((1, 60_000), (3, 1_000), (3, 10**9)):
        shutil.rmtree(store.path / "summaries")
        assert_same(whole, summed_up(store, engine=Local(workers), memory_bytes=memory_bytes))


def test_memory_bounds_the_reports_held_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr("darkships.positions.parts.ROW_GROUP_ROWS", 20)
    store = Store.open(tmp_path / "store", create=True)
    deliver(store, reports(7, days=3), "all")
    plain, held = summary.read_date, []

    def reading(*args):
        found = list(plain(*args))
        held.append(sum(table.num_rows for table in found))
        return found

    monkeypatch.setattr(summary, "read_date", reading)
    whole = outcome(store, engine=Local(1))
    largest = max(date.rows for date in store.dates(store.time_range()[1]))
    assert max(held) == largest
    held.clear()
    shutil.rmtree(store.path / "summaries")
    assert_same(whole, outcome(store, engine=Local(1), memory_bytes=largest * 70 * 3 // 3))
    assert 0 < max(held) < largest * 2 // 3


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "store", create=True)
    frame = reports(7)
    for day, own in frame.groupby(frame["timestamp"].dt.date):
        deliver(store, own, str(day))
    return store


@pytest.fixture
def read(monkeypatch):
    """Return the days whose reports were read, in the order of the reading."""
    days = []
    plain = summaries.of_dates

    def counting(root, parts, *args):
        days.extend(part.day for part in parts[1:-1] if part is not None)
        return plain(root, parts, *args)

    monkeypatch.setattr(summaries, "of_dates", counting)
    return days


def test_only_the_dates_that_changed_and_those_beside_them_are_read_again(store, read):
    Analysis(store).gaps  # noqa: B018  what it reads is what matters
    days = sorted(read)
    assert len(days) == len(set(days)) == len(store.dates(store.time_range()[1]))
    read.clear()
    assert len(Analysis(store).gaps)
    assert read == []
    late = reports(8)
    late = late[late["timestamp"].dt.date == late["timestamp"].dt.date.iloc[len(late) // 2]]
    deliver(store, late, "late")
    changed = late["timestamp"].iloc[0].toordinal() - pd.Timestamp("1970-01-01").toordinal()
    assert len(Analysis(store).gaps)
    assert set(read) == {day for day in days if abs(day - changed) <= 1}


def test_another_parameter_is_another_summary_and_compacting_reads_again(store, read):
    few, many = (len(Analysis(store, parameters=Parameters(min_gap_h=hours)).gaps) for hours in (20.0, 2.0))
    assert few < many
    read.clear()
    assert len(Analysis(store, parameters=Parameters(min_gap_h=20.0)).gaps) == few
    assert read == []


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": Parameters(min_gap_h=2.0)},
        {"parameters": Parameters(max_speed_kn=5.0)},
        {"sites": sites(Rajin=(130.70, 42.10))},
        {"as_of": START + pd.Timedelta(days=2, hours=11)},
    ],
    ids=["gap", "speed", "sites", "as_of"],
)
def test_what_was_summed_up_under_other_parameters_is_not_taken(store, tmp_path, change):
    fresh = Store.open(shutil.copytree(store.path, tmp_path / "fresh"))
    before = told(store, sites=SITES)
    assert told(store, **{"sites": SITES, **change}) == told(fresh, **{"sites": SITES, **change}) != before


def told(store, **what):
    analysis = Analysis(store, **what)
    return analysis.gaps.to_csv(), analysis.calls.to_csv()


def test_what_is_superseded_is_forgotten_and_vacuum_removes_the_rest(store):
    for hours in (6.0, 12.0):
        Analysis(store, parameters=Parameters(min_gap_h=hours)).gaps  # noqa: B018
    folders = sorted((store.path / "summaries").iterdir())
    before = {path.name for folder in folders for path in folder.iterdir()}
    assert len(folders) == 2
    deliver(store, reports(9).tail(40), "more")
    Analysis(store, parameters=Parameters(min_gap_h=6.0)).gaps  # noqa: B018
    after = {path.name for folder in folders for path in folder.iterdir()}
    assert before - after  # of 6 h
    assert before & after  # of 12 h, and of dates that did not change
    store.vacuum()
    assert not (store.path / "summaries").exists()


def test_an_earlier_as_of_knows_nothing_of_later_reports(store):
    frame = store.read().to_pandas()
    middle = frame["timestamp"].sort_values().iloc[len(frame) // 2]
    early = Store.open(store.path.parent / "early", create=True)
    deliver(early, reports(7)[lambda each: each["timestamp"] <= middle], "early")
    then = Analysis(store, SITES, as_of=middle)
    pd.testing.assert_frame_equal(then.gaps, Analysis(early, SITES, as_of=middle).gaps)
    pd.testing.assert_frame_equal(then.calls, Analysis(early, SITES, as_of=middle).calls)


@pytest.mark.parametrize("damage", [b"", b"x" * 100, None])
def test_a_damaged_summary_is_made_again(store, damage):
    whole = Analysis(store).gaps
    for path in (store.path / "summaries").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-7] if damage is None else damage)
    pd.testing.assert_frame_equal(Analysis(store).gaps, whole)


def test_progress_counts_every_report_once(store):
    told = []
    Analysis(store, on_rows=lambda done, total: told.append((done, total))).gaps  # noqa: B018
    assert told[-1][0] == told[-1][1] == store.info().positions


def test_a_store_that_may_not_be_written_is_summarised_all_the_same(store, monkeypatch):
    whole = Analysis(store).gaps
    shutil.rmtree(store.path / "summaries")
    monkeypatch.setattr(summaries, "is_writable", lambda _: False)
    pd.testing.assert_frame_equal(Analysis(store).gaps, whole)
    assert not (store.path / "summaries").exists()


def test_an_earlier_as_of_leaves_what_is_known_of_later_dates(store, read):
    whole = Analysis(store).gaps
    midnight = whole["off_timestamp"].max().normalize() - pd.Timedelta(1, "us")
    Analysis(store, as_of=midnight).gaps  # noqa: B018
    read.clear()
    pd.testing.assert_frame_equal(Analysis(store).gaps, whole)
    assert read == []


class Forgetting(Local):
    """Threads beside another run that removes, so many times, all that was summarised."""

    def __init__(self, folder, times):
        super().__init__(2)
        self.folder, self.times = folder, times

    def run(self, function, tasks):
        yield from super().run(function, tasks)
        if tasks and self.times:
            self.times -= 1
            for path in self.folder.glob("*/*"):
                path.unlink()


def test_another_run_may_forget_what_this_one_needs(store):
    whole = outcome(store)
    shutil.rmtree(store.path / "summaries")
    assert_same(whole, outcome(store, engine=Forgetting(store.path / "summaries", 4)))


def test_summaries_that_never_last_are_told(store):
    with pytest.raises(StoreError, match="does not last; look for what removes or damages it"):
        Analysis(store, engine=Forgetting(store.path / "summaries", -1)).gaps  # noqa: B018


def test_a_file_in_the_making_that_another_run_took_for_a_leftover_is_written_again(store, monkeypatch):
    whole = Analysis(store).gaps
    shutil.rmtree(store.path / "summaries")
    replace, robbed = Path.replace, set()

    def robbing(self, target):
        if target not in robbed:
            robbed.add(target)
            self.unlink()
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", robbing)
    pd.testing.assert_frame_equal(Analysis(store).gaps, whole)
    assert robbed
