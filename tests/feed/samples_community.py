"""A sample of each dialect of volunteers' networks: content, positions and static reports that it gives."""

from dialect_rows import MOVING, SHIP, T, document, lines, stream, table

SAMPLES = {
    "aisstream": (
        lines(
            stream(
                "PositionReport",
                {
                    "MessageID": 1,
                    "Latitude": 42.5,
                    "Longitude": 131.25,
                    "Sog": 12.5,
                    "Cog": 241.5,
                    "TrueHeading": 243,
                    "NavigationalStatus": 15,
                    "RateOfTurn": -128,
                    "Timestamp": 8,
                    "PositionAccuracy": True,
                    "Raim": False,
                },
            ),
            stream(
                "StandardClassBPositionReport",
                {
                    "MessageID": 18,
                    "Latitude": 91,
                    "Longitude": 181,
                    "Sog": 102.3,
                    "Cog": 360,
                    "TrueHeading": 511,
                    "Timestamp": 60,
                },
                "2023-05-06 07:08:09.5 +0000 UTC",
            ),
            stream(
                "LongRangeAisBroadcastMessage",
                {
                    "MessageID": 27,
                    "Latitude": 42.5,
                    "Longitude": 131.25,
                    "Sog": 63,
                    "Cog": 511,
                    "NavigationalStatus": 1,
                },
                "2023-05-06 07:08:09.123456789 +0000 UTC",
            ),
            stream(
                "ShipStaticData",
                {
                    "MessageID": 5,
                    "ImoNumber": 9074729,
                    "CallSign": "UBXY1  ",
                    "Name": "SHADOW     ",
                    "Type": 71,
                    "Dimension": {"A": 100, "B": 20, "C": 8, "D": 10},
                    "FixType": 1,
                    "MaximumStaticDraught": 7.5,
                    "Eta": {"Month": 5, "Day": 9, "Hour": 6, "Minute": 30},
                    "Destination": "RAJIN@@@",
                    "AisVersion": 2,
                },
            ),
            stream(
                "StaticDataReport",
                {
                    "MessageID": 24,
                    "PartNumber": True,
                    "ReportA": {"Valid": False, "Name": ""},
                    "ReportB": {
                        "Valid": True,
                        "ShipType": 37,
                        "CallSign": "UBXY2",
                        "VendorIDName": "SRT",
                        "Dimension": {"A": 0, "B": 12, "C": 0, "D": 4},
                        "FixType": 0,
                    },
                },
                "2023-05-06 07:08:10 +0000 UTC",
            ),
            stream(
                "StaticDataReport",
                {
                    "MessageID": 24,
                    "PartNumber": False,
                    "ReportA": {"Valid": True, "Name": "BOAT"},
                    "ReportB": {
                        "Valid": False,
                        "ShipType": 0,
                        "CallSign": "",
                        "Dimension": {"A": 0, "B": 0, "C": 0, "D": 0},
                    },
                },
                "2023-05-06 07:08:11 +0000 UTC",
            ),
            stream("AddressedSafetyMessage", {"MessageID": 12, "Text": "HI"}),
        ),
        [
            {
                **MOVING,
                "nav_status": None,
                "rot_deg_min": None,
                "utc_second": 8,
                "flags": 1,
                "ais_class": "A",
                "msg_type": 1,
            },
            {
                **SHIP,
                "timestamp": T.replace(microsecond=500000),
                "lat": None,
                "lon": None,
                "sog": None,
                "cog": None,
                "heading": None,
                "utc_second": None,
                "ais_class": "B",
            },
            {
                **SHIP,
                "timestamp": T.replace(microsecond=123456),
                "sog": None,
                "cog": None,
                "nav_status": 1,
                "ais_class": "A",
            },
            {"lat": None, "msg_type": 5, "ais_class": "A"},
            {"lat": None, "msg_type": 24, "ais_class": "B"},
            {"lat": None, "msg_type": 24, "ais_class": "B"},
            {"lat": None, "msg_type": 12, "ais_class": None},
        ],
        [
            {
                "name": "SHADOW",
                "imo": 9074729,
                "callsign": "UBXY1",
                "ship_type": 71,
                "length_m": 120,
                "beam_m": 18,
                "to_port_m": 8,
                "to_starboard_m": 10,
                "draught_m": 7.5,
                "eta": "05-09 06:30",
                "destination": "RAJIN",
                "epfd": 1,
                "ais_version": 2,
            },
            {
                "name": None,
                "callsign": "UBXY2",
                "ship_type": 37,
                "length_m": 12,
                "beam_m": 4,
                "to_bow_m": 0,
                "vendor_id": "SRT",
                "epfd": None,
            },
            {"name": "BOAT", "callsign": None, "ship_type": None, "length_m": None, "to_bow_m": None},
        ],
    ),
    "aishub-raw": (
        document(
            [
                {"ERROR": False, "USERNAME": "u", "FORMAT": "AIS", "RECORDS": 1},
                [
                    {
                        "MMSI": 273000001,
                        "TIME": "1683356889",
                        "LONGITUDE": 78750000,
                        "LATITUDE": 25500000,
                        "COG": 2415,
                        "SOG": 125,
                        "HEADING": 511,
                        "NAVSTAT": 5,
                        "PAC": 1,
                        "ROT": 20,
                        "IMO": 9074729,
                        "NAME": "SHADOW",
                        "CALLSIGN": "UBXY1",
                        "TYPE": 70,
                        "DEVICE": 1,
                        "A": 100,
                        "B": 20,
                        "C": 8,
                        "D": 10,
                        "DRAUGHT": 75,
                        "DEST": "RAJIN",
                        "ETA": 5 << 16 | 9 << 11 | 6 << 6 | 30,
                        "AISVER": 0,
                    },
                    {
                        "MMSI": 273000001,
                        "TIME": "1683356889",
                        "LONGITUDE": 181 * 600000,
                        "LATITUDE": 91 * 600000,
                        "COG": 3600,
                        "SOG": 1023,
                        "HEADING": 511,
                        "NAVSTAT": 15,
                        "ROT": 128,
                        "DEST": "",
                    },
                ],
            ]
        ),
        [
            {**SHIP, "sog": 12.5, "cog": 241.5, "heading": None, "nav_status": 5, "flags": 1, "rot_deg_min": 17.856106},
            {"lat": None, "lon": None, "sog": None, "cog": None, "rot_deg_min": None},
        ],
        [{"name": "SHADOW", "draught_m": 7.5, "length_m": 120, "eta": "05-09 06:30", "destination": "RAJIN"}],
    ),
    "aishub-human": (
        table("""
MMSI,TSTAMP,LATITUDE,LONGITUDE,COG,SOG,HEADING,NAVSTAT,IMO,NAME,CALLSIGN,TYPE,A,B,C,D,DRAUGHT,DEST,ETA
273000001,2023-05-06 07:08:09 GMT,42.5,131.25,241.5,12.5,243,0,9074729,SHADOW,UBXY1,70,100,20,8,10,7.5,RAJIN,05-09 06:30
"""),
        [{**MOVING, "nav_status": 0}],
        [{"imo": 9074729, "length_m": 120, "beam_m": 18, "draught_m": 7.5, "eta": "05-09 06:30"}],
    ),
    "aisdb": (  # synthetic, as are all of AISdb's
        table("""
mmsi,time,longitude,latitude,rot,sog,cog,heading,maneuver,utc_second,source
273000001,1683356889,131.25,42.5,0.0,12.5,241.5,243.0,false,8,test
273000001,1683356899,0.0,0.0,0.0,0.0,0.0,0.0,false,60,test
"""),
        [
            {**MOVING, "utc_second": 8, "rot_deg_min": None},
            {"lat": 0, "lon": 0, "sog": 0, "cog": None, "heading": None, "utc_second": None},
        ],
        [],
    ),
    "aisdb-static": (
        table("""
mmsi,time,vessel_name,ship_type,call_sign,imo,dim_bow,dim_stern,dim_port,dim_star,draught,destination,ais_version,\
fixing_device,eta_month,eta_day,eta_hour,eta_minute,source
273000001,1683356889,SHADOW,70,UBXY1,9074729,100,20,8,10,75,RAJIN,0,SRT,1,1,0,0,test
"""),
        [{**SHIP, "lat": None, "lon": None}],
        [
            {
                "name": "SHADOW",
                "imo": 9074729,
                "callsign": "UBXY1",
                "ship_type": 70,
                "length_m": 120,
                "beam_m": 18,
                "draught_m": 7.5,
                "destination": "RAJIN",
                "eta": None,
            }
        ],
    ),
    "ais-catcher": (
        lines(
            {
                "class": "AIS",
                "device": "AIS-catcher",
                "rxtime": "20230506070809",
                "nmea": ["!AIVDM,1,1,,A,x,0*00"],
                "mmsi": 273000001,
                "type": 1,
                "lat": 42.5,
                "lon": 131.25,
                "speed": 12.5,
                "course": 241.5,
                "heading": 243,
                "status": 0,
                "second": 8,
                "accuracy": True,
                "raim": True,
            },
            {
                "class": "AIS",
                "rxtime": "20230506070810",
                "mmsi": 273000001,
                "type": 5,
                "shipname": "SHADOW",
                "to_bow": 100,
                "to_stern": 20,
                "eta": "05-09T06:30Z",
                "draught": 7.5,
            },
            {"class": "STATS", "rxtime": "20230506070811"},
        ),
        [{**MOVING, "nav_status": 0, "utc_second": 8, "flags": 3, "ais_class": "A"}, {"lat": None, "msg_type": 5}],
        [{"name": "SHADOW", "length_m": 120, "eta": "05-09 06:30", "draught_m": 7.5}],
    ),
}
