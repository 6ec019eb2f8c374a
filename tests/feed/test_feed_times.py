"""Times in every form against datetime, and the decision between day first and month first."""

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.errors import FeedError
from darkships.feed.casts import NO_INT
from darkships.feed.times import decide_form, to_times

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
def test_epochs_by_magnitude(times, per_second):
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
def test_form_by_evidence(texts, form):
    assert decide_form(pa.array(texts, pa.string()), "here") == form


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["01/02/2023 00:00"], "no field above 12"),
        (["13/02/2023 00:00", "02/13/2023 00:00"], "both occur"),
        (["noon"], "not understood"),
    ],
)
def test_no_evidence_is_refused(texts, message):
    with pytest.raises(FeedError, match=message):
        decide_form(pa.array(texts), "here")
