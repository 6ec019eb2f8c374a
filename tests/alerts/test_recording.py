"""Night after night: what is told of a lead, what is not, and what its history says."""

import sqlite3
from contextlib import closing

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from told import GAP, NOW, at, lead, run, still_silent

from darkships.alerts.changes import BANDS, WAVERING, wanted_kinds
from darkships.alerts.facts import Silence
from darkships.alerts.recording import record
from darkships.alerts.state import STATE, history, leads, open_state, verdicts
from darkships.alerts.triage import Verdict, judge
from darkships.config.alerting import Rule
from darkships.errors import DarkshipsError

ALL = (Rule(min_probability=0.2),)


@pytest.fixture
def night(tmp_path):
    """Return a function that records a run and returns (change, reason) of what is news."""

    def tell(known, rules=ALL):
        with open_state(tmp_path) as state:
            found = record(state, known, rules=rules, targets=["-"], now=NOW)
            assert state.execute("SELECT COUNT(*) FROM messages").fetchone()[0] >= len(found)
        return [(news.change, news.reason) for news in found]

    return tell


def statuses(out):
    with open_state(out) as state:
        return {lead_id: one.status for lead_id, one in leads(state).items()}


def verdict(out, word, note=""):
    with open_state(out) as state:
        return judge(state, [Verdict("DS-00000001", word, note)], now=NOW)


def test_new_until_told(night, tmp_path):
    assert night(run(lead())) == [("new", "not told before")]
    assert night(run(lead(), number=2)) == []
    assert statuses(tmp_path) == {"DS-00000001": "new"}
    assert night(run(lead(probability=0.1, lead_id="DS-2"), lead(), number=3)) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"probability": 0.77}, "probability fell from 0.86 to 0.77"),
        ({"probability": 0.79}, None),
        ({"probability": 0.98}, "probability rose from 0.86 to 0.98"),
        ({"probability": 0.96}, None),
        ({"expected_round_trips": 2.1}, None),
        ({"expected_round_trips": 2.2}, "expected round trips grew from 1.2 to 2.2"),
        ({"off_timestamp": at(200), "on_timestamp": at(260)}, "a further silence fits better than the one told"),
        ({"off_timestamp": at(1), "on_timestamp": at(7)}, None),
        ({"name": "OTHER", "as_of": at(301)}, None),
        ({"lists": ("ofac",)}, "on the list ofac"),
        ({"overdue": "its rhythm is broken"}, "its rhythm is broken"),
        ({"open_gap": GAP}, "silent within reach of Rason"),
        (
            {"probability": 0.7, "expected_round_trips": 9.0},
            "probability fell from 0.86 to 0.70; expected round trips grew from 1.2 to 9.0",
        ),
    ],
)
def test_what_counts_as_a_change(night, tmp_path, changed, reason):
    night(run(lead()))
    spans = [(at(1), at(7)), (at(14), at(157.5)), (at(200), at(260)), (GAP.off_timestamp, None)]
    silences = [Silence(*span) for span in spans]
    found = night(run(lead(**changed), silences=silences, number=2))
    assert found == ([("changed", reason)] if reason else [])
    assert night(run(lead(**changed), silences=silences, number=3)) == []
    assert statuses(tmp_path) == {"DS-00000001": "changed" if reason else "new"}


def test_an_open_silence_comes_within_reach_goes_on_and_closes(night):
    assert night(run(still_silent())) == [("new", "not told before; silent within reach of Rason")]
    further = still_silent(open_gap=msgspec.structs.replace(GAP, reached=("Chongjin", "Rason")))
    assert night(run(further, number=2)) == [("changed", "silent within reach of Chongjin")]
    closed = lead(off_timestamp=GAP.off_timestamp, on_timestamp=at(330), is_open=False)
    assert night(run(closed, number=3)) == [("changed", "it reappeared 2023-09-20 18:00Z")]


def test_sites_within_reach_are_told_with_their_way(night):
    ways = (("Chongjin", 30.4, at(294)), ("Rason", 46.2, at(295)))
    gap = msgspec.structs.replace(GAP, reached=("Chongjin", "Rason"), ways=ways)
    assert night(run(still_silent(open_gap=gap))) == [
        ("new", "not told before; silent within reach of Chongjin (30 nm, from 2023-09-19 06:00Z), Rason")
    ]


