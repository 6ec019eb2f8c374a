"""What a listener counts."""

from dataclasses import dataclass


@dataclass
class Counts:
    """Since the start, over all sources."""

    lines: int = 0
    bytes: int = 0
    overlong: int = 0
    """Lines and frames longer than what is taken; of a line the beginning is kept."""
    dropped: int = 0
    """Lines and datagrams that could not be kept: the spool was full, or a line told the time of no sentence."""
    turned_away: int = 0
    """Connections beyond the most that are allowed."""
    reconnects: int = 0
