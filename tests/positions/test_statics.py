import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from positions_samples import SHIP, at, batch, ingest, new_store, static, statics

from darkships.positions.statics import IDENTITY, merge_statics
from darkships.schema import STATICS


def said(table):
    return [{k: v for k, v in row.items() if v is not None and k != "file_id"} for row in table.to_pylist()]


def test_equal_reports_are_one_interval():
    rows = [static(seconds=s, name="ANGARA", imo=9_179_842, draught_m=6.5) for s in (360, 0, 720)]
    assert said(merge_statics(statics(rows))) == [
        {
            "mmsi": SHIP, "timestamp": at(0), "last_seen": at(720), "n_reports": 3, "name": "ANGARA",
            "imo": 9_179_842, "draught_m": 6.5,
        }
    ]  # fmt: skip


def test_the_halves_of_a_class_b_report_are_one_interval():
    halves = [{"name": "SEA FOX"}, {"callsign": "UBAA", "ship_type": 70}] * 3
    rows = [static(seconds=s, **half) for s, half in enumerate(halves)]
    (row,) = said(merge_statics(statics(rows)))
    assert (row["name"], row["callsign"], row["ship_type"], row["n_reports"]) == ("SEA FOX", "UBAA", 70, 6)


A, B = {"name": "SEA FOX"}, {"callsign": "UBAA", "vendor_id": "SRT", "ship_type": 37}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, A), (600, B)], [(0, 600, "SEA FOX", "UBAA")]),
        ([(0, B), (360, A)], [(0, 360, "SEA FOX", "UBAA")]),
        ([(0, A), (601, B)], [(0, 0, "SEA FOX", None), (601, 601, None, "UBAA")]),
        # once both halves are known, a half of the same ship extends however long it was not heard
        ([(0, A), (60, B), (90_000, B), (180_000, A)], [(0, 180_000, "SEA FOX", "UBAA")]),
        # far apart, until a half shows that it was one ship
        ([(0, A), (7200, B), (7260, A)], [(0, 7260, "SEA FOX", "UBAA")]),
        # the number went over to another ship
        ([(0, A), (60, B), (90, B | {"callsign": "UCCC"})], [(0, 60, "SEA FOX", "UBAA"), (90, 90, None, "UCCC")]),
        ([(0, A), (60, B), (90, B | {"vendor_id": "SIT"})], [(0, 60, "SEA FOX", "UBAA"), (90, 90, None, "UBAA")]),
    ],
)
def test_pitfall_7_halves_are_joined_within_ten_minutes_and_never_across_ships(rows, expected):
    found = merge_statics(statics([static(seconds=s, **half) for s, half in rows])).to_pylist()
    told = [(row["timestamp"], row["last_seen"], row["name"], row["callsign"]) for row in found]
    assert told == [(at(first), at(last), *names) for first, last, *names in expected]


def test_a_change_opens_an_interval_and_borrows_nothing():
    rows = [
        static(seconds=0, name="ANGARA", draught_m=4.0, destination="VLADIVOSTOK"),
        static(seconds=10, name="ANGARA", draught_m=7.5),
        static(seconds=20, name="ANGARA", draught_m=7.5, destination="VLADIVOSTOK"),
        static(seconds=30, name="ANGARA", draught_m=4.0, destination="VLADIVOSTOK"),
    ]
    found = merge_statics(statics(rows))
    assert found["draught_m"].to_pylist() == [4.0, 7.5, 4.0]
    assert found["last_seen"].to_pylist() == [at(0), at(20), at(30)]
    (opened, *_) = merge_statics(statics(rows[:2])).slice(1).to_pylist()
    assert opened["destination"] is None


def test_vessels_are_kept_apart():
    rows = [static(mmsi=SHIP + i % 2, seconds=i, name="MARIA") for i in range(4)]
    found = merge_statics(statics(rows))
    assert found["mmsi"].to_pylist() == [SHIP, SHIP + 1]
    assert found["n_reports"].to_pylist() == [2, 2]


def test_nothing_in_nothing_out():
    assert merge_statics(STATICS.arrow.empty_table()).equals(STATICS.arrow.empty_table())


ROWS = st.lists(
    st.builds(
        static,
        mmsi=st.sampled_from([SHIP, SHIP + 1]),
        seconds=st.integers(0, 9),
        last=st.integers(9, 12),
        n_reports=st.integers(1, 3),
        name=st.sampled_from(["A", "B", None]),
        draught_m=st.sampled_from([4.0, 6.5, None]),
        imo=st.sampled_from([9_179_842, None]),
        file_id=st.integers(1, 2),
    ),
    max_size=10,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_forgotten(rows, random):
    merged = merge_statics(statics(rows))
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert merge_statics(statics(shuffled)).equals(merged)
    assert sum(merged["n_reports"].to_pylist()) == sum(row["n_reports"] for row in rows)


@given(ROWS)
def test_merging_twice_changes_nothing(rows):
    once = merge_statics(statics([row | {"timestamp": at(second)} for second, row in enumerate(rows)]))
    assert merge_statics(once).equals(once)


@given(ROWS)
def test_what_was_said_is_found_again(rows):
    merged = merge_statics(statics(rows)).to_pylist()
    for row in rows:
        assert any(
            found["mmsi"] == row["mmsi"]
            and found["timestamp"] <= row["timestamp"]
            and found["last_seen"] >= row["last_seen"]
            and all(row[name] is None or row[name] == found[name] for name in IDENTITY)
            for found in merged
        )


def test_the_store_merges_files_and_forgets_the_future(tmp_path):
    store = new_store(tmp_path)
    ingest(
        store,
        "later",
        batch(static_rows=[static(seconds=100, name="MARIA", callsign="UBAA"), static(seconds=200, name="M")]),
    )
    ingest(store, "first", batch(static_rows=[static(seconds=0, name="MARIA"), static(seconds=50, name="MARIA")]))
    assert store.read_statics()["n_reports"].to_pylist() == [3, 1]
    early = said(store.read_statics(until=at(60)))
    assert early == [{"mmsi": SHIP, "timestamp": at(0), "last_seen": at(50), "n_reports": 2, "name": "MARIA"}]
    clipped = store.read_statics(until=at(20))
    assert clipped["last_seen"].to_pylist() == [at(20)]
    assert store.read_statics(since=at(150))["name"].to_pylist() == ["M"]
    assert store.read_statics(mmsi=SHIP + 1).num_rows == 0
    assert store.read_statics(mmsi=[SHIP]).num_rows == 2
    before = store.read_statics()
    store.compact()
    assert store.read_statics().equals(before)
    assert isinstance(before, pa.Table)


def test_halves_of_one_file_in_two_batches_are_one_interval(tmp_path):
    store = new_store(tmp_path)
    counts = ingest(store, "a", *(batch(static_rows=[static(seconds=s, name="MARIA")]) for s in (0, 86_400, 10)))
    assert (counts.statics, counts.rows_read) == (1, 0)
    assert store.read_statics()["last_seen"].to_pylist() == [at(86_400)]
