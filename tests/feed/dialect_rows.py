"""What the samples of the dialects share: one ship, and the ways to write rows down."""

import json
from datetime import UTC, datetime

T = datetime(2023, 5, 6, 7, 8, 9, tzinfo=UTC)
SHIP = {"mmsi": 273000001, "timestamp": T, "lat": 42.5, "lon": 131.25}
MOVING = {**SHIP, "sog": 12.5, "cog": 241.5, "heading": 243}


def table(text):
    return text.strip("\n").encode()


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


def document(value):
    return json.dumps(value).encode()


def stream(kind, body, time="2023-05-06 07:08:09 +0000 UTC"):
    """Return an aisstream.io message; what its envelope says of a position is the last one known, not this one."""
    meta = {"MMSI": 273000001, "ShipName": "X  ", "latitude": 1, "longitude": 2, "time_utc": time}
    return {"Message": {kind: {"UserID": 273000001, **body}}, "MessageType": kind, "MetaData": meta}
