"""What becomes of the units, times and sentinels of every dialect; units that nothing tells; files that are no feed."""

import json

import pytest
import samples_china
import samples_community
import samples_national
import samples_satellite
import samples_vendors
from dialect_rows import MOVING, SHIP, T

from darkships.errors import FeedError
from darkships.feed.dialects import FORMATS

SAMPLES = {
    **samples_community.SAMPLES,
    **samples_national.SAMPLES,
    **samples_satellite.SAMPLES,
    **samples_vendors.SAMPLES,
    **samples_china.SAMPLES,
}
ELSEWHERE = {"marinecadastre-legacy", "marinecadastre-csv2", "dma", "dma-headerless"}


def assert_rows(got, wanted):
    rows = got.to_pylist()
    assert len(rows) == len(wanted)
    for row, want in zip(rows, wanted, strict=True):
        found = {name: row[name] for name in want}
        assert found == {k: pytest.approx(v, rel=1e-5) if isinstance(v, float) else v for k, v in want.items()}


def test_every_dialect_has_a_sample():
    assert {dialect.name for dialect in FORMATS} == {*SAMPLES, *ELSEWHERE}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_dialect_reads_its_sample(whole, write, name):
    content, positions, statics = SAMPLES[name]
    got = whole(write(content))
    assert got.feed.format == name
    assert_rows(got.positions, positions)
    by_time = got.statics.sort_by([("timestamp", "ascending")]) if name != "datalastic" else got.statics.slice(1)
    assert_rows(by_time, statics if name != "datalastic" else [{**statics[0], **statics[1]}])
    assert not [warning for warning in got.feed.warnings if "could not be read" in warning]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_dialect_can_be_asked_for(whole, write, name):
    content, positions, _ = SAMPLES[name]
    got = whole(write(content), format=name)
    assert (got.feed.format, got.positions.num_rows) == (name, len(positions))


def test_a_type_that_is_no_report_is_counted(whole, write):
    assert whole(write(SAMPLES["ais-catcher"][0])).skipped == {"class STATS": 1}
    assert whole(write(SAMPLES["digitraffic-mqtt"][0])).reasons == {"mmsi": 1}


def test_anonymised_numbers_are_told(whole, write):
    (warning,) = whole(write(SAMPLES["marinecadastre-gdb"][0])).feed.warnings
    assert "anonymised" in warning


MARINETRAFFIC = "MMSI,SHIP_ID,LAT,LON,SPEED,HEADING,COURSE,STATUS,TIMESTAMP\n273000001,7,42.5,131.25,{},243,241,0,{}\n"
AISHUB = "MMSI,TSTAMP,LATITUDE,LONGITUDE,COG,SOG,HEADING,NAVSTAT,DEST\n273000001,{},{},131.25,0,0,0,0,\n"


@pytest.mark.parametrize(
    "text",
    [
        MARINETRAFFIC.format("12", "2023-05-06 07:08:09"),
        MARINETRAFFIC.format("12.5", "2023-05-06T07:08:09"),
        AISHUB.format("1683356889", "42.5"),
        AISHUB.format("2023-05-06 07:08:09 GMT", "25500000"),
    ],
)
def test_units_are_never_guessed(whole, write, text):
    path = write(text)
    with pytest.raises(FeedError, match=r"differ in units.*say so with --format"):
        whole(path)
    name = "marinetraffic-api" if "SHIP_ID" in text else "aishub-human"
    assert whole(path, format=name).feed.format == name


