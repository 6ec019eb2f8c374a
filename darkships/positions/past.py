"""A store as it was at an earlier version: parts are never changed, so what was listed then can still be read."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from darkships.errors import StoreError
from darkships.positions.listing import Listing
from darkships.remote import Place


class PastCatalog(Listing):
    """Reads a catalog as it was: views of its name, which SQLite finds before a table, leave out what came later."""

    def __init__(self, root: Place, catalog: Listing, version: int) -> None:
        super().__init__(root)
        self._catalog = catalog
        self._version = version

    def in_use(self) -> AbstractContextManager[None]:
        """Keep ``vacuum`` away while files are read."""
        return self._catalog.in_use()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a connection that sees the version."""
        with self._catalog.reading() as connection:
            for table in ("parts", "sources"):
                query = f"SELECT * FROM main.{table} WHERE added_version <= {self._version:d}"
                connection.execute(f"CREATE TEMP VIEW {table} AS {query}")
            value = f"CASE key WHEN 'version' THEN '{self._version:d}' ELSE value END"
            connection.execute(f"CREATE TEMP VIEW meta AS SELECT key, {value} AS value FROM main.meta")
            yield connection


def past_catalog(root: Place, catalog: Listing, version: int) -> PastCatalog:
    """Return the catalog of an earlier version.

    Raises
    ------
    StoreError
        If there was no such version, or the store was compacted or something expired since: the parts of then are
        listed no more.

    """
    now = int(catalog.meta("version"))
    if not 0 < version <= now:
        raise StoreError(f"{root} has no version {version}; expected one from 1 to {now}")
    with catalog.reading() as connection:
        query = "SELECT MIN(added_version) FROM parts WHERE file_id IS NULL AND added_version > ?"
        compacted = connection.execute(query, (version,)).fetchone()[0] or 0
    expired = int(catalog.meta("expired_version"))
    if max(compacted, expired) > version:
        first, what = max((compacted, "compacted it"), (expired, "let old reports go"))
        raise StoreError(
            f"version {version} of {root} can be read no more: version {first} {what}; "
            f"expected a version from {first} to {now}"
        )
    return PastCatalog(root, catalog, version)
