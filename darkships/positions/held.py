"""Whether the store holds already all that a file gives: a file that was cut to its first part adds nothing."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from darkships.positions.arrays import values
from darkships.positions.gathering import gather
from darkships.positions.listing import Listing
from darkships.positions.merging import merge_duplicates
from darkships.positions.parts import Part, read_part
from darkships.positions.reading import Query, find_pieces
from darkships.positions.statics import IDENTITY, merge_statics, visible_statics
from darkships.schema import POSITIONS, STATICS

_SAID = ["mmsi", "timestamp", "last_seen", *IDENTITY]


def holds_all(root: Path, catalog: Listing, staged: Iterable[tuple[Part, pa.Table]]) -> bool:
    """Tell whether every report and every piece set aside in staged parts is in the store; one part in memory."""
    held = {"positions": _holds_positions, "statics": _holds_statics, "quarantine": _holds_quarantine}
    return all(held[part.kind](root, catalog, part, table) for part, table in staged)


def _holds_positions(root: Path, catalog: Listing, part: Part, table: pa.Table) -> bool:
    query = Query(part.min_timestamp, part.max_timestamp, values(table["mmsi"]))
    parts = catalog.parts("positions", "date = ?", (part.date,))
    have = gather(find_pieces(root, parts, query, POSITIONS.names), POSITIONS.names)
    return merge_duplicates(pa.concat_tables([have, table]))[0].num_rows == have.num_rows


def _holds_statics(root: Path, catalog: Listing, _part: Part, table: pa.Table) -> bool:
    tables = [read_part(root / part.path) for part in catalog.parts("statics")]
    have = visible_statics(pa.concat_tables([STATICS.arrow.empty_table(), *tables]), Query(mmsi=values(table["mmsi"])))
    return merge_statics(pa.concat_tables([have, table])).select(_SAID).equals(have.select(_SAID))


def _holds_quarantine(root: Path, catalog: Listing, _part: Part, table: pa.Table) -> bool:
    missing = _rows(table)
    for part in catalog.parts("quarantine"):
        missing -= _rows(read_part(root / part.path))
    return not missing


def _rows(table: pa.Table) -> set[tuple[object, ...]]:
    return set(zip(*table.to_pydict().values(), strict=True))
