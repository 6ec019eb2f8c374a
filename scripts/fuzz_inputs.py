"""What the fuzzing of feeds begins with, and how that is changed.

Small feeds of every make, and mutators that keep what would else refuse all their output at once: checksums, the
syntax of JSON, the columns of a table.
"""

import bz2
import gzip
import io
import json
import lzma
import re
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import reduce
from operator import xor
from pathlib import Path
from random import Random
from typing import Any

import atheris
import numpy as np
import zstandard
from nmea_text import class_a, class_b, lines, payloads, voyage

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.insert(0, str(TESTS / "feed"))
import samples_community  # noqa: E402
import samples_national  # noqa: E402
import samples_satellite  # noqa: E402
import samples_vendors  # noqa: E402

Mutator = Callable[[bytes, int, int], bytes]

_EPOCH = 1_672_574_400
_SENTENCE = re.compile(rb"([!$][^!$*\\\r\n]*\*)[0-9A-Fa-f]{2}")
_TAG = re.compile(rb"(\\[^!*\\\r\n]*\*)[0-9A-Fa-f]{2}(?=\\)")


def _signed(body: str, start: str) -> str:
    return f"{start}{body}*{reduce(xor, body.encode(), 0):02X}"


def _tag(body: str) -> str:
    return _signed(body, "\\") + "\\"


def _nmea() -> list[bytes]:
    one, other = np.array([273_000_001]), np.array([338_000_002])
    at = (np.array([131 * 600_000]), np.array([42 * 600_000]), np.array([47]), np.array([900]), np.array([91]))
    a = lines(payloads(class_a(one, *at, np.array([14])), 1), fill=0)[0].decode().strip()
    b = lines(payloads(class_b(other, *at, np.array([5])), 1), fill=0)[0].decode().strip()
    first, second = (s.decode().strip() for s in lines(payloads(voyage(one, one, ["SHADOW"], one), 1), fill=2))
    clock = _signed("AIVDM,1,1,,A,402M3hQvDijQ00000000000000S0,0", "!")
    rmc = _signed("GPRMC,120010,A,5013.4693,N,00346.6503,W,4.0,183.2,010123,3.8,W,A", "$")
    pghp = _signed("PGHP,1,2023,1,1,12,0,0,120,219,,2190047,1,23", "$")
    logs = [
        [a],
        [_tag(f"s:one,c:{_EPOCH}") + a, _tag(f"s:two,c:{_EPOCH + 1}") + b],
        [_tag(f"g:1-2-77,s:one,c:{_EPOCH}") + first, _tag("g:2-2-77") + second],
        [_tag(f"c:{_EPOCH},s:one") + second, _tag(f"c:{_EPOCH},s:two") + first, _tag(f"c:{_EPOCH},s:one") + first],
        [_tag("1G2:0125") + first, _tag("2G2:0125") + second],
        [f"{a},d-080,S2118,t050056.00,T56.48,r003669946,{_EPOCH}", f"{b},{_EPOCH}"],
        [pghp, first, second, f'"{a}","{pghp}"'],
        [rmc, a, "# logged 2023-01-01 12:00:10 UTC", b, clock, a],
        [f"2023-01-01T14:00:00.5+02:00;{a}", f"{_EPOCH}.25 {b} {a}", _tag(f"c:{_EPOCH}"), first, second],
        [clock, a, clock.replace("vD", "vE"), b, "", "hello", "!AIVDM", a[:30]],
    ]
    return ["".join(line + "\n" for line in log).encode() for log in logs] + ["\r\n".join(logs[1]).encode()]


def _samples() -> list[bytes]:
    modules = (samples_community, samples_national, samples_satellite, samples_vendors)
    return [sample[0] for module in modules for sample in module.SAMPLES.values()]


def _is_json(text: bytes) -> bool:
    return text.lstrip()[:1] in {b"{", b"["}


