"""What a mask hides is nowhere in the masked store: no leak through history, statics or reception."""

import numpy as np
import pandas as pd
import pytest
import world
from seas import BOATS, WEST, sites_file, store_of, voyage

from darkships.evaluation.masked import hides, masked_store
from darkships.pipeline import Analysis, Parameters
from darkships.sites.watch import read_sites

BOAT = BOATS[0]
MASK_H = (4.0, 13.0)


def at_us(hours):
    return round((world.START.timestamp() + hours * 3600) * 1e6)


def mask(mmsi=BOAT, hours=MASK_H):
    return pd.DataFrame({"mmsi": [mmsi], "start_us": [at_us(hours[0])], "end_us": [at_us(hours[1])]})


@pytest.fixture
def planted(tmp_path):
    """A call inside the mask that tells on itself: draught and name of the stay, a contact, a second track."""
    rows = [(*row[:6], 9.0 if 6 < row[0] < 12 else 5.0) for row in voyage(BOAT, 2.0)]
    # Fixes that would be a port call of a second track of the same number, and messages without a place.
    rows += [(t, BOAT, WEST[0] - 9.0, WEST[1], 0.0, 0.0, 9.0) for t in np.arange(8.0, 11.0, 0.25)]
    rows += [(t, BOAT, 181.0, 91.0, 0.0, 0.0, 9.0) for t in np.arange(6.05, 12.0, 1.0)]
    return store_of(tmp_path, rows), read_sites(sites_file(tmp_path))


def analysed(store, sites):
    return Analysis(store, sites, parameters=Parameters(min_gap_h=1.0))


def test_the_leak_is_there_before_the_mask_and_nowhere_after(planted, tmp_path, sea_cache):
    store, sites = planted
    before = analysed(store, sites)
    assert "West" in set(before.calls["site"])
    assert 9.0 in set(before.statics["draught_m"])
    after = analysed(masked_store(store, mask(), tmp_path / "masked", until=before.as_of), sites)
    assert after.calls.empty
    assert set(after.statics["draught_m"]) == {5.0}
    (gap,) = after.gaps[~after.gaps["is_open"]].to_dict("records")
    assert gap["off_timestamp"] == pd.Timestamp(at_us(MASK_H[0]), unit="us", tz="UTC")
    assert gap["on_timestamp"] == pd.Timestamp(at_us(MASK_H[1]), unit="us", tz="UTC")
    assert gap["vessels_heard"] == 0
    row = after.visits.set_index("site").loc["West"]
    assert row["own_calls"] == 0
    assert (row["draught_before_m"], row["draught_after_m"]) == (5.0, 5.0)


def test_the_score_does_not_change_with_what_is_inside_the_mask(planted, tmp_path, sea_cache):
    store, sites = planted
    silent = tmp_path / "silent"
    silent.mkdir()
    plain = store_of(silent, [row for row in voyage(BOAT, 2.0) if not MASK_H[0] < row[0] < MASK_H[1]])
    masked = masked_store(store, mask(), tmp_path / "masked", until=analysed(store, sites).as_of)
    pd.testing.assert_frame_equal(analysed(masked, sites).visits, analysed(plain, sites).visits)


def test_other_vessels_and_the_two_ends_stay():
    mmsi = np.array([1, 2, 1, 1, 1], np.int64)
    t_us = np.array([10, 15, 15, 20, 25], np.int64)
    masks = pd.DataFrame({"mmsi": [1], "start_us": [10], "end_us": [20]})
    assert hides(masks, mmsi, t_us).tolist() == [False, False, True, False, False]


def test_the_store_itself_is_not_touched(planted, tmp_path):
    store, _ = planted
    version, rows = store.version, store.read().num_rows
    copy = masked_store(store, mask(), tmp_path / "masked", until=pd.Timestamp(store.time_range()[1]))
    assert (store.version, store.read().num_rows) == (version, rows)
    assert copy.read().num_rows < rows
    assert copy.verify() == []
