"""What all benchmarks share: rounds taken in turn, and rows of the table."""

import statistics
import time
from collections.abc import Callable

Row = dict[str, str | float | None]


def in_turn(functions: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each function, run one after the other round by round after a warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for number in range(rounds + 1):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def row(name: str, metric: str, unit: str, value: float, peer: str | None, peer_value: float | None,
        target: float | None) -> Row:  # fmt: skip
    """Return a row of the table."""
    ratio = value / peer_value if peer_value else None
    return {"name": name, "metric": metric, "unit": unit, "value": value, "peer": peer, "peer_value": peer_value,
            "ratio": ratio, "target": target}  # fmt: skip
