"""Shared by the feed tests: read a whole feed at once, and find the sample files where they are."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from darkships.feed import Feed, open_feed
from darkships.schema import POSITIONS, QUARANTINE, STATICS

FORMATS = Path(__file__).resolve().parents[2].parent / "shared" / "formats"


@dataclass
class Whole:
    """All batches of a feed put together."""

    feed: Feed
    positions: pa.Table
    statics: pa.Table
    quarantine: pa.Table
    rows_read: int
    skipped: Counter

    def rows(self, *names):
        return [tuple(row.values()) for row in self.positions.select(list(names)).to_pylist()]

    @property
    def reasons(self):
        return Counter(self.quarantine["reason"].to_pylist())


def _without_file(table):
    return pa.schema([f for f in table.arrow if f.name != "file_id"])


def read_whole(path, **options):
    """Read a feed to its end; every row must be accounted for and every table as declared."""
    feed = open_feed(Path(path), **options)
    batches = list(feed.batches())
    schemas = (_without_file(POSITIONS), _without_file(STATICS), QUARANTINE.arrow)
    tables = [
        pa.concat_tables([schema.empty_table(), *(batch[i] for batch in batches)]) for i, schema in enumerate(schemas)
    ]
    for table in tables:
        table.validate(full=True)
        assert all(f.nullable or table[f.name].null_count == 0 for f in table.schema)
    rows_read = sum(batch.rows_read for batch in batches)
    skipped = sum((Counter(batch.skipped) for batch in batches), Counter())
    assert rows_read == tables[0].num_rows + tables[2].num_rows + skipped.total()
    return Whole(feed, *tables, rows_read, skipped)


@pytest.fixture(scope="session")
def whole():
    return read_whole


@pytest.fixture
def write(tmp_path):
    """Write bytes or text to a file and return its path."""

    def writer(content, name="feed.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return writer


@pytest.fixture
def sample():
    """Return the path of a real sample that lies beside the checkout."""

    def finder(name):
        path = FORMATS / name
        if not path.exists():
            pytest.skip(f"the real sample {name} is not beside this checkout")
        return path

    return finder
