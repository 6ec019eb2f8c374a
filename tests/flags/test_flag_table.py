import numpy as np
import pytest
from builders import MMSI, at

from darkships.flags.dates import FLAG, add
from darkships.flags.table import flag_table
from darkships.kernels.flags import CIRCLE, EXCURSION, FROZEN, GLITCH, JUMP, SHARED
from darkships.schema import FLAG_KINDS, FLAGS, time_us


def flags(*rows):
    """Return FLAG records of (chain, kind, from_h, to_h, fixes, lon, lat)."""
    out = np.zeros(len(rows), FLAG)
    for k, (chain, kind, from_h, to_h, fixes, lon, lat) in enumerate(rows):
        us = [int(time_us(at([hours]).to_series())[0]) for hours in (from_h, to_h)]
        out[k] = kind, chain, *us, fixes, lon, lat, 12.5, 7.25
    return out


def table(*rows, vessels=(0, 1, 2, 3, 4), inland=lambda lon, lat: lon < 0.0):
    return flag_table(
        flags(*rows), MMSI + np.array(vessels, np.int64), np.zeros(len(vessels), np.int32), is_inland=inland
    )


def test_every_kind_has_its_words():
    kernel = [SHARED, JUMP, EXCURSION, GLITCH, CIRCLE, FROZEN]
    found = table(*((k, kind, 5 * k, 5 * k + 1, 20, 10.0, 50.0) for k, kind in enumerate(kernel[:5])),
                  (4, FROZEN, 50, 51, 20, 10.0, 50.0))  # fmt: skip
    assert found["kind"].tolist() == list(FLAG_KINDS[:6])
    assert found["detail"].str.len().min() > 20
    assert list(found.columns) == FLAGS.names


def test_what_goes_on_over_midnight_is_one_flag():
    found = table((0, CIRCLE, 20, 23.9, 100, 10.0, 50.0), (0, CIRCLE, 24.1, 30, 200, 10.1, 50.0),
                  (0, CIRCLE, 40, 42, 50, 10.0, 50.0), (1, CIRCLE, 30.5, 32, 9, 10.0, 50.0))  # fmt: skip
    assert found[["mmsi", "fixes", "lon"]].to_numpy().tolist() == [
        [MMSI, 300, 10.0], [MMSI, 50, 10.0], [MMSI + 1, 9, 10.0]]  # fmt: skip
    assert found["to_timestamp"].tolist() == [at(30), at(42), at(32)]


def test_jumps_far_inland_are_told_and_nothing_else_is_asked():
    asked = []

    def inland(lon, lat):
        asked.append((lon.tolist(), lat.tolist()))
        return lon < 0.0

    here = (1, 2, 20, -98.0, 38.0)
    found = table((0, EXCURSION, *here), (1, JUMP, 1, 2, 20, 10.0, 54.0), (2, GLITCH, *here), (3, SHARED, *here),
                  inland=inland)  # fmt: skip
    assert found.loc[found["kind"] == "on_land", "mmsi"].tolist() == [MMSI]
    assert asked == [([-98.0, 10.0], [38.0, 54.0])]


@pytest.mark.parametrize(("vessels", "expected"), [((0, 1, 2, 3), 4), ((0, 1, 2, 2), 0)])
def test_vessels_that_jump_together_are_told(vessels, expected):
    rows = [(k, EXCURSION, 1 + 0.1 * k, 3, 20, 35.493 + 0.001 * k, 33.823) for k in range(4)]
    elsewhere = (4, EXCURSION, 1.0, 3, 20, 30.0, 33.823)
    found = table(*rows, elsewhere, vessels=(*vessels, 9))
    together = found[found["kind"] == "mass_jump"]
    assert len(together) == expected
    assert set(together["fixes"]) <= {4}


def test_dates_add_up_by_standing_beside_each_other():
    a, b = flags((0, JUMP, 1, 2, 9, 0.0, 0.0), (1, JUMP, 1, 2, 8, 0.0, 0.0)), flags((0, JUMP, 25, 26, 7, 0.0, 0.0))
    both = add(a, b, np.array([1, 0, 1]), 2)  # b's first chain goes on a's first
    assert both[["chain", "fixes"]].tolist() == [(1, 9), (0, 8), (1, 7)]
    assert a["chain"].tolist() == [0, 1]


def test_nothing_flagged_is_an_empty_table():
    assert list(table().columns) == FLAGS.names
