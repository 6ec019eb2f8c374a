"""Parquet feeds: typed columns, missing values, damage."""

from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from darkships.errors import FeedError


def save(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


def test_typed_columns_and_missing_values(whole, tmp_path):
    frame = pd.DataFrame(
        {
            "MMSI": [366000001, 366000001, 12],
            "BaseDateTime": pd.to_datetime(["2020-01-01 00:00:01.5", "2020-01-01 00:01:00.0", "2020-01-01 00:00:00.0"]),
            "LAT": [28.5, float("nan"), 1.0],
            "LON": [-96.5, float("nan"), 1.0],
            "SOG": [1.5, 102.3, 1.0],
            "VesselName": ["HARRY", None, None],
            "VesselType": [31.0, float("nan"), 0.0],
            "IMO": ["IMO9074729", None, None],
            "Status": [5, 15, 0],
        }
    )
    path = tmp_path / "a.bin"
    frame.to_parquet(path)
    got = whole(path)
    assert got.feed.format == "marinecadastre-legacy"
    assert got.rows("timestamp", "lat", "lon", "sog", "nav_status", "offset") == [
        (datetime(2020, 1, 1, 0, 0, 1, 500000, tzinfo=UTC), 28.5, -96.5, 1.5, 5, 1),
        (datetime(2020, 1, 1, 0, 1, tzinfo=UTC), None, None, None, None, 2),
    ]
    assert got.statics.select(["name", "ship_type", "imo"]).to_pylist() == [
        {"name": "HARRY", "ship_type": 31, "imo": 9074729}
    ]
    (reject,) = got.quarantine.to_pylist()
    assert (reject["offset"], reject["reason"], reject["raw"][:15]) == (3, "mmsi", "12,2020-01-01 0")


@pytest.mark.parametrize("unit", [1, 1000, 10**9])
def test_mapped_epochs(whole, tmp_path, unit):
    path = save(tmp_path / "a.parquet", id=["366000001"], t0=[1577836800 * unit], y0=[1.5], x0=[2.5])
    got = whole(path, column_map={"mmsi": "id", "timestamp": "t0", "lat": "y0", "lon": "x0"})
    assert got.rows("mmsi", "timestamp", "lat", "lon") == [(366000001, datetime(2020, 1, 1, tzinfo=UTC), 1.5, 2.5)]


def test_geometry_does_not_disturb(whole, tmp_path):
    path = save(tmp_path / "a.parquet", mmsi=[1], time=["x"], lat=[1.0], lon=[1.0], geometry=[{"x": 1, "y": 2}])
    with pytest.raises(FeedError, match="not understood"):
        whole(path)


@pytest.mark.parametrize("damage", [lambda b: b[:-20], lambda b: b[:40] + bytes(200) + b[240:]])
def test_damage_is_an_error(whole, tmp_path, damage):
    path = save(
        tmp_path / "a.parquet",
        mmsi=list(range(300)),
        time=["2020-01-01 00:00:00"] * 300,
        lat=[1.0] * 300,
        lon=[1.0] * 300,
    )
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(FeedError, match="damaged Parquet"):
        whole(path)


def test_real_parquet(whole, sample):
    path = sample("../data/socal_2025.parquet")
    got = whole(path)
    want = pq.read_table(path)
    assert got.feed.format == "marinecadastre-csv2"
    assert got.positions["mmsi"].to_pylist()[::5000] == want["mmsi"].to_pylist()[::5000]
    assert got.positions["lat"].equals(want["latitude"])
    assert got.quarantine.num_rows == 0


TEXT_TYPES = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]


def save_texts(path, kind, **columns):
    columns = {"mmsi": ["366000001"] * 2, "timestamp": ["2020-01-01 00:00:00"] * 2, "lat": ["1.5"] * 2, **columns}
    return save(path, **{name: pa.array(texts).cast(kind) for name, texts in {"lon": ["2.5"] * 2, **columns}.items()})


@pytest.mark.parametrize("kind", TEXT_TYPES)
def test_every_type_of_text_is_read_alike(whole, tmp_path, kind):
    got = whole(save_texts(tmp_path / "a", kind, lat=["1.5", "x"], timestamp=["13/02/2020 00:00:00"] * 2))
    assert got.rows("mmsi", "timestamp", "lat", "lon") == [(366000001, datetime(2020, 2, 13, tzinfo=UTC), 1.5, 2.5)]
    assert got.reasons == {"latitude": 1}
    assert [w.partition(": ")[2] for w in got.feed.warnings] == ["times without a zone were taken as UTC (2)"]


@pytest.mark.parametrize("kind", TEXT_TYPES)
def test_decimal_commas_in_every_type_of_text_are_refused_with_a_hint(whole, tmp_path, kind):
    with pytest.raises(FeedError, match=r"latitude '54,5' is written with a decimal comma, in 2 of 2 rows"):
        whole(save_texts(tmp_path / "a", kind, lat=["54,5"] * 2))
