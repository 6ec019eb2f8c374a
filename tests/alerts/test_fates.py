import pytest
from told import at

from darkships.alerts.facts import Silence
from darkships.alerts.fates import fate_of

CLOSED, OPEN = Silence(at(14), at(62)), Silence(at(14), None)
SINCE = "2023-09-07 14:00Z"
WAS = f"the silence told from {SINCE} to 2023-09-09 14:00Z"
PIECES = "2023-09-07 14:00Z to 2023-09-08 14:00Z, 2023-09-08 15:00Z to 2023-09-09 14:00Z"


@pytest.mark.parametrize(
    ("told", "now", "reason"),
    [
        (CLOSED, [(1, 5), (14, 62), (70, None)], None),
        (CLOSED, [(1, 5), (70, 80)], f"late data: it was heard during {WAS}"),
        (CLOSED, [(14, 38)], f"late data: {WAS} is shorter: 2023-09-07 14:00Z to 2023-09-08 14:00Z"),
        (CLOSED, [(14, 38), (39, 62)], f"late data: {WAS} falls into 2: {PIECES}"),
        (CLOSED, [(14, 86)], f"late data: {WAS} is another: 2023-09-07 14:00Z to 2023-09-10 14:00Z"),
        (OPEN, [(14, None)], None),
        (OPEN, [(14, 110)], "it reappeared 2023-09-11 14:00Z"),
        (OPEN, [(14, 90)], f"late data: the silence since {SINCE}, told as still open, had ended 2023-09-10 18:00Z"),
        (OPEN, [(1, 5)], f"late data: it was heard during the silence told since {SINCE}"),
        (OPEN, [(101, None)], f"late data: it was heard during the silence told since {SINCE}"),
        (OPEN, [(20, None)], f"late data: the silence told since {SINCE} is another: 2023-09-07 20:00Z to now"),
    ],
)  # fmt: skip
def test_what_became_of_a_silence(told, now, reason):
    spans = [Silence(at(off), None if on is None else at(on)) for off, on in now]
    fate = fate_of(told, spans, told_as_of=at(100))
    assert (fate.reason if fate else None) == reason
    assert fate is None or fate.is_amended == reason.startswith("late data")


def test_silences_that_settings_or_expiry_took_away_were_not_filled():
    settings = fate_of(CLOSED, [], told_as_of=at(100), cause="changed settings")
    assert settings.reason.startswith("changed settings: the silence told from")
    assert settings.reason.endswith("is none by these")
    expired = fate_of(OPEN, [], told_as_of=at(100), cause="expired reports")
    assert expired.reason.startswith("expired reports: nothing is known any more of the silence told since")
    assert not settings.is_amended
    assert not expired.is_amended
