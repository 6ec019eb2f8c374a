"""Old reports go; what they told of silences, calls and leads stays, and new nights go on from it."""

import shutil
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from builders import START
from hypothesis import given, settings
from hypothesis import strategies as st
from random_sea import SITES, batch, by_day, reports
from test_summaries import SEEDS, assert_same, deliver, outcome

from darkships import summaries
from darkships.engine import Local
from darkships.errors import StoreError
from darkships.pipeline import Analysis, Parameters
from darkships.positions.store import OutrunError, Store

FIRST = START.date()


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def numbered(frame):
    """Return reports as the lines of a file, each with a number of its own."""
    return frame.assign(offset=np.arange(1, len(frame) + 1))


def stored(tmp_path, frames):
    store = Store.open(tmp_path, create=True)
    for number, frame in enumerate(frames):
        if len(frame):
            deliver(store, numbered(frame), f"night {number}")
    return store


@pytest.fixture
def store(tmp_path):
    return stored(tmp_path / "store", by_day(reports(7)))


@settings(max_examples=6, deadline=None)
@given(SEEDS, st.integers(3, 5))
def test_nights_after_an_expiry_equal_those_of_a_store_that_keeps_all(tmp_path_factory, seed, before):
    nights = by_day(reports(seed, days=8))
    whole = stored(tmp_path_factory.mktemp("whole") / "store", nights[:6])
    short = stored(tmp_path_factory.mktemp("short") / "store", nights[:6])
    expected = outcome(whole)
    assert_same(expected, outcome(short))
    gone = short.expire(day(before))
    assert gone.rows > 0
    assert not short.read(until=pd.Timestamp(day(before - 2), tz="UTC") - pd.Timedelta(microseconds=1)).num_rows
    assert_same(expected, outcome(short))
    late = nights[before].sample(frac=0.2, random_state=seed % 2**32)  # comes again, with something else
    late = late.assign(timestamp=late["timestamp"] + pd.Timedelta(seconds=7))
    for number, frame in enumerate([late, *nights[6:]]):
        for each in (whole, short):
            deliver(each, numbered(frame), f"later {number}")
    short.compact()
    assert_same(outcome(whole), outcome(short))
    assert short.verify() == []


def test_what_comes_late_of_a_date_that_expired_is_counted_and_left_out(store):
    before = outcome(store)
    store.expire(day(4))
    frame = by_day(reports(8))[3]
    counts = store.ingest(
        name="late", path="late", content_hash="0" * 64, size=1, format="synthetic",
        batches=[batch(numbered(frame))],
    )  # fmt: skip
    assert (counts.rows_read, counts.kept, counts.skipped) == (len(frame), 0, {"expired": len(frame)})
    assert_same(before, outcome(store))
    assert store.verify() == []


def test_an_expiry_is_one_commit_and_a_second_none(store):
    version, rows = store.version, store.info().positions
    gone = store.expire(day(4))
    assert gone.dates == 2
    assert store.version == version + 1
    info = store.info()
    assert (info.positions, info.expired, info.first_date) == (rows - gone.rows, gone.rows, day(2).isoformat())
    assert store.expire(day(4)).rows == 0
    assert store.expire(day(2)).rows == 0
    assert store.version == version + 1
    assert not (store.path / "positions" / f"date={day(0)}").exists()
    store.vacuum()
    assert store.verify() == []


def test_no_store_is_emptied(store):
    with pytest.raises(StoreError, match=f"the last report in .* is of {day(5)}"):
        store.expire(day(6))
    store.expire(day(5))
    assert store.info().first_date == day(3).isoformat()


def test_what_was_not_summed_up_is_told_and_left_out(store):
    outcome(store)
    store.expire(day(3))
    asked = Analysis(store, SITES)
    assert asked.unknown_dates == []
    other = Analysis(store, SITES, parameters=Parameters(min_gap_h=12.0))
    assert [each.date for each in other.unknown_dates] == [day(n).isoformat() for n in range(2)]
    assert other.gaps["off_timestamp"].min() >= pd.Timestamp(day(2), tz="UTC")


def test_a_summary_that_is_damaged_takes_along_what_was_before_it(store):
    outcome(store)
    store.expire(day(5))
    dates = store.dates(pd.Timestamp(day(9), tz="UTC"))
    question = Analysis(store, SITES)._question
    told = summaries._told(question)
    keys = [node.key for node in summaries._leaves(dates, told)]
    for path in (store.path / "summaries" / told).iterdir():
        if path.name.removesuffix("-hours") not in keys:
            path.unlink()
    (store.path / "summaries" / told / keys[1]).write_bytes(b"damaged")
    with pytest.raises(StoreError, match="missing or damaged"):
        outcome(store)
    after = Analysis(store, SITES)
    assert [each.date for each in after.unknown_dates] == [day(0).isoformat(), day(1).isoformat()]
    assert after.gaps["off_timestamp"].min() >= pd.Timestamp(day(2), tz="UTC")


def test_vacuum_and_a_store_that_may_not_be_written_know_what_was_summed_up(store):
    before = outcome(store)
    store.expire(day(3))
    store.vacuum()
    assert_same(before, outcome(store))
    shutil.copytree(store.path, store.path.with_name("copy"))
    folder = store.path / "summaries"
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert_same(before, outcome(Store.open(store.path, read_only=True), engine=Local(1)))
    finally:
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_versions_before_an_expiry_can_be_read_no_more(store):
    version = store.version
    store.expire(day(3))
    with pytest.raises(StoreError, match=f"version {version + 1} let old reports go"):
        store.at_version(version)
    assert store.at_version(version + 1).version == version + 1


def test_what_expires_while_a_file_is_read_is_not_brought_back(store):
    frame = by_day(reports(8))[1]

    def batches():
        yield batch(frame.iloc[: len(frame) // 2])
        store.expire(day(4))
        yield batch(frame.iloc[len(frame) // 2 :])

    with pytest.raises(OutrunError, match="expired meanwhile"):
        store.ingest(
            name="late", path="late", content_hash="0" * 64, size=1, format="synthetic", batches=batches(),
        )  # fmt: skip
    assert np.all(store.read()["timestamp"].to_pandas() >= pd.Timestamp(day(2), tz="UTC"))
