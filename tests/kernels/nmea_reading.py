"""Runs the NMEA kernels over a log, for tests: bytes to records, records to messages, messages to fields."""

from types import SimpleNamespace

import numpy as np

from darkships.kernels import nmea_records as lines
from darkships.kernels import nmea_statics as said
from darkships.kernels.nmea_lines import lex
from darkships.kernels.nmea_parts import COUNT, PARTS, assemble, intern, joint
from darkships.kernels.nmea_payload import decode
from darkships.kernels.nmea_statics import read_statics
from darkships.kernels.nmea_tags import group_sizes
from darkships.kernels.nmea_times import NO_TIME

SEED = 1_000_003


def text_of(data, start, size):
    return data[start : start + size].tobytes().decode("latin-1")


def scan(log):
    """Return the records of a log, as the kernels have them, with all that belongs to them."""
    data = np.frombuffer(log.encode("latin-1"), np.uint8)
    records = np.zeros((np.count_nonzero(data <= 33) + 1, lines.WIDTH), np.int64)
    counts = np.zeros(6, np.int64)
    found, read = lex(data, 0, records, counts)
    records = records[:found]
    records[:, lines.LINE] += 1
    stations, first = intern(data, records[:, lines.STATION], records[:, lines.STATION_SIZE], SEED)
    names = [text_of(data, records[i, lines.STATION], records[i, lines.STATION_SIZE]) for i in first]
    sizes = group_sizes(data, records[:, lines.GROUP])
    groups, first = intern(data, records[:, lines.GROUP], sizes, SEED)
    group_names = [text_of(data, records[i, lines.GROUP], sizes[i]) for i in first]
    return SimpleNamespace(
        data=data, records=records, counts=counts, lines=read, stations=stations, names=names, groups=groups,
        group_names=group_names,
    )  # fmt: skip


def join(log):
    """Return a scanned log with its messages joined."""
    got = scan(log)
    before = np.array([NO_TIME, -1, -1, -1])
    got.parts, got.is_whole, got.messages, got.lost = assemble(
        got.records, 0, got.stations, got.groups, len(got.group_names), before, SEED
    )
    return got


def records_of(got, message):
    return [message] if message >= 0 else [part for part in got.parts[-1 - message, :PARTS].tolist() if part >= 0]


def waiting(got):
    rows = np.flatnonzero(~got.is_whole & (got.parts[:, COUNT] > 0))
    return [part for row in rows.tolist() for part in records_of(got, -1 - row)]


def room(m):
    """Return what ``decode`` fills, in the order in which readers have it."""
    rows = max(m, 2)
    return np.zeros((9, rows), np.int32).T, np.zeros((5, rows)).T, np.zeros(rows, np.int64)


def read(log):
    """Return a log's messages with all their fields as the kernels decode them."""
    got = join(log)
    m = got.messages.size
    whole, real, clock = room(m)
    decode(got.data, got.records, got.parts, got.messages, whole, real, clock)
    us, _, _ = joint(got.records, got.stations, got.parts, got.messages)
    static = read_statics(got.data, got.records, got.parts, got.messages, whole[:m, 1], whole[:m, 2])
    return [_message(whole[i], real[i], clock[i], us[i], static, i) for i in range(m)]


def _message(whole, real, clock, us, static, i):
    keys = ("verdict", "msg_type", "mmsi", "station_kind", "flags", "heading", "nav_status", "second", "bits")
    fields = dict(zip(keys, whole.tolist(), strict=True))
    fields |= {k: None if fields[k] < 0 else fields[k] for k in ("heading", "nav_status", "second")}
    values = [None if np.isnan(x) else x for x in real.tolist()]
    fields |= dict(zip(("lon", "lat", "sog", "cog", "rot"), values, strict=True))
    fields |= {"clock": None if clock == NO_TIME else int(clock), "us": None if us == NO_TIME else int(us)}
    if whole[1] in {5, 19, 24}:
        numbers, letters, ends = static
        for name in ("IMO", "SHIP_TYPE", "TO_BOW", "TO_STERN", "TO_PORT", "TO_STARBOARD", "DRAUGHT_DM", "EPFD",
                     "VERSION", "MOTHER", "PART"):  # fmt: skip
            fields[name.lower()] = int(numbers[getattr(said, name), i])
        for name in ("NAME", "CALLSIGN", "DESTINATION", "VENDOR", "ETA"):
            row = getattr(said, name)
            fields[name.lower()] = letters[row, ends[row, i] : ends[row, i + 1]].tobytes().decode() or None
    return SimpleNamespace(**fields)
