from datetime import timedelta
from functools import reduce
from itertools import pairwise
from operator import or_

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from positions_samples import NOON, SHIP, at, positions, report

from darkships.gaps.detection import detect_gaps
from darkships.positions.cleaning import clean
from darkships.positions.merging import merge_duplicates
from darkships.schema import POSITIONS, to_pandas
from darkships.tracks.segmentation import segment_tracks

SAID = ("mmsi", "lon", "lat", "sog", "cog", "heading", "rot_deg_min", "nav_status", "msg_type", "ais_class")
MS = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)


def still(seconds=0.0, **more):
    """Return a report that says the same at any time."""
    return report(seconds=0) | {"timestamp": at(seconds)} | more


def merged(rows):
    return clean(positions(rows))[0].to_pylist()


def test_pitfall_1_the_earliest_reception_stands_for_all_and_the_rest_is_counted():
    rows = [
        still(1.5, offset=9, station="south", receiver="satellite", flags=1, n_receptions=2),
        still(0.2, offset=7, station="north", flags=2),
        still(2.0, offset=4, station="south", flags=4, n_receptions=3),
    ]
    (row,) = merged(rows)
    assert (row["timestamp"], row["offset"], row["receiver"]) == (at(0.2), 7, "terrestrial")
    assert (row["n_receptions"], row["flags"], row["station"]) == (6, 7, "north;south")
    assert row["reception_span_ms"] == 1800


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0, 2], [(0, 2, 2000)]),
        ([0, 2.001], [(0, 1, 0), (2.001, 1, 0)]),
        ([0, 1.9, 3.8, 5.7], [(0, 4, 5700)]),
        ([0.0004, 2.0009], [(0.0004, 2, 2000)]),
        ([59, 60, 61], [(59, 1, 0), (60, 2, 1000)]),
        ([*range(125)], [(0, 60, 59_000), (60, 60, 59_000), (120, 5, 4000)]),
    ],
)
def test_without_a_second_reports_of_a_minute_are_linked_one_by_one(times, expected):
    found = [(row["timestamp"], row["n_receptions"], row["reception_span_ms"]) for row in merged(map(still, times))]
    assert found == [(at(first), n, span) for first, n, span in expected]


@pytest.mark.parametrize(
    ("seconds", "utc_seconds", "expected"),
    [
        ([5, 34.9], [5, 5], [2]),
        ([-29.9, 29.9], [0, 0], [2]),  # clocks that differ by almost a minute, on both sides
        ([58, 61], [59, 59], [2]),  # over the minute
        ([-25, 29, 31], [0, 0, 0], [2, 1]),  # 31 s after second 0 is 29 s before the next
        ([0, 1], [0, 1], [1, 1]),
        ([0, 1], [0, None], [1, 1]),
        ([0, 60, 120], [0, 0, 0], [1, 1, 1]),
    ],
)
def test_the_second_of_the_fix_tells_transmissions_apart(seconds, utc_seconds, expected):
    rows = [still(s, utc_second=second) for s, second in zip(seconds, utc_seconds, strict=True)]
    assert [row["n_receptions"] for row in merged(rows)] == expected


@pytest.mark.parametrize(
    "change",
    [
        {"mmsi": SHIP + 1}, {"lon": 132.400_001}, {"lon": 132.400_01}, {"lat": 42.8}, {"sog": None}, {"cog": 181.0},
        {"heading": None}, {"rot_deg_min": 0.0}, {"nav_status": 1}, {"msg_type": 1}, {"ais_class": None},
        {"lon": None, "lat": None}, {"lon": float(np.float32(132.4))},
    ],
)  # fmt: skip
def test_who_says_something_else_stays(change):
    assert len(merged([still(), still(1, **change)])) == 2


def test_contacts_are_merged_too():
    rows = [still(s, lon=None, lat=lat, sog=None, cog=None, heading=None) for s, lat in ((0, None), (1, 42.9))]
    (row,) = merged(rows)
    assert (row["lat"], row["n_receptions"]) == (None, 2)


