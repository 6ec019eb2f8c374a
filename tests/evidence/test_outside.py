"""AIS gaps that others report: as they write them, one table."""

import json

import pandas as pd
import pytest

from darkships.errors import FeedError
from darkships.evidence import outside
from darkships.evidence.outside import read_outside_gaps
from darkships.schema import OUTSIDE_GAPS

EVENT = {
    "id": "e1",
    "type": "gap",
    "start": "2023-09-07T05:00:00.000Z",
    "end": "2023-09-09T17:00:00.000Z",
    "vessel": {"id": "v", "ssvid": "273000001", "flag": "RUS"},
    "gap": {
        "intentionalDisabling": True,
        "durationHours": "60.0",
        "distanceKm": "55.51",
        "offPosition": {"lat": 42.3, "lon": 131.4},
        "onPosition": {"lat": "42.31", "lon": "131.41"},
    },
}
OPEN = {
    **EVENT,
    "id": "e2",
    "end": "",
    "start": "2023-09-10T00:00:00Z",
    "gap": {"offPosition": {"lat": 42, "lon": 131}},
}
VISIT = {"id": "e3", "type": "port_visit", "start": "2023-09-07T05:00:00Z", "end": "", "vessel": {"ssvid": "273000001"}}
SHAPES = {
    "entries": lambda events: json.dumps({"total": len(events), "entries": events}),
    "list": json.dumps,
    "lines": lambda events: "\n".join(map(json.dumps, events)),
}


def save(tmp_path, text):
    path = tmp_path / "events"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("shape", SHAPES)
def test_gap_events_with_numbers_as_text_and_open_ends(tmp_path, shape):
    found, left_out = read_outside_gaps(save(tmp_path, SHAPES[shape]([OPEN, VISIT, EVENT])))
    assert list(found.columns) == OUTSIDE_GAPS.names
    assert left_out == 1
    first, second = found.to_dict("records")
    assert (first["event_id"], first["mmsi"], first["duration_h"], first["intentional"]) == (
        "e1",
        273000001,
        60.0,
        True,
    )
    assert (first["off_lat"], first["off_lon"], first["on_lat"], first["on_lon"]) == (42.3, 131.4, 42.31, 131.41)
    assert (first["off_timestamp"], first["on_timestamp"]) == (
        pd.Timestamp("2023-09-07 05:00", tz="UTC"),
        pd.Timestamp("2023-09-09 17:00", tz="UTC"),
    )
    assert second["event_id"] == "e2"
    assert all(pd.isna(second[name]) for name in ("on_timestamp", "on_lat", "duration_h", "intentional"))
    assert set(found["source"]) == {"Global Fishing Watch gap event"}


def test_ais_off_events_are_intentional_by_what_they_are(tmp_path):
    text = (
        "gap_id,mmsi,vessel_class,gap_start_timestamp,gap_start_lat,gap_start_lon,gap_end_timestamp,gap_end_lat,"
        "gap_end_lon,gap_hours\n"
        "a,412331104,squid_jigger,2017-01-01 05:00:00 UTC,1.5,2.5,2017-01-02 05:00:00 UTC,1,2,24\n"
        "b,,squid_jigger,2017-01-01 05:00:00 UTC,1.5,2.5,2017-01-02 05:00:00 UTC,1,2,24\n"
    )
    found, left_out = read_outside_gaps(save(tmp_path, text))
    assert left_out == 1
    (row,) = found.to_dict("records")
    assert (row["mmsi"], row["off_lat"], row["on_lon"], row["duration_h"], row["intentional"]) == (
        412331104, 1.5, 2.0, 24.0, True,
    )  # fmt: skip
    assert row["on_timestamp"] - row["off_timestamp"] == pd.Timedelta(days=1)


def test_pipe_gaps_count_seconds_since_1970(tmp_path):
    gap = {"gap_id": "g", "ssvid": "412331104", "start_timestamp": 1683356889, "start_lat": 1.5, "start_lon": 2.5}
    found, _ = read_outside_gaps(save(tmp_path, json.dumps({**gap, "end_timestamp": None, "is_closed": False})))
    assert found["off_timestamp"][0] == pd.Timestamp("2023-05-06 07:08:09", tz="UTC")
    assert pd.isna(found["on_timestamp"][0])
    assert pd.isna(found["intentional"][0])


def test_the_real_event(sample_event):
    found, left_out = read_outside_gaps(sample_event)
    (row,) = found.to_dict("records")
    assert (row["mmsi"], row["off_lat"], row["on_lat"], left_out) == (235063795, -14.37886, -14.4101933333, 0)


@pytest.fixture
def sample_event(request):
    path = request.config.rootpath.parent / "shared" / "formats" / "gfw_api_event_item.json"
    if not path.exists():
        pytest.skip("the real sample is not beside this checkout")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "holds no gap events"),
        ('{"id": 1', "damaged JSON"),
        ("[" * 100_000, "damaged JSON"),
        ("mmsi,lat,lon\n1,2,3\n", "Found: 'mmsi, lat, lon'"),
        (json.dumps([VISIT]), "holds no gap events"),
        ('"just text', "neither JSON nor CSV|holds no gap events"),
    ],
)
def test_what_holds_no_gap_events_is_told(tmp_path, text, message):
    with pytest.raises(FeedError, match=message):
        read_outside_gaps(save(tmp_path, text))


def test_a_file_that_is_not_there_or_too_large_is_told(tmp_path, monkeypatch):
    with pytest.raises(FeedError, match="cannot be read: No such file"):
        read_outside_gaps(tmp_path / "nothing")
    monkeypatch.setattr(outside, "MOST_BYTES", 10)
    with pytest.raises(FeedError, match="has 200 bytes; expected at most 10"):
        read_outside_gaps(save(tmp_path, "x" * 200))
