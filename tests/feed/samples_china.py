"""A sample of each dialect of Chinese services, synthetic: content, positions and static reports that it gives."""

from dialect_rows import MOVING, SHIP, document

_V3 = {
    "mmsi": 273000001,
    "imo": 9074729,
    "call_sign": "UBXY1",
    "ship_name": "SHADOW",
    "ship_cnname": "影子",
    "data_source": 0,
    "ship_type": 70,
    "length": 120.0,
    "width": 18.0,
    "left": 8.0,
    "trail": 20.0,
    "draught": 7.5,
    "dest": "RAJIN",
    "destcode": "KPRJN",
    "eta": "2023-05-09 14:30:00",
    "eta_utc": 1683613800,
    "navistat": 0,
    "lat": 42.5,
    "lng": 131.25,
    "sog": 12.5,
    "cog": 241.5,
    "hdg": 243,
    "rot": 0.0,
    "last_time": "2023-05-06 15:08:09",
    "last_time_utc": 1683356889,
}
_UNKNOWN = {
    "mmsi": 273000001, "ship_type": -1, "navistat": -1, "lat": 42.5, "lng": 131.25, "sog": -1, "cog": -1, "hdg": 511,
    "last_time": "2023-05-06 15:08:10", "last_time_utc": 1683356890,
}  # fmt: skip
ONE_VESSEL = document({"status": 0, "msg": "success", "data": _V3})
"""What shipxy v3 answers for one vessel, which is not in a list."""

AREA = document({"status": 0, "msg": "success", "data": {"total": 2, "scode": 0, "ship_list": [_V3, _UNKNOWN]}})

_SAID = {"name": "SHADOW", "imo": 9074729, "callsign": "UBXY1", "ship_type": 70, "length_m": 120, "beam_m": 18}

SAMPLES = {
    "shipxy": (
        document({"status": 0, "msg": "success", "data": [_V3, _UNKNOWN]}),
        [{**MOVING, "nav_status": 0}, {"sog": None, "cog": None, "heading": None, "nav_status": None}],
        [{**_SAID, "draught_m": 7.5, "to_stern_m": 20, "to_port_m": 8, "destination": "RAJIN", "eta": None}],
    ),
    "shipxy-v2": (
        document(
            {
                "status": 0,
                "data": [
                    {
                        "ShipID": 273000001,
                        "From": 0,
                        "mmsi": 273000001,
                        "shiptype": 70,
                        "imo": 9074729,
                        "name": "SHADOW",
                        "callsign": "UBXY1",
                        "length": 1200,
                        "width": 180,
                        "left": 80,
                        "trail": 200,
                        "draught": 7500,
                        "dest": "RAJIN",
                        "eta": "05090630",
                        "navistat": 5,
                        "lat": 42500000,
                        "lon": 131250000,
                        "sog": 6431,  # mm/s: 12.5 kn
                        "cog": 24150,
                        "hdg": 24300,
                        "rot": 0,
                        "lasttime": 1683356889,
                    },
                    {
                        "mmsi": 273000001,
                        "imo": 2147483647,
                        "navistat": 15,
                        "trail": 0,
                        "lat": -42500000,
                        "lon": -131250000,
                        "sog": 0,
                        "lasttime": 1683356890,
                    },
                ],
            }
        ),
        [
            {**SHIP, "sog": 12.500972, "cog": 241.5, "heading": 243, "nav_status": 5},
            {"lat": -42.5, "lon": -131.25, "sog": 0, "nav_status": None},
        ],
        [{**_SAID, "draught_m": 7.5, "to_stern_m": 20, "to_port_m": 8, "destination": "RAJIN", "eta": "05-09 06:30"}],
    ),
    "hifleet": (
        document(
            {
                "result": "ok",
                "num": 1,
                "list": {
                    "m": "273000001",
                    "n": "SHADOW",
                    "sp": "12.5",
                    "co": "241.5",
                    "ti": "2023-05-06 15:08:09",  # Beijing
                    "la": "2550",
                    "lo": "7875.000",
                    "h": "243",
                    "draught": "7.5",
                    "eta": "-",
                    "destination": "RAJIN",
                    "destinationIdentified": "",
                    "imonumber": "9074729",
                    "callsign": "0",
                    "type": "干货船",
                    "an": "RU",
                    "l": "120",
                    "w": "18",
                    "rot": "0",
                    "status": "未知",
                },
            }
        ),
        [MOVING],
        [
            {
                "name": "SHADOW",
                "imo": 9074729,
                "callsign": None,
                "length_m": 120,
                "beam_m": 18,
                "draught_m": 7.5,
                "destination": "RAJIN",
                "eta": None,
            }
        ],
    ),
    "china-tracks": (
        document(
            {
                "data": [
                    [
                        {
                            "posTime": 1683356889,
                            "breadth": 18,
                            "mmsi": 273000001,
                            "heading": 0,
                            "length": 120,
                            "lon": 78750000,
                            "speed": 12,
                            "name": "SHADOW",
                            "shipType": 70,
                            "course": 2415,
                            "lat": 25500000,
                        },
                        {
                            "posTime": 1683356899,
                            "breadth": 18,
                            "mmsi": 273000001,
                            "heading": 0,
                            "length": 120,
                            "lon": 78750000,
                            "speed": 0,
                            "name": "SHADOW",
                            "shipType": -1,
                            "course": 3600,
                            "lat": 25500000,
                        },
                    ]
                ]
            }
        ),
        [{**SHIP, "sog": 12, "cog": 241.5, "heading": None}, {"lat": 42.5, "sog": 0, "cog": None}],
        [
            {"name": "SHADOW", "ship_type": 70, "length_m": 120, "beam_m": 18},
            {"name": "SHADOW", "ship_type": None, "length_m": 120, "beam_m": 18},
        ],
    ),
}
