"""Every table between two stages: column, type, unit, null, meaning.

The declarations are the documentation: ``darkships schema`` and the README print them.
In TRACKS, GAPS, VISITS and WATCHLIST the columns that others build on come first: add new ones behind them.
"""

from darkships.declare import Column, Table, time_us, to_pandas, validate
from darkships.schema.base import LABEL, TEXT, TIME
from darkships.schema.leads import CASES, ERRORS, EVALUATION, IMAGES, LEADS, WATCHLIST, WHAT_IF
from darkships.schema.reports import AIS_CLASSES, POSITION_FLAGS, POSITIONS, QUARANTINE, RECEIVERS, STATICS, FeedBatch
from darkships.schema.silences import FLAG_KINDS, FLAGS, GAPS, OUTAGES, OUTSIDE_GAPS, RECEPTION, TRACKS, TRACKS_PER_MMSI
from darkships.schema.visits import (
    ALTERNATIVES,
    CANDIDATES,
    EVIDENCE,
    LANES,
    PORT_CALLS,
    SHUTTLES,
    SITES,
    TRIPS,
    VISITS,
)

__all__ = [
    "AIS_CLASSES",
    "ALTERNATIVES",
    "CANDIDATES",
    "CASES",
    "ERRORS",
    "EVALUATION",
    "EVIDENCE",
    "FLAGS",
    "FLAG_KINDS",
    "GAPS",
    "IMAGES",
    "LABEL",
    "LANES",
    "LEADS",
    "OUTAGES",
    "OUTSIDE_GAPS",
    "PORT_CALLS",
    "POSITIONS",
    "POSITION_FLAGS",
    "QUARANTINE",
    "RECEIVERS",
    "RECEPTION",
    "SHUTTLES",
    "SITES",
    "STATICS",
    "TABLES",
    "TEXT",
    "TIME",
    "TRACKS",
    "TRACKS_PER_MMSI",
    "TRIPS",
    "VISITS",
    "WATCHLIST",
    "WHAT_IF",
    "Column",
    "FeedBatch",
    "Table",
    "time_us",
    "to_pandas",
    "validate",
]

TABLES = {
    table.name: table
    for table in (
        POSITIONS, STATICS, QUARANTINE, SITES, TRACKS, FLAGS, RECEPTION, OUTAGES, GAPS, PORT_CALLS, CANDIDATES, VISITS,
        TRIPS, OUTSIDE_GAPS, SHUTTLES, LANES, LEADS, WATCHLIST, IMAGES, WHAT_IF, CASES, EVALUATION, ERRORS,
    )
}  # fmt: skip
"""All tables by name, in the order of the flow."""
