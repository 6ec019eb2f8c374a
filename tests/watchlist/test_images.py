import json
import math

import numpy as np
import pandas as pd
import pytest
import shapely
from builders import MMSI, at, gap, table, trip, trips, visit
from hypothesis import given
from hypothesis import strategies as st
from listed import AS_OF, SITES, identity, options, stages

from darkships.errors import DarkshipsError
from darkships.schema import IMAGES, LEADS
from darkships.watchlist.export import write_images
from darkships.watchlist.images import CONFUSED, DETECTED, HORIZON_H, image_orders, information_bits, next_images
from darkships.watchlist.table import build_watchlist


def leads_of(*probabilities):
    rows = [
        {
            "rank": k + 1, "lead_id": f"DS-{k:08X}", "mmsi": MMSI + k, "probability": p, "expected_round_trips": 1.0,
            "expected_round_trips_low": 0.0, "expected_round_trips_high": 2.0, "n_gaps": 1, "gap_id": "g",
            "site": "Rajin", "site_group": "Rajin",
        }
        for k, p in enumerate(probabilities)
    ]  # fmt: skip
    return table(LEADS, rows)


def images(probability, *rows, as_of=AS_OF):
    (found,) = next_images(leads_of(probability), trips(*rows), as_of=as_of).to_dict("records")
    return found


def naive_bits(probability, p_there):
    """Sum over lead true or not, ship there or not, image shows one or not."""
    joint = {}
    for is_true in (True, False):
        for is_there in (True, False):
            p_state = p_there if is_true and is_there else probability - p_there if is_true else 1 - probability
            if is_there and not is_true:
                continue
            for is_seen in (True, False):
                p_seen = 1 - (1 - CONFUSED) * (1 - (DETECTED if is_there else 0.0))
                joint[is_true, is_seen] = joint.get((is_true, is_seen), 0.0) + p_state * (
                    p_seen if is_seen else 1 - p_seen
                )
    of = {k: {v: sum(p for key, p in joint.items() if key[k] == v) for v in (True, False)} for k in (0, 1)}
    return sum(p * math.log2(p / (of[0][a] * of[1][b])) for (a, b), p in joint.items() if p > 0)


@given(st.floats(0.01, 0.99), st.floats(0.0, 1.0))
def test_information_equals_its_definition(probability, share):
    p_there = probability * share
    assert float(information_bits(probability, p_there)) == pytest.approx(naive_bits(probability, p_there), abs=1e-9)


def test_information_by_hand():
    # Always there if true, even odds: seen with 0.92 if true, 0.2 if not; H(0.56) - (H(0.92) + H(0.2)) / 2.
    assert float(information_bits(0.5, 0.5)) == pytest.approx(0.98959 - (0.40218 + 0.72193) / 2, abs=1e-4)
    assert float(information_bits(0.5, 0.0)) == 0.0


def test_most_is_told_where_least_is_known():
    bits = [float(information_bits(p, p)) for p in (0.01, 0.2, 0.5, 0.8, 0.99)]
    assert bits[0] < bits[1] < bits[2] > bits[3] > bits[4]


def test_the_image_after_a_short_silence():
    # The window at the berth is 6.7 h to 41.3 h, less than a usual stay: it is there most of the time.
    found = images(0.4, trip(visit(gap(), 0.4)))
    assert found["next_image_group"] == "Rajin"
    assert at(6.6) < found["next_image_from"] < at(24.0) < found["next_image_to"] < at(41.4)
    assert found["probability_if_seen"] == pytest.approx(0.4 * 0.92 / (0.4 * 0.92 + 0.6 * 0.2), abs=0.01)
    assert found["probability_if_not_seen"] == pytest.approx(0.4 * 0.08 / (0.4 * 0.08 + 0.6 * 0.8), abs=0.01)


