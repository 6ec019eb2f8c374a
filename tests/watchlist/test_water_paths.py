"""Ways by sea for the map, where there are any."""

import pandas as pd
import shapely

from darkships.errors import SitesError
from darkships.watchlist.paths import water_paths


class Sea:
    def path(self, site, lon, lat):
        if lat > 50.0:
            raise SitesError("no way by sea")
        return shapely.LineString([(lon, lat), (0.0, 0.0)])


def test_an_end_without_a_way_costs_its_own_line_only(tmp_path):
    ends = {"off_lon": 1.0, "off_lat": [2.0, 60.0], "on_lon": 3.0, "on_lat": [60.0, None]}
    of_lead = {"lead_id": ["DS-1", "DS-2"], "mmsi": [1, 2], "site": "Rajin", "data_label": ""}
    found = water_paths(pd.DataFrame({**of_lead, **ends}), Sea())
    assert found[["lead_id", "leg"]].to_numpy().tolist() == [
        ["DS-1", "to the site"],
        ["DS-1", "from the site"],
        ["DS-2", "to the site"],
    ]
    assert [None if way is None else way.wkt for way in found.geometry] == ["LINESTRING (1 2, 0 0)", None, None]
    found.to_parquet(tmp_path / "paths.parquet")


def test_no_way_at_all_is_no_error(tmp_path):
    lead = {"lead_id": ["DS-2"], "mmsi": [2], "site": "Rajin", "data_label": "", "off_lon": 1.0, "off_lat": 60.0}
    found = water_paths(pd.DataFrame({**lead, "on_lon": None, "on_lat": None}), Sea())
    assert found.geometry.isna().all()
    found.to_parquet(tmp_path / "paths.parquet")