def test_units_are_named_in_the_map(whole, write):
    path = write("id,t,y,x,v,d,a\n273000001,1683356889,25500000,78750000,10,75,2415\n")
    names = {
        "mmsi": "id",
        "timestamp": "t",
        "lat_deg600000": "y",
        "lon_deg600000": "x",
        "draught_dm": "d",
        "cog_deg10": "a",
    }
    for unit, knots in (("sog_ms", 19.438445), ("sog_kmh", 5.399568), ("sog_kn10", 1.0), ("sog", 10.0)):
        got = whole(path, column_map={**names, unit: "v"})
        assert_rows(got.positions, [{**SHIP, "sog": knots, "cog": 241.5}])
        assert got.statics["draught_m"].to_pylist() == [7.5]
    with pytest.raises(FeedError, match="--map names sog twice"):
        whole(path, column_map={**names, "sog": "v", "sog_ms": "v"})


@pytest.mark.parametrize("content", [samples_china.ONE_VESSEL, samples_china.AREA])
def test_shipxy_answers_in_three_shapes(whole, write, content):
    got = whole(write(content))
    assert got.feed.format == "shipxy"
    assert_rows(got.positions.slice(0, 1), [MOVING])


def test_a_time_is_moved_to_utc_only_where_the_dialect_says_so_and_the_text_does_not(whole, write):
    content = SAMPLES["hifleet"][0]
    assert whole(write(content)).positions["timestamp"].to_pylist() == [T]
    zoned = content.replace(b"2023-05-06 15:08:09", b"2023-05-06T07:08:09Z")
    assert whole(write(zoned)).positions["timestamp"].to_pylist() == [T]


def test_hifleet_tracks_whose_unit_nothing_tells_are_refused(whole, write):
    point = {"m": "273000001", "n": "X", "ti": "2023-05-06 15:08:09", "la": "42.5", "lo": "131.25", "sp": "1"}
    with pytest.raises(FeedError, match="--map mmsi="):
        whole(write(json.dumps({"ships": {"offers": {"ship": [point]}}})))


FOREIGN = {
    "gap_id,mmsi,vessel_class,gap_start_timestamp,gap_end_timestamp,gap_hours\n": "explain --events",
    "scene_id,timestamp,lat,lon,presence_score,length_m,mmsi,matching_score\n": "detections in satellite images",
    "detect_lat,detect_lon,vessel_length_m,source,detect_scene_row\n": "xView3",
    "LRIMOShipNo;ShipName;ShipType;MovementDateTime;Longitude;Latitude;MoveStatus\n": "keyed by IMO number",
    "Lon,Lat,Timestamp,Speed,Course,Seg_id\n": "without its MMSI",
    "mmsi,start_time,end_time,duration_minutes,geometry\n": "track lines",
    '"type","caption","imo","risk","countries","flag","mmsi","id","url","datasets","aliases"\n': "sanctioned",
    "t,vessel_id,lon,lat,heading,speed,course\n": "a hash and no MMSI",
    "t,traj_id,latitude,longitude,sog\n": "traj_id is the MMSI",
    '{"timestamp":"2018-05-15T20:56:21+00:00","msg_id":"1526417781_413823016","nmea":"!AIVDM,1","id":"x"}': "decoded",
    '{"class":"AIS","device":"stdin","type":1,"mmsi":371798000,"scaled":true,"lat":1,"lon":2}': "carry no time",
    json.dumps(
        {"entries": [{"id": "x", "start": "", "vessel": {"ssvid": "1"}, "gap": {"offPosition": {"lat": 1}}}]}
    ): "--events",
}


@pytest.mark.parametrize("text", FOREIGN)
def test_what_is_no_feed_is_refused_by_what_it_is(whole, write, text):
    with pytest.raises(FeedError, match=FOREIGN[text]):
        whole(write(text))


def test_movements_with_an_mmsi_are_a_feed(whole, write):
    head = "MMSI;LRIMOShipNo;MovementDateTime;Longitude;Latitude;Speed\n"
    text = head + "273000001;9074729;2023-05-06 07:08:09;131.25;42.5;9\n"
    got = whole(write(text))
    assert_rows(got.positions, [{**SHIP, "sog": None}])
    assert any("'Speed' is left out" in warning for warning in got.feed.warnings)
