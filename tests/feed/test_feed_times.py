"""Times in every form against datetime, and the decision between day first and month first."""

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.errors import FeedError
from darkships.feed.casts import NO_INT
from darkships.feed.times import count_naive, decide_form, to_times

moments = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)).map(lambda t: t.replace(tzinfo=UTC))  # noqa: DTZ001  hypothesis wants naive bounds
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def us(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


@given(st.lists(moments, min_size=1, max_size=8), st.integers(0, 7))
def test_iso_in_all_its_forms(times, broken):
    zone = timezone(timedelta(hours=5, minutes=-30))
    forms = (
        lambda t: t.replace(tzinfo=None).isoformat(" ", "microseconds"),
        lambda t: t.replace(tzinfo=None).isoformat("T", "microseconds") + "Z",
        lambda t: t.astimezone(zone).isoformat(),
        lambda t: t.strftime("%Y/%m/%d %H:%M:%S.%f UTC"),
        lambda t: t.strftime("%Y%m%d_%H%M%S.%f"),
        lambda t: t.strftime("%Y-%m-%d %H:%M:%S.%f000 +0000 UTC"),
    )
    for form in forms:
        texts = [form(t) for t in times]
        want = [us(t) for t in times]
        assert to_times(pa.array(texts), "iso").values.tolist() == want
        texts.insert(min(broken, len(texts)), "soon")
        want.insert(min(broken, len(want)), NO_INT)
        got = to_times(pa.array(texts), "iso")
        assert got.values.tolist() == want
        assert got.unreadable.tolist() == [value == NO_INT for value in want]


@given(st.lists(moments, min_size=1, max_size=8), st.sampled_from(["dmy", "mdy"]))
def test_slash_dates(times, form):
    pattern = "%d/%m/%Y %H:%M:%S" if form == "dmy" else "%m/%d/%Y %H:%M:%S"
    want = [us(t.replace(microsecond=0)) for t in times]
    assert to_times(pa.array([t.strftime(pattern) for t in times]), form).values.tolist() == want


@given(st.lists(moments, min_size=1, max_size=8), st.sampled_from([1, 10**3, 10**6, 10**9]))
def test_pitfall_5_epochs_by_magnitude(times, per_second):
    whole = [us(t) // 10**6 for t in times]
    numbers = [value * per_second for value in whole]
    want = [value * 10**6 for value in whole]
    assert to_times(pa.array(numbers), "iso").values.tolist() == want
    assert to_times(pa.array([str(n) for n in numbers]), "iso").values.tolist() == want
    assert to_times(pa.array([*map(str, numbers), "x"]), "iso").values.tolist()[:-1] == pytest.approx(want, abs=1)


def test_typed_timestamps_and_nulls():
    moment = datetime(2023, 1, 1, 12, tzinfo=UTC)
    for kind in (pa.timestamp("ns"), pa.timestamp("s", "UTC"), pa.timestamp("ms", "Europe/Oslo")):
        naive = moment if kind.tz else moment.replace(tzinfo=None)
        got = to_times(pa.array([naive, None], kind), "iso")
        assert got.values.tolist() == [us(moment), NO_INT]
        assert got.unreadable.tolist() == [False, False]


@pytest.mark.parametrize(
    "text", ["31/04/2023 00:00:00", "29/02/2023 00:00:00", "01/13/2023 00:00:00", "1/1/2023 25:00:00"]
)
def test_days_that_do_not_exist(text):
    assert to_times(pa.array([text, "01/02/2023 00:00:00"]), "dmy").values.tolist() == [
        NO_INT,
        us(datetime(2023, 2, 1, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["2023-01-01 00:00:00"], "iso"),
        (["1700000000"], "iso"),
        ([], "iso"),
        ([None], "iso"),
        (["01/02/2023 00:00", "13/02/2023 00:00", None], "dmy"),
        (["01/02/2023 00:00", "02/13/2023 00:00"], "mdy"),
    ],
)
def test_pitfall_6_form_by_evidence(texts, form):
    assert decide_form(pa.array(texts, pa.string()), "here") == form


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["01/02/2023 00:00"], "no field above 12"),
        (["13/02/2023 00:00", "02/13/2023 00:00"], "both occur"),
        (["noon"], "not understood"),
    ],
)
def test_pitfall_6_no_evidence_is_refused(texts, message):
    with pytest.raises(FeedError, match=message):
        decide_form(pa.array(texts), "here")


@given(st.lists(moments, min_size=1, max_size=8))
def test_dates_without_any_sign_between(times):
    want = [us(t.replace(microsecond=0)) for t in times]
    texts = [t.strftime("%Y%m%d%H%M%S") for t in times]
    for column in (pa.array(texts), pa.array(list(map(int, texts))), pa.array([*texts, "soon"]).slice(0, len(texts))):
        assert to_times(column, "iso").values.tolist() == want
    assert to_times(pa.array(["20230230000000", "20230101240000"]), "iso").values.tolist() == [NO_INT] * 2


@pytest.mark.parametrize(
    ("text", "hour"),
    [("12:04:54 AM", 0), ("1:04:54 AM", 1), ("12:04:54 PM", 12), ("11:04:54 pm", 23), ("13:04:54 PM", None)],
)
def test_hours_before_and_after_noon(text, hour):
    want = NO_INT if hour is None else us(datetime(2023, 2, 1, hour, 4, 54, tzinfo=UTC))
    assert to_times(pa.array([f"1/02/2023 {text}"]), "dmy").values.tolist() == [want]


def test_pitfall_6_times_without_a_zone_are_counted():
    texts = [
        "2023-01-01 00:00:00",
        "2023-01-01T00:00:00Z",
        "2023-01-01 00:00:00 +0100",
        "2023-01-01 00:00 UTC",
        None,
        "1",
    ]
    assert count_naive(pa.array(texts)) == 1
    assert count_naive(pa.array(texts).dictionary_encode()) == 1
    assert count_naive(pa.array([1683356889])) == 0
    moment = datetime(2023, 1, 1, tzinfo=UTC)
    assert count_naive(pa.array([moment, None], pa.timestamp("us", "UTC"))) == 0
    assert count_naive(pa.array([moment.replace(tzinfo=None), None], pa.timestamp("us"))) == 1