def _json() -> list[bytes]:
    row = b'{"mmsi": 273000001, "time": "2023-05-06T07:08:09Z", "lat": 42.5, "lon": 131.25, "sog": NaN}'
    point = b'{"type": "Feature", "geometry": {"type": "Point", "coordinates": [131.25, 42.5]}, "properties": %b}' % row
    shapes = [row + b"\n" + row, b"[%b,\n%b]" % (row, row), b'{"meta": [1, {"a": []}], "rows": [%b]}' % row]
    shapes += [b'{"type": "FeatureCollection", "features": [%b, %b]}' % (point, point), b"\xef\xbb\xbf" + point]
    return [*filter(_is_json, _samples()), *shapes]


def _csv() -> list[bytes]:
    dma = b"# Timestamp,Type of mobile,MMSI,Latitude,Longitude\n06/05/2023 07:08:09,Class A,273000001,42.5,131.25\n"
    noaa = b"mmsi,base_date_time,longitude,latitude,sog\n366000001,2026-03-31 00:00:00,-82.5,38.5,0.1\n"
    plain = b'"id","mmsi";\tlat\n' + noaa.replace(b"base_date_time", b"time").replace(b",", b";")
    return [*(sample for sample in _samples() if not _is_json(sample)), dma, noaa, noaa.replace(b"\n", b"\r\n"), plain]


def _zip(method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("a.csv", _csv()[-3])
        archive.writestr("b.nmea", _nmea()[1])
        archive.writestr("read.me/", b"")
    return buffer.getvalue()


def _tar(kind: int, name: str = "b" * 120 + ".nmea") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind) as archive:
        for own, content in (("a.csv", _csv()[-3]), (name, _nmea()[1])):
            info = tarfile.TarInfo(own)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue().rstrip(b"\0") + bytes(1536)


def _containers() -> list[bytes]:
    text = _csv()[-3]
    compress = (gzip.compress, bz2.compress, lzma.compress, zstandard.compress)
    zips = [_zip(method) for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)]
    tars = [_tar(tarfile.GNU_FORMAT), _tar(tarfile.PAX_FORMAT), _tar(tarfile.USTAR_FORMAT, "b.nmea")]
    packed = [pack(text) for pack in compress] + [pack(text) * 2 + b"\0" * 7 for pack in compress]
    return [*packed, *zips, *tars, gzip.compress(tars[0]), zstandard.compress(tars[1]), bytes((0x50, 0x2A, 0x4D, 0x18))]


def _summed(data: bytes) -> bytes:
    """Return text whose sentences and TAG blocks have the checksums that they should."""

    def with_sum(match: re.Match[bytes]) -> bytes:
        return match[1] + b"%02X" % reduce(xor, match[1][1:-1], 0)

    return _TAG.sub(with_sum, _SENTENCE.sub(with_sum, data))


def _shuffled(pieces: list[bytes], chance: Random) -> list[bytes]:
    """Repeat, drop, move or join pieces."""
    at, to = chance.randrange(len(pieces)), chance.randrange(len(pieces))
    kind = chance.randrange(4)
    if kind == 0:
        return [*pieces[:to], pieces[at], *pieces[to:]]
    if kind == 1:
        return pieces[:at] + pieces[at + 1 :]
    if kind == 2:
        pieces[at], pieces[to] = pieces[to], pieces[at]
        return pieces
    pieces[at] = pieces[at].rstrip(b"\r\n")
    return pieces


def _mutate_nmea(data: bytes, most: int, seed: int) -> bytes:
    chance = Random(seed)  # noqa: S311  no secret
    if data and chance.random() < 0.3:
        data = b"".join(_shuffled(data.splitlines(keepends=True), chance))
    else:
        data = atheris.Mutate(data, most)
    return (_summed(data) if chance.random() < 0.9 else data)[:most]


EXTREMES: tuple[Any, ...] = (
    None, True, 0, -1, 1 << 31, 1 << 63, 10**30, 1e308, -1e308, 1e-320, 91, 181, 90.0000001, "", "NaN", "-", "\u0000",
    "\ud800", "\u202e", "1e999", "91,5", "2023-05-06 07:08:09 UTC", "0001-01-01", "9999-12-31T23:59:60Z", 253402300800,
    1683356889, 1683356889000, 1683356889000000, "A" * 300, [], {}, [1, 2], [[]], {"a": {"b": 1}}, "273000001",
    273000001.0, "IMO9074729",
)  # fmt: skip


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return all (container, key) below a value."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((value, key), *_places(value[key]))]


