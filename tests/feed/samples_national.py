"""A sample of each dialect of coastal states and research: content, positions and static reports that it gives."""

from dialect_rows import MOVING, SHIP, document, lines, table

SAMPLES = {
    "marinecadastre-gdb": (
        table("""
X,Y,SOG,COG,Heading,ROT,BaseDateTime,Status,VoyageID,MMSI,ReceiverType,ReceiverID
131.25,42.5,12,241,243,128,2023/05/06 07:08:09,0,7,273000001,b,003669959
"""),
        [{**SHIP, "sog": 12, "cog": 241, "heading": 243, "nav_status": 0, "station": "003669959"}],
        [],
    ),
    "digitraffic-csv": (
        table("""
timestamp,timestampExternal,mmsi,lon,lat,sog,cog,navStat,rot,posAcc,raim,heading
10,1683356889000,273000001,131.25,42.5,12.5,241.5,0,128,true,false,243
"""),
        [{**MOVING, "utc_second": 10, "flags": 1, "rot_deg_min": None, "nav_status": 0}],
        [],
    ),
    "digitraffic": (
        document(
            {
                "type": "FeatureCollection",
                "dataUpdatedTime": "2023-05-06T07:09:00Z",
                "features": [
                    {
                        "mmsi": 273000001,
                        "type": "Feature",
                        "geometry": {"type": "Point", "coordinates": [131.25, 42.5]},
                        "properties": {
                            "mmsi": 273000001,
                            "sog": 12.5,
                            "cog": 241.5,
                            "navStat": 0,
                            "rot": 254,
                            "posAcc": False,
                            "raim": True,
                            "heading": 243,
                            "timestamp": 61,
                            "timestampExternal": 1683356889000,
                        },
                    },
                    {
                        "mmsi": 273000001,
                        "type": "Feature",
                        "geometry": None,
                        "properties": {"mmsi": 273000001, "timestampExternal": 1683356889000},
                    },
                ],
            }
        ),
        [{**MOVING, "utc_second": None, "flags": 2, "rot_deg_min": -0.17856}, {"lat": None, "lon": None}],
        [],
    ),
    "digitraffic-vessels": (
        document(
            [
                {
                    "mmsi": 273000001,
                    "name": "SHADOW",
                    "shipType": 70,
                    "referencePointA": 100,
                    "referencePointB": 20,
                    "referencePointC": 8,
                    "referencePointD": 10,
                    "posType": 1,
                    "draught": 75,
                    "imo": 9074729,
                    "callSign": "UBXY1",
                    "eta": 5 << 16 | 9 << 11 | 6 << 6 | 30,
                    "timestamp": 1683356889000,
                    "destination": "RAJIN",
                }
            ]
        ),
        [{**SHIP, "lat": None, "lon": None}],
        [{"name": "SHADOW", "ship_type": 70, "draught_m": 7.5, "length_m": 120, "eta": "05-09 06:30", "epfd": 1}],
    ),
    "digitraffic-mqtt": (
        lines(
            {
                "topic": "vessels-v2/273000001/location",
                "payload": {
                    "time": 1683356889,
                    "sog": 12.5,
                    "cog": 241.5,
                    "navStat": 0,
                    "rot": 0,
                    "posAcc": True,
                    "raim": False,
                    "heading": 243,
                    "lon": 131.25,
                    "lat": 42.5,
                },
            },
            {
                "topic": "vessels-v2/273000001/metadata",
                "payload": {
                    "timestamp": 1683356889000,
                    "name": "SHADOW",
                    "draught": 75,
                    "type": 70,
                    "refA": 100,
                    "refB": 20,
                    "refC": 8,
                    "refD": 10,
                },
            },
            {"topic": "vessels-v2/status", "payload": {"time": 1683356889}},
        ),
        [{**MOVING, "flags": 1, "rot_deg_min": 0}, {"mmsi": 273000001, "lat": None}],
        [{"name": "SHADOW", "draught_m": 7.5, "length_m": 120, "ship_type": 70}],
    ),
    "kystverket": (
        lines(
            {
                "mmsi": 273000001,
                "msgtime": "2023-05-06T09:08:09+02:00",
                "latitude": 42.5,
                "longitude": 131.25,
                "speedOverGround": 12.5,
                "courseOverGround": 241.5,
                "trueHeading": 243,
                "rateOfTurn": None,
                "navigationalStatus": 0,
                "name": "SHADOW",
                "shipType": 34,
                "stream": "sat",
            }
        ),
        [{**MOVING, "nav_status": 0, "receiver": "satellite"}],
        [{"name": "SHADOW", "ship_type": 34}],
    ),
    "statsat": (
        table("""
mmsi;lon;lat;date_time_utc;sog;cog;true_heading;nav_status;rot;message_nr;source
273000001;131.25;42.5;2023-05-06 07:08:09;12.5;241.5;243;0;0;1;s
273000001;131.25;42.5;2023-05-06 07:08:09;12.5;241.5;511;0;0;18;g
"""),
        [
            {**MOVING, "receiver": "satellite", "ais_class": "A"},
            {"receiver": "terrestrial", "heading": None, "ais_class": "B"},
        ],
        [],
    ),
    "nari": (
        table("""
sourcemmsi,navigationalstatus,rateofturn,speedoverground,courseoverground,trueheading,lon,lat,t
273000001,0,127,12.5,241.5,243,131.25,42.5,1683356889
"""),
        [{**MOVING, "nav_status": 0, "rot_deg_min": None}],
        [],
    ),
    "helcom": (
        table("""
"timestamp_pretty";"timestamp";"msgid";"targetType";"mmsi";"lat";"long";"posacc";"sog";"cog";"shipType";"dimBow";\
"draught";"dimPort";"dimStarboard";"dimStern";"month";"week";"imo";"country";"name";"callsign"
"06/05/2023 07:08:09";1683356889000;1;"A";273000001;42.5;131.25;1;12.5;241.5;"TANKER";100;7.5;8;10;20;5;18;9074729;\
"Russia";"SHADOW";"UBXY1"
"06/05/2023 07:08:10";1683356890000;1;"A";273000001;42.5;131.25;1;12.5;241.5;"TANKER";100;NA;8;10;20;5;18;9074729;\
"Russia";"SHADOW";"UBXY1"
"""),
        [{**SHIP, "sog": 12.5, "cog": 241.5, "ais_class": "A", "flags": 1}, {"msg_type": 1}],
        [{"ship_type": 80, "length_m": 120, "beam_m": 18, "draught_m": 7.5}, {"draught_m": None, "length_m": 120}],
    ),
}
