import os
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from positions_samples import COAST, NOON, OTHER_SHIP, SHIP, at, batch, ingest, new_store, report

import darkships
from darkships.errors import StoreError
from darkships.positions import reading
from darkships.positions.merging import merge_duplicates
from darkships.positions.store import Store
from darkships.schema import POSITIONS

DAY = 86_400
ROWS = st.lists(
    st.builds(
        report,
        mmsi=st.sampled_from([SHIP, OTHER_SHIP, COAST, 992_191_234, 123_456_789]),
        seconds=st.sampled_from([0, 1, 2, 4, 57, 59.5, 60, 61, 90, 119, 121, 185])
        | st.integers(DAY, DAY + 2)
        | st.integers(3 * DAY, 3 * DAY + 1),
        cog=st.just(181.5),
        utc_second=st.sampled_from([None, None, 0, 30]),
        lon=st.sampled_from([132.4, -0.0, None, 179.9, -179.9]),
        lat=st.sampled_from([42.9, 0.0]),
        sog=st.sampled_from([9.5, None]),
        nav_status=st.sampled_from([0, 5, None]),
        ais_class=st.sampled_from(["A", "BASE", None]),
        receiver=st.sampled_from(["terrestrial", "satellite"]),
        station=st.sampled_from(["b", "a", None]),
        flags=st.sampled_from([0, 1, 2]),
    ),
    max_size=24,
)


def fill(folder, files, *, buffer_rows=2_000_000, batch_rows=100):
    store = new_store(folder)
    for name, given_rows in files:
        rows = [row | {"offset": number} for number, row in enumerate(given_rows, start=1)]
        batches = [batch(rows[start : start + batch_rows]) for start in range(0, len(rows), batch_rows)]
        ingest(store, name, *batches, buffer_rows=buffer_rows)
    return store


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(data=st.data(), rows=ROWS)
def test_neither_arrival_nor_partition_changes_a_bit(data, rows, tmp_path_factory, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(reading, "_SMALL_ROWS", data.draw(st.sampled_from([0, 3, 50_000])))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), min_size=2, max_size=2)))
    files = [("x", rows[: cuts[0]]), ("y", rows[cuts[0] : cuts[1]]), ("z", rows[cuts[1] :])]
    one = fill(tmp_path_factory.mktemp("one"), files)
    again = data.draw(st.permutations(files))
    other = fill(
        tmp_path_factory.mktemp("other"), again,
        buffer_rows=data.draw(st.integers(1, 30)), batch_rows=data.draw(st.integers(1, 9)),
    )  # fmt: skip
    table = one.read()
    assert other.read().equals(table)
    columns = data.draw(st.lists(st.sampled_from(POSITIONS.names), min_size=1, unique=True))
    assert other.read(columns=columns).equals(table.select(columns))
    merged, _ = merge_duplicates(table)
    assert merged.equals(table)
    before = other.version
    assert (other.compact() > 0) == (other.version == before + 1)
    assert other.read().equals(table)
    assert other.verify() == []
    seconds = data.draw(st.tuples(st.integers(0, 70), st.integers(60, 120) | st.integers(DAY, 3 * DAY)))
    since, until = (at(s) for s in seconds)
    wanted = data.draw(st.sets(st.sampled_from([SHIP, COAST, 5])))
    expected = [row for row in table.to_pylist() if since <= row["timestamp"] <= until and row["mmsi"] in wanted]
    assert other.read(since=since, until=until, mmsi=wanted).to_pylist() == expected
    assert other.read(ships_only=True).to_pylist() == ships_one_by_one(table.to_pylist())


def ships_one_by_one(rows):
    """Leave out stations' reports, and on each date who mostly sends such."""
    votes = Counter()
    for row in rows:
        votes[row["mmsi"], row["timestamp"].date()] += 1 if row["ais_class"] in {"BASE", "ATON"} else -1
    return [
        row
        for row in rows
        if row["mmsi"] in {SHIP, OTHER_SHIP}
        and row["ais_class"] not in {"BASE", "ATON"}
        and votes[row["mmsi"], row["timestamp"].date()] <= 0
    ]


