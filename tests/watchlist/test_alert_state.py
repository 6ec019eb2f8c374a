import sqlite3
from functools import cache

import numpy as np
import pandas as pd
import pytest
from builders import at
from hypothesis import given, settings
from hypothesis import strategies as st
from listed import SITES, identity, options, stages

from darkships.errors import DarkshipsError, SchemaError
from darkships.watchlist.alerts import BANDS, NEWS_COLUMNS, alert_lines, mark_alerted, new_or_changed
from darkships.watchlist.table import build_watchlist


@cache
def two_leads(name, data_label):
    return build_watchlist(*stages(), identity(name=name), SITES, **options(data_label=data_label))


def watchlist(*changes, name="ANGARA", data_label=""):
    """Return the two leads, each with some columns changed."""
    frame = two_leads(name, data_label).copy()
    for row, columns in enumerate(changes):
        for column, value in columns.items():
            frame.loc[row, column] = value
    return frame


def news(frame, state, *, least=0.2):
    found = new_or_changed(frame, state, min_probability=least)
    return [(row["lead_id"][-1], row["change"], row["reason"]) for _, row in found.iterrows()]


def tell(frame, state, *, least=0.2):
    mark_alerted(new_or_changed(frame, state, min_probability=least), state)


@pytest.fixture
def state(tmp_path):
    return tmp_path / "alerts.sqlite"


def test_new_until_told(state):
    frame = watchlist()
    assert news(frame, state) == [("1", "new", "not told before"), ("2", "new", "not told before")]
    assert not state.exists()  # looking leaves no trace
    assert news(frame, state) == news(frame, state)
    tell(frame, state)
    assert news(frame, state) == []
    tell(frame, state)
    assert news(frame, state) == []


def test_only_what_was_told_is_marked(state):
    found = new_or_changed(watchlist(), state, min_probability=0.2)
    mark_alerted(found.iloc[[1]], state)
    assert news(watchlist(), state) == [("1", "new", "not told before")]


def test_below_the_least_probability_nothing_is_told(state):
    assert news(watchlist(), state, least=0.5) == [("1", "new", "not told before")]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"probability": 0.94}, "probability fell from 0.96 to 0.94"),
        ({"probability": 0.97}, None),
        ({"expected_round_trips": 4.4}, None),
        ({"expected_round_trips": 4.5}, "expected round trips grew from 3.5 to 4.5"),
        ({"expected_round_trips": 1.0}, None),
        ({"off_timestamp": at(200)}, "a further silence fits better than the one told"),
        ({"off_timestamp": at(1)}, None),
        ({"slack_h": 1.0, "name": "OTHER", "as_of": at(301)}, None),
        (
            {"probability": 0.7, "expected_round_trips": 9.0},
            "probability fell from 0.96 to 0.70; expected round trips grew from 3.5 to 9.0",
        ),
    ],
)
def test_what_counts_as_a_change(columns, reason, state):
    tell(watchlist(), state)
    changed = watchlist(columns)
    assert news(changed, state) == ([("1", "changed", reason)] if reason else [])
    tell(changed, state)
    assert news(changed, state) == []


def test_an_open_gap_that_closes_is_told(state):
    tell(watchlist(), state)
    closed = watchlist({}, {"is_open": False, "on_timestamp": at(310.5)})
    assert news(closed, state) == [("2", "changed", "it reappeared 2023-09-19 22:30Z")]


def test_slow_drift_is_measured_from_what_was_told(state):
    tell(watchlist(), state)
    for trips in (3.9, 4.3):
        drifted = watchlist({"expected_round_trips": trips})
        assert news(drifted, state) == []
        tell(drifted, state)
    assert news(watchlist({"expected_round_trips": 4.7}), state) != []


def test_vanished_and_fallen_leads_are_retracted_once(state):
    tell(watchlist(), state)
    fallen = watchlist({"probability": 0.1}).iloc[[0]]
    assert news(fallen, state) == [
        ("1", "retracted", "probability fell to 0.10; it was told with probability 0.96, most likely Rajin"),
        ("2", "retracted", "no longer on the watchlist; it was told with probability 0.30, most likely Rajin"),
    ]
    tell(fallen, state)
    assert news(fallen, state) == []
    assert [change for _, change, _ in news(watchlist(), state)] == ["new", "new"]


