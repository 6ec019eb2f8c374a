"""A feed that was silent makes no gap of any vessel; all of it synthetic."""

import numpy as np
import pandas as pd
import pytest
from builders import START, at
from random_sea import batch

from darkships.kernels.neighbours import CELL_DEG
from darkships.pipeline import Analysis
from darkships.positions.store import Store
from darkships.reception import silences
from darkships.reception.records import MONTH
from darkships.reception.weighing import Weighed
from darkships.schema import GAPS, OUTAGES

SHIPS = 8
DARK = 273_000_001


def traffic(silent, *, days=4, ships=SHIPS, lon=130.3):
    """Return ships that lie still and report every five minutes, without what ``silent`` (ship, hours) says."""
    hours = np.arange(0.0, 24.0 * days, 1 / 12)
    rows = []
    for number in range(ships):
        own = hours[~silent(number, hours)]
        rows.append(
            pd.DataFrame({"mmsi": DARK + number, "timestamp": at(own), "lon": lon + number / 1000, "lat": 42.2})
        )
    columns = {"sog": 0.1, "cog": 0.0, "nav_status": 5, "receiver": "terrestrial"}
    return pd.concat(rows, ignore_index=True).assign(**columns)


def between(first, last):
    return lambda _, hours: (hours >= first) & (hours < last)


def analysed(tmp_path, *frames, **options):
    store = Store.open(tmp_path / "store", create=True)
    batches = [batch(pd.concat(frames, ignore_index=True))]
    store.ingest(name="sea", path="sea", content_hash="0" * 64, size=1, format="synthetic", batches=batches)
    return Analysis(store, **options)


def spans(outages):
    return [
        ((row.from_timestamp - START) / pd.Timedelta("1h"), row.duration_h, bool(row.whole_feed))
        for row in outages.itertuples()
    ]


def test_a_receiver_unplugged_for_a_night_makes_an_outage_and_no_gap(tmp_path):
    night = between(22.0, 30.0)
    analysis = analysed(tmp_path, traffic(night))
    assert spans(analysis.outages) == [(22.0, 8.0, True)]
    assert analysis.outages["vessels"].tolist() == [SHIPS]
    assert analysis.gaps.empty


def test_a_missing_day_is_an_outage(tmp_path):
    analysis = analysed(tmp_path, traffic(between(24.0, 48.0)))
    assert spans(analysis.outages) == [(24.0, 24.0, True)]
    assert analysis.gaps.empty


def test_a_feed_that_ends_after_half_an_hour_and_comes_back_makes_an_outage_and_no_gap(tmp_path):
    # Nobody is heard for a whole hour: all that is known of reception is that they were heard until then.
    analysis = analysed(tmp_path, traffic(between(0.45, 23.6), days=1, ships=40))
    assert spans(analysis.outages) == [(0.5, pytest.approx(23.15, abs=0.1), True)]
    assert analysis.gaps.empty


def test_where_all_that_is_known_is_that_ships_fell_silent_nobody_is_said_to_have_switched_off():
    nothing, of, months = np.zeros(1000), np.full(1000, 23.0), np.zeros(1, MONTH)
    months["there"] = 1000  # missed hours of these silences; nobody was heard for a whole hour
    p_off = silences._p_off(Weighed(*[nothing] * 4), of, np.zeros(1000, bool), months, 6.0)
    assert p_off.max() < 0.01


def test_who_goes_dark_while_the_others_are_heard_has_a_gap_and_it_is_the_ships(tmp_path):
    night = between(22.0, 30.0)
    analysis = analysed(tmp_path, traffic(lambda n, h: night(n, h) | ((n == 0) & between(50.0, 62.0)(n, h))))
    (row,) = analysis.gaps.to_dict("records")
    assert (row["mmsi"], row["outage_h"]) == (DARK, 0.0)
    assert row["hours_looked_at"] == pytest.approx(row["duration_h"])
    assert row["hours_expected"] > 0.7 * row["hours_looked_at"]
    assert row["p_switched_off"] > 0.7


def test_silences_of_those_who_switch_off_each_day_excuse_nobody(tmp_path, monkeypatch):
    def silent(number, hours):
        if number == 0:
            return between(50.0, 57.0)(number, hours)
        return (hours + 3.0 * number) % 24.0 < 11.0  # each ship at a time of its own

    expected = {}
    for looks in (0, silences._LOOKS):
        monkeypatch.setattr(silences, "_LOOKS", looks)
        gaps = analysed(tmp_path / str(looks), traffic(silent)).gaps
        expected[looks] = gaps.loc[gaps["mmsi"] == DARK, "hours_expected"].item()
    assert expected[0] < 0.8 * 7.0 < expected[silences._LOOKS]


def test_an_outage_within_a_silence_is_taken_from_it(tmp_path):
    silent = lambda n, h: between(22.0, 30.0)(n, h) | ((n == 0) & between(20.0, 33.0)(n, h))  # noqa: E731
    analysis = analysed(tmp_path, traffic(silent, days=3))
    assert analysis.gaps.empty  # 5 h are left of 13
    longer = lambda n, h: between(22.0, 30.0)(n, h) | ((n == 0) & between(20.0, 36.0)(n, h))  # noqa: E731
    (row,) = analysed(tmp_path / "longer", traffic(longer, days=3)).gaps.to_dict("records")
    assert row["outage_h"] == pytest.approx(8.0, abs=0.01)
    assert row["duration_h"] == pytest.approx(16.0, abs=0.1)


def test_a_deaf_region_is_an_outage_of_the_region_only(tmp_path):
    far = traffic(between(-1, -1), lon=140.0)
    far["mmsi"] += 1000
    analysis = analysed(tmp_path, traffic(between(30.0, 40.0)), far)
    assert spans(analysis.outages) == [(30.0, 10.0, False)]
    row = analysis.outages.iloc[0]
    assert row["west_lon"] <= 130.3 < row["east_lon"] == row["west_lon"] + CELL_DEG
    assert analysis.gaps.empty


def test_an_outage_that_lasts_is_open(tmp_path):
    far = traffic(between(-1, -1), lon=140.0)
    far["mmsi"] += 1000
    analysis = analysed(tmp_path, traffic(between(80.0, 999.0)), far)
    assert analysis.outages["is_open"].tolist() == [True]
    assert analysis.outages["to_timestamp"].isna().all()
    assert analysis.gaps.empty


def test_few_vessels_bear_no_witness(tmp_path):
    analysis = analysed(tmp_path, traffic(between(30.0, 40.0), ships=3))
    assert analysis.outages.empty
    assert len(analysis.gaps) == 3
    assert analysis.gaps["p_switched_off"].max() < 0.5  # nobody else was heard: nothing shows that anyone listened


def test_reports_once_in_three_hours_are_no_outages(tmp_path):
    frame = traffic(between(-1, -1))
    hours = (frame["timestamp"] - START) / pd.Timedelta("1h")
    assert analysed(tmp_path, frame[hours % 3 < 0.05]).outages.empty


def test_the_tables_are_the_declared_ones(tmp_path):
    analysis = analysed(tmp_path, traffic(between(22.0, 30.0)))
    assert list(analysis.outages.columns) == OUTAGES.names
    assert list(analysis.gaps.columns) == GAPS.names
