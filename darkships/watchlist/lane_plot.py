"""The plot of lane activity: expected dark round trips by week, with their interval."""

from pathlib import Path
from typing import Any

import pandas as pd

from darkships.errors import DarkshipsError
from darkships.schema import LANES, validate
from darkships.watchlist.files import replacing
from darkships.watchlist.text import labelled, missing, probability_text, safe_text

SUFFIXES = (".png", ".svg", ".pdf")
MOST_LANES = 6
"""The busiest pairs are drawn; the table has all."""


def write_lane_plot(lanes: pd.DataFrame, path: Path, *, data_label: str) -> None:
    """Draw the busiest pairs of ports week by week; weeks that later data can still change are hatched.

    Parameters
    ----------
    lanes
        A LANES table.
    path
        The file to write; its suffix says the format (.png, .svg, .pdf).
    data_label
        What kind of data this is; empty for real data.

    Raises
    ------
    DarkshipsError
        If the suffix is another, or the file cannot be written.

    """
    from matplotlib.figure import Figure

    if path.suffix.lower() not in SUFFIXES:
        raise DarkshipsError(
            f"cannot draw {path}: its suffix is {path.suffix!r}, expected one of {', '.join(SUFFIXES)}"
        )
    lanes = validate(lanes, LANES, where="the lanes")
    pairs = lanes.groupby(["origin_group", "site_group"], dropna=False)["expected_round_trips"].sum()
    busiest = pairs.sort_values(ascending=False, kind="stable").index[:MOST_LANES]
    figure = Figure(figsize=(8.0, 1.0 + 2.0 * max(len(busiest), 1)), layout="constrained")
    figure.suptitle(labelled("dark round trips a week: expected, 5 % to 95 %; hatched: not settled", data_label))
    axes = figure.subplots(max(len(busiest), 1), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (origin, group) in zip(axes, busiest, strict=False):
        is_origin = lanes["origin_group"].isna() if missing(origin) else lanes["origin_group"] == origin
        begins = "origin unknown" if missing(origin) else safe_text(origin)
        _draw(axis, lanes[is_origin & (lanes["site_group"] == group)], f"{begins} - {safe_text(group)}")
    with replacing(path) as temporary:
        figure.savefig(temporary, format=path.suffix[1:].lower())


def _draw(axis: Any, rows: pd.DataFrame, title: str) -> None:
    start, mean = rows["week_start"].dt.tz_localize(None), rows["expected_round_trips"]
    low, high = rows["expected_round_trips_low"], rows["expected_round_trips_high"]
    bars = axis.bar(start, mean, width=6.0, align="edge", color="tab:blue")
    for bar, is_settled in zip(bars, rows["is_settled"], strict=True):
        bar.set(hatch=None if is_settled else "///", alpha=1.0 if is_settled else 0.5)
    # The mean of rare events lies outside the quantiles.
    reach = [(mean - low).clip(lower=0.0), (high - mean).clip(lower=0.0)]
    axis.errorbar(start + pd.Timedelta(days=3), mean, yerr=reach, fmt="none", ecolor="0.3", capsize=2)
    first = rows.iloc[0]
    trend = (
        "" if pd.isna(first["p_growing"]) else f"; probability that it grows: {probability_text(first['p_growing'])}"
    )
    axis.set_title(f"{title}{trend}", fontsize=9, loc="left", parse_math=False)
    axis.set_ylim(bottom=0.0)
    axis.tick_params(axis="x", labelrotation=30)
