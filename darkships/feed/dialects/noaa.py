"""NOAA MarineCadastre: ships around the United States, thinned to one report a vessel and minute."""

from darkships.feed.dialects.dialect import Dialect

_CADENCE_S = 60.0

NOAA = (
    Dialect(
        name="marinecadastre-legacy",
        title="NOAA MarineCadastre daily CSV, 2015 to 2024 (16 or 17 columns)",
        columns={
            "mmsi": "MMSI",
            "timestamp": "BaseDateTime",
            "lat": "LAT",
            "lon": "LON",
            "sog": "SOG",
            "cog": "COG",
            "heading": "Heading",
            "nav_status": "Status",
            "ais_class": "TransceiverClass",
            "imo": "IMO",
            "name": "VesselName",
            "callsign": "CallSign",
            "ship_type": "VesselType",
            "length_m": "Length",
            "beam_m": "Width",
            "draught_m": "Draft",
        },
        cadence_s=_CADENCE_S,
    ),
    Dialect(
        name="marinecadastre-gdb",
        title="NOAA MarineCadastre 2009 to 2014: geodatabase (.gdb folder, its zip), or its class Broadcast as CSV",
        columns={
            "mmsi": "MMSI",
            "timestamp": "BaseDateTime",
            "lat": "Y|latitude",
            "lon": "X|longitude",
            "sog": "SOG",
            "cog": "COG",
            "heading": "Heading",
            "nav_status": "Status",
            "station": "ReceiverID",
            "imo": "IMO",  # from here on of the tables Vessel and Voyage; no document tells the unit of Draught
            "name": "Name",
            "callsign": "CallSign",
            "ship_type": "VesselType",
            "length_m": "Length",
            "beam_m": "Width",
            "destination": "Destination",
        },
        marks=("VoyageID", "ReceiverID"),
        cadence_s=_CADENCE_S,
        note="MMSIs of 2010 to 2014 are anonymised by NOAA: never join them to identities or sanction lists",
    ),
    Dialect(
        name="marinecadastre-csv2",
        title="NOAA MarineCadastre, current: CSV (17 columns, longitude first) or GeoParquet",
        columns={
            "mmsi": "mmsi",
            "timestamp": "base_date_time",
            "lon": "longitude",
            "lat": "latitude",
            "sog": "sog",
            "cog": "cog",
            "heading": "heading",
            "nav_status": "status",
            "ais_class": "transceiver",
            "imo": "imo",
            "name": "vessel_name",
            "callsign": "call_sign",
            "ship_type": "vessel_type",
            "length_m": "length",
            "beam_m": "width",
            "draught_m": "draft",
        },
        cadence_s=_CADENCE_S,
    ),
)
