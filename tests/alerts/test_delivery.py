"""Nothing lost, nothing marked as sent before it was, and nothing twice unless it may not have arrived."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from told import NOW, lead, run

from darkships.alerts.delivery import deliver, stuck
from darkships.alerts.messages import line
from darkships.alerts.outlets import DeliveryError, Outlet, printer
from darkships.alerts.recording import record
from darkships.alerts.state import open_state
from darkships.config.alerting import Rule


class Target:
    """Keeps what it gets; fails as often as it is told to, before or after it took a message."""

    def __init__(self, fails=0, **options):
        self.got, self.fails, self.after = [], fails, False
        self.outlet = Outlet("desk", self.send, **options)

    def send(self, key, messages, _now):
        failing, self.fails = self.fails > 0, self.fails - 1
        if not failing or self.after:
            self.got.append((key, [message.facts.lead_id for message in messages]))
        if failing:
            raise DeliveryError("desk: away")


def leads(*numbers):
    return run(*(lead(lead_id=f"DS-{number}", mmsi=number) for number in numbers), number=numbers)


def record_leads(out, *numbers, targets=("desk",)):
    with open_state(out) as state:
        record(state, leads(*numbers), rules=[Rule(min_probability=0.0)], targets=targets, now=NOW)


def send(out, target, now=NOW):
    notes = []
    counts, failures = deliver(out, [target.outlet], now=now, note=notes.append)
    return counts["desk"], failures, notes


def test_one_each_in_order_and_only_once(tmp_path):
    record_leads(tmp_path, 1, 2)
    target = Target(max_per_hour=60)
    assert send(tmp_path, target) == (2, [], [])
    assert [names for _, names in target.got] == [["DS-1"], ["DS-2"]]
    assert send(tmp_path, target) == (0, [], [])


def test_a_digest(tmp_path):
    record_leads(tmp_path, 1, 2)
    target = Target(digest=True)
    send(tmp_path, target)
    assert [names for _, names in target.got] == [["DS-1", "DS-2"]]


@pytest.mark.parametrize("after", [False, True])
def test_what_failed_goes_again_just_as_it_was(tmp_path, after):
    record_leads(tmp_path, 1, 2)
    target = Target(fails=1, digest=True)
    target.after = after
    assert send(tmp_path, target) == (0, ["desk: away"], [])
    with open_state(tmp_path) as state:
        assert stuck(state, ["desk"]) == ["2 message(s) wait after 1 attempt(s): desk: away"]
    record_leads(tmp_path, 1, 2, 3)
    assert send(tmp_path, target) == (3, [], [])
    assert [names for _, names in target.got][-2:] == [["DS-1", "DS-2"], ["DS-3"]]
    assert target.got[0][0] == target.got[-2][0]  # the same key tells a receiver that it has it
    with open_state(tmp_path) as state:
        assert stuck(state, ["desk"]) == []


def test_one_target_that_is_away_keeps_no_other_waiting(tmp_path):
    record_leads(tmp_path, 1, targets=["desk", "-"])
    lines, target = [], Target(fails=9)
    counts, failures = deliver(tmp_path, [target.outlet, printer(lines.append)], now=NOW, note=lines.append)
    assert (counts, failures) == ({"desk": 0, "-": 1}, ["desk: away"])
    assert len(lines) == 1


def test_a_crash_while_sending_marks_nothing(tmp_path):
    record_leads(tmp_path, 1)

    def dies(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(tmp_path, [Outlet("desk", dies)], now=NOW, note=print)
    target = Target()
    assert send(tmp_path, target)[0] == 1


@pytest.mark.parametrize(
    ("quiet", "hour", "is_quiet"),
    [("22:00-05:30", 23, True), ("22:00-05:30", 3, True), ("22:00-05:30", 12, False), ("02:00-04:00", 3, True),
     ("04:00-05:00", 3, False), ("", 3, False)],
)  # fmt: skip
def test_quiet_hours(tmp_path, quiet, hour, is_quiet):
    record_leads(tmp_path, 1)
    target = Target(quiet_hours_utc=quiet)
    count, _, notes = send(tmp_path, target, NOW.replace(hour=hour))
    assert count == (0 if is_quiet else 1)
    assert bool(notes) == is_quiet
    assert all("quiet hours" in note for note in notes)
    assert send(tmp_path, target, NOW.replace(hour=10))[0] == (1 if is_quiet else 0)


def test_at_most_so_many_an_hour_and_the_rest_together(tmp_path):
    record_leads(tmp_path, 1, 2, 3, 4)
    target = Target(max_per_hour=2)
    assert send(tmp_path, target)[0] == 4
    assert [names for _, names in target.got] == [["DS-1"], ["DS-2", "DS-3", "DS-4"]]
    record_leads(tmp_path, 1, 2, 3, 4, 5)
    count, _, (note,) = send(tmp_path, target, NOW + timedelta(minutes=59))
    assert (count, note.split(";")[0]) == (0, "desk: 1 message(s) wait, the most that go in an hour")
    assert send(tmp_path, target, NOW + timedelta(minutes=61))[0] == 1


def test_a_target_gets_only_what_came_after_it(tmp_path):
    record_leads(tmp_path, 1, targets=["other"])
    assert send(tmp_path, Target()) == (0, [], [])


def test_what_is_printed(tmp_path):
    record_leads(tmp_path, 1, 2, targets=["-"])
    lines = []
    deliver(tmp_path, [printer(lines.append)], now=NOW, note=lines.append)
    assert [text.split(":")[0] for text in lines] == ["NEW DS-1", "NEW DS-2"]
    assert line


@settings(max_examples=15)  # each has a state file of its own on the disk
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), st.booleans()), min_size=1, max_size=6), st.booleans())
def test_however_it_fails_everything_arrives_in_order(tmp_path_factory, nights, digest):
    """Each night some leads are new and the target fails some times; at last all arrived, each under one key."""
    out, target, total = tmp_path_factory.mktemp("out"), Target(digest=digest, max_per_hour=1000), 0
    for count, fails, after in nights:
        total += count
        record_leads(out, *range(1, total + 1))
        target.fails, target.after = fails, after
        send(out, target)
    target.fails = 0
    send(out, target)
    seen = {}
    for key, names in target.got:
        assert all(seen.setdefault(name, key) == key for name in names)
    assert list(seen) == [f"DS-{number}" for number in range(1, total + 1)]