@pytest.mark.parametrize(
    ("stations", "expected"),
    [
        (["b", "a", "b"], "a;b"), (["b", None], "b"), ([None, None], None), (["c;a", "b;a"], "a;b;c"),
        (["b;a"], "b;a"), ([";", None], None), (["z", "é", "A"], "A;z;é"),
    ],
)  # fmt: skip
def test_stations_are_joined_as_a_set(stations, expected):
    (row,) = merged([still(station=station) for station in stations])
    assert row["station"] == expected


def test_receptions_saturate():
    (row,) = merged([still(offset=i, n_receptions=40_000) for i in range(3)])
    assert row["n_receptions"] == 65_535


def test_times_are_kept_to_the_microsecond():
    rows = [still(0.000_002, offset=1), still(0.000_001, offset=2)]
    assert [row["timestamp"] for row in merged(rows)] == [at(0.000_001)]
    rows = [still(0.000_002, offset=1), still(0.000_001, offset=2, sog=1.0)]
    assert [row["offset"] for row in merged(rows)] == [2, 1]


def test_what_a_stranger_sends_as_a_second_is_harmless():
    assert [row["n_receptions"] for row in merged([still(s, utc_second=s + 60) for s in (0, 0, 30, 67)])] == [2, 1, 1]


REPORTS = st.builds(
    still,
    st.sampled_from([0, 0.4, 0.0004, 1, 2, 2.4, 3.9, 29, 31, 57.5, 58, 59.9996, 60, 61.5, 89, 119, -0.5, -29.5, -30]),
    mmsi=st.sampled_from([SHIP, SHIP, SHIP + 1, 5]),
    utc_second=st.sampled_from([None, None, 0, 0, 59]),
    lon=st.sampled_from([132.4, 132.4, 132.4, -0.0, None, 181.0]),
    lat=st.sampled_from([42.9, 42.9, 0.0]),
    sog=st.sampled_from([9.5, 9.5, None]),
    rot_deg_min=st.sampled_from([None, None, None, 3.0]),
    ais_class=st.sampled_from(["A", "A", None]),
    receiver=st.sampled_from(["terrestrial", "satellite"]),
    station=st.sampled_from(["b", "a", "c;a", None]),
    n_receptions=st.sampled_from([1, 2, 60_000]),
    flags=st.sampled_from([0, 1, 2]),
    offset=st.integers(1, 4),
    file_id=st.integers(1, 2),
)


def ms(row):
    return (row["timestamp"] - NOON) // MS


def fix_time(row):
    """Return the time nearest to a report's that has its second: the two candidates are half a minute away at most."""
    minute = row["timestamp"].replace(second=0, microsecond=0)
    near = row["timestamp"] - row["timestamp"].resolution * (row["timestamp"].microsecond % 1000)
    candidates = [minute + MINUTE * k + timedelta(seconds=row["utc_second"]) for k in (-1, 0, 1)]
    return min(candidates, key=lambda time: (abs(time - near), time))


def linked(a, b):
    if any(a[name] != b[name] for name in (*SAID, "utc_second")):
        return False
    if a["utc_second"] is not None:
        return fix_time(a) == fix_time(b)
    a, b = sorted((a, b), key=ms)
    return ms(a) // 60_000 == ms(b) // 60_000 and ms(b) - ms(a) - a["reception_span_ms"] <= 2000


def merge_one_by_one(rows):
    """Merge as the rules say: what is linked, directly or over others, is one report."""
    groups = []
    for row in rows:
        near = [group for group in groups if any(linked(row, other) for other in group)]
        groups = [group for group in groups if group not in near] + [[row, *(r for group in near for r in group)]]
    result = []
    for group in groups:
        first = min(group, key=lambda row: [row[n] for n in ("timestamp", "file_id", "offset", "receiver")])
        stations = {atom for row in group for atom in (row["station"] or "").split(";") if atom}
        united = first["station"] if len({row["station"] for row in group}) == 1 else ";".join(sorted(stations)) or None
        result.append(first | {
            "n_receptions": min(sum(row["n_receptions"] for row in group), 65_535),
            "reception_span_ms": max(ms(row) + row["reception_span_ms"] for row in group) - ms(first),
            "flags": reduce(or_, (row["flags"] for row in group)),
            "station": united,
        })  # fmt: skip
    return result


