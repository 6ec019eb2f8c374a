import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from darkships.config import Config, FeedConfig
from darkships.errors import DarkshipsError
from darkships.nightly.health import FeedHealth, Health, complaints
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
        ({"feeds": {"feed 1 (a)": FeedHealth(ago(8))}}, "feed 2 (https://example.org/b): nothing new came since never"),
    ],
)
def test_what_is_complained_of(config, changed, words):
    (found,) = complaints(config, sound(**changed), NOW)
    assert found.startswith(words)


def test_a_run_that_died_is_told(config, tmp_path):
    owner = {"pid": 7, "host": "watch", "since": "then"}
    (tmp_path / "run.owner.json").write_text(json.dumps(owner), encoding="utf-8")
    assert complaints(config, sound(), NOW) == [
        "a run did not end: process 7 on watch since then died; the next run begins anew"
    ]


def test_what_is_written_is_read(tmp_path):
    assert Health.read(tmp_path) == Health()
    health = sound().with_feed("feed 1 (a)", 5, NOW).with_feed("feed 3 (c)", 0, NOW)
    health.write(tmp_path)
    assert Health.read(tmp_path) == health
    assert health.feeds["feed 1 (a)"] == FeedHealth(NOW.isoformat(), 5)
    assert health.feeds["feed 3 (c)"] == FeedHealth()
    assert health.rows == 5
    begun = health.attempted(["feed 1 (a)"], NOW + timedelta(hours=1))
    assert (begun.rows, begun.last_error, list(begun.feeds)) == (0, "", ["feed 1 (a)"])
    assert begun.last_success == health.last_success


@pytest.mark.parametrize("text", ["{", "[]", '{"feeds": {"a": 1}}', '{"feeds": {}, "colour": 1}'])
def test_a_damaged_file_is_told(tmp_path, text):
    (tmp_path / "health.json").write_text(text, encoding="utf-8")
    with pytest.raises(DarkshipsError, match="remove it"):
        Health.read(tmp_path)


def test_a_step_is_one_line_whether_it_goes_well_or_not():
    lines = []
    log = StepLog(lines.append, lambda: NOW)
    with log.step("ingest") as facts:
        facts["rows"] = 5
    with pytest.raises(KeyboardInterrupt), log.step("analysis"):
        raise KeyboardInterrupt
    with pytest.raises(DarkshipsError), log.step("outputs"):
        raise DarkshipsError("the disk\nis full")
    found = [json.loads(line) for line in lines]
    assert all(line.pop("seconds") >= 0 and line.pop("time") == NOW.isoformat() for line in found)
    assert found == [
        {"step": "ingest", "ok": True, "rows": 5},
        {"step": "analysis", "ok": False, "error": "KeyboardInterrupt"},
        {"step": "outputs", "ok": False, "error": "the disk\nis full"},
    ]