def test_an_empty_watchlist_retracts_all(state):
    tell(watchlist(), state)
    assert [change for _, change, _ in news(watchlist().iloc[:0], state)] == ["retracted", "retracted"]
    assert list(new_or_changed(watchlist().iloc[:0], state, min_probability=0.2).columns) == NEWS_COLUMNS


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_against_the_rule_of_bands(tmp_path_factory, probabilities):
    state = tmp_path_factory.mktemp("state") / "alerts.sqlite"
    band = None
    for probability in probabilities:
        told = band is not None
        now = int(np.searchsorted(BANDS, probability, side="right"))
        frame = watchlist({"probability": probability}).iloc[[0]]
        expected = [] if now == band else ["changed" if told else "new"]
        assert [change for _, change, _ in news(frame, state, least=0.0)] == expected
        tell(frame, state, least=0.0)
        band = now


def test_lines(state):
    lines = alert_lines(new_or_changed(watchlist(), state, min_probability=0.2))
    assert lines[0] == (
        "NEW DS-00000001 ANGARA (MMSI 273000001): strongly consistent with a visit to a watched site "
        "(probability 0.96), most likely Rajin; silent 2023-09-07 14:20Z to 2023-09-13 13:30Z; could be at the berth "
        "from 2023-09-07 18:00Z until 2023-09-13 09:15Z. Why now: not told before"
    )
    assert lines[1] == (
        "NEW DS-00000002 name unknown (MMSI 445000002): only weakly consistent with a visit to a watched site "
        "(probability 0.30), most likely Rajin; went silent 2023-09-18 16:00Z, 46 nm from it by sea; could be "
        "at the berth from 2023-09-18 19:00Z until it reappears. Why now: not told before"
    )
    closing = watchlist({}, {"closing_speed_kn": 9.81})
    assert (
        "from it by sea, closing at 9.8 kn; could" in alert_lines(new_or_changed(closing, state, min_probability=0))[1]
    )


def test_lines_of_hostile_names_and_labelled_data(state):
    hostile = watchlist(name="EVIL\x1b[2J\nNEW DS-9\u202e", data_label="SYNTHETIC\n")
    tell(hostile, state)
    for found in (new_or_changed(hostile.assign(probability=0.6), state, min_probability=0.2),
                  new_or_changed(hostile.iloc[:0], state, min_probability=0.2)):  # fmt: skip
        lines = alert_lines(found)
        assert len(lines) == 2
        assert all(line.isprintable() and line.startswith("SYNTHETIC: ") for line in lines)
    assert alert_lines(new_or_changed(hostile.iloc[:0], state, min_probability=0.2))[0] == (
        "SYNTHETIC: RETRACTED DS-00000001 EVIL[2J NEW DS-9 (MMSI 273000001): "
        "no longer on the watchlist; it was told with probability 0.96, most likely Rajin"
    )


def test_no_news_no_lines(state):
    tell(watchlist(), state)
    assert alert_lines(new_or_changed(watchlist(), state, min_probability=0.2)) == []


def test_what_is_no_state_of_ours_is_refused_and_left_alone(tmp_path):
    text = tmp_path / "text"
    text.write_text("no database, but long enough to look like one\n" * 40)
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE leads (a)")
    connection.close()
    future = tmp_path / "future.sqlite"
    with sqlite3.connect(future) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for path, words in ((text, "cannot be used"), (foreign, "no state of alerts"), (future, "found version 99")):
        before = path.read_bytes()
        with pytest.raises(DarkshipsError, match=words):
            new_or_changed(watchlist(), path, min_probability=0.2)
        assert path.read_bytes() == before


def test_missing_folder_and_wrong_table_are_refused(tmp_path, state):
    found = new_or_changed(watchlist(), tmp_path / "no" / "alerts.sqlite", min_probability=0.2)
    with pytest.raises(DarkshipsError, match="there is no folder"):
        mark_alerted(found, tmp_path / "no" / "alerts.sqlite")
    with pytest.raises(SchemaError, match="is missing"):
        new_or_changed(pd.DataFrame({"lead_id": []}), state, min_probability=0.2)


def test_marking_is_one_step(state):
    tell(watchlist(), state)
    broken = new_or_changed(watchlist({"probability": 0.6}, {"probability": 0.6}), state, min_probability=0.2)
    broken.loc[1, "site"] = None
    with pytest.raises(DarkshipsError, match="cannot be used"):
        mark_alerted(broken, state)
    assert len(news(watchlist({"probability": 0.6}, {"probability": 0.6}), state)) == 2
