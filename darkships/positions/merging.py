"""Merging of reports: the receptions of one transmission become one report, in canonical order."""

import secrets
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from darkships.kernels import Array, fixed
from darkships.kernels.merge import sort_groups, vessel_order
from darkships.kernels.receptions import N_SEEDS, Content, content_keys, group_receptions, hash_reports, unite_labels
from darkships.positions.arrays import conform, labels, picked, pieces, take, tidy, values
from darkships.schema import LABEL, POSITIONS

_SEEDS = np.array([secrets.randbits(31) | 1 for _ in range(N_SEEDS)], np.int64)
"""For hash tables: they change no result, but no feed can foresee which of its rows would collide."""

_BETWEEN_STATIONS = ";"


class _Groups(NamedTuple):
    """Groups of receptions, in canonical order of the row that stands for each."""

    head: Array
    received: Array
    span_ms: Array
    flags: Array
    is_several: Array
    """Whether several reports were merged."""
    group: Array
    """The group of each report, sorted by vessel and time."""
    order: Array
    """The row of each of these reports."""


def merge_duplicates(positions: pa.Table) -> tuple[pa.Table, int]:
    """Sort cleaned reports canonically and merge those that are receptions of one transmission.

    Reports of one vessel are receptions of one transmission if they say the same (lon, lat, sog, cog, heading,
    rot_deg_min, nav_status, msg_type, ais_class; null is equal to null; floats by their bits) and

    - both tell ``utc_second`` and the UTC times nearest to their timestamps that have this second are the same: so
      receivers' clocks may differ by half a minute; or
    - neither does, both came first in the same UTC minute, and consecutive receptions are at most 2 s apart. A chain
      ends with the minute, so that what repeats the same for hours keeps one report a minute.

    The earliest reception stands for all (of equal times the first by file_id, offset and receiver). Receptions are
    summed, flags united, stations joined as a set, and ``reception_span_ms`` tells the time to the last one. Merging is
    associative and commutative: it does not matter what was merged before, nor the order. No silence of a minute
    or more appears or grows, if a report counts until its last reception.

    Coordinates that a source rounded to 32 bits differ from the exact ones: such reports stay beside each other.

    Parameters
    ----------
    positions
        A POSITIONS table of one UTC date, as ``clean`` makes it, in any order.

    Returns
    -------
    table, duplicates
        POSITIONS table in canonical order (by vessel, time and content) and how many reports were merged into others.

    """
    return merge_columns(pieces(conform(positions, POSITIONS)))


def merge_columns(columns: dict[str, pa.Array]) -> tuple[pa.Table, int]:
    """Do the work of ``merge_duplicates``; takes the columns out of ``columns``, so that each is in memory but once."""
    n = len(columns["mmsi"])
    groups = _group(columns)
    done = {
        "n_receptions": pa.array(groups.received),
        "reception_span_ms": pa.array(groups.span_ms),
        "flags": pa.array(groups.flags),
        "station": _stations(columns.pop("station"), groups),
    }
    for field in POSITIONS.arrow:
        if field.name not in done:
            column = take(columns.pop(field.name), groups.head)
            done[field.name] = tidy(column) if field.type == LABEL else column
    return pa.table([done[name] for name in POSITIONS.names], schema=POSITIONS.arrow), n - groups.head.size


def _group(columns: dict[str, pa.Array]) -> _Groups:
    """Find the receptions of each transmission."""
    t_us, said = values(columns["timestamp"]), _content(columns)
    order, starts = vessel_order(values(columns["mmsi"]), _SEEDS[0])
    if (t_us[1:] < t_us[:-1]).any():
        sort_groups(order, starts, fixed(t_us.reshape(-1, 1)))
    home_ms, hashes = hash_reports(t_us, said, _SEEDS)
    t_us = picked(t_us, order)
    span_ms, received, flags = (
        values(take(columns[name], order)) for name in ("reception_span_ms", "n_receptions", "flags")
    )
    group, head, received, span_ms, flags, is_several, is_tied = group_receptions(
        starts, t_us, span_ms, received, flags, picked(home_ms, order), picked(hashes, order),
        order, said, values(columns["file_id"]), values(columns["offset"]), _rank(columns["receiver"]),
    )  # fmt: skip
    return _untied(_Groups(picked(order, head), received, span_ms, flags, is_several, group, order), is_tied, said)