def test_late_data_amends_what_was_told(night, tmp_path):
    night(run(lead()))
    shorter = lead(on_timestamp=at(100))
    ((change, reason),) = night(run(shorter, number=2))
    assert change == "changed"
    assert reason.startswith("late data: the silence told from 2023-09-07 14:00Z to 2023-09-13 13:30Z is shorter")
    assert night(run(shorter, number=3)) == []


def test_late_data_retracts_what_was_told_and_anything_else_resolves_it(night, tmp_path):
    night(run(lead()))
    ((change, reason),) = night(run(silences=[], number=2))
    assert change == "retracted"
    assert reason == (
        "late data: it was heard during the silence told from 2023-09-07 14:00Z to 2023-09-13 13:30Z; "
        "no longer on the watchlist; it was told with probability 0.86, most likely Rajin"
    )
    assert night(run(silences=[], number=3)) == []
    assert night(run(lead(), number=4)) == [("new", "told before and retracted")]
    assert night(run(lead(probability=0.1), number=5)) == [
        ("resolved", "probability is 0.10 now; it was told with probability 0.86, most likely Rajin")
    ]
    assert statuses(tmp_path) == {"DS-00000001": "resolved"}
    with open_state(tmp_path) as state:
        assert [event.change for event in history(state, "DS-00000001")] == ["new", "retracted", "new", "resolved"]


def test_other_settings_are_not_called_late_data(night):
    night(run(lead()))
    ((change, reason),) = night(run(silences=[], number=2, settings="other"))
    assert change == "resolved"
    assert reason.startswith("changed settings: the silence told from 2023-09-07 14:00Z to 2023-09-13 13:30Z is none")


def test_dates_that_have_expired_retract_nothing(night):
    night(run(lead()))
    ((change, reason),) = night(run(silences=[], number=2, unknown=["2023-09-06", "2023-09-07"]))
    assert change == "resolved"
    assert reason.startswith("expired reports: nothing is known any more of the silence told from 2023-09-07 14:00Z")


def test_rules_that_ask_for_less_are_no_news_of_a_ship(night, tmp_path):
    night(run(lead()))
    strict = (Rule(min_probability=0.9),)
    assert night(run(lead(probability=0.87), number=2), strict) == []
    assert night(run(lead(probability=0.3), number=3), strict) == []
    assert night(run(lead(), number=4)) == []  # nor is it when they ask for it again
    assert night(run(lead(probability=0.3), number=5)) == [("changed", "probability fell from 0.86 to 0.30")]
    assert [change for change, _ in night(run(silences=[], number=6), strict)] == ["retracted"]  # who was told is told
    assert statuses(tmp_path) == {"DS-00000001": "retracted"}


def test_amendments_are_for_all_who_were_told(night):
    some = (Rule(min_probability=0.2, when=("new", "within_range")),)
    night(run(lead()), some)
    assert night(run(lead(probability=0.3), number=2), some) == []
    ((change, reason),) = night(run(lead(on_timestamp=at(100)), number=3), some)
    assert change == "changed"
    assert reason.startswith("late data: the silence told from")


LISTED = {"site": "", "site_group": "", "probability": 0.0, "off_timestamp": None, "on_timestamp": None}


def test_what_was_told_of_a_listed_ship_is_retracted_though_it_stays_on_the_list(night, tmp_path):
    night(run(lead(lists=("ofac",))))
    ((change, reason),) = night(run(lead(lists=("ofac",), **LISTED), silences=[], number=2))
    assert change == "retracted"
    assert reason.endswith("no longer on the watchlist; it was told with probability 0.86, most likely Rajin")
    assert statuses(tmp_path) == {"DS-00000001": "changed"}
    assert night(run(lead(lists=("ofac",), **LISTED), silences=[], number=3)) == []
    assert night(run(lead(lists=("ofac",)), number=4)) == [("changed", "on the watchlist now")]


def test_who_was_told_as_listed_only_has_to_reach_what_a_rule_asks_for(night):
    rules = (Rule(min_probability=0.2), Rule(lists=("ofac",), when=("listed",), min_probability=0.9))
    assert [change for change, _ in night(run(lead(lists=("ofac",), **LISTED)), rules)] == ["new"]
    assert night(run(lead(lists=("ofac",), probability=0.19), number=2), rules) == []
    assert night(run(lead(lists=("ofac",), probability=0.2), number=3), rules) == [("changed", "on the watchlist now")]


