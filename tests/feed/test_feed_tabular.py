"""MarineCadastre, DMA and mapped CSV: what becomes of each column, contact and sentinel."""

from datetime import UTC, datetime

import pytest

from darkships.errors import FeedError

LEGACY = """MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,\
Status,Length,Width,Draft,Cargo,TransceiverClass
538001234,2023-01-11T00:00:01,33.5,-118.25,10.4,149.9,152.0,TEST ONE,IMO9074729,V7AA1,70,0.0,192,30,7.6,70,A
338000001,2023-01-11T00:00:02,33.25,-118.5,102.3,360.0,511.0,BOAT@@,IMO0000000,,1019,,0,0.0,,,B
"""
CSV2 = """mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,vessel_type,\
status,length,width,draft,cargo,transceiver
338000001,2026-03-31 00:00:00,-82.5,38.25,0.1,295.2,100,CAPT TEST,,WDK0000,31,12,20,8,3.3,,A
338000001,2026-03-31 00:01:10,-82.75,38.5,,,,CAPT TEST,,WDK0000,31,15,20,8,3.3,,A
"""
DMA_HEADER = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    "Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type,A,B,C,D"
)
DMA = f"""{DMA_HEADER}
18/03/2023 00:00:00,Base Station,2190064,56.75,11.5,Unknown value,,,,,Unknown,,,Undefined,,,,GPS,,,,AIS,,,,
18/03/2023 00:00:01,Class A,219000001,55.25,14.5,Moored,0.7,12.5,241.8,241,Unknown,,,Undefined,,,,Undefined,,,,AIS,,,,
18/03/2023 00:00:02,Class A,219000002,91,0,Unknown value,,,,,9074729,OXAA2,"GUARD, SHIP",Cargo,\
,8,23,GPS,1.9,SKAGEN,20/03/2023 21:00:00,AIS,16,7,5,3
18/03/2023 00:00:03,AtoN,992190001,91,181,Unknown value,,,,,Unknown,Unknown,,Undefined,,,,GPS,,Unknown,,AIS,,,,
"""


