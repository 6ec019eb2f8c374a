"""How to listen."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from darkships.feed.live.receiver import Limits
from darkships.feed.live.websocket import Box


@dataclass(frozen=True)
class Settings:
    """What holds for all addresses of one listener."""

    receiver: str = "unknown"
    """Who hears the messages: one of RECEIVERS."""
    commit_every_s: float = 60.0
    commit_rows: int = 100_000
    """About so many lines are committed together, unless the time comes first."""
    metrics_every_s: float = 60.0
    """0 tells nothing."""
    spool_limit_bytes: int = 10 * 1024**3
    limits: Limits = field(default_factory=Limits)
    boxes: Sequence[Box] = ()
    message_types: Sequence[str] = ()
    key_variable: str | None = None
    """The environment variable with the API key, if the user named one."""
    tick_s: float = 1.0
    """How often is looked whether something is due."""
