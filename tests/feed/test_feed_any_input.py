"""Whatever stands in a feed: logs, tables and documents made of real ones, damaged in every way.

Either the file is refused with a reason, or every row is accounted for and every table is as declared (``whole``).
"""

import json

import pytest
import samples_china
import samples_community
import samples_national
import samples_satellite
import samples_vendors
from hypothesis import given, settings
from hypothesis import strategies as st

from darkships.errors import FeedError
from darkships.feed import nmea_source
from darkships.feed.dialects import FORMATS

SAMPLES = {
    **samples_community.SAMPLES,
    **samples_national.SAMPLES,
    **samples_satellite.SAMPLES,
    **samples_vendors.SAMPLES,
    **samples_china.SAMPLES,
}
LOG = (
    r"""
\s:rORBCOMM007,q:u,c:1418171722,T:2014-12-10 00.35.22*55\!AIVDM,1,1,,A,13F?Vv700;DJul5tvi88aDpb0<00,0*03
\g:1-2-164,s:rORBCOMM008,c:1418169601*2A\!AIVDM,2,1,6,A,53@o0E000001Q0CG37U8u<Tp4q@D00000000000018330400000000000000,0*63
\g:2-2-164,s:rORBCOMM008,c:1418169601*29\!AIVDM,2,2,6,A,00000000008,2*2A
\1G2:0125*78\!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23
!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23,d-080,S2118,t050056.00,T56.4837741,r003669946,1325394060,1325394001
!AIVDM,1,1,,A,402M3hQvDijQ00000000000000S0,0*78
$PGHP,1,2010,6,11,11,46,11,874,276,0,,1,5D*1C
!BSVDM,1,1,,A,33nPE<0P01Pq1STQsgW;bvot0DN:,0*21
2023-01-01T14:00:00.5+02:00;!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23
1672574400.25 !AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23
$GPRMC,035258,A,5013.4693,N,00346.6503,W,4.0,183.2,260711,3.8,W,A*18
# logged 2023-01-01 12:00:10 UTC
""".strip()
    .encode()
    .split(b"\n")
)

damage = st.tuples(st.integers(0, 120), st.integers(0, 4), st.binary(max_size=6))
damages = st.lists(damage, max_size=2)


def damaged(line, hits):
    for at, gone, piece in hits:
        line = line[:at] + piece + line[at + gone :]
    return line


log_lines = st.builds(damaged, st.sampled_from(LOG), damages)
logs = st.builds(bytes.join, st.sampled_from([b"\n", b"\r\n", b""]), st.lists(log_lines, min_size=1, max_size=15))


def read(whole, path, content, **options):
    """Return what was read; None where the file is refused."""
    path.write_bytes(content)
    try:
        return whole(path, **options)
    except FeedError:
        return None


@given(logs)
@settings(max_examples=200)
def test_any_log_is_accounted_for(whole, tmp_path_factory, log):
    read(whole, tmp_path_factory.getbasetemp() / "any.nmea", log, format="nmea")


@given(st.lists(log_lines, min_size=2, max_size=15), st.integers(200, 500))
@settings(max_examples=60)
def test_any_log_is_the_same_in_blocks_of_any_size(whole, tmp_path_factory, lines, size):
    path = tmp_path_factory.getbasetemp() / "blocks.nmea"
    want = read(whole, path, b"\n".join(lines) + b"\n", format="nmea")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nmea_source, "BLOCK_SIZE", size)
        got = read(whole, path, b"\n".join(lines) + b"\n", format="nmea")
    assert (got is None) == (want is None)
    if got is not None:
        assert got.positions.to_pylist() == want.positions.to_pylist()
        assert got.statics.to_pylist() == want.statics.to_pylist()
        assert (got.skipped, got.rows_read) == (want.skipped, want.rows_read)
        assert sorted(map(str, got.quarantine.to_pylist())) == sorted(map(str, want.quarantine.to_pylist()))


TABLES = {name: sample[0] for name, sample in SAMPLES.items() if sample[0].lstrip()[:1] not in {b"{", b"["}}
DOCUMENTS = {name: sample[0] for name, sample in SAMPLES.items() if name not in TABLES}
values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(
        [10**40, -0.0, 91, 181, 102.3, 511, "273000001", "2.73E+08", "IMO9074729", "42,5", "2023-02-30 00:00:00", "-",
         "31/12/2023 23:59:59", "1683356889000", "0001-01-01T00:00:00Z", "9999-12-31 23:59:59", '"', '""', "\ud83d",
         "\u202e", "\x1a", "A" * 200, "1e308"]
    ),
)  # fmt: skip


@given(st.data())
@settings(max_examples=250)
def test_any_rows_below_the_header_of_any_dialect(whole, tmp_path_factory, data):
    name = data.draw(st.sampled_from(sorted(TABLES)))
    lines = TABLES[name].split(b"\n")
    mark = next(d.delimiter for d in FORMATS if d.name == name).encode()
    rows = [line.split(mark) for line in lines[1:] if line]
    for _ in range(data.draw(st.integers(1, 4))):
        row = list(data.draw(st.sampled_from(rows)))
        for at in data.draw(st.lists(st.integers(0, len(row) - 1), max_size=4)):
            row[at] = str(data.draw(values)).encode(errors="surrogatepass")
        rows.append(row)
    content = b"\n".join([lines[0], *map(mark.join, rows), *data.draw(st.lists(st.binary(max_size=20), max_size=2))])
    got = read(whole, tmp_path_factory.getbasetemp() / "any.csv", content)
    assert got is None or got.feed.format == name


def places(value):
    """Return all (container, key) in a document."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((value, key), *places(value[key]))]


def rows_of(content):
    try:
        return [json.loads(content)]
    except ValueError:
        return [json.loads(line) for line in content.split(b"\n") if line]


documents = st.recursive(
    values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
@settings(max_examples=250)
def test_any_values_in_the_document_of_any_dialect(whole, tmp_path_factory, data):
    name = data.draw(st.sampled_from(sorted(DOCUMENTS)))
    rows = rows_of(DOCUMENTS[name])
    for _ in range(data.draw(st.integers(0, 3))):
        found = places(rows)
        container, key = data.draw(st.sampled_from(found))
        if data.draw(st.booleans()):
            container[key] = data.draw(documents)
        else:
            del container[key]
        if not places(rows):
            break
    content = "\n".join(map(json.dumps, rows)).encode()
    forced = data.draw(st.sampled_from(["auto", name]))
    read(whole, tmp_path_factory.getbasetemp() / "any.json", content, format=forced)


@given(documents)
@settings(max_examples=150)
def test_any_document_at_all(whole, tmp_path_factory, document):
    content = json.dumps(document if isinstance(document, dict | list) else {"rows": document}).encode()
    read(whole, tmp_path_factory.getbasetemp() / "document.json", content)
