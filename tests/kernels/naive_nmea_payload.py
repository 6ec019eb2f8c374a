"""The naive reference of kernels/nmea_payload.py and nmea_statics.py: a payload as one large number."""

from dataclasses import dataclass
from typing import NamedTuple

from darkships.kernels.identity import MMSI_RANGE
from darkships.schema import POSITION_FLAGS

Value = int | float | str | None

_OCTAL = {ord(c): f"{i:02o}" for i, c in enumerate(map(chr, (*range(48, 88), *range(96, 120))))}
_SIX_BIT = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_ !\"#$%&'()*+,-./0123456789:;<=>?"
_PADDING = 8
"""Bits by which a message may be longer than it should: receivers pad to whole characters or bytes."""


class Layout(NamedTuple):
    """Offsets of a message's fields; -1 where it has none. Degrees are sent times ``scale``."""

    bits: int
    ais_class: str | None = None
    lon: int = -1
    accuracy: int = -1
    raim: int = -1
    sog: int = -1
    cog: int = -1
    heading: int = -1
    status: int = -1
    second: int = -1
    scale: int = 600_000


_CLASS_A = Layout(168, "A", lon=61, accuracy=60, raim=148, sog=50, cog=116, heading=128, status=38, second=137)
_CLASS_B = Layout(168, "B", lon=57, accuracy=56, raim=147, sog=46, cog=112, heading=124, second=133)
_CLOCK = Layout(168, lon=79, accuracy=78, raim=148, second=72)
_LAYOUTS = {
    1: _CLASS_A,
    2: _CLASS_A,
    3: _CLASS_A,
    4: _CLOCK._replace(ais_class="BASE"),
    5: Layout(302, "A"),  # 424; some receivers cut the end, which is the destination
    9: Layout(168, "SAR", lon=61, accuracy=60, raim=147, sog=50, cog=116, second=128),
    11: _CLOCK,
    18: _CLASS_B,
    19: _CLASS_B._replace(bits=312, raim=305),
    21: Layout(272, "ATON", lon=164, accuracy=163, raim=268, second=253),
    24: Layout(154, "B"),  # 160 or 168; the last letter of a name may be cut
    27: Layout(96, "A", lon=44, accuracy=38, raim=39, sog=79, cog=85, status=40, scale=600),
}
_OPEN_ENDED = {5, 21, 24}
_SHORE_TYPES = {16, 17, 20, 22, 23}


class PayloadError(ValueError):
    """A payload that is no message: what was found, what was expected."""

    def __init__(self, detail: str, reason: str = "payload") -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(slots=True)
class Report:
    """One message: a position report, or a contact where ``lat`` and ``lon`` are None."""

    mmsi: int
    msg_type: int
    ais_class: str | None
    flags: int = 0
    lat: float | None = None
    lon: float | None = None
    sog: float | None = None
    cog: float | None = None
    heading: int | None = None
    nav_status: int | None = None
    second: int | None = None
    """UTC second at which the position was taken, where it tells one."""
    said: dict[str, Value] | None = None
    """What a static report says, under the names of STATICS."""


class _Bits:
    """A payload as one large number."""

    def __init__(self, payload: str, fill: int) -> None:
        self.size = len(payload) * 6 - fill
        self._number = int(payload.translate(_OCTAL) or "0", 8) >> fill

    def get(self, start: int, width: int) -> int:
        """Return an unsigned field."""
        return (self._number >> (self.size - start - width)) & ((1 << width) - 1)

    def signed(self, start: int, width: int) -> int:
        """Return a field in two's complement."""
        value = self.get(start, width)
        return value - (1 << width) if value >> (width - 1) else value

    def text(self, start: int, width: int) -> str | None:
        """Return six-bit text up to the first '@' or the end of the payload; blank text is None."""
        end = min(start + width, self.size - 5)
        letters = "".join(_SIX_BIT[self.get(at, 6)] for at in range(start, end, 6))
        return letters.partition("@")[0].strip() or None


