import numpy as np
import pandas as pd
import pytest
from builders import MMSI, at, gap, gaps, sites, table
from hypothesis import given
from hypothesis import strategies as st

from darkships.errors import SchemaError
from darkships.evidence.voyage import voyage_evidence
from darkships.schema import GAPS, STATICS

WATCHED = sites(Rajin=(130.28, 42.22), Vostochny=(133.06, 42.74)).assign(locode=["KPRJN", "RUVYP"])


def said(first_h, last_h, **columns):
    row = {"mmsi": MMSI, "timestamp": at(first_h), "last_seen": at(last_h), "n_reports": 1, "file_id": 1}
    return {**dict.fromkeys(STATICS.names), **row, **columns}


def voyage(gap_rows, static_rows, **options):
    return voyage_evidence(gaps(*gap_rows), table(STATICS, static_rows), sites=WATCHED, **options).set_index("site")


def test_last_said_before_and_first_said_after():
    found = voyage(
        [gap(off_h=10, on_h=58)],
        [
            said(0, 4, draught_m=6.1, destination="RUVYP", name="ANGARA"),
            said(5, 9, draught_m=7.2, destination="FOR ORDERS", name="ANGARA"),
            said(59, 61, draught_m=5.1, destination="RUVVO", name="Angara "),
            said(62, 70, draught_m=9.9, destination="KPRJN", name="OTHER"),
        ],
    )
    row = found.loc["Rajin"]
    assert (row["draught_before_m"], row["draught_after_m"]) == (pytest.approx(7.2), pytest.approx(5.1))
    assert (row["destination_before"], row["destination_after"]) == ("FOR ORDERS", "RUVVO")
    assert row["destination_hidden"]
    assert not row["name_changed"]
    assert not found["destination_names_site"].any()
    assert not found["destination_names_other"].any()


def test_null_is_not_said_and_an_interval_that_spans_the_gap_speaks_on_both_sides():
    found = voyage(
        [gap(off_h=10, on_h=58)],
        [said(0, 80, draught_m=6.0), said(5, 9, name="A SHIP"), said(59, 60, name="B SHIP")],
    ).loc["Rajin"]
    assert (found["draught_before_m"], found["draught_after_m"]) == (6.0, 6.0)
    assert found["name_changed"]
    assert found[["destination_before", "destination_after"]].isna().all()


@pytest.mark.parametrize(
    ("names", "changed"),
    [
        (["LADY R", "LADY-R"], False),
        (["LADY R", "LADYR"], False),
        (["LADY R", "MAIA"], True),
        (["MAIA", "LADY R", "MAIA"], False),  # two feeds, or two ships, take turns: each was sent before
        (["LADY R", "MAIA", "LADY R"], False),
    ],
)
def test_a_name_that_goes_for_good_is_a_change_and_not_a_spelling(names, changed):
    hours = [3, 59, 70] if len(names) == 3 and names[2] == "LADY R" else [1, 3, 59] if len(names) == 3 else [3, 59]
    rows = [said(hour, hour + 1, name=name) for hour, name in zip(hours, names, strict=True)]
    rows.append(said(1, 2, name="MAIA", mmsi=MMSI + 1))  # another ship's name is nothing to it
    found = voyage([gap(off_h=10, on_h=58)], rows).loc["Rajin"]
    assert found["name_changed"] == changed
    assert (found["name_before"], found["name_after"]) == ("LADY R", names[hours.index(59)])


@pytest.mark.parametrize(("typed", "hidden"), [("FOR ORDERS", True), ("-", True), ("KRPUS", False), (None, False)])
def test_only_what_is_typed_hides(typed, hidden):
    found = voyage([gap(off_h=10, on_h=58)], [said(3, 4, name="A", destination=typed)]).loc["Rajin"]
    assert found["destination_hidden"] == hidden


def test_what_was_said_long_ago_says_nothing():
    rows = [said(-100, -63, draught_m=6.0), said(58 + 73, 58 + 74, draught_m=8.0), said(9, 9, name="A")]
    found = voyage([gap(off_h=10, on_h=58)], rows).loc["Rajin"]
    assert found[["draught_before_m", "draught_after_m"]].isna().all()
    wider = voyage([gap(off_h=10, on_h=58)], rows, max_age_h=80.0).loc["Rajin"]
    assert (wider["draught_before_m"], wider["draught_after_m"]) == (6.0, 8.0)


def test_other_vessels_and_the_silence_itself_do_not_count():
    rows = [said(9, 9, mmsi=MMSI + 1, draught_m=3.0), said(9, 9, name="A")]
    assert voyage([gap(off_h=10, on_h=58)], rows)["draught_before_m"].isna().all()


