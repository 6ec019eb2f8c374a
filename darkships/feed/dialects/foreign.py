"""Files that lie beside AIS feeds and are none: what they are, and where they belong."""

from typing import NamedTuple


class Foreign(NamedTuple):
    """Columns (JSON paths) that tell such a file, and what to say of it."""

    marks: tuple[str, ...]
    what: str
    unless: str = ""
    """A column with which it is a feed after all."""


_EVENTS = "evidence of others on AIS gaps, not positions: give it to darkships explain --events"
_SAR = "detections in satellite images, not AIS positions"
_SANCTIONS = "a list of sanctioned vessels, not AIS positions"

FOREIGN = (
    Foreign(("gap_start_timestamp", "gap_end_timestamp"), f"Global Fishing Watch AIS-off events: {_EVENTS}"),
    Foreign(("gap.offPosition", "vessel.ssvid"), f"Global Fishing Watch gap events: {_EVENTS}"),
    Foreign(("start_msgid", "end_msgid", "gap_id"), f"Global Fishing Watch gaps (pipe-gaps): {_EVENTS}"),
    Foreign(("position.lat", "vessel.ssvid", "start", "end"), "Global Fishing Watch events, not AIS positions"),
    Foreign(("registryInfoTotalRecords",), "Global Fishing Watch vessel identities, not AIS positions"),
    Foreign(("entryTimestamp", "vesselId", "dataset"), "a Global Fishing Watch activity report, not AIS positions"),
    Foreign(("Seg_id", "Timestamp", "Lon", "Lat"), "one vessel's track without its MMSI: add a column mmsi", "mmsi"),
    Foreign(("mode", "name", "type", "description"), "the schema of a table, not its rows"),
    Foreign(("preprocess_row", "score"), f"AI2 Skylight vessel {_SAR}"),
    Foreign(("presence_score", "matching_score"), f"Global Fishing Watch vessel {_SAR}"),
    Foreign(("detect_lat", "detect_scene_row"), f"xView3 vessel {_SAR}"),
    Foreign(
        ("duration_minutes", "start_time", "end_time"),
        "MarineCadastre track lines: no time at their points; use the broadcast points",
    ),
    Foreign(
        ("CRAFT_ID",),
        "AMSA craft tracking: CRAFT_ID is a number of AMSA's own, no MMSI, so that its vessels cannot be identified",
        "mmsi",
    ),
    Foreign(
        ("LRIMOShipNo", "MovementDateTime"),
        "IHS (S&P) movements keyed by IMO number, without MMSI: add a column MMSI",
        "mmsi",
    ),
    Foreign(
        ("t", "vessel_id", "lon", "lat"),
        "AIS of Piraeus (UNIPI): vessel_id is a hash and no MMSI, so that its vessels cannot be identified",
        "mmsi",
    ),
    Foreign(
        ("traj_id",),
        "trajectories of MovingPandas without a column mmsi: where traj_id is the MMSI, say so with --map "
        "mmsi=traj_id,timestamp=t,lat=latitude,lon=longitude",
        "mmsi",
    ),
    Foreign(
        ("msg_id", "nmea", "timestamp"),
        "Spire messages without decoded fields: ask for them with fields=decoded, or save the NMEA sentences",
        "mmsi",
    ),
    Foreign(
        ("class", "device", "mmsi"),
        "AIS of gpsd, whose messages carry no time: record the NMEA sentences with their time instead",
        "rxtime",
    ),
    Foreign(("imo_number", "date_of_designation"), _SANCTIONS),
    Foreign(("caption", "imo", "risk", "datasets"), _SANCTIONS),
    Foreign(("schema", "sanctions", "identifiers"), _SANCTIONS),
)