def read_payload(payload: str, fill: int) -> Report:
    """Read one whole message.

    Raises
    ------
    PayloadError
        When it is too short or too long for its type, or its type or MMSI does not exist.

    """
    bits = _Bits(payload, fill)
    if bits.size < 40:
        raise PayloadError(f"{bits.size} bits; expected at least 40, with message type and MMSI")
    kind, mmsi = bits.get(0, 6), bits.get(8, 30)
    if not 1 <= kind <= 27:
        raise PayloadError(f"message type {kind}; expected 1 to 27")
    if mmsi and not MMSI_RANGE[0] <= mmsi <= MMSI_RANGE[1]:
        raise PayloadError(f"MMSI {mmsi}; expected 0 or seven to nine digits", "mmsi")
    layout = _LAYOUTS.get(kind)
    if layout is None:
        return Report(mmsi, kind, "BASE" if kind in _SHORE_TYPES else None)
    if bits.size < layout.bits or (kind not in _OPEN_ENDED and bits.size > layout.bits + _PADDING):
        raise PayloadError(f"{bits.size} bits; expected {layout.bits} in a message of type {kind}")
    report = Report(mmsi, kind, layout.ais_class)
    if layout.lon >= 0:
        _read_position(report, bits, layout)
    report.said = _read_static(kind, bits, mmsi)
    return report


def _read_position(report: Report, bits: _Bits, layout: Layout) -> None:
    short = layout.scale == 600  # type 27 has 18 and 17 bits for a place, and whole knots and degrees
    width = 18 if short else 28
    lon, lat = bits.signed(layout.lon, width), bits.signed(layout.lon + width, width - 1)
    if abs(lon) <= 180 * layout.scale and abs(lat) <= 90 * layout.scale:
        report.lon, report.lat = round(lon / layout.scale, 6), round(lat / layout.scale, 6)
    elif lon != 181 * layout.scale and lat != 91 * layout.scale:
        report.flags |= POSITION_FLAGS["out_of_range_position"]
    report.flags |= POSITION_FLAGS["position_accuracy_high"] * bits.get(layout.accuracy, 1)
    report.flags |= POSITION_FLAGS["raim"] * bits.get(layout.raim, 1)
    if layout.sog >= 0:
        _read_motion(report, bits, layout, short=short)
    if layout.second >= 0:
        second = bits.get(layout.second, 6)
        report.second = second if second < 60 else None


def _read_motion(report: Report, bits: _Bits, layout: Layout, *, short: bool) -> None:
    sog, cog = (
        (bits.get(layout.sog, 6), bits.get(layout.cog, 9) * 10)
        if short
        else (
            bits.get(layout.sog, 10),
            bits.get(layout.cog, 12),
        )
    )
    if sog != (63 if short else 1023):
        report.sog = float(sog) if short or report.msg_type == 9 else sog / 10
    report.cog = cog / 10 if cog < 3600 else None
    if layout.heading >= 0:
        heading = bits.get(layout.heading, 9)
        report.heading = heading if heading < 360 else None
    if layout.status >= 0:
        status = bits.get(layout.status, 4)
        report.nav_status = status if status < 15 else None


def _read_static(kind: int, bits: _Bits, mmsi: int) -> dict[str, Value] | None:
    """Return what a static report says; a type 24 has one half of it."""
    if kind == 5:
        return {
            "imo": bits.get(40, 30) or None,
            "callsign": bits.text(70, 42),
            "name": bits.text(112, 120),
            "ship_type": bits.get(232, 8) or None,
            **_read_size(bits, 240),
            "eta": _eta(bits.get(274, 4), bits.get(278, 5), bits.get(283, 5), bits.get(288, 6)),
            "draught_m": bits.get(294, 8) / 10 or None,
            "destination": bits.text(302, 120),
        }
    if kind == 19:
        return {"name": bits.text(143, 120), "ship_type": bits.get(263, 8) or None, **_read_size(bits, 271)}
    part = bits.get(38, 2) if kind == 24 else -1
    if part == 0:
        return {"name": bits.text(40, 120)}
    if part == 1:
        # an auxiliary craft (98MIDxxxx) sends its mother ship's MMSI where others send their size
        size = {} if mmsi // 10_000_000 == 98 or bits.size < 162 else _read_size(bits, 132)
        return {"ship_type": bits.get(40, 8) or None, "callsign": bits.text(90, 42), **size}
    return None


def _read_size(bits: _Bits, start: int) -> dict[str, Value]:
    bow, stern, port, starboard = (bits.get(start + at, w) for at, w in ((0, 9), (9, 9), (18, 6), (24, 6)))
    return {"length_m": float(bow + stern) or None, "beam_m": float(port + starboard) or None}


def _eta(month: int, day: int, hour: int, minute: int) -> str | None:
    return f"{month:02d}-{day:02d} {hour:02d}:{minute:02d}" if month or day else None
