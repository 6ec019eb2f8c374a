import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from darkships.config import Config, FeedConfig
from darkships.errors import DarkshipsError
from darkships.nightly.health import FeedHealth, FeedOutage, Health, complaints, feed_names, recent_outages
from darkships.nightly.steps import StepLog
from darkships.urls import Url

NOW = datetime(2023, 9, 11, 12, tzinfo=UTC)


def ago(hours):
    return (NOW - timedelta(hours=hours)).isoformat()


@pytest.fixture
def config(tmp_path):
    feeds = (FeedConfig(paths=(Path("a"),)), FeedConfig(paths=(Url("https://me:SECRET@example.org/b?key=SECRET"),)))
    return Config(store=tmp_path / "store", sites=("syria",), feeds=feeds, out=tmp_path)


def sound(**changed):
    feeds = {"feed 1 (a)": FeedHealth(ago(8)), "feed 2 (https://example.org/b)": FeedHealth(ago(8))}
    known = {"last_attempt": ago(8), "last_success": ago(8), "as_of": ago(10), "feeds": feeds}
    return Health(**{**known, **changed})


def test_nothing_to_complain_of(config):
    assert complaints(config, sound(), NOW) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"last_attempt": ""}, "no run has been made yet; make one with darkships run"),
        (
            {"last_success": ago(27)},
            "the last good run was 2023-09-10T09:00:00+00:00 (27 h ago); expected at most 26 h",
        ),
        ({"last_success": ""}, "the last good run was never; expected at most 26 h"),
        ({"last_error": "the disk is full"}, "the last run had trouble: the disk is full"),
        ({"as_of": ago(25)}, "the feed is quiet: its latest report is of 2023-09-10T11:00:00+00:00 (25 h ago)"),
        (
            {"feeds": {"feed 1 (a)": FeedHealth(ago(8)), "feed 2 (https://example.org/b)": FeedHealth(ago(30))}},
            "feed 2 (https://example.org/b): nothing new came since 2023-09-10T06:00:00+00:00 (30 h ago)",
        ),
        (
            {"outages": (FeedOutage(ago(20), ago(19), "1 to 2 E, 3 to 4 N", 5), FeedOutage(ago(12), "", "there", 9))},
            "nobody is heard since 2023-09-11T00:00:00+00:00 in there, where 9 ships fell silent at once",
        ),
        (
            {"feeds": {"feed 1 (a)": FeedHealth(ago(8)), "feed 2 (https://example.org/b)": FeedHealth()}},
            "feed 2 (https://example.org/b): nothing new came since never",
        ),
    ],
)
def test_what_is_complained_of(config, changed, words):
    (found,) = complaints(config, sound(**changed), NOW)
    assert found.startswith(words)


def test_a_feed_whose_paths_were_changed_counts_from_the_last_good_run(config):
    health = sound(feeds={"feed 1 (before)": FeedHealth(ago(30)), "feed 2 (https://example.org/b)": FeedHealth(ago(8))})
    assert complaints(config, health, NOW) == []
    later = health.attempted(feed_names(config), NOW).with_feed("feed 1 (a)", 0, NOW)
    later = dataclasses.replace(later, last_success=ago(0), as_of=ago(0))
    assert later.feeds["feed 1 (a)"] == FeedHealth(ago(8))
    (found,) = complaints(config, later.with_feed("feed 2 (https://example.org/b)", 1, NOW), NOW + timedelta(hours=17))
    assert found.startswith(f"feed 1 (a): nothing new came since {ago(8)} (25 h ago)")


