"""The stage commands: tables on stdout and in files, as the contract names them."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pytest
import world

from darkships.schema import ALTERNATIVES, TABLES

# The contract that others build on, as the design lists it: these columns first, in this order.
CONTRACT = {
    "gaps": "gap_id mmsi track_id off_timestamp off_lat off_lon off_sog_kn off_cog_deg on_timestamp on_lat on_lon "
    "on_sog_kn on_cog_deg is_open duration_h distance_nm implied_speed_kn fixes_12h_before",
    "tracks": "mmsi timestamp lat lon track_id",
    "visits": "gap_id mmsi off_timestamp on_timestamp is_open site site_group probability reachable slack_h "
    "sea_distance_off_nm sea_distance_on_nm earliest_arrival latest_departure",
    "watchlist": "rank lead_id probability expected_round_trips expected_round_trips_low expected_round_trips_high "
    "mmsi imo name callsign flag ship_type length_m site site_group off_timestamp on_timestamp is_open duration_h "
    "slack_h max_round_trips earliest_arrival latest_departure evidence_for evidence_against best_alternative "
    "next_image_from next_image_to store_version as_of",
}
STAGES = {"tracks": "tracks", "gaps": "gaps", "visits": "visits", "trips": "trips", "score": "leads"}
COMMANDS = {**STAGES, "watchlist": "watchlist"}
GEOMETRY = {"tracks": {"Point"}, "gaps": {"LineString", "Point"}, "watchlist": {"Polygon"}}


@pytest.fixture
def stage(shared_store, sites_file, sea_cache, invoke):
    """Return a function that runs a stage command on the small world."""

    def run(command, *options):
        where = [] if command in {"tracks", "gaps"} else ["--sites", sites_file]
        return invoke(command, "--store", shared_store, *where, *options)

    return run


def table(text):
    return pd.read_csv(io.StringIO(text))


def columns_of(command):
    """Return the declared columns and, as in every output, what it was made from."""
    return list(dict.fromkeys([*TABLES[COMMANDS[command]].names, "store_version", "as_of"]))


@pytest.mark.parametrize("command", COMMANDS)
def test_stdout_carries_the_declared_table_and_nothing_else(stage, command):
    result = stage(command)
    found = table(result.stdout)
    assert list(found.columns) == columns_of(command)
    assert len(found) > 0
    assert result.stderr == ""
    assert result.stdout == stage(command, "--out", "-").stdout


def test_honest_ships_have_no_flags(shared_store, invoke):
    found = table(invoke("flags", "--store", shared_store).stdout)
    assert list(found.columns) == [*TABLES["flags"].names, "store_version", "as_of"]
    assert found.empty


@pytest.mark.parametrize("command", CONTRACT)
def test_the_contracts_columns_come_first_and_in_its_order(stage, command):
    names = CONTRACT[command].split()
    assert table(stage(command).stdout).columns[: len(names)].tolist() == names


@pytest.mark.parametrize("command", COMMANDS)
def test_every_format_holds_the_same_rows(stage, command, tmp_path):
    for suffix in ("csv", "parquet", "geojson"):
        result = stage(command, "--out", tmp_path / f"out.{suffix}")
        assert (result.stdout, result.stderr) == ("", "")
    printed = stage(command)
    assert (tmp_path / "out.csv").read_bytes() == printed.stdout_bytes
    parquet = pq.read_table(tmp_path / "out.parquet")
    declared = TABLES[COMMANDS[command]]
    assert parquet.column_names == columns_of(command)
    assert [parquet.schema.field(c.name).type for c in declared.columns] == [c.type for c in declared.columns]
    features = json.loads((tmp_path / "out.geojson").read_text(encoding="utf-8"))["features"]
    assert len(features) == parquet.num_rows == len(table(printed.stdout))
    assert [list(feature["properties"]) for feature in features] == [columns_of(command)] * len(features)
    kinds = {feature["geometry"]["type"] for feature in features if feature["geometry"]}
    assert kinds == GEOMETRY.get(command, set())
    assert gpd.read_file(tmp_path / "out.geojson")["mmsi"].tolist() == parquet["mmsi"].to_pylist()


@pytest.mark.parametrize("command", COMMANDS)
def test_made_again_the_bytes_are_the_same(stage, command, tmp_path):
    for suffix in ("csv", "parquet", "geojson"):
        for name in ("one", "two"):
            stage(command, "--out", tmp_path / f"{name}.{suffix}")
        assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"two.{suffix}").read_bytes()


def test_the_gaps_are_those_that_the_world_was_made_with(stage):
    gaps = table(stage("gaps").stdout).set_index("mmsi")
    assert gaps["duration_h"].to_dict() == {world.SHUTTLE: 60.0, world.ANCHORED: 10.0, world.OPEN: 51.0}
    assert gaps.index[gaps["is_open"]].tolist() == [world.OPEN]
    assert gaps.loc[world.SHUTTLE, "off_timestamp"] == "2023-09-07T05:00:00Z"
    assert gaps.loc[world.SHUTTLE, "on_timestamp"] == "2023-09-09T17:00:00Z"
    assert gaps.loc[world.SHUTTLE, ["off_lat", "off_lon"]].tolist() == [42.3, 131.4]
    assert gaps.loc[world.SHUTTLE, "distance_nm"] == 0.0
    assert gaps.loc[world.SHUTTLE, "fixes_12h_before"] == 11
    assert gaps.loc[world.OPEN, ["on_timestamp", "on_lat", "implied_speed_kn"]].isna().all()


@pytest.mark.parametrize(("least_h", "vessels"), [(4, 4), (5, 4), (5.001, 3), (12, 2), (51.5, 1), (60.001, 0)])
def test_min_gap_h(stage, least_h, vessels):
    assert len(table(stage("gaps", "--min-gap-h", least_h).stdout)) == vessels


def test_as_of_hides_what_came_later(stage):
    tracks = table(stage("tracks", "--as-of", "2023-09-08").stdout)
    assert tracks["timestamp"].max() == "2023-09-08T00:00:00Z"
    assert len(tracks) == sum(row[0] <= 24 for row in world.rows())
    gaps = table(stage("gaps", "--as-of", "2023-09-08T00:00:00Z").stdout).set_index("mmsi")
    assert gaps["is_open"].to_dict() == {world.SHUTTLE: True}  # not yet silent for 6 h: ANCHORED
    assert gaps.loc[world.SHUTTLE, "duration_h"] == 19.0
    leads = table(stage("watchlist", "--as-of", "2023-09-08T00:00").stdout)
    assert leads["mmsi"].tolist() == [world.SHUTTLE]
    assert leads["as_of"].tolist() == ["2023-09-08T00:00:00Z"]
    assert pd.isna(leads["draught_change_m"]).all()  # nobody could know the draught after it


def test_as_of_takes_other_offsets_and_lies_within_reason(stage):
    utc = stage("gaps", "--as-of", "2023-09-08T15:00:00Z").stdout
    assert stage("gaps", "--as-of", "2023-09-09T00:00:00+09:00").stdout == utc


def test_as_of_after_the_data_lengthens_what_is_open(stage):
    gaps = table(stage("gaps", "--as-of", "2023-09-12").stdout).set_index("mmsi")
    assert gaps.loc[world.OPEN, "duration_h"] == 75.0
    assert gaps.loc[world.LINER, "duration_h"] == 24.0  # nobody is heard any more


def test_the_probabilities_of_a_gap_add_up_to_one(stage):
    visits = table(stage("visits").stdout)
    gaps = visits.groupby("gap_id")
    alternatives = gaps[[f"p_{name}" for name in ALTERNATIVES]]
    assert (alternatives.max() == alternatives.min()).all(axis=None)  # they stand in every row of a gap
    total = gaps["probability"].sum() + alternatives.first().sum(axis=1)
    assert total.to_numpy() == pytest.approx(1.0, abs=6e-4)  # seven numbers of four decimals
    assert visits["probability"].between(0, 1).all()


def test_visits_know_what_could_be_reached(stage):
    visits = table(stage("visits").stdout).set_index(["mmsi", "site"])
    west = visits.loc[(world.SHUTTLE, "West Port")]
    # The great circle from the off fix to the port is 49.2 nm; by sea it is a little more.
    assert 49 < west["sea_distance_off_nm"] < 53
    assert west["sea_distance_off_nm"] == west["sea_distance_on_nm"]
    assert west["slack_h"] == pytest.approx(
        60 - 2 * west["sea_distance_off_nm"] / west["cruise_kn"], abs=0.06
    )  # a speed of one decimal
    assert west["off_timestamp"] < west["earliest_arrival"] < west["latest_departure"] < west["on_timestamp"]
    assert west["reachable"]
    assert west["draught_before_m"] == 5.0
    assert west["draught_after_m"] == 7.5


def test_the_watchlist_ranks_the_one_that_came_back_deeper_first(stage):
    leads = table(stage("watchlist").stdout)
    assert leads["rank"].tolist() == list(range(1, len(leads) + 1))
    assert leads["mmsi"].tolist()[:2] == [world.SHUTTLE, world.OPEN]
    assert leads["probability"].is_monotonic_decreasing
    first = leads.iloc[0]
    assert (first["name"], first["imo"], first["imo_valid"]) == ("SHADOW", 9074729, True)
    assert first["site"] == "West Port"
    assert first["draught_change_m"] == 2.5
    assert "consistent with" in first["evidence_for"]
    assert "visited" not in " ".join(leads[["evidence_for", "evidence_against", "best_alternative"]].astype(str).sum())


def test_top_and_min_probability(stage):
    every = table(stage("watchlist").stdout)
    assert len(every) >= 3
    pd.testing.assert_frame_equal(table(stage("watchlist", "--top", 2).stdout), every.head(2), check_dtype=False)
    least = float(every["probability"].iloc[1])
    kept = table(stage("watchlist", "--min-probability", least - 1e-3).stdout)
    assert kept["mmsi"].tolist() == every["mmsi"].tolist()[:2]
    assert stage("watchlist", "--min-probability", 1).stdout.count("\n") == 1


def test_an_existing_file_is_replaced_and_nothing_is_left_beside_it(stage, tmp_path):
    out = tmp_path / "gaps.csv"
    out.write_text("old", encoding="utf-8")
    stage("gaps", "--out", out)
    assert out.read_text(encoding="utf-8").startswith("gap_id,")
    assert [path.name for path in tmp_path.iterdir()] == ["gaps.csv"]


def test_a_list_of_sites_can_be_several(stage, shared_store, sites_file, tmp_path, invoke):
    parts = [
        world.write_sites(tmp_path / f"{name.split()[0]}.geojson", {name: place}) for name, place in world.SITES.items()
    ]
    both = invoke("visits", "--store", shared_store, "--sites", ",".join(map(str, parts))).stdout
    assert both == stage("visits").stdout


def whole_program(*args, **options):
    program = "from darkships.cli import main; main(prog_name='darkships')"
    command = [sys.executable, "-c", program, *map(str, args)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **options)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("command", [["gaps"], ["store", "info"]], ids=" ".join)
def test_a_full_disk_is_told(shared_store, command):
    with Path("/dev/full").open("wb") as full, whole_program(*command, "--store", shared_store, stdout=full) as process:
        _, told = process.communicate()
    assert process.returncode == 1
    assert b"Error: the output cannot be written: No space left on device" in told
    assert b"Traceback" not in told


def test_a_reader_that_has_enough_ends_it_quietly(shared_store):
    reader, writer = os.pipe()
    os.close(reader)
    with whole_program("tracks", "--store", shared_store, stdout=writer) as process:
        os.close(writer)
        _, told = process.communicate()
    assert process.returncode == 1
    assert told == b""