def _mutate_tree(data: bytes, chance: Random) -> bytes:
    """Change one value or name in a JSON document, or in one of its lines."""
    pieces = data.split(b"\n")
    try:
        tree, at = json.loads(data), -1
    except ValueError:
        at = chance.randrange(len(pieces))
        tree = json.loads(pieces[at])
    places = _places(tree)
    if places:
        container, key = chance.choice(places)
        kind = chance.randrange(4)
        if kind == 0:
            del container[key]
        elif kind == 1 and isinstance(container, dict):
            container[chance.choice(places)[1] if chance.random() < 0.5 else str(key).swapcase()] = container[key]
        elif kind == 1:
            container.append(container[key])
        else:
            container[key] = chance.choice(EXTREMES)
    text = json.dumps(tree, ensure_ascii=chance.random() < 0.9).encode(errors="replace")
    return text if at < 0 else b"\n".join([*pieces[:at], text, *pieces[at + 1 :]])


def _mutate_json(data: bytes, most: int, seed: int) -> bytes:
    chance = Random(seed)  # noqa: S311  no secret
    if chance.random() < 0.6:
        try:
            changed = _mutate_tree(data, chance)
        except (ValueError, RecursionError, UnicodeDecodeError):
            changed = data
        if changed != data and len(changed) <= most:
            return changed
    return atheris.Mutate(data, most)


def _mutate_csv(data: bytes, most: int, seed: int) -> bytes:
    chance = Random(seed)  # noqa: S311  no secret
    rows = data.splitlines(keepends=True)
    if not rows or chance.random() < 0.3:
        return atheris.Mutate(data, most)
    at = chance.randrange(len(rows))
    mark = max((b",", b";", b"\t", b"|"), key=rows[at].count)
    cells = rows[at].split(mark)
    if chance.random() < 0.2:
        rows = _shuffled(rows, chance)
    else:
        value = str(chance.choice(EXTREMES)).encode(errors="replace")
        place = chance.randrange(len(cells))
        end = b"\n" if place == len(cells) - 1 else b""
        cells[place] = (atheris.Mutate(cells[place], 64) if chance.random() < 0.3 else value) + end
        rows[at] = mark.join(cells)
    return b"".join(rows)[:most]


def _mutate_bytes(data: bytes, most: int, seed: int) -> bytes:
    """Change bytes; sometimes those within one layer of gzip, where nothing would get past the checksum."""
    if data[:2] == b"\x1f\x8b" and Random(seed).random() < 0.5:  # noqa: S311  no secret
        try:
            inner = gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            return atheris.Mutate(data, most)
        return gzip.compress(atheris.Mutate(inner, most), mtime=0)[:most]
    return atheris.Mutate(data, most)


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "nmea": _nmea,
    "lines": _nmea,
    "json": _json,
    "csv": _csv,
    "containers": _containers,
}
MUTATORS: dict[str, Mutator] = {
    "nmea": _mutate_nmea,
    "lines": _mutate_nmea,
    "json": _mutate_json,
    "csv": _mutate_csv,
    "containers": _mutate_bytes,
}
TOKENS: dict[str, str] = {
    "nmea": r"!AIVDM, !BSVDO, $PGHP,1, $GPRMC, $GPZDA, \\s: \\c: \\g:1-2- ,2,1,8,A, *00",
    "json": "mmsi timestamp lat lon sog features geometry coordinates NaN Infinity 1e999",
    "csv": r"mmsi timestamp lat lon imo shipname 1e308 NaN \x00 \x1a 31/12/2023\x2023:59:59",
    "containers": r"PK\x03\x04 PK\x01\x02 PK\x05\x06 PK\x06\x06 ustar path= size= GNU.sparse.",
}
"""What each is told to put in, in the notation of the fuzzer."""

TOKENS["lines"] = TOKENS["nmea"]
