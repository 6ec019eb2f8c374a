"""What declarations of tables have in common."""

import pyarrow as pa

from darkships.declare import Column

TIME = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
LABEL = pa.dictionary(pa.int32(), pa.string())


def c(name: str, type_: pa.DataType, doc: str, unit: str = "", *, null: bool = False) -> Column:
    """Declare a column."""
    return Column(name, type_, doc, unit, null)