def test_what_an_image_shows_changes_nothing_on_average():
    found = images(0.4, trip(visit(gap(on_h=200.0), 0.3)))
    seen, unseen, p = found["probability_if_seen"], found["probability_if_not_seen"], 0.4
    share = (p - unseen) / (seen - unseen)  # the chance that it shows a ship that makes them agree
    assert unseen < p < seen
    assert CONFUSED < share < CONFUSED + (1 - CONFUSED) * DETECTED * 0.3 + 1e-9


def test_a_short_silence_is_looked_at_before_a_long_one_of_equal_chance():
    short, long = gap(off_h=500.0, on_h=548.0), gap(off_h=0.0, on_h=400.0)
    found = images(0.5, trip(visit(long, 0.3)), trip(visit(short, 0.3)))
    assert at(500.0) < found["next_image_from"] < found["next_image_to"] < at(548.0)


def test_of_two_groups_the_more_probable_one_is_looked_at():
    found = images(0.5, trip(visit(gap(), 0.2)), trip(visit(gap(), 0.3, site="Wonsan")))
    assert found["next_image_group"] == "Wonsan"
    # Ports that are no watched ones settle nothing about the lead.
    found = images(0.5, trip(visit(gap(), 0.2)), trip(visit(gap(), 0.3, site="Dunay", watched=False)))
    assert found["next_image_group"] == "Rajin"


def test_who_is_still_silent_can_be_looked_for_after_the_data_ends():
    as_of = at(20.0)
    of = visit(gap(on_h=None, as_of_h=20.0), 0.3) | {"latest_departure": as_of}
    found = images(0.3, trip(of), as_of=as_of)
    assert of["earliest_arrival"] < found["next_image_from"]
    assert as_of < found["next_image_to"] <= as_of + pd.Timedelta(hours=HORIZON_H)


def test_a_lead_of_no_probability_has_an_image_that_tells_nothing():
    found = images(0.0, trip(visit(gap(), 0.0)))
    assert found["next_image_bits"] == 0.0
    assert (found["probability_if_seen"], found["probability_if_not_seen"]) == (0.0, 0.0)


def test_orders_come_by_information_with_closed_counterclockwise_areas():
    frame = build_watchlist(*stages(), identity(), SITES, **options())
    orders = image_orders(frame)
    assert orders["order"].tolist() == [1, 2]
    assert orders["lead_id"].tolist() == ["DS-00000002", "DS-00000001"]  # 0.3 leaves more to learn than 0.96
    assert orders["next_image_bits"].is_monotonic_decreasing
    assert list(orders.columns) == [*IMAGES.names, "geometry"]
    assert all(area.exterior.is_ccw and area.is_valid for area in orders.geometry)
    assert shapely.covers(orders.geometry.iloc[0].buffer(1e-5), SITES.geometry.iloc[0])


def test_orders_are_written_as_geojson_or_parquet_only(tmp_path):
    frame = build_watchlist(*stages(), identity(name="<b>\x1b[31mX"), SITES, **options(data_label="SYNTHETIC"))
    write_images(frame, tmp_path / "images.geojson")
    features = json.loads((tmp_path / "images.geojson").read_text(encoding="utf-8"))["features"]
    assert [feature["geometry"]["type"] for feature in features] == ["Polygon"] * 2
    first = features[0]["properties"]
    assert first["order"] == 1
    assert first["next_image_from"].endswith("Z")
    assert first["data_label"] == "SYNTHETIC"
    assert "\x1b" not in (tmp_path / "images.geojson").read_text(encoding="utf-8")
    with pytest.raises(DarkshipsError, match=r"suffix is '\.csv', expected \.parquet or \.geojson"):
        write_images(frame, tmp_path / "images.csv")


def test_as_many_images_as_leads_in_their_order():
    rows = [trip(visit(gap(mmsi=MMSI + k), 0.1 * (k + 1))) for k in (2, 0, 1)]
    found = next_images(leads_of(0.1, 0.2, 0.3), trips(*rows), as_of=AS_OF)
    assert found["mmsi"].tolist() == [MMSI, MMSI + 1, MMSI + 2]
    assert np.isfinite(found["next_image_bits"]).all()
