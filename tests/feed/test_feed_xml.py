"""AISHub's XML, synthetic: streamed; a damaged row costs that row, and what attacks a reader of XML is refused."""

import bz2
import gzip
import io
import tracemalloc
import zipfile
from datetime import UTC, datetime
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from darkships import intake
from darkships.errors import FeedError
from darkships.feed import find_feeds, xml_source
from darkships.positions.store import Store

T = datetime(2023, 5, 6, 7, 8, 9, tzinfo=UTC)
HUMAN = {
    "MMSI": 273000001, "TIME": "2023-05-06 07:08:09 GMT", "LONGITUDE": 131.25, "LATITUDE": 42.5, "COG": 241.5,
    "SOG": 12.5, "HEADING": 243, "ROT": 0, "NAVSTAT": 0, "IMO": 9074729, "NAME": "SHADOW", "CALLSIGN": "UBXY1",
    "TYPE": 70, "A": 100, "B": 20, "C": 8, "D": 10, "DRAUGHT": 7.5, "DEST": "RAJIN", "ETA": "05-09 06:30",
}  # fmt: skip
RAW = {
    "MMSI": 273000001, "TIME": 1683356889, "LONGITUDE": 78750000, "LATITUDE": 25500000, "COG": 2415, "SOG": 125,
    "HEADING": 511, "NAVSTAT": 5, "PAC": 1, "ROT": 20, "IMO": 9074729, "NAME": "SHADOW", "CALLSIGN": "UBXY1",
    "TYPE": 70, "DEVICE": 1, "A": 100, "B": 20, "C": 8, "D": 10, "DRAUGHT": 75, "DEST": "RAJIN",
    "ETA": 5 << 16 | 9 << 11 | 6 << 6 | 30, "AISVER": 0,
}  # fmt: skip


def vessel(mmsi=273000001, form=HUMAN, **changes):
    told = {**form, "MMSI": mmsi, **changes}
    return f"  <vessel {'  '.join(f'{name}={quoteattr(str(value))}' for name, value in told.items())} />\n"


def document(*rows, encoding="iso-8859-1"):
    declared = f'<?xml version="1.0" encoding="{encoding}"?>\n' if encoding else ""
    return f"{declared}<VESSELS>\n{''.join(rows)}</VESSELS>\n"


def many(count):
    return [vessel(273000001 + i) for i in range(count)]


def test_format_1_human(whole, write):
    got = whole(write(document(vessel())))
    assert (got.feed.format, got.feed.complete, got.feed.warnings) == ("aishub-human", True, [])
    assert got.rows("mmsi", "timestamp", "lat", "lon", "sog", "cog", "heading", "nav_status", "offset") == [
        (273000001, T, 42.5, 131.25, 12.5, 241.5, 243, 0, 1)
    ]
    (static,) = got.statics.to_pylist()
    assert (static["name"], static["imo"], static["callsign"], static["ship_type"]) == ("SHADOW", 9074729, "UBXY1", 70)
    assert (static["length_m"], static["beam_m"], static["draught_m"], static["eta"]) == (120, 18, 7.5, "05-09 06:30")


def test_format_0_units_as_in_messages(whole, write):
    nothing = vessel(form=RAW, LATITUDE=91 * 600000, LONGITUDE=181 * 600000, SOG=1023, COG=3600, ROT=128, ETA="")
    got = whole(write(document(vessel(form=RAW), nothing)))
    assert got.feed.format == "aishub-raw"
    assert got.rows("lat", "lon", "sog", "cog", "heading", "flags") == [
        (42.5, 131.25, 12.5, 241.5, None, 1),
        (None, None, None, None, None, 1),
    ]
    assert got.positions["rot_deg_min"].to_pylist() == [pytest.approx(17.856106), None]
    assert (got.statics["draught_m"][0].as_py(), got.statics["eta"][0].as_py()) == (7.5, "05-09 06:30")


@pytest.mark.parametrize("piece", [1, 7, 64, 1 << 16])
@pytest.mark.parametrize("rows", [1, 3, 50_000])
def test_rows_are_the_same_in_pieces_of_any_size(whole, write, monkeypatch, piece, rows):
    monkeypatch.setattr(xml_source, "_PIECE", piece)
    monkeypatch.setattr(xml_source, "CHUNK_ROWS", rows)
    text = document(*(vessel(273000001 + i, NAME=f"<\"&{i}'é>") for i in range(7)), '<!-- <vessel MMSI="1"/> -->')
    got = whole(write("\ufeff\n  ".encode() + text.replace("iso-8859-1", "utf-8").encode()))
    assert got.rows("mmsi", "offset") == [(273000001 + i, i + 1) for i in range(7)]
    assert got.statics["name"].to_pylist() == [f"<\"&{i}'é>" for i in range(7)]
    assert got.feed.complete


