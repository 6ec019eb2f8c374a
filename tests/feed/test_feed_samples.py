"""Every real sample: what it is found to be, or what the refusal says (the order of FORMATS.md, section 9)."""

import pytest

from darkships.errors import FeedError
from darkships.feed import detect_format

FOUND = {
    "aisstream_position_2022.json": "aisstream",
    "baltic_apr2018_20k.csv": "helcom",
    "digitraffic_vessel_location.json": "digitraffic",
    "dma_aisdk_20180208_sample.csv": "dma",
    "dma_aisdk_2017_2018_2023_2025_2026_rows_from_repos.csv": "dma",
    "dma_aisdk_2018_22col_rows.csv": "dma",
    "dma_oresund_20181119.csv": "nmea",
    "dma_stream_example_pghp_bsvdm.txt": "nmea",
    "exactearth_archive_20210701_head200.csv": "exactearth-archive",
    "exactearth_gws_lvi.json": "exactearth-gws",
    "gfw_pipe_gaps_messages.jsonl": "gfw-messages",
    "gfw_ssvid-243042594-10-days.json": "gfw-messages",
    "kystverket_tagblock.nmea": "nmea",
    "libais_tagblock.nmea": "nmea",
    "libais_typeexamples.nmea": "nmea",
    "noaa_csv2_rows_from_repos.csv": "marinecadastre-csv2",
    "noaa_legacy_2022_rows.csv": "marinecadastre-legacy",
    "noaa_marinecadastre_legacy_AISdb_test_20230111.csv": "marinecadastre-legacy",
    "pghp_gatehouse.nmea": "nmea",
    "pyais_sample.ais": "nmea",
    "spire_exactearth_tagblock_20211101.nm4": "nmea",
    "uscg_nais_trailing_fields_201201.nmea": "nmea",
}
REFUSED = {
    "README.txt": "not recognised",
    "ai2_vessel_detection_sentinel1_predictions.csv": "AI2 Skylight vessel detections in satellite images",
    "ai2_vessel_detection_sentinel2_predictions.csv": "AI2 Skylight vessel detections in satellite images",
    "aisstream_type-definition.yaml": "not recognised",
    "amsa_cts_2023_rows.csv": "AMSA craft tracking: CRAFT_ID .* no MMSI",
    "arctic_2023-08-08.csv": "no column for timestamp.*bs_ts",
    "gfw_api_4wings_item.json": "activity report",
    "gfw_api_event_item.json": "gap events.*darkships explain --events",
    "gfw_api_vessel_item.json": "vessel identities",
    "gfw_pipe_gaps_gaps_schema.json": "schema of a table",
    "mt_toolbox_sample.csv.bz2": "no column for lat, lon.*channel_code",
    "ofac_sdn_vessel_rows.csv": "SDN list of OFAC",
}


@pytest.mark.parametrize("name", FOUND)
def test_a_real_sample_is_recognised_by_its_content(sample, name, tmp_path):
    assert detect_format(sample(name)) == FOUND[name]
    nameless = tmp_path / "a"
    nameless.write_bytes(sample(name).read_bytes())
    assert detect_format(nameless) == FOUND[name]


@pytest.mark.parametrize("name", REFUSED)
def test_a_sample_that_is_no_feed_is_refused_by_what_it_is(sample, name):
    with pytest.raises(FeedError, match=REFUSED[name]):
        detect_format(sample(name))


def test_no_sample_is_forgotten(sample):
    folder = sample("README.txt").parent
    assert {path.name for path in folder.iterdir() if path.is_file()} == {*FOUND, *REFUSED}


def test_the_real_exactearth_archive_gives_every_message_type(whole, sample):
    got = whole(sample("exactearth_archive_20210701_head200.csv"))
    assert (got.positions.num_rows, got.reasons) == (197, {"mmsi": 2})  # two search aircraft of four digits
    rows = {row["msg_type"]: row for row in got.positions.to_pylist()}
    assert {1, 3, 4, 5, 18, 19, 21, 24, 25, 27} <= set(rows)
    assert {kind: rows[kind]["ais_class"] for kind in (1, 18, 4, 21, 5)} == {
        1: "A", 18: "B", 4: "BASE", 21: "ATON", 5: "A",
    }  # fmt: skip
    first = got.positions.to_pylist()[0]
    assert (first["mmsi"], f"{first['timestamp']:%H:%M:%S.%f}") == (432905000, "18:51:51.680000")
    (ship,) = [s for s in got.statics.to_pylist() if s["mmsi"] == 538007407]
    assert (ship["name"], ship["callsign"], ship["imo"], ship["ship_type"]) == ("GH ZONDA", "V7MF3", 9436472, 71)
    assert (ship["length_m"], ship["beam_m"], ship["draught_m"], ship["eta"]) == (
        231,
        32,
        pytest.approx(8.7),
        "06-30 19:00",
    )
    assert (ship["to_bow_m"], ship["to_port_m"], ship["epfd"], ship["ais_version"]) == (182, 24, 1, 2)


def test_the_real_digitraffic_answer(whole, sample):
    got = whole(sample("digitraffic_vessel_location.json"))
    assert (got.positions.num_rows, got.reasons) == (1136, {"mmsi": 2})
    first = got.positions.to_pylist()[0]
    assert (first["mmsi"], first["lat"], first["lon"]) == (354298000, 60.454183, 22.119075)
    assert (first["cog"], first["heading"], first["nav_status"], first["rot_deg_min"]) == (None, 219, 8, None)
    assert (first["utc_second"], first["flags"], f"{first['timestamp']:%Y-%m-%d %H:%M:%S.%f}") == (
        10, 3, "2024-05-13 11:02:11.198000",
    )  # fmt: skip


def test_the_real_baltic_rows_have_sizes_and_draughts(whole, sample):
    got = whole(sample("baltic_apr2018_20k.csv"))
    (ship, *_) = [s for s in got.statics.to_pylist() if s["mmsi"] == 205366000]
    assert (ship["name"], ship["length_m"], ship["beam_m"], ship["draught_m"]) == ("TEMSE", 142, 21, pytest.approx(6.2))
    assert got.feed.warnings == []
