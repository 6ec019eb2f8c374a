"""A store without what masks hide: what a user would have if the vessels had been silent."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from darkships.kernels import Array
from darkships.positions.store import Store
from darkships.schema import POSITIONS, QUARANTINE, STATICS, FeedBatch, time_us


def masked_store(store: Store, masks: pd.DataFrame, folder: Path, *, until: pd.Timestamp) -> Store:
    """Write a store of all that another holds up to a time, without what masks hide.

    Nothing that a masked vessel said strictly inside its mask is left: no position of any of its tracks, no contact, no
    static report. What is computed from the new store can know nothing of it.

    Parameters
    ----------
    store
        The store to copy; it stays as it is.
    masks
        Masks: mmsi, start_us, end_us, not overlapping within a vessel.
    folder
        Where to make the new store.
    until
        Last time copied.

    """
    positions = store.read(until=until)
    hidden = hides(masks, positions["mmsi"].to_numpy(), _us(positions["timestamp"]))
    statics = _masked_statics(store.read_statics(until=until), masks)
    batch = FeedBatch(
        positions.filter(pa.array(~hidden)).drop_columns("file_id").cast(_without_file(POSITIONS.arrow)),
        statics.drop_columns("file_id").cast(_without_file(STATICS.arrow)),
        QUARANTINE.arrow.empty_table(),
        rows_read=positions.num_rows,
        skipped={"masked": int(hidden.sum())},
    )
    copy = Store.open(folder, create=True)
    copy.ingest(name="masked", path=str(store.place), content_hash="masked", size=0, format="masked", batches=[batch])
    copy.set_label(store.label)
    return copy


def hides(masks: pd.DataFrame, mmsi: Array, t_us: Array) -> Array:
    """Tell which messages (n,) lie strictly inside a mask of their vessel."""
    hidden = np.zeros(mmsi.size, bool)
    order = np.lexsort((t_us, mmsi))
    vessel, time = mmsi[order], t_us[order]
    for masked, start, end in _spans(masks):
        first, after = np.searchsorted(vessel, [masked, masked + 1])
        inside = np.searchsorted(time[first:after], [start + 1, end]) + first
        hidden[order[inside[0] : inside[1]]] = True
    return hidden


def _masked_statics(statics: pa.Table, masks: pd.DataFrame) -> pa.Table:
    """Cut the intervals in which a vessel said the same at its masks."""
    starts, ends = (_us(statics[name]).tolist() for name in ("timestamp", "last_seen"))
    row = list(range(len(starts)))
    by_vessel: dict[int, list[int]] = {}
    for i, mmsi in enumerate(statics["mmsi"].to_pylist()):
        by_vessel.setdefault(mmsi, []).append(i)
    for masked, mask_start, mask_end in _spans(masks):
        for i in list(by_vessel.get(masked, [])):
            start, end = starts[i], ends[i]
            if end <= mask_start or start >= mask_end:
                continue
            ends[i] = min(end, mask_start)
            if end >= mask_end:
                by_vessel[masked].append(len(row))
                row.append(row[i])
                starts.append(max(start, mask_end))
                ends.append(end)
    kept = [i for i in range(len(row)) if starts[i] <= ends[i]]
    cut = statics.take(pa.array([row[i] for i in kept], pa.int64()))
    for name, values in (("timestamp", starts), ("last_seen", ends)):
        column = pa.array([values[i] for i in kept], pa.int64()).cast(STATICS.arrow.field(name).type)
        cut = cut.set_column(cut.column_names.index(name), name, column)
    return cut


def _spans(masks: pd.DataFrame) -> list[tuple[int, int, int]]:
    return list(zip(*(masks[name].tolist() for name in ("mmsi", "start_us", "end_us")), strict=True))


def _us(column: pa.ChunkedArray) -> Array:
    return time_us(column.to_pandas())


def _without_file(schema: pa.Schema) -> pa.Schema:
    return schema.remove(schema.get_field_index("file_id"))
