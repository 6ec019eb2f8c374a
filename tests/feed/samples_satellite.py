"""A sample of each dialect of satellite providers: content, positions and static reports that it gives."""

from dialect_rows import MOVING, T, document, lines, table

SAMPLES = {
    "exactearth-archive": (
        table("""
MMSI,Message_ID,Repeat_indicator,Time,Millisecond,Vessel_Name,Draught,ROT,SOG,Longitude,Latitude,COG,Heading,ETA_month,ETA_day,\
ETA_hour,ETA_minute
"273000001","1","0","20230506_070809","680","None","None","-731.39","12.5","131.25","42.5","241.5","243.0","None","","",""
"273000001","5","0","20230506T070809Z","0","SHADOW    ","87","","None","None","None","None","None","5","9","6","30"
"273000001","5","0","20230506_070810","0","SHADOW    ","87","","None","181","91","None","None","0","0","24","60"
"""),
        [
            {**MOVING, "timestamp": T.replace(microsecond=680000), "rot_deg_min": None},
            {"lat": None, "msg_type": 5},
            {"lat": None, "msg_type": 5},
        ],
        [{"name": "SHADOW", "draught_m": 8.7, "eta": "05-09 06:30"}, {"eta": None}],
    ),
    "exactearth-gws": (
        lines(
            {
                "mmsi": "273000001",
                "imo": "9074729",
                "vessel_name": "SHADOW",
                "vessel_type": "Cargo",
                "vessel_type_code": "",
                "vessel_class": "A",
                "length": "120",
                "width": "18",
                "eta": "05090630",
                "draught": "7.5",
                "position": "POINT (42.5 131.25)",
                "longitude": "131.25",
                "latitude": "42.5",
                "sog": "12.5",
                "cog": "241.5",
                "heading": "243",
                "nav_status": "Under Way Using Engine",
                "nav_status_code": "",
                "source": "S-AIS",
                "dt_pos_utc": "2023-05-06 07:08:09",
                "dt_insert_utc": "2023-05-06 08:00:00",
                "message_type": "1",
            }
        ),
        [{**MOVING, "nav_status": 0, "receiver": "satellite", "ais_class": "A"}],
        [{"ship_type": 70, "eta": "05-09 06:30", "draught_m": 7.5}],
    ),
    "ungp": (
        table("""
mmsi,longitude,latitude,sog,cog,heading,dt_pos_utc,dt_insert_utc,source,H3_int_index_0
273000001,131.25,42.5,12.5,241.5,243,2023-05-06 07:08:09,2023-05-06 08:00:00,T-AIS,576988517884755967
"""),
        [{**MOVING, "receiver": "terrestrial"}],
        [],
    ),
    "spire-csv": (
        table("""
created_at,timestamp,mmsi,msg_type,latitude,longitude,speed,course,heading,rot,imo,name,draught,ship_and_cargo_type,\
collection_type,accuracy
2023-05-06T07:09:00Z,2023-05-06T07:08:09.250Z,273000001,1,42.5,131.25,12.5,241.5,243,-128,,,,,satellite,1
2023-05-06T07:09:00Z,2023-05-06T07:08:10Z,273000001,5,,,,,,,9074729,SHADOW,75,70,dynamic,
2023-05-06T07:09:00Z,2023-05-06T07:08:11Z,273000001,3,91,181,102.3,360,511,-128,,,,,terrestrial,0
"""),
        [
            {**MOVING, "timestamp": T.replace(microsecond=250000), "receiver": "satellite", "flags": 1},
            {"lat": None, "receiver": "vessel"},
            {"lat": None, "sog": None, "cog": None, "heading": None, "flags": 0},
        ],
        [{"imo": 9074729, "name": "SHADOW", "ship_type": 70, "draught_m": None}],
    ),
    "spire-messages": (  # synthetic
        document(
            {
                "paging": {"limit": 20000, "since": "MjAx", "actual": "2"},
                "data": [
                    {
                        "msg_type": 1,
                        "msg_id": "1683356889_273000001",
                        "course": 241.5,
                        "collection_type": "satellite",
                        "nmea": "!AIVDM,1,1,,A,16Ke9j701iHQ@DQnbtL01P<40000,0*22",
                        "rot": 0,
                        "id": "x",
                        "speed": 12.5,
                        "latitude": 42.5,
                        "type": 1,
                        "accuracy": 1,
                        "status": 7,
                        "maneuver": 0,
                        "timestamp": "2023-05-06T07:08:09+00:00",
                        "mmsi": 273000001,
                        "created_at": "2023-05-06T07:10:08.215187+00:00",
                        "msg_description": "position",
                        "longitude": 131.25,
                        "position": {"type": "Point", "coordinates": [131.25, 42.5]},
                        "heading": 243,
                    },
                    {
                        "msg_type": 5,
                        "msg_id": "1683356890_273000001",
                        "collection_type": "terrestrial",
                        "timestamp": "2023-05-06T07:08:10+00:00",
                        "created_at": "2023-05-06T07:10:08.215187+00:00",
                        "mmsi": 273000001,
                        "imo": 9074729,
                        "name": "SHADOW",
                        "call_sign": "UBXY1",
                        "ship_and_cargo_type": 70,
                        "draught": 75,
                        "destination": "RAJIN",
                        "dimensions": {"a": 100, "b": 20, "c": 8, "d": 10},
                        "length": 120,
                        "width": 18,
                    },
                ],
            }
        ),
        [
            {**MOVING, "nav_status": 7, "receiver": "satellite", "msg_type": 1, "flags": 1},
            {"lat": None, "receiver": "terrestrial", "msg_type": 5, "ais_class": "A"},
        ],
        [{"imo": 9074729, "name": "SHADOW", "callsign": "UBXY1", "draught_m": 7.5, "to_bow_m": 100, "to_port_m": 8}],
    ),
    "spire-vessels": (  # synthetic
        document(
            {
                "paging": {"limit": 100, "total": 2},
                "data": [
                    {
                        "id": "x",
                        "name": "SHADOW",
                        "mmsi": 273000001,
                        "imo": 9074729,
                        "call_sign": "UBXY1",
                        "ship_type": "Cargo",
                        "class": "A",
                        "flag": "RU",
                        "length": 120,
                        "width": 18,
                        "ais_version": 0,
                        "created_at": "2017-08-11T19:24:21.193385+00:00",
                        "updated_at": "2023-05-06T07:20:09.824959+00:00",
                        "navigational_status": "Under way using engine",
                        "last_known_position": {
                            "timestamp": "2023-05-06T07:08:09+00:00",
                            "geometry": {"type": "Point", "coordinates": [131.25, 42.5]},
                            "heading": 243,
                            "speed": 12.5,
                            "rot": 0,
                            "accuracy": None,
                            "collection_type": "satellite",
                            "draught": 7.5,
                            "maneuver": 0,
                            "course": 241.5,
                        },
                        "most_recent_voyage": {"eta": "2023-05-09T06:30:00+00:00", "destination": "RAJIN"},
                    },
                    {
                        "id": "y",
                        "mmsi": 273000001,
                        "name": None,
                        "last_known_position": {
                            "timestamp": "2023-05-06T07:08:10+00:00",
                            "geometry": {"type": "Point", "coordinates": [131.25, 42.5]},
                        },
                    },
                ],
            }
        ),
        [{**MOVING, "nav_status": 0, "receiver": "satellite", "ais_class": "A"}, {"sog": None, "lat": 42.5}],
        [{"name": "SHADOW", "ship_type": 70, "length_m": 120, "draught_m": None, "destination": "RAJIN"}],
    ),
    "spire-graphql": (
        document(
            {
                "data": {
                    "vessels": {
                        "pageInfo": {"hasNextPage": False},
                        "nodes": [
                            {
                                "id": "x",
                                "staticData": {
                                    "mmsi": 273000001,
                                    "imo": 9074729,
                                    "name": "SHADOW",
                                    "aisClass": "A",
                                    "shipType": "GENERAL_CARGO",
                                    "dimensions": {"a": 100, "b": 20, "c": 8, "d": 10, "width": 18, "length": 120},
                                },
                                "lastPositionUpdate": {
                                    "timestamp": "2023-05-06T07:08:09.000Z",
                                    "latitude": 42.5,
                                    "longitude": 131.25,
                                    "speed": 12.5,
                                    "course": 241.5,
                                    "heading": 243,
                                    "navigationalStatus": "UNDER_WAY_USING_ENGINE",
                                    "collectionType": "TERRESTRIAL",
                                },
                                "currentVoyage": {"draught": 7.5, "destination": "RAJIN"},
                            },
                            {
                                "id": "y",
                                "staticData": {"mmsi": 273000001},
                                "currentVoyage": None,
                                "lastPositionUpdate": {
                                    "timestamp": "2023-05-06T07:08:10.000Z",
                                    "latitude": 42.5,
                                    "longitude": 131.25,
                                },
                            },
                        ],
                    }
                }
            }
        ),
        [{**MOVING, "nav_status": 0, "receiver": "terrestrial"}, {"sog": None}],
        [{"name": "SHADOW", "ship_type": 70, "draught_m": 7.5, "destination": "RAJIN", "length_m": 120}],
    ),
}