def test_nothing_after_an_open_gap():
    found = voyage([gap(off_h=10, on_h=None)], [said(0, 9, draught_m=6.0, name="A")]).loc["Rajin"]
    assert found["draught_before_m"] == 6.0
    assert np.isnan(found["draught_after_m"])
    assert not found["name_changed"]


@pytest.mark.parametrize(
    ("before", "after", "rajin", "vostochny"),
    [
        ("KPRJN", None, "site", "other"),
        ("RUVYP>KP RJN", None, "site", "other"),
        ("KPRJN>RUVYP", None, "other", "site"),
        (None, "KPRJN>RUVYP", "site", "site"),
        ("KRPUS", "RAJIN", "site", "none"),
        ("FOR ORDERS", "VOSTOCHNY", "none", "site"),
        ("RUVYP", "RUVYP>KPRJN", "site", "site"),
        ("KRPUS", "UNKNOWN", "none", "none"),
    ],
)
def test_what_the_destination_names(before, after, rajin, vostochny):
    found = voyage(
        [gap(off_h=10, on_h=58)], [said(0, 9, destination=before, name="A"), said(59, 60, destination=after)]
    )
    for site, expected in (("Rajin", rajin), ("Vostochny", vostochny)):
        named = (found.loc[site, "destination_names_site"], found.loc[site, "destination_names_other"])
        assert named == {"site": (True, False), "other": (False, True), "none": (False, False)}[expected]


def test_only_gaps_around_which_something_was_said_have_rows():
    found = voyage([gap(off_h=10, on_h=58), gap(off_h=500, on_h=600)], [said(0, 9, name="A")])
    assert found["gap_id"].tolist() == [f"{MMSI}-10"] * 2


@pytest.mark.parametrize(("gap_rows", "static_rows"), [([], []), ([], [said(0, 1)]), ([gap()], [])])
def test_nothing_from_nothing(gap_rows, static_rows):
    some_gaps = gaps(*gap_rows) if gap_rows else GAPS.empty()
    statics = table(STATICS, static_rows) if static_rows else STATICS.empty()
    found = voyage_evidence(some_gaps, statics, sites=WATCHED)
    assert found.empty
    assert {"gap_id", "site", "destination_names_site", "destination_names_other"} <= set(found.columns)


def test_another_table_is_refused():
    with pytest.raises(SchemaError, match="last_seen"):
        voyage_evidence(GAPS.empty(), STATICS.empty().drop(columns="last_seen"), sites=WATCHED)


intervals = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 200), st.integers(0, 6), st.sampled_from([None, 4.0, 5.0, 6.0, 7.0])),
    max_size=15, unique_by=lambda interval: (interval[0], interval[1] // 8),
)  # fmt: skip


@given(
    intervals,
    st.lists(st.tuples(st.integers(0, 150), st.integers(1, 60)), min_size=1, max_size=5, unique_by=lambda g: g[0]),
)
def test_draughts_against_a_loop(drawn, spans):
    # Eight hours a slot keep a vessel's intervals apart, as the store's are.
    rows = [
        said(start // 8 * 8, start // 8 * 8 + long, mmsi=MMSI + ship, draught_m=m) for ship, start, long, m in drawn
    ]
    rows.sort(key=lambda row: (row["mmsi"], row["timestamp"]))
    gap_rows = [gap(off_h=off, on_h=off + long) for off, long in sorted(spans)]
    statics = table(STATICS, rows) if rows else STATICS.empty()
    found = voyage_evidence(gaps(*gap_rows), statics, sites=WATCHED).set_index(["gap_id", "site"])
    limit = pd.Timedelta(hours=72)
    for row in gap_rows:
        own = [r for r in rows if r["mmsi"] == MMSI and r["draught_m"] is not None]
        before = [r for r in own if r["timestamp"] <= row["off_timestamp"]][-1:]
        after = [r for r in own if r["last_seen"] >= row["on_timestamp"]][:1]
        expected = (
            [r["draught_m"] for r in before if row["off_timestamp"] - r["last_seen"] <= limit],
            [r["draught_m"] for r in after if r["timestamp"] - row["on_timestamp"] <= limit],
        )
        key = (row["gap_id"], "Rajin")
        columns = ["draught_before_m", "draught_after_m"]
        seen = found.loc[key, columns].tolist() if key in found.index else [np.nan, np.nan]
        assert [[] if np.isnan(value) else [value] for value in seen] == list(expected)