@given(st.lists(REPORTS, max_size=14))
def test_merging_equals_a_naive_reference(rows):
    table = pa.concat_tables([positions([]), *(clean(positions([row]))[0] for row in rows)])
    found, duplicates = merge_duplicates(table)
    expected = merge_one_by_one(table.to_pylist())
    assert duplicates == len(rows) - len(expected)
    assert sorted(map(repr, found.to_pylist())) == sorted(map(repr, expected))
    keys = [(row["mmsi"], row["timestamp"]) for row in found.to_pylist()]
    assert keys == sorted(keys)


@given(st.lists(REPORTS, max_size=16), st.randoms(use_true_random=False))
def test_it_does_not_matter_what_was_merged_before(rows, random):
    table, _ = clean(positions(rows))
    tables = [positions([row]) for row in rows]
    while len(tables) > 1:
        random.shuffle(tables)
        size = random.randint(2, len(tables))
        tables = [clean(pa.concat_tables(tables[:size]))[0], *tables[size:]]
    if tables:
        assert clean(tables[0])[0].equals(table)
    assert clean(table)[0].equals(table)


def silences(rows, at_least):
    """Return from when to when nothing was heard, by vessel; a report counts until its last reception."""
    found = []
    for mmsi in {row["mmsi"] for row in rows}:
        own = sorted((ms(row), ms(row) + row["reception_span_ms"]) for row in rows if row["mmsi"] == mmsi)
        latest = own[0][1]
        for first, last in own:
            if first - latest >= at_least:
                found.append((mmsi, latest, first))
            latest = max(latest, last)
    return sorted(found)


@given(st.lists(REPORTS, max_size=14))
def test_pitfall_1_no_silence_appears_or_grows(rows):
    table = pa.concat_tables([positions([]), *(clean(positions([row]))[0] for row in rows)])
    before, after = table.to_pylist(), merge_duplicates(table)[0].to_pylist()
    assert silences(before, 60_000) == silences(after, 60_000)

    def minutes(rows):
        return {(row["mmsi"], ms(row) // 60_000) for row in rows if row["utc_second"] is None}

    assert minutes(before) == minutes(after)


def test_the_same_gaps_are_found_in_a_log_that_repeats_itself():
    """A still ship logged each second, heard by two stations, silent for 10 and for 25 minutes."""
    seconds = [*range(1800), *range(2460, 4000), *range(5500, 7200)]
    rows = [still(s + late, offset=s, station=name) for s in seconds for name, late in (("a", 0), ("b", 0.7))]
    table, _ = clean(positions(rows))
    assert table.num_rows == 30 + 26 + 29
    gaps = []
    for each in (positions(rows).sort_by("timestamp"), table):
        tracks = segment_tracks(to_pandas(each))
        gaps.append(detect_gaps(tracks, min_gap_h=1 / 6, as_of=pd.Timestamp(at(7200))))
    assert gaps[0]["on_timestamp"].tolist() == gaps[1]["on_timestamp"].tolist() == [at(2460), at(5500)]
    later = gaps[0]["off_timestamp"] - gaps[1]["off_timestamp"]
    assert (later < MINUTE).all()
    assert (later >= timedelta(0)).all()


def test_the_order_of_what_is_said_at_one_time_is_that_of_the_content():
    rows = [still(sog=sog, nav_status=status, offset=i) for i, (sog, status) in enumerate([(3, 1), (1, 5), (1, 0)])]
    tables = [clean(positions(order))[0] for order in (rows, rows[::-1], rows[1:] + rows[:1])]
    assert [row["nav_status"] for row in tables[0].to_pylist()] == [0, 5, 1]
    assert all(a.equals(b) for a, b in pairwise(tables))


def test_nothing_in_nothing_out():
    table, duplicates = merge_duplicates(POSITIONS.arrow.empty_table())
    assert (table.num_rows, duplicates) == (0, 0)
