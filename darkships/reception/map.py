"""The reception map: how well vessels are heard, by cell, month and class."""

from pathlib import Path

import numpy as np
import pandas as pd

from darkships.kernels.hours import CELLS_PER_DEG, COLUMNS
from darkships.reception.chances import hours_of_month
from darkships.reception.records import Records
from darkships.schema import RECEPTION, validate


def reception_map(months: Records) -> pd.DataFrame:
    """Return MONTH records as the RECEPTION table, with the chance that is believed."""
    chance = np.full(months.size, np.nan)
    for month in np.unique(months["month"]):
        own = months["month"] == month
        known, at = hours_of_month(months[own]), (months["of_b"][own], months["cell"][own])
        chance[own] = known.chance[at]
    south, west = months["cell"] // COLUMNS / CELLS_PER_DEG - 90.0, months["cell"] % COLUMNS / CELLS_PER_DEG - 180.0
    frame = pd.DataFrame(
        {
            "month": months["month"].astype("datetime64[M]").astype(str),
            "ais_class": np.where(months["of_b"] == 1, "B", "A"),
            "west_lon": west,
            "south_lat": south,
            "east_lon": west + 1.0 / CELLS_PER_DEG,
            "north_lat": south + 1.0 / CELLS_PER_DEG,
            "vessel_hours": months["there"],
            "heard_hours": months["heard"],
            "satellite_hours": months["satellite"],
            "long_range_hours": months["long_range"],
            "p_heard": chance,
        }
    )
    frame = frame.sort_values(list(RECEPTION.key), kind="stable", ignore_index=True)
    return validate(frame, RECEPTION, where="the reception map")


def draw_map(frame: pd.DataFrame, path: Path) -> None:
    """Draw a RECEPTION table, all months and classes together; the suffix says the format (.png, .svg, .pdf)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 6.0), layout="constrained")
    axes = figure.subplots()
    if not frame.empty:
        west, south = frame["west_lon"].min(), frame["south_lat"].min()
        column, row = (
            ((frame[name] - first) * CELLS_PER_DEG).round().astype(int).to_numpy()
            for name, first in (("west_lon", west), ("south_lat", south))
        )
        there, heard = np.zeros((2, row.max() + 1, column.max() + 1))
        np.add.at(there, (row, column), frame["vessel_hours"])
        np.add.at(heard, (row, column), frame["heard_hours"])
        share = np.divide(heard, there, out=np.full(there.shape, np.nan), where=there > 0)
        edges = (west, frame["east_lon"].max(), south, frame["north_lat"].max())
        drawn = axes.imshow(share, vmin=0.0, vmax=1.0, origin="lower", extent=edges, interpolation="nearest")
        figure.colorbar(drawn, ax=axes, label="share of vessel hours that were heard")
        axes.set_aspect(1.0 / max(np.cos(np.radians((edges[2] + edges[3]) / 2.0)), 0.1))
    axes.set(xlabel="longitude", ylabel="latitude", title="Reception: vessels heard of those known to be there")
    figure.savefig(path)
