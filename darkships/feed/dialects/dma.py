"""Danish Maritime Authority: every message heard around Denmark."""

from dataclasses import replace

from darkships.feed.dialects.dialect import Dialect

_HEADER = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    "Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type,A,B,C,D"
)

_DMA = Dialect(
    name="dma",
    title="Danish Maritime Authority, CSV with header (22 or 26 columns)",
    columns={
        "mmsi": "MMSI",
        "timestamp": "# Timestamp",
        "lat": "Latitude",
        "lon": "Longitude",
        "sog": "SOG",
        "cog": "COG",
        "heading": "Heading",
        "rot_deg_min": "ROT",
        "nav_status": "Navigational status",
        "ais_class": "Type of mobile",
        "imo": "IMO",
        "name": "Name",
        "callsign": "Callsign",
        "ship_type": "Ship type",
        "length_m": "Length",
        "beam_m": "Width",
        "draught_m": "Draught",
        "destination": "Destination",
        "eta": "ETA",
        "epfd": "Type of position fixing device",
        "to_bow_m": "A",
        "to_stern_m": "B",  # C and D are swapped against ITU-R M.1371, so that only their sum, the width, is sure
    },
    time_form="dmy",
    nulls=("Unknown", "Undefined", "Unknown value"),
    marks=("Type of mobile",),
)

DMA = (
    _DMA,
    replace(
        _DMA,
        name="dma-headerless",
        title="Danish Maritime Authority, before October 2016: no header, semicolons, decimal commas",
        delimiter=";",
        decimal=",",
        names=tuple(_HEADER.split(",")),
        widths=(22, 26),
    ),
)