def test_the_reference_by_pandas(tmp_path):
    """Overlapping files against concat, sort and drop_duplicates."""
    rows = [report(mmsi=SHIP + i * 7 % 5, seconds=i * 11 % 97, lon=130 + i % 3, offset=i) for i in range(300)]
    store = fill(tmp_path, [("a", rows[:180]), ("b", rows[120:])], buffer_rows=50, batch_rows=20)
    key = ["mmsi", "timestamp", "lon", "lat"]
    expected = pd.DataFrame(rows).drop_duplicates(key).sort_values(key)[key].reset_index(drop=True)
    found = darkships.read_positions(store, columns=key).sort_values(key).reset_index(drop=True)
    assert found.astype(expected.dtypes.to_dict()).equals(expected)
    assert store.read(columns=["n_receptions"])["n_receptions"].to_pandas().sum() == 360


def test_late_data_lies_beside_and_is_merged(tmp_path):
    store = fill(tmp_path, [("a", [report(seconds=s) for s in (0, 20)]), ("b", [report(seconds=s) for s in (10, 20)])])
    assert store.info().parts == 2
    found = store.read(columns=["timestamp", "n_receptions"])
    assert found["timestamp"].to_pylist() == [at(0), at(10), at(20)]
    assert found["n_receptions"].to_pylist() == [1, 1, 2]
    assert (store.compact(), store.info().parts, store.compact()) == (1, 1, 0)


def test_receptions_in_several_files_are_one_report(tmp_path):
    """The second file was received a second later; neither the time asked for nor compaction changes what is told."""
    rows = [report(seconds=s, station="a") for s in range(0, 300, 10)]
    late = [row | {"timestamp": row["timestamp"] + timedelta(seconds=1), "station": "b"} for row in rows]
    store = fill(tmp_path, [("late", late), ("first", rows)])
    for _ in range(2):
        found = store.read()
        assert found["timestamp"].to_pylist() == [row["timestamp"] for row in rows]
        assert set(found["n_receptions"].to_pylist()) == {2}
        assert set(found["station"].to_pylist()) == {"a;b"}
        assert store.read(since=at(10.5), until=at(30.5))["timestamp"].to_pylist() == [at(20), at(30)]
        assert store.read(since=at(20), until=at(20))["station"].to_pylist() == ["a;b"]
        store.compact()


def test_parts_that_only_come_close_lie_beside_each_other(tmp_path):
    """Reports that tell a second might share a transmission up to a minute away: here none does."""
    rows = [report(seconds=s, utc_second=0) for s in (0, 300, 130, 500)]
    store = fill(tmp_path, [("a", rows[:2]), ("b", rows[2:3]), ("c", rows[3:])])
    assert store.read()["timestamp"].to_pylist() == [at(s) for s in (0, 130, 300, 500)]
    apart = fill(tmp_path / "apart", [("a", rows[2:3]), ("b", [report(seconds=245, utc_second=0)])])
    assert apart.read()["timestamp"].to_pylist() == [at(130), at(245)]


