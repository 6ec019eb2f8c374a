"""From the kernels' arrays to the columns of positions and static reports."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from darkships.feed import statics
from darkships.feed.casts import nullable, to_text
from darkships.kernels import Array
from darkships.kernels import nmea_statics as said
from darkships.kernels.nmea_statics import read_statics

_CLASSES = pa.array(["A", "B", "BASE", "ATON", "SAR"])
"""By CLASS_A, ... of the payload kernel, from 1."""


def position_columns(whole: Array, real: Array, stations: Array, names: list[str]) -> dict[str, pa.Array]:
    """Return what a position report can do without, of good messages: arguments as ``decode`` fills them."""
    columns = {
        name: nullable(real[:, at].astype(np.float32), np.isnan(real[:, at]))
        for at, name in ((2, "sog"), (3, "cog"), (4, "rot_deg_min"))
    }
    for at, name, kind in ((5, "heading", np.int16), (6, "nav_status", np.int8), (7, "utc_second", np.int8)):
        columns[name] = nullable(whole[:, at].astype(kind), whole[:, at] < 0)
    columns["msg_type"] = pa.array(whole[:, 1].astype(np.int8))
    columns["flags"] = pa.array(whole[:, 4].astype(np.uint32))
    columns["ais_class"] = _labels(whole[:, 3] - 1, _CLASSES)
    if names:
        columns["station"] = to_text(_labels(stations, pa.array(names, pa.string())))
    return columns


def static_table(
    data: Array, records: Array, parts: Array, messages: Array, whole: Array, us: Array, good: Array
) -> pa.Table:
    """Return the static reports among good messages."""
    kinds = whole[:, 1]
    rows = np.flatnonzero(good & ((kinds == 5) | (kinds == 19) | (kinds == 24)))
    numbers, letters, ends = read_statics(data, records, parts, messages[rows], whole[rows, 1], whole[rows, 2])
    length, beam = numbers[said.TO_BOW] + numbers[said.TO_STERN], numbers[said.TO_PORT] + numbers[said.TO_STARBOARD]
    columns = {
        "imo": _told(numbers[said.IMO]),
        "name": _text(letters[said.NAME], ends[said.NAME]),
        "callsign": _text(letters[said.CALLSIGN], ends[said.CALLSIGN]),
        "ship_type": _told(numbers[said.SHIP_TYPE]),
        "length_m": _told(length),
        "beam_m": _told(beam),
        "to_bow_m": nullable(numbers[said.TO_BOW], length == 0),
        "to_stern_m": nullable(numbers[said.TO_STERN], length == 0),
        "to_port_m": nullable(numbers[said.TO_PORT], beam == 0),
        "to_starboard_m": nullable(numbers[said.TO_STARBOARD], beam == 0),
        "draught_m": _told(numbers[said.DRAUGHT_DM] / np.float64(10)),
        "destination": _text(letters[said.DESTINATION], ends[said.DESTINATION]),
        "eta": _text(letters[said.ETA], ends[said.ETA]),
        "epfd": _told(numbers[said.EPFD]),
        "ais_version": nullable(numbers[said.VERSION], numbers[said.VERSION] < 0),
        "vendor_id": _text(letters[said.VENDOR], ends[said.VENDOR]),
        "mothership_mmsi": _told(numbers[said.MOTHER]),
    }
    reports = statics.reports(whole[rows, 2].astype(np.int64), us[rows], columns)
    is_known = numbers[said.PART] < 2 + (kinds[rows] != 24)  # a type 24 has two halves; others that it numbers are none
    return reports if is_known.all() else reports.filter(pa.array(is_known))


def _labels(codes: Array, names: pa.Array) -> pa.DictionaryArray:
    """Return what codes of the kernels stand for, -1 for null; looking after them would take as long as all else."""
    return pa.DictionaryArray.from_arrays(nullable(codes, codes < 0), names, safe=False)


def _told(values: npt.NDArray[Any]) -> pa.Array:
    """Return numbers of which 0 means that nothing was told."""
    return nullable(values, values == 0)


def _text(letters: Array, ends: Array) -> pa.Array:
    """Return ASCII letters as texts, of which none is null."""
    valid = np.packbits(np.diff(ends) > 0, bitorder="little")
    buffers = (valid, ends, letters[: ends[-1]])
    return pa.StringArray.from_buffers(ends.size - 1, *(pa.py_buffer(buffers[i]) for i in (1, 2, 0)))
