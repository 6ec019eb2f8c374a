"""A sample of each dialect of commercial interfaces: content, positions and static reports that it gives."""

from dialect_rows import MOVING, SHIP, document, lines, table

SAMPLES = {
    "marinetraffic-api": (
        document(
            [
                {
                    "MMSI": "273000001",
                    "STATUS": "0",
                    "SPEED": "125",
                    "LON": "131.25",
                    "LAT": "42.5",
                    "COURSE": "241",
                    "HEADING": "243",
                    "TIMESTAMP": "2023-05-06T07:08:09",
                    "SHIP_ID": "7",
                    "DSRC": "SAT",
                    "DRAUGHT": "75",
                    "LENGTH": "120",
                    "SHIPNAME": "SHADOW",
                }
            ]
        ),
        [{**SHIP, "sog": 12.5, "cog": 241, "heading": 243, "nav_status": 0, "receiver": "satellite"}],
        [{"name": "SHADOW", "draught_m": 7.5, "length_m": 120}],
    ),
    "marinetraffic-csv": (
        table("""
MMSI,IMO,SHIP_ID,LAT,LON,SPEED,HEADING,COURSE,STATUS,TIMESTAMP,DRAUGHT
273000001,9074729,7,42.5,131.25,12.5,243,241,0,2023-05-06 07:08:09,7.5
"""),
        [{**SHIP, "sog": 12.5, "cog": 241}],
        [{"imo": 9074729, "draught_m": 7.5}],
    ),
    "vesselfinder": (
        document(
            [
                {
                    "AIS": {
                        "MMSI": 273000001,
                        "TIMESTAMP": "2023-05-06 07:08:09 UTC",
                        "LATITUDE": 42.5,
                        "LONGITUDE": 131.25,
                        "COURSE": 360.0,
                        "SPEED": 12.5,
                        "HEADING": 511,
                        "NAVSTAT": 0,
                        "IMO": 9074729,
                        "NAME": "SHADOW",
                        "A": 100,
                        "B": 20,
                        "C": 8,
                        "D": 10,
                        "DRAUGHT": 7.5,
                        "SRC": "SAT",
                    }
                }
            ]
        ),
        [{**SHIP, "sog": 12.5, "cog": None, "heading": None, "receiver": "satellite"}],
        [{"name": "SHADOW", "length_m": 120, "beam_m": 18, "draught_m": 7.5}],
    ),
    "myshiptracking": (
        table("""
MMSI,IMO,LAT,LNG,HEADING,COURSE,SPEED,ROT,TIMESTAMP,SRC
273000001,9074729,42.5,131.25,243,241.5,12.5,0,2023-05-06T07:08:09Z,TER
"""),
        [{**MOVING, "receiver": "terrestrial"}],
        [{"imo": 9074729}],
    ),
    "datalastic": (
        document(
            {
                "data": {
                    "uuid": "x",
                    "name": "SHADOW",
                    "mmsi": "273000001",
                    "imo": "9074729",
                    "positions": [
                        {
                            "lat": 42.5,
                            "lon": 131.25,
                            "speed": 12.5,
                            "course": 241.5,
                            "heading": 243,
                            "destination": "RAJIN",
                            "last_position_epoch": 1683356889,
                            "last_position_UTC": "2023-05-06T07:08:09Z",
                        },
                        {
                            "lat": 42.75,
                            "lon": 131.25,
                            "speed": 0,
                            "course": None,
                            "heading": None,
                            "destination": None,
                            "last_position_epoch": 1683356800,
                            "last_position_UTC": "2023-05-06T07:06:40Z",
                        },
                    ],
                },
                "meta": {"success": True},
            }
        ),
        [MOVING, {"mmsi": 273000001, "lat": 42.75, "sog": 0, "cog": None}],
        [{"name": "SHADOW", "imo": 9074729}, {"destination": "RAJIN"}],
    ),
    "vesselapi": (
        document(
            {
                "vesselPositions": [
                    {
                        "cog": 241.5,
                        "heading": 243,
                        "imo": 9074729,
                        "latitude": 42.5,
                        "longitude": 131.25,
                        "location": {"type": "Point", "coordinates": [131.25, 42.5]},
                        "mmsi": 273000001,
                        "nav_status": 0,
                        "processed_timestamp": "2023-05-06T07:09:00Z",
                        "sog": 12.5,
                        "suspected_glitch": True,
                        "timestamp": "2023-05-06T07:08:09Z",
                        "vessel_name": "SHADOW",
                    }
                ],
                "nextToken": "x",
            }
        ),
        [{**MOVING, "nav_status": 0, "flags": 128}],
        [{"name": "SHADOW", "imo": 9074729}],
    ),
    "gfw-messages": (
        lines(
            {
                "ssvid": "273000001",
                "msgid": "a",
                "seg_id": "s",
                "timestamp": 1683356889.0,
                "lat": "42.5",
                "lon": "131.25",
                "course": "241.5",
                "speed_knots": "12.5",
                "type": "AIS.18",
                "receiver_type": "terrestrial",
            },
            {
                "ssvid": "273000001",
                "msgid": "b",
                "seg_id": "s",
                "timestamp": 1683356890,
                "lat": None,
                "lon": None,
                "ais_class": "A",
                "receiver_type": "satellite",
            },
        ),
        [
            {**SHIP, "sog": 12.5, "cog": 241.5, "msg_type": 18, "ais_class": "B", "receiver": "terrestrial"},
            {"lat": None, "ais_class": "A", "receiver": "satellite"},
        ],
        [],
    ),
}
