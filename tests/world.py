"""A small invented sea between Rajin and Dunay, as the daily CSVs (MarineCadastre csv2) that a feed would bring."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2023, 9, 7, tzinfo=UTC)
HEADER = (
    "mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,vessel_type,"
    "status,length,width,draft,cargo,transceiver"
)
SITES = {"West Port": (130.30, 42.20), "East Port": (132.36, 42.88)}  # lon, lat near Rajin and near Dunay

SHUTTLE, LINER, ANCHORED, OPEN, SHORT = 273000001, 273000002, 273000003, 273000004, 273000005
_EVERY_H = 0.5
_NAMES = {SHUTTLE: "SHADOW", LINER: "LINER", ANCHORED: "STILL", OPEN: "OPENER", SHORT: "BRIEF"}
_IMOS = {SHUTTLE: "IMO9074729"}

Row = tuple[float, int, float, float, float, float, float]
"""Hours after the start, MMSI, lon, lat, sog in knots, cog in degrees, draught in metres."""


def leg(
    mmsi: int, hours: tuple[float, float], start: tuple[float, float], end: tuple[float, float], *,
    sog: float = 10.0, cog: float = 0.0, draught_m: float = 5.0,
) -> list[Row]:  # fmt: skip
    """Return a fix every half hour on a line from one (lon, lat) to another."""
    n = round((hours[1] - hours[0]) / _EVERY_H)
    shares = [i / max(n, 1) for i in range(n + 1)]
    return [
        (hours[0] + i * _EVERY_H, mmsi, start[0] + s * (end[0] - start[0]), start[1] + s * (end[1] - start[1]),
         sog, cog, draught_m)
        for i, s in enumerate(shares)
    ]  # fmt: skip


def rows() -> list[Row]:
    """Return four days of five ships, by ship and time.

    SHUTTLE leaves the east for the west at 10 kn, is silent from hour 5 to hour 65, and comes back deeper in the water.
    OPEN does the same and has not come back by hour 96. ANCHORED lies still and is silent from hour 20 to hour 30;
    SHORT sails in the east and is silent for 5 h; LINER is heard all the time.
    """
    east, middle = (132.2, 42.6), (131.4, 42.3)
    return [
        *leg(SHUTTLE, (0, 5), east, middle, cog=243),
        *leg(SHUTTLE, (65, 70), middle, east, cog=63, draught_m=7.5),
        *leg(SHUTTLE, (70.5, 96), east, east, sog=0.0, draught_m=7.5),
        *leg(LINER, (0, 96), (131.0, 40.0), (139.0, 41.0), sog=3.8, cog=81),
        *leg(ANCHORED, (0, 20), (131.9, 42.95), (131.9, 42.95), sog=0.0),
        *leg(ANCHORED, (30, 96), (131.9, 42.95), (131.9, 42.95), sog=0.0),
        *leg(OPEN, (40, 45), east, middle, cog=243),
        *leg(SHORT, (0, 10), (132.5, 42.0), (133.0, 42.0), sog=2.2, cog=90),
        *leg(SHORT, (15, 96), (133.2, 42.0), (135.0, 42.0), sog=1.0, cog=90),
    ]


def csv2(lines: list[Row], *, names: dict[int, str] | None = None) -> str:
    """Return rows as the text of a MarineCadastre file."""
    known = {**_NAMES, **(names or {})}
    return "\n".join([HEADER, *(_line(line, known) for line in lines)]) + "\n"


def _line(row: Row, names: dict[int, str]) -> str:
    hours, mmsi, lon, lat, sog, cog, draught_m = row
    time = f"{START + timedelta(hours=hours):%Y-%m-%d %H:%M:%S}"
    return (
        f"{mmsi},{time},{lon:.5f},{lat:.5f},{sog},{cog},{cog:.0f},{names.get(mmsi, '')},{_IMOS.get(mmsi, '')},"
        f"UB{mmsi % 1000:03d},70,0,120,18,{draught_m},70,A"
    )


def days() -> dict[str, str]:
    """Return the rows as one CSV a day, by file name."""
    return {
        f"ais-{START + timedelta(days=day):%Y-%m-%d}.csv": csv2([row for row in rows() if row[0] // 24 == day])
        for day in range(5)
    }


def write_sites(path: Path, places: dict[str, tuple[float, float]] | None = None) -> Path:
    """Write a GeoJSON of sites that are circles around points."""
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Point", "coordinates": list(place)}}
        for name, place in (places or SITES).items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path