def test_parts_of_a_file_in_time_order_need_no_merging(tmp_path, monkeypatch):
    rows = [report(mmsi=SHIP + i % 3, seconds=7 * i) for i in range(400)]
    store = fill(tmp_path, [("a", rows)], buffer_rows=60, batch_rows=20)
    parts = sorted((part.min_timestamp, part.max_timestamp) for part in store._catalog.parts("positions"))
    assert len(parts) > 5
    assert all(a[1] // 60_000_000 < b[0] // 60_000_000 for a, b in pairwise(parts))
    whole = fill(tmp_path / "whole", [("a", rows)]).read()
    monkeypatch.setattr(reading, "merge_duplicates", None)
    assert store.read().equals(whole)


def test_a_station_with_a_ships_number_is_no_ship(tmp_path):
    """By majority of its reports of the date; a ship among whose reports one says otherwise keeps the others."""
    rows = [report(seconds=s, ais_class="BASE" if s else None) for s in range(5)]
    rows += [report(mmsi=OTHER_SHIP, seconds=s, ais_class="ATON" if s == 2 else "A") for s in range(5)]
    rows += [report(seconds=DAY)]
    for name, buffer_rows in (("one", 100), ("parts", 1)):
        store = fill(tmp_path / name, [("a", rows)], buffer_rows=buffer_rows, batch_rows=3)
        found = store.read(ships_only=True)
        assert found["mmsi"].to_pylist() == [SHIP] + [OTHER_SHIP] * 4
        assert found["timestamp"].to_pylist() == [at(s) for s in (DAY, 0, 1, 3, 4)]
        assert store.read().num_rows == 11


def test_static_reports_alone_make_no_ship(tmp_path):
    rows = [report(seconds=s, lon=None, lat=None, sog=None, cog=None, heading=None, msg_type=5) for s in (0, 360)]
    found = fill(tmp_path, [("a", rows)]).read(ships_only=True).to_pandas()
    assert len(found) == 2
    assert darkships.segment_tracks(found).empty


def test_a_box_keeps_contacts_and_may_cross_the_date_line(tmp_path):
    places = [(179.9, 10.0), (-179.9, 10.0), (0.5, 10.0), (179.9, 60.0), (None, None)]
    store = fill(tmp_path, [("a", [report(seconds=s, lon=lon, lat=lat) for s, (lon, lat) in enumerate(places)])])
    assert store.read(bbox=(179.0, 0.0, -179.0, 20.0))["lon"].to_pylist() == [179.9, -179.9, None]
    assert store.read(columns=["timestamp"], bbox=(-10.0, 0.0, 10.0, 20.0))["timestamp"].to_pylist() == [at(2), at(4)]


def test_row_groups_that_cannot_hold_a_vessel_are_not_needed(tmp_path, monkeypatch):
    monkeypatch.setattr("darkships.positions.parts.ROW_GROUP_ROWS", 4)
    monkeypatch.setattr(reading, "_SMALL_ROWS", 0)
    rows = [report(mmsi=SHIP + i // 3, seconds=i) for i in range(30)]
    store = fill(tmp_path, [("a", rows)])
    found = store.read(columns=["timestamp", "mmsi"], mmsi=[SHIP + 4, SHIP + 8, 7])
    assert found["mmsi"].to_pylist() == [SHIP + 4] * 3 + [SHIP + 8] * 3
    assert found["timestamp"].to_pylist() == [at(s) for s in (12, 13, 14, 24, 25, 26)]
    assert store.read(mmsi=[]).num_rows == 0


def test_an_empty_store_reads_as_an_empty_table(tmp_path):
    store = new_store(tmp_path)
    assert store.read().equals(POSITIONS.arrow.empty_table())
    assert store.read(columns=["station"]).schema == pa.schema([POSITIONS.arrow.field("station")])
    assert store.read_statics().num_rows == store.read_quarantine().num_rows == 0
    with pytest.raises(StoreError, match="holds no reports; take some in with"):
        store.time_range()


def test_the_frame_of_the_public_api(tmp_path):
    store = fill(tmp_path, [("a", [report(), report(seconds=5, lon=None, lat=None)])])
    frame = darkships.read_positions(store.path, columns=["mmsi", "timestamp", "lat", "receiver"], until=NOON)
    assert frame.to_dict("records") == [
        {"mmsi": SHIP, "timestamp": pd.Timestamp(NOON), "lat": 42.9, "receiver": "terrestrial"}
    ]
    assert darkships.read_positions(store)["lat"].isna().tolist() == [False, True]


def test_the_time_range(tmp_path):
    store = fill(tmp_path, [("a", [report(seconds=-2 * DAY), report(seconds=0.000_001)])])
    assert store.time_range() == (at(-2 * DAY), at(0.000_001))


def test_mistakes_are_explained(tmp_path):
    store = fill(tmp_path, [("a", [report()])])
    with pytest.raises(StoreError, match="no column 'speed'; they have mmsi"):
        store.read(columns=["mmsi", "speed"])
    with pytest.raises(StoreError, match="has no time zone"):
        store.read(since=datetime(2023, 9, 7))  # noqa: DTZ001  the mistake
    part = next(store.path.rglob("part-*.parquet"))
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.raises(StoreError, match="missing or damaged"):
        Store.open(store.path).read()
    assert "its bytes are not those" in store.verify()[0]
    part.unlink()
    with pytest.raises(StoreError, match="missing or damaged"):
        store.info()
    assert "cannot be read" in store.verify()[0]
