import dataclasses

import pytest
from told import GAP, at, lead, run

from darkships.alerts.differences import differences, making
from darkships.alerts.facts import Silence

SPAN, SHORT = "2023-09-07 14:00Z to 2023-09-13 13:30Z", "2023-09-07 14:00Z to 2023-09-11 04:00Z"
OLD = [Silence(at(14), at(157.5))]


def two(before, after, *, was=None, now=None, settings="d", digest="j", as_of="2023-09-20T12:00:00+00:00"):
    a, b = run(*before, silences=was, number=1), run(*after, silences=now, number=2, settings=settings)
    record = dataclasses.replace(b.record, as_of=as_of, store_version=6, inputs={"digest": digest, "files": 9})
    return a, type(b)(record, b.leads, b.folder)


def test_equal_watchlists_do_not_differ():
    assert differences(*two([lead()], [lead()])) == []
    assert differences(*two([lead()], [lead(probability=0.8601)])) == []


@pytest.mark.parametrize(
    ("after", "options", "change", "what", "why"),
    [
        ([lead(probability=0.9)], {}, "changed", "probability 0.86 became 0.90", "new data"),
        ([lead(probability=0.9)], {"as_of": "2023-09-19T12:00:00+00:00"}, "changed", "probability 0.86 became 0.90",
         "late data on this or other vessels"),
        ([lead(probability=0.9)], {"digest": "i", "settings": "e"}, "changed", "probability 0.86 became 0.90",
         "changed settings"),
        ([lead(site="Wonsan")], {"settings": "e"}, "changed", "site Rajin became Wonsan",
         "new data or changed settings"),
        ([], {"now": []}, "gone", f"probability 0.86, Rajin, {SPAN}",
         f"late data: it was heard during the silence told from {SPAN}"),
        ([lead(on_timestamp=at(100))], {}, "changed", f"silence {SPAN} became {SHORT}",
         f"late data: the silence told from {SPAN} is shorter: {SHORT}"),
    ],
)  # fmt: skip
def test_what_changed_and_why(after, options, change, what, why):
    known = {"was": OLD, "now": OLD if after and after[0].on_timestamp == OLD[0].on else None, **options}
    assert differences(*two([lead()], after, **known)) == [("DS-00000001", "ANGARA", change, what, why)]


def test_an_open_silence_that_had_ended_is_the_cause():
    before, after = lead(open_gap=GAP), lead(probability=0.5)
    now = [*OLD, Silence(GAP.off_timestamp, at(295))]
    (found,) = differences(*two([before], [after], was=[*OLD, Silence(GAP.off_timestamp, None)], now=now))
    assert found.what == "probability 0.86 became 0.50"
    assert found.why.startswith("late data: the silence since 2023-09-19 02:20Z, told as still open, had ended")


@pytest.mark.parametrize(
    ("off", "on", "was", "why"),
    [
        (at(305), None, [], "new data"),
        (at(14), at(157.5), [], "late data: a silence that was not known"),
        (at(290), at(320), [Silence(at(290), None)], "new data"),
    ],
)
def test_why_a_lead_is_new(off, on, was, why):
    new = lead(off_timestamp=off, on_timestamp=on)
    (found,) = differences(*two([], [new], was=was))
    assert (found.change, found.why) == ("new", why)


def test_what_the_making_differs_in():
    a, b = two([], [], settings="e")
    changed = dataclasses.replace(b.record, parameters={"min_gap_h": 12.0}, label="synthetic")
    assert making(a.record, changed) == [
        "min_gap_h: None became 12.0",
        "sites: None became None, or what these say changed",
        "label:  became synthetic",
        "store version: 5 became 6",
        "latest report: 2023-09-19T12:00:00+00:00 became 2023-09-20T12:00:00+00:00",
        "files in the store: None became 9",
    ]
    assert making(a.record, a.record) == []