def test_a_ship_that_leaves_a_list(night):
    only_listed = (Rule(lists=("ofac",)),)
    night(run(lead(lists=("ofac",))), only_listed)
    ((change, reason),) = night(run(lead(), number=2), only_listed)
    assert (change, reason[:30]) == ("resolved", "no longer on the list ofac; it")


@pytest.mark.parametrize("word", ["confirm", "dismiss"])
def test_a_verdict_stands_while_the_probability_is_low(night, tmp_path, word):
    night(run(lead()))
    verdict(tmp_path, word)
    before = statuses(tmp_path)
    silences = [Silence(at(14), at(157.5))]
    assert night(run(lead(probability=0.1), number=2)) == []
    assert night(run(silences=silences, number=3)) == []
    assert night(run(lead(), number=4)) == []
    assert statuses(tmp_path) == before
    found = night(run(silences=[], number=5))  # what was told did not hold: that is told, but of a dismissed lead
    assert [change for change, _ in found] == (["retracted"] if word == "confirm" else [])


@pytest.mark.parametrize(
    ("changed", "is_told"),
    [
        ({"probability": 0.89, "expected_round_trips": 1.9, "overdue": "its rhythm is broken"}, False),
        ({"on_timestamp": at(100)}, False),
        ({"probability": 0.98}, True),
        ({"expected_round_trips": 2.5}, True),
        ({"open_gap": GAP}, True),
    ],
)
def test_a_dismissed_lead_is_silent_until_something_material_changes(night, tmp_path, changed, is_told):
    night(run(lead()))
    assert verdict(tmp_path, "dismiss", "laid up") == 1
    found = night(run(lead(**changed), number=2))
    assert [change for change, _ in found] == (["changed"] if is_told else [])
    assert all(reason.startswith("dismissed before; ") for _, reason in found)
    assert statuses(tmp_path) == {"DS-00000001": "changed" if is_told else "dismissed"}


def test_a_dismissed_open_silence_that_closes_is_told(night, tmp_path):
    night(run(still_silent()))
    verdict(tmp_path, "dismiss")
    closed = lead(off_timestamp=GAP.off_timestamp, on_timestamp=at(330))
    assert night(run(closed, number=2)) == [("changed", "dismissed before; it reappeared 2023-09-20 18:00Z")]


def test_a_dismissed_lead_goes_without_a_word(night, tmp_path):
    night(run(lead()))
    verdict(tmp_path, "dismiss")
    assert night(run(silences=[], number=2)) == []
    assert statuses(tmp_path) == {"DS-00000001": "retracted"}


def test_a_confirmed_lead_stays_confirmed(night, tmp_path):
    night(run(lead()))
    assert verdict(tmp_path, "confirm") == 1
    assert verdict(tmp_path, "confirm") == 0
    assert night(run(lead(probability=0.98), number=2)) == [("changed", "probability rose from 0.86 to 0.98")]
    assert statuses(tmp_path) == {"DS-00000001": "confirmed"}
    assert verdict(tmp_path, "reopen", "was another ship") == 1
    with open_state(tmp_path) as state:
        assert [(event.change, event.reason) for event in history(state, "DS-00000001")][1::2] == [
            ("confirmed", ""), ("changed", "was another ship"),
        ]  # fmt: skip


def test_the_same_verdict_again_changes_nothing_and_a_new_note_is_kept(night, tmp_path):
    night(run(lead()))
    assert [verdict(tmp_path, "confirm", note) for note in ("on an image", "on an image", "", "and another")] == [
        1, 0, 0, 1,
    ]  # fmt: skip
    with open_state(tmp_path) as state:
        assert [event.reason for event in history(state, "DS-00000001")][1:] == ["on an image", "and another"]
        assert len(verdicts(state)) == 2


def test_verdicts_are_taken_all_or_none(night, tmp_path):
    night(run(lead()))
    with open_state(tmp_path) as state, pytest.raises(DarkshipsError, match=r"'DS-9' is no lead.*verdict 'maybe'"):
        judge(state, [Verdict("DS-00000001", "confirm"), Verdict("DS-9", "maybe")], now=NOW)
    assert statuses(tmp_path) == {"DS-00000001": "new"}


