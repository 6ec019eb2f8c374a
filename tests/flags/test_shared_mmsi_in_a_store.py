"""Two ships under one MMSI, and one whose receiver is spoofed, through a store and the pipeline: all synthetic."""

import numpy as np
import pandas as pd
import pytest
from builders import MMSI, START
from random_sea import batch

from darkships.pipeline import Analysis
from darkships.positions.store import Store

SPOOFED = MMSI + 1


def ship(mmsi, spans, lon, lat, *, every_h=0.1, kn=9.0):
    """Return a ship that sails north at 9 kn as long as it is on the air."""
    hours = np.concatenate([np.arange(from_h, to_h, every_h) for from_h, to_h in spans])
    return pd.DataFrame({
        "mmsi": mmsi, "timestamp": START + pd.to_timedelta(hours, unit="h").round("s"), "lon": lon,
        "lat": lat + kn * hours / 60.0, "sog": kn, "cog": 0.0, "nav_status": 0, "receiver": "terrestrial",
    })  # fmt: skip


@pytest.fixture
def analysis(tmp_path):
    store = Store.open(tmp_path / "store", create=True)
    frame = pd.concat([
        ship(MMSI, [(0, 30), (50, 96)], 132.0, 40.0),  # really dark for 20 h
        ship(MMSI, [(0.05, 70)], 140.0, 35.0),  # the other one, and dark for good in the end
        ship(SPOOFED, [(0, 40), (52, 96)], 136.0, 38.0),
        ship(SPOOFED, [(40.1, 51.9)], 37.26, 55.0, kn=0.0).assign(sog=9.0),  # an airport
    ], ignore_index=True)  # fmt: skip
    frame["timestamp"] = frame["timestamp"].dt.as_unit("us")
    for day, own in frame.sort_values(["mmsi", "timestamp"]).groupby(frame["timestamp"].dt.date):
        store.ingest(name=str(day), path=str(day), content_hash=f"{day}".ljust(64, "0"), size=1, format="synthetic",
                     batches=[batch(own.reset_index(drop=True))])  # fmt: skip
    return Analysis(store)


def spans(gaps):
    hours = [((gaps[name] - START).dt.total_seconds() / 3600).round(1) for name in ("off_timestamp", "on_timestamp")]
    return [tuple(None if np.isnan(hour) else hour for hour in pair) for pair in zip(*hours, strict=True)]


def test_each_of_two_ships_is_dark_by_itself_and_neither_explains_the_other(analysis):
    gaps = analysis.gaps[analysis.gaps["mmsi"] == MMSI]
    assert spans(gaps) == [(29.9, 50.0), (70.0, None)]
    assert gaps["off_lon"].tolist() == [132.0, 140.0]
    assert gaps["explained_by"].isna().all()
    assert (gaps["off_flags"] == "shared_mmsi").all()
    assert gaps["implied_speed_kn"].iloc[0] < 10.0
    flags = analysis.flags[analysis.flags["mmsi"] == MMSI]
    assert set(flags["kind"]) == {"shared_mmsi"}
    assert set(flags["track_id"]) == {1000 * MMSI, 1000 * MMSI + 1}


def test_a_spoofed_receiver_is_not_silent(analysis):
    gaps = analysis.gaps[analysis.gaps["mmsi"] == SPOOFED]
    (true,) = gaps[gaps["track_id"] == 1000 * SPOOFED].to_dict("records")
    assert true["explained_by"] == "spoofing"
    assert true["duration_h"] == pytest.approx(12.1, abs=0.01)
    flags = analysis.flags[analysis.flags["mmsi"] == SPOOFED]
    assert {"frozen", "on_land"} <= set(flags["kind"])
    assert set(flags["kind"]) <= {"frozen", "on_land", "jump", "excursion"}