def _time(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_marinecadastre_legacy(whole, write):
    got = whole(write(LEGACY))
    assert got.feed.format == "marinecadastre-legacy"
    assert "lat=LAT" in got.feed.mapping
    assert got.rows("mmsi", "timestamp", "lat", "lon", "cog", "heading", "nav_status", "ais_class", "offset") == [
        (538001234, _time(2023, 1, 11, 0, 0, 1), 33.5, -118.25, pytest.approx(149.9), 152, 0, "A", 1),
        (338000001, _time(2023, 1, 11, 0, 0, 2), 33.25, -118.5, None, None, None, "B", 2),
    ]
    assert got.positions["sog"].to_pylist() == [pytest.approx(10.4), None]
    assert got.positions["n_receptions"].to_pylist() == [1, 1]
    assert got.positions["receiver"].to_pylist() == ["unknown", "unknown"]
    boat, ship = got.statics.to_pylist()
    assert (ship["imo"], ship["name"], ship["callsign"], ship["ship_type"]) == (9074729, "TEST ONE", "V7AA1", 70)
    assert (ship["length_m"], ship["beam_m"], ship["draught_m"]) == (192, 30, pytest.approx(7.6))
    assert (boat["imo"], boat["name"], boat["callsign"], boat["ship_type"], boat["length_m"]) == (
        None,
        "BOAT",
        None,
        37,
        None,
    )


def test_marinecadastre_legacy_of_sixteen_columns_with_status_in_words(whole, write):
    lines = [line.rsplit(",", 1)[0] for line in LEGACY.splitlines()]
    lines[1] = lines[1].replace(",0.0,192", ",under way using engine,192")
    got = whole(write("\n".join(lines)))
    assert got.rows("nav_status", "ais_class") == [(0, None), (None, None)]


def test_marinecadastre_csv2_has_longitude_first_and_repeats_identity(whole, write):
    got = whole(write(CSV2))
    assert got.feed.format == "marinecadastre-csv2"
    assert got.rows("lat", "lon", "heading", "nav_status") == [(38.25, -82.5, 100, 12), (38.5, -82.75, None, None)]
    (static,) = got.statics.to_pylist()
    assert (static["timestamp"], static["last_seen"]) == (_time(2026, 3, 31), _time(2026, 3, 31, 0, 1, 10))
    assert static["n_reports"] == 2


def test_dma_static_rows_are_contacts_and_statics(whole, write):
    got = whole(write(DMA))
    assert got.feed.format == "dma"
    assert got.rows("mmsi", "lat", "lon", "ais_class", "nav_status") == [
        (2190064, 56.75, 11.5, "BASE", None),
        (219000001, 55.25, 14.5, "A", 5),
        (219000002, None, None, "A", None),
        (992190001, None, None, "ATON", None),
    ]
    assert got.positions["timestamp"][3].as_py() == _time(2023, 3, 18, 0, 0, 3)
    (static,) = got.statics.to_pylist()
    assert (static["name"], static["imo"], static["destination"]) == ("GUARD, SHIP", 9074729, "SKAGEN")
    assert (static["ship_type"], static["length_m"], static["beam_m"], static["eta"]) == (70, 23, 8, "2023-03-20 21:00")


def test_dma_with_an_index_column_and_without_the_last_four(whole, write):
    rows = DMA.replace(",A,B,C,D", "").replace(",,,,\n", "\n").replace(",16,7,5,3", "").splitlines()
    text = "\n".join(f"{i or ''},{row}" for i, row in enumerate(rows))
    assert whole(write(text)).positions.num_rows == 4


@pytest.mark.parametrize("width", [22, 26])
def test_dma_without_header_has_decimal_commas(whole, write, width):
    fields = ["23/06/2015 00:44:23", "Class A", "219000001", "56,125", "11,5", "Moored", "0,0", "6,8", "268,1", "264"]
    fields += [
        "9074729",
        "OXAA2",
        "ICE",
        "Cargo",
        "",
        "24",
        "129",
        "GPS",
        "6,5",
        "AARHUS",
        "23/06/2015 08:00:00",
        "AIS",
        *"1234",
    ]
    got = whole(write(";".join(fields[:width]) + "\n"))
    assert got.feed.format == "dma-headerless"
    assert got.rows("lat", "lon", "cog", "offset") == [(56.125, 11.5, pytest.approx(268.1), 1)]
    assert got.statics["draught_m"].to_pylist() == [6.5]


MAPPED = "who;when;la;lo;v\n366000001;1672531200;10.5;-20.5;3.5\n366000001;1672531260000;10.75;-20.25;NaN\n"


def test_mapped_columns_and_epochs_by_magnitude(whole, write):
    names = {"mmsi": "who", "timestamp": "when", "lat": "la", "lon": "lo", "sog": "v"}
    got = whole(write(MAPPED), column_map=names, receiver="satellite")
    assert got.feed.format == "mapped"
    assert got.rows("timestamp", "lat", "lon", "sog", "receiver") == [
        (_time(2023, 1, 1), 10.5, -20.5, 3.5, "satellite"),
        (_time(2023, 1, 1, 0, 1), 10.75, -20.25, None, "satellite"),
    ]


def test_headers_that_leave_no_doubt_are_accepted(whole, write):
    text = (
        "Time UTC,VesselMMSI,Lng,Latitude,Speed over ground,collection_type,station,ship_type,eta\n"
        "2023-05-06T07:08:09.5+02:00,366000001,-20.5,10.5,7,S-AIS,alpha,Tanker,05-07 12:00\n"
    )
    got = whole(write(text))
    assert got.feed.format == "mapped"
    assert got.rows("timestamp", "lat", "lon", "sog", "receiver", "station") == [
        (_time(2023, 5, 6, 5, 8, 9, 500000), 10.5, -20.5, 7, "satellite", "alpha")
    ]
    assert got.statics.select(["ship_type", "eta"]).to_pylist() == [{"ship_type": 80, "eta": "05-07 12:00"}]


def test_a_speed_without_unit_is_left_out_and_told(whole, write):
    got = whole(write("mmsi,time,lat,lon,speed\n366000001,2023-05-06 07:08:09,10,20,77\n"))
    assert got.positions["sog"].to_pylist() == [None]
    assert any("'speed'" in warning and "sog" in warning for warning in got.feed.warnings)


def test_two_columns_that_could_be_the_time_are_refused(whole, write):
    with pytest.raises(FeedError, match="'time' and 'timestamp' could each be the timestamp"):
        whole(write("mmsi,time,timestamp,lat,lon\n"))


@pytest.mark.parametrize(
    ("column_map", "message"),
    [
        ({"mmsi": "who"}, "does not name timestamp, lat, lon"),
        (
            {"mmsi": "who", "timestamp": "when", "lat": "la", "lon": "nowhere"},
            "'nowhere', named by --map, is not there",
        ),
        ({"mmsi": "who", "timestamp": "when", "lat": "la", "lon": "lo", "velocity": "v"}, "--map names velocity"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(whole, write, column_map, message):
    with pytest.raises(FeedError, match=message):
        whole(write(MAPPED), column_map=column_map)


def test_pitfall_6_slash_dates_are_decided_by_evidence(whole, write):
    head, row = "mmsi,time,lat,lon\n", "366000001,{} 01:02:03,10,20\n"
    day_first = whole(write(head + row.format("04/05/2023") + row.format("13/05/2023")))
    assert day_first.positions["timestamp"][0].as_py() == _time(2023, 5, 4, 1, 2, 3)
    month_first = whole(write(head + row.format("04/05/2023") + row.format("04/13/2023")))
    assert month_first.positions["timestamp"][0].as_py() == _time(2023, 4, 5, 1, 2, 3)


def test_pitfall_6_slash_dates_without_evidence_are_refused_and_the_map_can_say(whole, write):
    path = write("mmsi,time,lat,lon\n366000001,04/05/2023 01:02:03,10,20\n")
    with pytest.raises(FeedError, match="timestamp_dmy"):
        whole(path)
    names = {"mmsi": "mmsi", "lat": "lat", "lon": "lon"}
    assert whole(path, column_map={**names, "timestamp_mdy": "time"}).rows("timestamp") == [
        (_time(2023, 4, 5, 1, 2, 3),)
    ]
    assert whole(path, column_map={**names, "timestamp_dmy": "time"}).rows("timestamp") == [
        (_time(2023, 5, 4, 1, 2, 3),)
    ]


@pytest.mark.parametrize(
    ("name", "format_", "rows"),
    [
        ("noaa_legacy_2022_rows.csv", "marinecadastre-legacy", 3),
        ("noaa_marinecadastre_legacy_AISdb_test_20230111.csv", "marinecadastre-legacy", 299),
        ("noaa_csv2_rows_from_repos.csv", "marinecadastre-csv2", 1),
        ("dma_aisdk_2017_2018_2023_2025_2026_rows_from_repos.csv", "dma", 8),
        ("dma_aisdk_2018_22col_rows.csv", "dma", 3),
        ("dma_aisdk_20180208_sample.csv", "dma", 10),
        ("baltic_apr2018_20k.csv", "helcom", 19_999),
    ],
)
def test_real_samples_are_read_whole(whole, sample, name, format_, rows):
    got = whole(sample(name))
    assert (got.feed.format, got.positions.num_rows, got.quarantine.num_rows) == (format_, rows, 0)


def test_real_rows_keep_their_values(whole, sample):
    got = whole(sample("noaa_legacy_2022_rows.csv"))
    assert got.rows("mmsi", "lat", "lon", "heading", "nav_status", "ais_class")[0] == (
        538009563,
        29.23668,
        -116.63519,
        152,
        0,
        "A",
    )
    assert {(s["mmsi"], s["imo"], s["name"]) for s in got.statics.to_pylist()} >= {
        (538009563, 9869693, "DEL MONTE PRIDE")
    }


def test_a_real_csv_with_an_unknown_time_column_names_what_is_missing_and_takes_a_map(whole, sample):
    path = sample("arctic_2023-08-08.csv")
    with pytest.raises(FeedError, match="no column for timestamp"):
        whole(path)
    columns = {
        "mmsi": "mmsi",
        "timestamp": "bs_ts",
        "lat": "lat",
        "lon": "lon",
        "nav_status": "nav_status",
        "ship_type": "shiptype",
    }
    got = whole(path, column_map=columns)
    assert got.positions.num_rows > 21_000
    assert not [w for w in got.feed.warnings if "could not be read" in w]
