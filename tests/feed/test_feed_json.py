"""JSON as strangers send it: lines, lists and documents, streamed; what is damaged costs one row."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkships.errors import FeedError
from darkships.feed import detect_format, json_source, open_feed

ROW = {"mmsi": 273000001, "time": "2023-05-06T07:08:09Z", "lat": 42.5, "lon": 131.25}
GOOD = json.dumps(ROW)


def text(*changes):
    return [json.dumps({**ROW, **change}) for change in changes]


SHAPES = {
    "lines": lambda rows: "\n".join(rows) + "\n",
    "lines with Windows ends and a byte order mark": lambda rows: "\ufeff" + "\r\n".join(rows),
    "a list": lambda rows: "[" + ",".join(rows) + "]",
    "a list over lines": lambda rows: "[\n" + ",\n".join(rows) + "\n]\n",
    "a list with a byte order mark": lambda rows: "\ufeff [" + ",".join(rows) + "]",
    "a document": lambda rows: '{"meta": {"n": [1, 2]}, "data": {"rows": [' + ",".join(rows) + ']}, "ok": true}',
    "one after the other over lines": lambda rows: "\n".join(json.dumps(json.loads(r), indent=1) for r in rows),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("piece", [7, 64, 1 << 20])
def test_rows_are_the_same_however_they_are_written_and_read(whole, write, monkeypatch, shape, piece):
    monkeypatch.setattr(json_source, "_PIECE", piece)
    monkeypatch.setattr(json_source, "CHUNK_BYTES", 400)
    names = [f'\u00e9 }}]"{i}' for i in range(20)]
    got = whole(write(SHAPES[shape](text(*({"lat": float(i), "name": n} for i, n in enumerate(names))))))
    assert got.feed.format == "mapped"
    assert got.positions["lat"].to_pylist() == [float(i) for i in range(20)]
    assert got.positions["offset"].to_pylist() == list(range(1, 21))
    assert sorted(got.statics["name"].to_pylist()) == sorted(names)
    assert got.feed.warnings == []


BAD = {
    "no JSON": "{nothing}",
    "cut off": GOOD[:30],
    "a list": f"[{GOOD}]",
    "a number": "17",
    "text": '"text"',
    "nested too deep": '{"name": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "a number beyond floats": GOOD.replace("42.5", "1e999"),
    "half an emoji": GOOD[:-1] + ', "name": "\\ud83d"}',
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_line_is_one_quarantined_row(whole, write, kind):
    got = whole(write("\n".join([GOOD, BAD[kind], "", GOOD])))
    assert got.positions["offset"].to_pylist() == [1, 4]
    assert got.quarantine.select(["offset", "reason"]).to_pylist() == [{"offset": 2, "reason": "json"}]
    assert got.quarantine["raw"][0].as_py() == BAD[kind][:500]
    assert got.skipped == {"blank": 1}


@pytest.mark.parametrize(("bad", "reason"), [('{"type":"welcome"}', "mmsi"), ('{"a":}', "json")])
def test_a_row_behind_many_blanks_is_shown_in_quarantine(whole, write, bad, reason):
    got = whole(write("\n".join([GOOD, " " * 600 + bad])))
    assert got.quarantine.select(["reason", "raw"]).to_pylist() == [{"reason": reason, "raw": bad}]


def test_invalid_utf8_is_one_quarantined_row(whole, write):
    bad = GOOD[:-1].encode() + b', "name": "S\xd8L"}'
    got = whole(write(b"\n".join([*map(str.encode, text({"name": "A"})), bad])))
    assert got.reasons == {"json": 1}
    assert "utf-8" in got.quarantine["detail"][0].as_py().lower()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mmsi": None}, "mmsi"),
        ({"mmsi": True}, "mmsi"),
        ({"mmsi": [273000001]}, "mmsi"),
        ({"mmsi": 10**40}, "mmsi"),
        ({"time": {"at": 1}}, "time"),
        ({"lat": "north"}, "latitude"),
        ({"lat": True}, "latitude"),
        ({"lat": [42.5]}, "latitude"),
        ({"lat": 10**400}, "latitude"),
        ({"lat": None}, "position"),
    ],
)
def test_a_value_that_cannot_be_is_one_quarantined_row(whole, write, change, reason):
    got = whole(write("\n".join([GOOD, *text(change), GOOD, GOOD])))
    assert got.reasons == {reason: 1}
    assert got.positions["offset"].to_pylist() == [1, 3, 4]


def test_pitfall_12_an_mmsi_in_scientific_notation_is_rejected_loudly(whole, write):
    got = whole(
        write("\n".join([GOOD, GOOD.replace("273000001", "2.73E+08"), GOOD.replace("273000001", "273000001.0")]))
    )
    assert got.reasons == {"mmsi": 1}
    assert got.positions["mmsi"].to_pylist() == [273000001] * 2
    assert any("scientific notation" in warning for warning in got.feed.warnings)


def test_numbers_as_text_and_nulls_in_all_their_forms(whole, write):
    changes = ({"mmsi": "273000001", "lat": "42.5", "sog": "5"}, {"sog": 6}, {"sog": "NaN"}, {"sog": ""}, {"sog": None})
    got = whole(write("\n".join([*text(*changes), GOOD[:-1] + ', "sog": NaN, "cog": -Infinity}'])))
    assert got.rows("lat", "sog") == [(42.5, s) for s in (5, 6, None, None, None, None)]
    assert got.feed.warnings == []


def test_of_a_key_that_stands_twice_the_last_counts(whole, write):
    assert whole(write(GOOD[:-1] + ', "lat": 1.5}')).positions["lat"].to_pylist() == [1.5]


def test_a_damaged_item_of_a_list_is_one_quarantined_row(whole, write):
    got = whole(write(f"[{GOOD}, [1, 2], {{bad}}, 17, {GOOD}]"))
    assert (got.positions["offset"].to_pylist(), got.reasons) == ([1, 4], {"json": 2})
    assert any("bytes between the rows" in warning and "(2)" in warning for warning in got.feed.warnings)


def test_a_list_that_does_not_end_gives_its_rows_and_says_so(whole, write):
    got = whole(write(f"[{GOOD}, {GOOD}, {GOOD[:20]}"))
    assert (got.positions.num_rows, got.reasons) == (2, {"truncated": 1})
    assert not got.feed.complete
    assert got.feed.warnings[-1].endswith("is cut off; what came before the cut was read")
    assert whole(write(f"[{GOOD}, {GOOD}")).positions.num_rows == 2


@pytest.mark.parametrize("shape", ["lines", "a list"])
def test_a_compressed_file_that_is_cut_off_is_not_complete(whole, write, shape):
    rows = text(*({"lat": i % 90, "name": f"{i * 7919 % 10007}"} for i in range(3000)))
    content = gzip.compress(SHAPES[shape](rows).encode())
    got = whole(write(content[: len(content) * 9 // 10]))
    assert not got.feed.complete
    assert 1000 < got.positions.num_rows < 3000
    assert got.reasons == {"truncated": 1}


def test_a_row_without_end_is_told_and_takes_no_memory(write, monkeypatch):
    monkeypatch.setattr(json_source, "MAX_ROW", 5000)
    monkeypatch.setattr(json_source, "_PIECE", 1000)
    path = write(f'[{GOOD}, {{"name": "' + "x" * 20_000)
    with pytest.raises(FeedError, match="row 2 does not end in 5000 bytes"):
        list(open_feed(path).batches())


def test_a_huge_line_is_one_quarantined_row(whole, write):
    got = whole(write("\n".join([GOOD, GOOD[:-1] + f', "name": "{"x" * 2_000_000}"}}', GOOD])))
    assert (got.positions.num_rows, got.reasons) == (2, {"json": 1})


def test_a_second_list_in_a_document_is_not_lost_in_silence(whole, write):
    got = whole(write(f'{{"a": [{GOOD}], "b": [{GOOD}, {GOOD}]}}'))
    assert got.positions.num_rows == 1
    assert any("objects behind the list" in warning and "(2)" in warning for warning in got.feed.warnings)


def test_the_map_names_paths(whole, write):
    rows = [{"ship": {"id": 273000001}, "t": 1683356889, "at": [131.25, 42.5], "v": {"ms": 10}}] * 2
    names = {"mmsi": "ship.id", "timestamp": "t", "lat": "at.1", "lon": "at.0", "sog_ms": "v.ms"}
    for shape in SHAPES.values():
        got = whole(write(shape(list(map(json.dumps, rows)))), column_map=names)
        assert got.rows("mmsi", "lat", "lon", "sog") == [(273000001, 42.5, 131.25, pytest.approx(19.438445))] * 2
    with pytest.raises(FeedError, match=r"'ship.mmsi', named by --map, is not there; found: 'ship.id,t,at.0,"):
        whole(write(json.dumps(rows)), column_map={**names, "mmsi": "ship.mmsi"})


def test_geojson_points_are_recognised_by_their_properties(whole, write):
    point = {"type": "Point", "coordinates": [131.25, 42.5, 0]}
    features = [
        {"type": "Feature", "geometry": point, "properties": {"MMSI": 273000001, "time": "2023-05-06 07:08:09"}}
    ]
    for content in ({"type": "FeatureCollection", "features": features}, features[0]):
        got = whole(write(json.dumps(content)))
        assert got.rows("mmsi", "lat", "lon") == [(273000001, 42.5, 131.25)]
        assert any("taken as UTC" in warning for warning in got.feed.warnings)


def test_other_geometries_are_quarantined(whole, write):
    line = {"type": "LineString", "coordinates": [[131.25, 42.5], [131.5, 42.75]]}
    point = {"type": "Point", "coordinates": [131.25, 42.5]}
    features = [
        {"type": "Feature", "geometry": g, "properties": {"mmsi": 273000001, "time": "2023-05-06T07:08:09Z"}}
        for g in (point, line, None)
    ]
    got = whole(write(json.dumps({"type": "FeatureCollection", "features": features})))
    assert (got.positions["lat"].to_pylist(), got.reasons) == ([42.5, None], {"latitude": 1})


@pytest.mark.parametrize("content", ["{}", "[]", "[1, 2, 3]", "{", '{"a": 1}\n{"b": 2}', '[{"a": [{}]}]'])
def test_json_without_reports_is_refused(write, content):
    with pytest.raises(FeedError, match=r"JSON without objects|no column for"):
        open_feed(write(content))


def test_json_that_holds_sentences_is_json_unless_told_otherwise(write):
    row = {
        "class": "AIS",
        "rxtime": "20230506070809",
        "nmea": ["!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"],
        **ROW,
    }
    path = write(json.dumps(row))
    assert detect_format(path) == "ais-catcher"
    assert open_feed(path, format="nmea").format == "nmea"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from([*ROW, "sog", "cog", "imo", "eta", "name"]), json_values), max_size=5))
@settings(max_examples=150)
def test_any_values_at_all_are_positions_or_quarantine(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("json") / "a"
    path.write_text("\n".join([GOOD, *map(json.dumps, rows)]), encoding="utf-8")
    try:
        batches = list(open_feed(path).batches())
    except FeedError:
        return
    assert sum(b.positions.num_rows + b.quarantine.num_rows for b in batches) == len(rows) + 1
    assert batches[0].positions["offset"][0].as_py() == 1


@given(st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=4)), max_size=4), st.sampled_from([*SHAPES]))
@settings(max_examples=150)
def test_damage_anywhere_never_crashes(tmp_path_factory, hits, shape):
    content = bytearray(SHAPES[shape]([GOOD, *text({"sog": 5, "name": "A\\u00e9"})] * 2).encode())
    for place, piece in hits:
        at = place % len(content)
        content[at : at + len(piece)] = piece
    path = tmp_path_factory.mktemp("json") / "a"
    path.write_bytes(content)
    try:
        batches = list(open_feed(path).batches())
    except FeedError:
        return
    for b in batches:
        assert b.rows_read == b.positions.num_rows + b.quarantine.num_rows + sum(b.skipped.values())
