import pandas as pd
import pytest
import shapely
from listed import ANGARA, AS_OF, SITES, identity, options, stages
from shapely.geometry import MultiPolygon, Point, box

from darkships.errors import SchemaError
from darkships.schema import LEADS, WATCHLIST, validate
from darkships.watchlist.table import MOST_CORNERS, build_watchlist, image_area


def build(ship=None, **changed):
    return build_watchlist(*stages(), identity(**(ship or {})), SITES, **options(**changed))


def test_everything_is_looked_up():
    frame = build()
    assert list(frame.columns) == WATCHLIST.names
    validate(frame, WATCHLIST)
    first = frame.iloc[0]
    assert (first["probability"], first["expected_round_trips"], first["n_gaps"]) == (0.9612, 3.5, 4)
    assert (first["name"], first["flag"], first["imo_valid"]) == ("ANGARA", "Russian Federation", True)
    assert first["off_lat"] == 42.123456789
    assert first["draught_change_m"] == pytest.approx(1.6)
    assert first["likely_round_trips"] == 1.25
    assert first["earliest_arrival"] <= first["next_image_from"] < first["next_image_to"] <= first["latest_departure"]
    assert first["next_image_group"] == "Rajin"
    assert first["probability_if_not_seen"] < first["probability"] < first["probability_if_seen"]
    assert AS_OF < frame["next_image_to"].iloc[1] <= AS_OF + pd.Timedelta("72h")  # still silent: to be looked for
    assert shapely.from_wkt(first["next_image_area"]).equals_exact(SITES.geometry.iloc[0], 1e-5)


def test_a_vessel_that_says_nothing_still_has_its_flag():
    second = build().iloc[1]
    assert second[["imo", "imo_valid", "name", "callsign", "ship_type", "length_m"]].isna().all()
    assert second["flag"] == "Democratic People's Republic of Korea"


def test_top_and_least_probability():
    assert build(top=1)["rank"].tolist() == [1]
    assert build(min_probability=0.3)["rank"].tolist() == [1, 2]
    assert build(min_probability=0.31)["rank"].tolist() == [1]
    assert build(min_probability=1.0).empty
    assert list(build(top=0).columns) == WATCHLIST.names


def test_label_leads_every_text():
    frame = build(data_label="SYNTHETIC")
    for column in ("evidence_for", "evidence_against", "best_alternative", "summary"):
        assert frame[column].str.startswith("SYNTHETIC: ").all()
    assert not build()["evidence_for"].str.contains("SYNTHETIC").any()


def test_a_group_has_the_probability_of_its_sites_together():
    leads, one, trips, gaps = stages()
    other = one.assign(site="Vostochny_east", probability=0.06)
    both = pd.concat([one, other], ignore_index=True).assign(site_group="G")
    of_group = SITES.assign(site_group="G")
    frame = build_watchlist(leads, both, trips.assign(site_group="G"), gaps, identity(), of_group, **options())
    assert shapely.from_wkt(frame["next_image_area"].iloc[0]).covers(of_group.geometry).all()
    assert "(probability in this silence 0.92, of Rajin alone 0.86)" in frame["evidence_for"].iloc[0]


def test_no_lead_no_row():
    _, visits, trips, gaps = stages()
    frame = build_watchlist(LEADS.empty(), visits, trips, gaps, identity(), SITES, **options())
    assert frame.empty
    assert list(frame.columns) == WATCHLIST.names


def test_inputs_are_left_as_they_were():
    before, after = stages(), stages()
    build_watchlist(*after, identity(), SITES, **options())
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_leads_of_another_run_are_refused():
    leads, visits, trips, gaps = stages()
    with pytest.raises(SchemaError, match=r"DS-00000001.*of one run"):
        build_watchlist(leads, visits[visits["mmsi"] != ANGARA], trips, gaps, identity(), SITES, **options())


@pytest.mark.parametrize(
    "site",
    [
        box(130.2, 42.1, 130.4, 42.3),
        Point(130.3, 42.2).buffer(0.1, quad_segs=64),
        MultiPolygon([box(0, 0, 1, 1), box(3, 3, 4, 4)]),
        box(0, 0, 9, 9).difference(Point(4, 4).buffer(1, quad_segs=64)),
    ],
)
def test_image_area_covers_the_site_in_few_corners(site):
    area = shapely.from_wkt(image_area(site))
    assert area.geom_type == "Polygon"
    assert area.is_valid
    assert shapely.get_num_coordinates(area) <= MOST_CORNERS
    assert area.buffer(1e-5).covers(site)