def test_letters_are_read_in_the_encoding_that_is_declared(whole, write):
    got = whole(write(document(vessel(NAME="ÅSE")).encode("latin-1")))
    assert got.statics["name"].to_pylist() == ["ÅSE"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_answers_that_aishub_compresses(whole, write, pack):
    assert whole(write(pack(document(vessel()).encode()))).rows("mmsi") == [(273000001,)]


def zipped(contents):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_a_zip_of_reports_and_of_metadata(whole, write):
    metadata = '<metadata title="MMSI numbers" scale="1"><item a="1" b="2"/></metadata>'
    got = whole(write(zipped({"data.xml": document(vessel()), "meta.XML": metadata})))
    assert (got.feed.format, got.rows("mmsi"), got.feed.complete) == ("aishub-human", [(273000001,)], True)
    assert any("'meta.XML' in the archive is no feed and was left out" in note for note in got.feed.warnings)
    with pytest.raises(FeedError, match="holds no feed"):
        whole(write(zipped({"meta.xml": metadata})))


def test_xml_in_a_folder_is_a_feed_if_it_names_an_mmsi(tmp_path):
    (tmp_path / "meta.xml").write_text("<metadata/>")
    (tmp_path / "positions.xml").write_text(document(vessel()))
    told = []
    assert find_feeds([tmp_path], report=told.append) == [tmp_path / "positions.xml"]
    assert told == [f"{tmp_path / 'meta.xml'} was left out: XML that holds no reports"]


DAMAGE = {
    "ampersand": vessel(9).replace("SHADOW", "A & B"),
    "unknown entity": vessel(9).replace("SHADOW", "&shadow;"),
    "quote that is missing": vessel(9).replace('131.25"', "131.25"),
    "sign that is no letter": vessel(9).replace("SHADOW", "A\x01B"),
    "attribute twice": vessel(9).replace("<vessel ", '<vessel SOG="1" '),
    "not ended": vessel(9).replace("/>", ""),
    "end of nothing": "</vessels>",
    "bytes that are no utf-8": vessel(9).replace("SHADOW", "\udcff"),
}


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("piece", [1, 10, 1 << 16])
def test_a_damaged_row_costs_that_row_alone(whole, write, monkeypatch, kind, piece):
    monkeypatch.setattr(xml_source, "_PIECE", piece)
    text = document(vessel(273000001), DAMAGE[kind], vessel(273000003), vessel(273000004), encoding="")
    got = whole(write(text.encode(errors="surrogateescape")))
    rows = got.rows("mmsi")
    assert rows[-2:] == [(273000003,), (273000004,)]
    assert rows[0] == (273000001,)
    assert got.reasons["xml"] == 1
    assert got.rows_read == 4


def test_what_is_quarantined_is_shown(whole, write):
    got = whole(write(document(vessel(273000001), DAMAGE["ampersand"], vessel(273000003, LATITUDE="north"))))
    bad, other = got.quarantine.to_pylist()
    assert (bad["offset"], bad["reason"], bad["raw"][:18]) == (2, "xml", '<vessel MMSI="9"  ')
    assert "not well-formed" in bad["detail"]
    assert (other["offset"], other["reason"]) == (3, "latitude")
    assert other["raw"].startswith('<vessel MMSI="273000003" TIME="2023-05-06 07:08:09 GMT"')


@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_of_a_file_that_is_cut_off_the_rows_so_far_are_kept(whole, write, wrap):
    whole_text = document(*many(3)).encode()
    at = whole_text.index(b"273000003") + 30
    got = whole(write(wrap(whole_text[:at])))
    assert got.rows("mmsi") == [(273000001,), (273000002,)]
    assert got.reasons == {"truncated": 1}
    assert got.quarantine["raw"][0].as_py().startswith('<vessel MMSI="273000003"')
    assert not got.feed.complete
    assert any("is cut off; what came before the cut was read" in warning for warning in got.feed.warnings)
    between = whole(write(whole_text[: whole_text.index(b"</VESSELS>")]))
    assert (between.positions.num_rows, between.reasons, between.feed.complete) == (3, {}, False)


def test_a_compressed_file_that_is_cut_off(whole, write):
    rows = (vessel(273000001 + i * 7919 % 99_991, NAME=f"N{i:x}") for i in range(9000))
    packed = gzip.compress(document(*rows).encode())
    got = whole(write(packed[: len(packed) // 2]))
    assert 1000 < got.positions.num_rows < 9000
    assert not got.feed.complete


def test_answers_saved_one_after_the_other(whole, write):
    got = whole(write(document(*many(2)) + document(vessel(273000007)) + document() + document(vessel(273000008))))
    assert got.rows("mmsi") == [(273000001,), (273000002,), (273000007,), (273000008,)]
    assert got.reasons == {}
    assert any("more follows" in warning for warning in got.feed.warnings)


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE V [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
    + document(vessel(NAME="X").replace("X", "&j;"), encoding="")
)
HOSTILE = {
    "billion laughs": LAUGHS,
    "quadratic": f'<!DOCTYPE V [<!ENTITY a "{"a" * 50_000}">]>' + document(vessel(NAME="X"), encoding=""),
    "external entity": '<!DOCTYPE V [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + document(vessel(), encoding=""),
    "external subset": '<!DOCTYPE V SYSTEM "http://127.0.0.1:9/x.dtd">' + document(vessel(), encoding=""),
    "far behind a comment": f"<!--{'x' * 100_000}-->" + LAUGHS.removeprefix('<?xml version="1.0"?>'),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_document_type_is_refused(whole, write, kind):
    tracemalloc.start()
    try:
        with pytest.raises(FeedError, match=r"declares a document type|without elements"):
            whole(write(HOSTILE[kind]))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_document_type_behind_the_first_document_is_never_read(whole, write):
    got = whole(write(document(*many(2)) + LAUGHS))
    assert got.positions.num_rows == 2
    assert got.reasons == {"xml": 1}


GREEDY = {
    "deep": ("deep", "<VESSELS>" + vessel() + "<a>" * 1_000_000),
    "a tag without end": ("does not end", "<VESSELS>" + vessel() + "<vessel " + 'a="b" ' * 1_000_000),
    "names": ("names of", "<VESSELS>" + vessel() + "".join(f"<a{i}/>" for i in range(300_000))),
    "nothing but damage": ("most rows are no XML", "<VESSELS>" + vessel() + "<vessel &>" * 300_000),
}


@pytest.mark.parametrize("kind", GREEDY)
def test_what_no_feed_has_is_refused_in_bounded_memory(whole, write, kind):
    reason, text = GREEDY[kind]
    path = write(text)
    del text
    tracemalloc.start()
    try:
        with pytest.raises(FeedError, match=reason):
            whole(path)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


def test_memory_is_bounded_however_long_the_document_is(whole, write, monkeypatch):
    monkeypatch.setattr(xml_source, "CHUNK_ROWS", 1000)
    source = whole(write(document(*many(5)))).feed.sources[0]
    path = write("<VESSELS>\n" + vessel() * 60_000 + "</VESSELS>")
    source = xml_source.XmlSource(source.member, source.binding, source.layout._replace(encoding=""))
    tracemalloc.start()
    try:
        assert sum(chunk.rows_read for chunk in source.chunks()) == 60_000
        assert tracemalloc.get_traced_memory()[1] < path.stat().st_size / 2
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["rot13", "utf-7", "big5", "klingon", "utf-16", "idna"])
def test_an_encoding_that_is_not_read_is_refused(whole, write, encoding):
    with pytest.raises(FeedError, match=r"encoding|damaged"):
        whole(write(document(vessel(), encoding=encoding)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a/>", "without elements that have attributes"),
        ("<!DOCTYPE html><html lang='en' dir='ltr'>", "is HTML"),
        ('<r><item id="1" name="x"/></r>', "no column for mmsi"),
        ('<VESSELS><vessel MMSI="1" NAVSTAT="0" DEST="X" TIME="1683356889"/></VESSELS>', "no column for lat, lon"),
    ],
)
def test_other_xml_is_refused(whole, write, text, message):
    with pytest.raises(FeedError, match=message):
        whole(write(text))


def test_columns_can_be_named(whole, write):
    row = '<p ship="273000001" when="2023-05-06T07:08:09Z" y="42.5" x="131.25"/>'
    names = {"mmsi": "ship", "timestamp": "when", "lat": "y", "lon": "x"}
    assert whole(write(f"<r>{row}</r>"), column_map=names).rows("timestamp", "lat", "lon") == [(T, 42.5, 131.25)]


def test_a_document_that_grew_is_read_again_and_gives_no_row_twice(write, tmp_path):
    store = Store.open(tmp_path / "store", create=True)
    text = document(*many(6))
    (report,) = intake.ingest([write(text[: text.index("273000004")], "a.xml")], store)
    assert (report.incomplete, report.counts.kept, report.counts.quarantined) == (True, 3, {"truncated": 1})
    (report,) = intake.ingest([write(text, "a.xml")], store)
    assert (report.incomplete, report.counts.rows_read) == (False, 6)
    assert store.read()["mmsi"].to_pylist() == [273000001 + i for i in range(6)]
    (again,) = intake.ingest([write(text, "a.xml")], store)
    assert again.counts is None


damage = st.tuples(
    st.integers(0, 1200), st.integers(0, 4), st.binary(max_size=4) | st.sampled_from([b"<vessel ", b"]]>"])
)


@given(st.lists(damage, max_size=4), st.integers(1, 700))
@settings(max_examples=200)
@example([(0, 0, b"<!DOCTYPE V>")], 9)
def test_any_xml_is_accounted_for_and_the_same_in_pieces_of_any_size(whole, tmp_path_factory, hits, size):
    content = document(*many(3)).encode()
    for at, gone, piece in hits:
        content = content[:at] + piece + content[at + gone :]
    path = tmp_path_factory.getbasetemp() / "any.xml"
    path.write_bytes(content)
    found = []
    for piece_size in (1 << 16, size):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(xml_source, "_PIECE", piece_size)
            try:
                got = whole(path)
            except FeedError:
                found.append(None)
            else:
                found.append((got.positions.to_pylist(), got.feed.complete, got.reasons))
    assert found[0] == found[1]