def _content(columns: dict[str, pa.Array]) -> Content:
    """Return what reports say, for the kernels."""

    def bits(name: str, kind: type) -> Array:
        return values(columns[name], np.nan).view(kind)

    def short(name: str, width: int) -> Array:
        return values(columns[name], -(1 << width - 1))

    return (
        bits("lon", np.int64), bits("lat", np.int64),
        bits("sog", np.uint32), bits("cog", np.uint32), bits("rot_deg_min", np.uint32),
        short("heading", 16), short("nav_status", 8), short("msg_type", 8),
        _rank(columns["ais_class"]) + 1, short("utc_second", 8),
    )  # fmt: skip


def _untied(groups: _Groups, is_tied: Array, said: Content) -> _Groups:
    """Sort by content what one vessel said at one time; ``is_tied`` tells of each group if the one before is so."""
    rows = np.flatnonzero(is_tied | np.append(is_tied[1:], np.False_))
    if not rows.size:
        return groups
    local = np.arange(rows.size, dtype=np.int32)
    starts = np.append(np.flatnonzero(~is_tied[rows]), rows.size)
    sort_groups(local, starts, fixed(content_keys(said, groups.head[rows])))
    turned = rows[local]
    for column in groups[:5]:
        column[rows] = column[turned]
    place = np.arange(groups.head.size, dtype=np.int32)
    place[turned] = rows
    return groups._replace(group=picked(place, groups.group))


def _stations(column: pa.DictionaryArray, groups: _Groups) -> pa.Array:
    """Return the stations of each group, sorted and joined; those of a single report as they are."""
    if column.null_count == len(column):
        return pa.nulls(groups.head.size, LABEL)
    codes, names = values(column.indices, -1), column.dictionary.to_pylist()
    label = picked(codes, groups.head)
    if label.size < codes.size:
        several, members = np.flatnonzero(groups.is_several), np.flatnonzero(picked(groups.is_several, groups.group))
        number = np.searchsorted(several, groups.group[members])
        label[several], names = _united(codes[groups.order[members]], number, several.size, names)
    return labels(label, names)


def _united(codes: Array, group: Array, n_groups: int, names: list[str]) -> tuple[Array, list[str]]:
    """Return the label of each group's stations, sorted and joined, and the names that labels stand for."""
    sets = [{atom for atom in name.split(_BETWEEN_STATIONS) if atom} for name in names]
    atoms = sorted(set().union(*sets))
    number = {atom: i for i, atom in enumerate(atoms)}
    first_atom = np.cumsum([0, *map(len, sets)])
    members = np.array([number[atom] for each in sets for atom in each], np.int64)
    label, node, parent, atom = unite_labels(group.astype(np.int32), codes, n_groups, first_atom, members, _SEEDS)
    is_united = node >= 0
    if is_united.any():
        joined = _joined(node[is_united], parent, atom, atoms)
        meaning = {name: code for code, name in enumerate(names)}
        code_of = {at: meaning.setdefault(name, len(meaning)) for at, name in joined.items() if name}
        codes_of_nodes = np.full(parent.size, -1, np.int64)
        codes_of_nodes[list(code_of)] = list(code_of.values())
        label[is_united] = codes_of_nodes[node[is_united]]
        names = list(meaning)
    return label, names


def _joined(nodes: Array, parent: Array, atom: Array, atoms: list[str]) -> dict[int, str]:
    """Return the joined names of the sets that nodes of a tree stand for."""
    joined = {}
    for node in np.unique(nodes).tolist():
        names, at = [], node
        while at:
            names.append(atoms[atom[at]])
            at = int(parent[at])
        joined[node] = _BETWEEN_STATIONS.join(reversed(names))
    return joined


def _rank(column: pa.DictionaryArray) -> Array:
    """Return each label's place among the distinct labels in rising order, -1 for null."""
    if len(column.dictionary) == 1 and not column.null_count:
        return np.zeros(len(column), np.int32)
    rank = np.full(len(column.dictionary) + 1, -1, np.int32)
    rank[pc.sort_indices(column.dictionary).to_numpy()] = np.arange(rank.size - 1)
    return picked(rank, values(column.indices, -1))