@pytest.mark.parametrize(
    ("facts", "rule", "kinds"),
    [
        (lead(), {}, {"new", "changed", "within_range", "listed", "rhythm"}),
        (lead(), {"min_probability": 0.9}, set()),
        (lead(), {"sites": ["Rajin"], "when": ["new"]}, {"new"}),
        (lead(), {"sites": ["Rason"], "when": ["new"]}, {"new"}),
        (lead(), {"sites": ["Tartus"]}, set()),
        (
            still_silent(site="Wonsan", site_group="Wonsan"),
            {"sites": ["Rason"], "when": ["within_range"]},
            {"within_range"},
        ),
        (lead(), {"lists": ["ofac"]}, set()),
        (lead(lists=("ofac",)), {"lists": ["ofac"], "when": ["new"]}, {"new"}),
        (lead(lists=("ofac",), probability=0.0), {}, {"listed"}),
        (lead(lists=("ofac",), site="", probability=0.0), {"lists": ["ofac"]}, {"listed"}),
    ],
)
def test_rules(facts, rule, kinds):
    assert wanted_kinds(facts, [Rule(**{**rule, "sites": tuple(rule.get("sites", ()))})]) == kinds


def test_a_rule_may_ask_for_open_silences_only(night):
    rules = (Rule(min_probability=0.1, when=("within_range",)),)
    assert night(run(lead()), rules) == []
    assert night(run(still_silent(probability=0.15), number=2), rules) == [
        ("new", "not told before; silent within reach of Rason")
    ]


def test_a_listed_ship_is_told_when_it_appears_and_when_it_makes_a_lead(night):
    seen = lead(site="", site_group="", probability=0.0, off_timestamp=None, on_timestamp=None, lists=("ofac",))
    assert night(run(seen)) == [("new", "on the list ofac, first seen")]
    assert night(run(seen, number=2)) == []
    ((change, reason),) = night(run(lead(lists=("ofac",)), number=3))
    assert (change, reason) == ("changed", "on the watchlist now")


@settings(max_examples=20)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=6))
def test_against_the_rule_of_bands(tmp_path_factory, probabilities):
    out, told = tmp_path_factory.mktemp("out"), None
    for number, probability in enumerate(probabilities):

        def band(p):
            return sum(p >= least for least in BANDS)

        expected = ["new"]
        if told is not None:
            is_news = band(probability - WAVERING) > band(told) or band(probability + WAVERING) < band(told)
            expected = ["changed"] if is_news else []
        with open_state(out) as state:
            found = record(
                state, run(lead(probability=probability), number=number), rules=[Rule(min_probability=0.0)],
                targets=[], now=NOW,
            )  # fmt: skip
        assert [news.change for news in found] == expected
        told = probability if expected else told


@given(st.lists(st.sampled_from([0.281, 0.289, 0.3, 0.31]), min_size=1, max_size=5))
def test_a_lead_that_wavers_around_what_a_rule_asks_for_is_told_once(tmp_path_factory, probabilities):
    out = tmp_path_factory.mktemp("out")
    told = []
    for number, probability in enumerate([0.3, *probabilities]):
        with open_state(out) as state:
            facts = run(lead(probability=probability), number=number)
            told += record(state, facts, rules=[Rule(min_probability=0.3)], targets=[], now=NOW)
    assert [news.change for news in told] == ["new"]


def test_verdicts_are_kept_with_what_was_known_when_they_were_given(night, tmp_path):
    night(run(lead()))
    verdict(tmp_path, "confirm")
    later = lead(off_timestamp=at(200), on_timestamp=at(260))
    night(run(later, silences=[Silence(at(14), at(157.5)), Silence(at(200), at(260))], number=2))
    verdict(tmp_path, "dismiss", "another silence")
    with open_state(tmp_path) as state:
        kept = verdicts(state)
    assert [(word, facts.off_timestamp) for word, facts in kept] == [("confirm", at(14)), ("dismiss", at(200))]


def test_a_state_that_knew_no_verdicts_is_brought_up_to_date(night, tmp_path):
    night(run(lead()))
    with closing(sqlite3.connect(tmp_path / STATE)) as state:
        state.executescript("DROP TABLE verdicts; PRAGMA user_version = 2;")
    assert verdict(tmp_path, "dismiss") == 1
    with open_state(tmp_path) as state:
        assert [word for word, _ in verdicts(state)] == ["dismiss"]
    assert statuses(tmp_path) == {"DS-00000001": "dismissed"}
