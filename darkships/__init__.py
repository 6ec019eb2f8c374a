"""darkships: which ships most likely slipped into a watched port with their AIS transponder off.

The public names load on first use, so that importing the package is cheap.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "Store": "darkships.positions.store",
    "read_positions": "darkships.positions.frames",
    "segment_tracks": "darkships.tracks.segmentation",
    "to_movingpandas": "darkships.tracks.interop",
    "from_movingpandas": "darkships.tracks.interop",
    "detect_gaps": "darkships.gaps.detection",
    "weigh_gaps": "darkships.pipeline",
    "read_sites": "darkships.sites.watch",
    "SeaFields": "darkships.sites.field",
    "sea_distance_nm": "darkships.sites.field",
    "port_calls": "darkships.visits.calls",
    "candidate_visits": "darkships.visits.candidates",
    "round_trips": "darkships.trips.rounds",
    "shuttles": "darkships.trips.rhythms",
    "lane_activity": "darkships.trips.lanes",
    "vessel_identity": "darkships.evidence.identity",
    "voyage_evidence": "darkships.evidence.voyage",
    "meetings": "darkships.evidence.meetings",
    "berth_fit": "darkships.evidence.berth",
    "score": "darkships.scores.visits",
    "rank": "darkships.scores.leads",
    "ship_type_name": "darkships.names",
    "nav_status_name": "darkships.names",
    "write_watchlist": "darkships.watchlist.export",
}

__all__ = ["__version__", *_PUBLIC]  # noqa: PLE0604  the names are strings


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use (PEP 562)."""
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'darkships' has no attribute {name!r}")
