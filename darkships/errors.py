"""Every error darkships raises on purpose: one root, a few children.

A message says what was found, what was expected, and what to do.
"""


class DarkshipsError(Exception):
    """Root of all errors that darkships raises on purpose."""


class FeedError(DarkshipsError):
    """A feed cannot be read at all: unknown format, missing columns, broken container."""


class StoreError(DarkshipsError):
    """The store cannot be opened, is of a foreign schema version, or cannot be written."""


class SitesError(DarkshipsError):
    """A watch list of sites is malformed or a site has no water near it."""


class SchemaError(DarkshipsError):
    """A table does not have the columns, types or values that its declaration asks for."""


class ConfigError(DarkshipsError):
    """The configuration file has unknown keys, wrong types or impossible values."""
