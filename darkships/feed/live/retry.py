"""When to try again: later with every failure, never at the same moment as others."""

import random
from dataclasses import dataclass

_DOUBLINGS = 16


@dataclass
class Backoff:
    """Waiting times that double from the first to the longest, each shortened at random by up to a half."""

    first_s: float = 1.0
    most_s: float = 60.0
    failures: int = 0
    """Failures since the last success."""

    def next_s(self) -> float:
        """Count a failure and return how long to wait."""
        wait = min(self.most_s, self.first_s * 2.0**self.failures)
        self.failures = min(self.failures + 1, _DOUBLINGS)
        return wait * random.uniform(0.5, 1.0)  # noqa: S311  spreads load, keeps no secret

    def reset(self) -> None:
        """Begin anew: it worked."""
        self.failures = 0
