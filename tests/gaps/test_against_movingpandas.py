from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from darkships.gaps.detection import detect_gaps
from darkships.tracks.interop import mpd, to_movingpandas
from darkships.tracks.segmentation import segment_tracks

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "data" / "socal_2025.parquet"
COLUMNS = ["mmsi", "base_date_time", "longitude", "latitude", "sog", "cog"]
A_TICK = timedelta(microseconds=1)  # the splitter wants more than its gap, a silence at least its minimum

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # movingpandas with pandas 3


def shipped():
    """Three weeks of the sample that the demo runs on."""
    files = sorted((ROOT / "data" / "demo" / "socal").glob("*.csv.zst"))
    return pd.concat([pd.read_csv(file, usecols=COLUMNS, parse_dates=["base_date_time"]) for file in files])


def shared():
    """Six weeks of a third of the fleet that the sample was taken from."""
    if not REAL.is_file():
        pytest.skip(f"no real data at {REAL}")
    reports = pd.read_parquet(REAL, columns=COLUMNS)
    few = sorted(reports["mmsi"].unique())[::3]
    return reports[reports["base_date_time"].between("2025-05-01", "2025-06-15") & reports["mmsi"].isin(few)]


@pytest.fixture(scope="module", params=[shipped, shared], ids=["shipped", "shared"])
def real_tracks(request):
    """Real small craft off Southern California."""
    reports = request.param()[COLUMNS].set_axis(["mmsi", "timestamp", "lon", "lat", "sog", "cog"], axis=1)
    return segment_tracks(reports.assign(timestamp=reports["timestamp"].dt.tz_localize("UTC")))


def splits(collection, gap):
    """Return (track, off, on) where the splitter cut; a piece of a single fix, which it drops, is put back."""
    pieces = mpd.ObservationGapSplitter(collection).split(gap=gap, min_length=-1)
    spans = {}
    for trajectory in collection.trajectories:
        name = f"{trajectory.id}_"
        own = [piece.df.index for piece in pieces.trajectories if str(piece.id).startswith(name)]
        covered = own[0].append(own[1:]) if own else pd.DatetimeIndex([])
        alone = trajectory.df.index.difference(covered)
        spans[trajectory.id] = sorted([*((index[0], index[-1]) for index in own), *((time, time) for time in alone)])
    return {(track, here[1], after[0]) for track, of_track in spans.items() for here, after in pairwise(of_track)}


@pytest.mark.parametrize("hours", [6, 12])
def test_closed_gaps_equal_the_splits_of_movingpandas_on_real_data(real_tracks, hours):
    closed = detect_gaps(real_tracks, min_gap_h=hours)
    closed = closed[~closed["is_open"]]
    found = set(
        zip(
            closed["track_id"],
            closed["off_timestamp"].dt.tz_convert(None),
            closed["on_timestamp"].dt.tz_convert(None),
            strict=True,
        )
    )
    assert len(found) == len(closed) > 50
    assert found == splits(to_movingpandas(real_tracks), timedelta(hours=hours) - A_TICK)


def test_real_gaps_do_not_depend_on_what_comes_later(real_tracks):
    as_of = real_tracks["timestamp"].quantile(0.5).floor("min")
    known = real_tracks[real_tracks["timestamp"] <= as_of].reset_index(drop=True)
    pd.testing.assert_frame_equal(detect_gaps(real_tracks, as_of=as_of), detect_gaps(known, as_of=as_of))
