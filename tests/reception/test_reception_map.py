"""The reception map: counts of made-up ships (synthetic), as a table and as a picture."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from test_outages import analysed, between, traffic

from darkships.cli import main
from darkships.reception.map import draw_map
from darkships.schema import RECEPTION


@pytest.fixture
def table(tmp_path):
    """Return a sea in which each ship is heard in all hours but three of 48."""
    return analysed(tmp_path, traffic(lambda n, h: between(10.0 + n, 12.0 + n)(n, h), days=2)).reception


def test_hours_are_counted_by_cell_month_and_class(table):
    (row,) = table.to_dict("records")
    assert list(table.columns) == RECEPTION.names
    assert (row["month"], row["ais_class"], row["west_lon"], row["south_lat"]) == ("2023-09", "A", 130.25, 42.0)
    assert (row["vessel_hours"], row["heard_hours"]) == (8 * 47, 8 * 45)  # not the first
    assert (row["satellite_hours"], row["long_range_hours"]) == (0, 0)
    assert row["p_heard"] == pytest.approx(46 / 48, abs=0.05)


def test_the_map_is_drawn(table, tmp_path):
    far = table.assign(west_lon=132.25, east_lon=132.5, ais_class="B")
    draw_map(pd.concat([table, far]), tmp_path / "map.png")
    draw_map(table.iloc[:0], tmp_path / "empty.png")
    sizes = [(tmp_path / name).stat().st_size for name in ("map.png", "empty.png")]
    assert min(sizes) > 1000


def test_commands_write_the_map_and_the_outages(tmp_path):
    analysed(tmp_path, traffic(between(22.0, 30.0)))

    def run(*args):
        result = CliRunner().invoke(main, [*args, "--store", str(tmp_path / "store")], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    assert run("reception", "--out", str(tmp_path / "map.parquet")) == ""
    found = gpd.read_parquet(tmp_path / "map.parquet")
    assert found.geometry.bounds.to_numpy() == pytest.approx(np.array([[130.25, 42.0, 130.5, 42.25]]))
    run("reception", "--out", str(tmp_path / "map.png"))
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert run("reception").startswith("month,ais_class,west_lon")
    assert "2023-09-07T22:00:00Z,2023-09-08T06:00:00Z,false,true" in run("outages")