def test_outages_of_the_last_week_are_kept_and_those_that_last(tmp_path):
    path = tmp_path / "outages.csv"
    path.write_text(
        "from_timestamp,to_timestamp,is_open,whole_feed,west_lon,south_lat,east_lon,north_lat,duration_h,vessels\n"
        "2023-09-01T05:10:00Z,2023-09-01T06:20:00Z,false,false,131.00000,42.50000,131.50000,43.00000,1.17,11\n"
        "2023-09-01T23:00:00Z,2023-09-05T12:00:00Z,false,true,-180.00000,-90.00000,180.00000,90.00000,85.00,40\n"
        "2023-09-02T05:10:00Z,,true,false,130.50000,42.00000,131.00000,42.50000,222.83,7\n"
        "2023-09-10T05:10:00Z,,true,false,-5.50000,42.50000,-5.00000,43.00000,30.83,9\n"
    )
    assert recent_outages(path, NOW) == (
        FeedOutage("2023-09-01T23:00:00Z", "2023-09-05T12:00:00Z", "the whole feed", 40),
        FeedOutage("2023-09-10T05:10:00Z", "", "-5.5 to -5 E, 42.5 to 43 N", 9),
    )


def test_a_feed_of_several_paths_says_how_many_it_has(config):
    feeds = (FeedConfig(paths=(Path("a"), Path("b"), Path("c"))), FeedConfig(paths=(Path("d"),)))
    assert feed_names(dataclasses.replace(config, feeds=feeds)) == ["feed 1 (a and 2 more)", "feed 2 (d)"]


def test_a_run_that_died_is_told(config, tmp_path):
    owner = {"pid": 7, "host": "watch", "since": "then"}
    (tmp_path / "run.owner.json").write_text(json.dumps(owner), encoding="utf-8")
    assert complaints(config, sound(), NOW) == [
        "a run did not end: process 7 on watch since then died; the next run begins anew"
    ]


def test_what_is_written_is_read(tmp_path):
    assert Health.read(tmp_path) == Health()
    outages = (FeedOutage(ago(9), "", "the whole feed", 3),)
    health = sound(outages=outages).with_feed("feed 1 (a)", 5, NOW).with_feed("feed 3 (c)", 0, NOW)
    health.write(tmp_path)
    assert Health.read(tmp_path) == health
    assert health.feeds["feed 1 (a)"] == FeedHealth(NOW.isoformat(), 5)
    assert health.feeds["feed 3 (c)"] == FeedHealth(ago(8))
    assert health.rows == 5
    begun = health.attempted(["feed 1 (a)"], NOW + timedelta(hours=1))
    assert (begun.rows, begun.last_error, list(begun.feeds)) == (0, "", ["feed 1 (a)"])
    assert begun.last_success == health.last_success


@pytest.mark.parametrize("text", ["{", "[]", '{"feeds": {"a": 1}}', '{"last_success": 5}'])
def test_a_damaged_file_is_told(tmp_path, text):
    (tmp_path / "health.json").write_text(text, encoding="utf-8")
    with pytest.raises(DarkshipsError, match="the next darkships run writes it anew"):
        Health.read(tmp_path)
    said = []
    assert Health.read_or_begin(tmp_path, said.append) == Health()
    assert "health.json cannot be read" in said[0]


def test_a_step_is_one_line_whether_it_goes_well_or_not():
    lines = []
    log = StepLog(lines.append, lambda: NOW)
    with log.step("ingest") as facts:
        facts["rows"] = 5
    with pytest.raises(KeyboardInterrupt), log.step("analysis"):
        raise KeyboardInterrupt
    with pytest.raises(DarkshipsError), log.step("outputs"):
        raise DarkshipsError("the disk\nis full")
    log.note("a target\nwaits")
    found = [json.loads(line) for line in lines]
    assert found.pop() == {"time": NOW.isoformat(), "note": "a target\nwaits"}
    assert all(line.pop("seconds") >= 0 and line.pop("time") == NOW.isoformat() for line in found)
    assert found == [
        {"step": "ingest", "ok": True, "rows": 5},
        {"step": "analysis", "ok": False, "error": "KeyboardInterrupt"},
        {"step": "outputs", "ok": False, "error": "the disk\nis full"},
    ]
