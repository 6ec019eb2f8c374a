"""Writes AIS reports as NMEA logs, many at a time: for benchmarks and demonstrations. Its output is synthetic."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.int64]
Field = tuple[Array | int, int]

_ARMOUR = np.array([*range(48, 88), *range(96, 120)], np.uint8)


def payloads(fields: list[Field], count: int) -> npt.NDArray[np.uint8]:
    """Return (count, characters) payloads whose fields (values, bits) stand one after the other (ITU-R M.1371)."""
    size = sum(width for _, width in fields)
    bits = np.zeros((count, -(-size // 6) * 6), np.uint8)
    at = 0
    for values, width in fields:
        column = np.broadcast_to(np.asarray(values, np.int64), count)
        for k in range(width):
            bits[:, at + k] = column >> (width - 1 - k) & 1
        at += width
    sixes = bits.reshape(count, -1, 6) @ np.array([32, 16, 8, 4, 2, 1], np.uint8)
    return _ARMOUR[sixes]


def text_fields(texts: list[str], letters: int) -> list[Field]:
    """Return texts as fields of six-bit letters, '@' behind their ends."""
    codes = np.zeros((len(texts), letters), np.int64)
    for i, text in enumerate(texts):
        for k, letter in enumerate(text.upper()[:letters]):
            codes[i, k] = ord(letter) & 63
    return [(codes[:, k], 6) for k in range(letters)]


def class_a(mmsi: Array, lon: Array, lat: Array, sog: Array, cog: Array, heading: Array, second: Array) -> list[Field]:
    """Return the fields of type 1; longitude and latitude in 1/10,000 minute, speed and course in tenths."""
    return [
        (1, 6), (0, 2), (mmsi, 30), (0, 4), (128, 8), (sog, 10), (0, 1), (lon, 28), (lat, 27), (cog, 12), (heading, 9),
        (second, 6), (0, 2), (0, 3), (0, 1), (0, 19),
    ]  # fmt: skip


def class_b(mmsi: Array, lon: Array, lat: Array, sog: Array, cog: Array, heading: Array, second: Array) -> list[Field]:
    """Return the fields of type 18; units as in ``class_a``."""
    return [
        (18, 6), (0, 2), (mmsi, 30), (0, 8), (sog, 10), (0, 1), (lon, 28), (lat, 27), (cog, 12), (heading, 9),
        (second, 6), (0, 2), (1, 1), (0, 1), (1, 1), (1, 1), (1, 1), (0, 1), (0, 1), (0, 20),
    ]  # fmt: skip


def voyage(mmsi: Array, imo: Array, names: list[str], ship_type: Array) -> list[Field]:
    """Return the fields of type 5 (424 bits: two sentences)."""
    return [
        (5, 6), (0, 2), (mmsi, 30), (0, 2), (imo, 30), *text_fields(["CALL"] * len(names), 7),
        *text_fields(names, 20), (ship_type, 8), (100, 9), (20, 9), (10, 6), (10, 6), (1, 4), (3, 4), (14, 5), (6, 5),
        (30, 6), (72, 8), *text_fields(["VOSTOCHNY"] * len(names), 20), (0, 1), (0, 1),
    ]  # fmt: skip


def lines(payload: npt.NDArray[np.uint8], *, fill: int, tags: list[bytes] | None = None) -> list[bytes]:
    """Return a line for each message of at most 60 characters; two for longer ones."""
    out = []
    for i, row in enumerate(payload):
        tag = tags[i] if tags is not None else b""
        if row.size <= 60:
            out.append(tag + _sentence(b"AIVDM,1,1,,A,%b,%d" % (row.tobytes(), fill)))
            continue
        first, second = row[:59].tobytes(), row[59:].tobytes()
        number = i % 10
        out.append(tag + _sentence(b"AIVDM,2,1,%d,A,%b,0" % (number, first)))
        out.append(tag + _sentence(b"AIVDM,2,2,%d,A,%b,%d" % (number, second, fill)))
    return out


def _sentence(body: bytes) -> bytes:
    return b"!%b*%02X\n" % (body, int(np.bitwise_xor.reduce(np.frombuffer(body, np.uint8))))


def tag_blocks(stations: list[bytes], epochs: Array) -> list[bytes]:
    """Return TAG blocks with station and time in seconds."""
    bodies = [b"s:%b,c:%d" % (station, epoch) for station, epoch in zip(stations, epochs.tolist(), strict=True)]
    return [b"\\%b*%02X\\" % (body, int(np.bitwise_xor.reduce(np.frombuffer(body, np.uint8)))) for body in bodies]
