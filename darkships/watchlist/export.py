"""Tables to files: CSV, Parquet and GeoJSON by suffix, written whole or not at all."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from darkships.errors import DarkshipsError
from darkships.schema import GAPS, WATCHLIST, to_pandas, validate
from darkships.watchlist.cells import declared_columns, text_cells
from darkships.watchlist.files import replacing
from darkships.watchlist.geo import geojson_lines, with_geometry
from darkships.watchlist.images import image_orders
from darkships.watchlist.text import spreadsheet_text

SUFFIXES = (".csv", ".parquet", ".geojson")
_ROWS_AT_ONCE = 50_000


def write_table(
    frame: pd.DataFrame, target: str | Path, *, stream: IO[str] | None = None, data_label: str = ""
) -> None:
    """Write any stage's table.

    CSV is RFC 4180 in UTF-8; strings lose control and bidirectional characters, and those that a spreadsheet would
    take for a formula get an apostrophe in front. Each column has its fixed number of decimals, times are ISO 8601 with
    Z, missing is empty: equal tables are equal bytes. GeoJSON has the image area of a lead, the line of a gap, the
    region of an outage, the point of a fix, and no geometry elsewhere.

    Parameters
    ----------
    frame
        The table.
    target
        A file name that ends in .csv, .parquet or .geojson; ``-`` is CSV on a stream.
    stream
        Where ``-`` goes. Default: standard output.
    data_label
        What kind of data this is; a column of its own if not empty.

    Raises
    ------
    DarkshipsError
        If the suffix is another, the folder is missing, or the file cannot be written.

    """
    if data_label:
        frame = frame.assign(data_label=data_label)
    if str(target) == "-":
        _write_stream(_csv_pieces(frame), stream)
        return
    path = Path(target)
    writers = {".csv": _write_csv, ".parquet": _write_parquet, ".geojson": _write_geojson}
    if path.suffix.lower() not in writers:
        raise DarkshipsError(
            f"cannot write {path}: its suffix is {path.suffix!r}, expected one of {', '.join(SUFFIXES)}"
        )
    with replacing(path) as temporary:
        writers[path.suffix.lower()](frame, temporary)


def write_watchlist(frame: pd.DataFrame, path: str | Path, *, stream: IO[str] | None = None) -> None:
    """Write a WATCHLIST table, see :func:`write_table`."""
    write_table(validate(frame, WATCHLIST, where="the watchlist"), path, stream=stream)


def write_images(watchlist: pd.DataFrame, path: str | Path) -> None:
    """Write the images of a watchlist as an order: GeoJSON or GeoParquet."""
    _write_geo(image_orders(watchlist), path)


def read_watchlist(path: str | Path) -> pd.DataFrame:
    """Read a WATCHLIST table back from Parquet.

    Raises
    ------
    DarkshipsError
        If the file is missing, is no Parquet or holds another table.

    """
    try:
        frame = to_pandas(pq.read_table(path))
    except (OSError, pa.ArrowException) as error:
        message = f"{path} cannot be read as a watchlist ({error}); write it with darkships run or darkships watchlist"
        raise DarkshipsError(message) from error
    return validate(frame, WATCHLIST, where=str(path))


def write_gaps_geo(gaps: pd.DataFrame, path: str | Path, *, data_label: str = "") -> None:
    """Write a GAPS table as GeoJSON or GeoParquet: the line from off fix to on fix, a point while open."""
    frame = validate(gaps, GAPS, where="gaps")
    _write_geo(frame.assign(data_label=data_label), path)


def write_geo(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a table with its geometry (``with_geometry``) as GeoJSON or GeoParquet."""
    _write_geo(frame, path)


def write_text(text: str, target: str | Path, *, stream: IO[str] | None = None) -> None:
    """Write a text to a file, whole or not at all, or to a stream (``-``, by default standard output)."""
    if str(target) == "-":
        _write_stream([text], stream)
        return
    with replacing(Path(target)) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def _write_geo(frame: pd.DataFrame, target: str | Path) -> None:
    path = Path(target)
    if path.suffix.lower() not in SUFFIXES[1:]:
        raise DarkshipsError(f"cannot write {path}: its suffix is {path.suffix!r}, expected .parquet or .geojson")
    with replacing(path) as temporary:
        if path.suffix.lower() == ".geojson":
            _write_geojson(frame, temporary)
        else:
            with_geometry(frame).to_parquet(temporary, index=False, compression="zstd")


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    _write_pieces(_csv_pieces(frame), path)


def _write_geojson(frame: pd.DataFrame, path: Path) -> None:
    _write_pieces(geojson_lines(with_geometry(frame)), path)


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    declared = declared_columns(list(frame.columns))
    fields = [declared[f.name].type if f.name in declared else f.type for f in table.schema]
    schema = pa.schema([pa.field(f.name, type_) for f, type_ in zip(table.schema, fields, strict=True)])
    pq.write_table(table.replace_schema_metadata(None).cast(schema), path, compression="zstd")


def _csv_pieces(frame: pd.DataFrame) -> Iterator[str]:
    """Yield the CSV text of a frame, a number of rows at a time."""
    declared = declared_columns(list(frame.columns))
    for start in range(0, max(len(frame), 1), _ROWS_AT_ONCE):
        rows = frame.iloc[start : start + _ROWS_AT_ONCE]
        cells = {name: text_cells(rows[name], declared.get(name), spreadsheet_text) for name in rows.columns}
        text = pd.DataFrame(cells, dtype=object).rename(columns=spreadsheet_text)
        yield text.to_csv(None, index=False, header=start == 0, lineterminator="\r\n")


def _write_pieces(pieces: Iterable[str], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(pieces)


def _write_stream(pieces: Iterable[str], stream: IO[str] | None) -> None:
    """Write UTF-8 bytes where the stream has them under it, so that no locale and no platform changes them."""
    stream = stream or sys.stdout
    stream.flush()
    for piece in pieces:
        if hasattr(stream, "buffer"):
            stream.buffer.write(piece.encode())
        else:
            stream.write(piece)
    stream.flush()
