"""The real sample: days of an AIS extract off Southern California, as the MarineCadastre daily files they came from."""

import json
from pathlib import Path

import pandas as pd
from demo_files import remove_old, write_zst
from shapely.geometry import mapping

from darkships.sites.field import snap_to_sea
from darkships.sites.geojson import circle

FIRST_DAY, LAST_DAY = "2025-08-29", "2025-09-18"
HEADER = (
    "mmsi,base_date_time,longitude,latitude,sog,cog,heading,vessel_name,imo,call_sign,vessel_type,status,length,width,"
    "draft,cargo,transceiver"
)

# name | kind | group | latitude | longitude | radius nm
SITES = """
Avalon            | port      | Catalina east    | 33.3475 | -118.3235 | 0.8
White's Landing   | anchorage | Catalina east    | 33.3920 | -118.3650 | 0.9
Two Harbors       | anchorage | Catalina west    | 33.4450 | -118.4950 | 0.8
Catalina Harbor   | anchorage | Catalina west    | 33.4290 | -118.5090 | 0.7
Los Angeles       | port      | Los Angeles-Long Beach | 33.7280 | -118.2720 | 1.3
Long Beach        | port      | Los Angeles-Long Beach | 33.7600 | -118.1990 | 1.3
Alamitos Bay      | port      | Alamitos Bay     | 33.7480 | -118.1160 | 1.0
Newport           | port      | Newport          | 33.6030 | -117.9000 | 1.5
Dana Point        | port      | Dana Point       | 33.4600 | -117.6980 | 0.9
Redondo           | port      | Redondo          | 33.8440 | -118.3960 | 0.8
Marina del Rey    | port      | Marina del Rey   | 33.9720 | -118.4520 | 1.2
"""


def make_socal(shared: Path, out: Path) -> None:
    """Write the daily files and the watched sites.

    Parameters
    ----------
    shared
        Folder that holds ``data/socal_2025.parquet``.
    out
        The demo folder.

    """
    table = pd.read_parquet(shared / "data" / "socal_2025.parquet")
    day = table["base_date_time"].dt.strftime("%Y-%m-%d")
    remove_old(out / "socal")
    for date in pd.date_range(FIRST_DAY, LAST_DAY).strftime("%Y-%m-%d"):
        rows = csv2_rows(table[day == date])
        write_zst(out / "socal" / f"ais-{date}.csv.zst", [HEADER, *rows])
    (out / "socal-sites.geojson").write_text(sites_geojson(), encoding="utf-8")


def csv2_rows(table: pd.DataFrame) -> list[str]:
    """Return the reports in MarineCadastre's text form, what the extract lacks (IMO, cargo) left empty."""
    table = table.sort_values(["base_date_time", "mmsi"], kind="stable")
    columns = [
        table["mmsi"].astype(str),
        table["base_date_time"].dt.strftime("%Y-%m-%d %H:%M:%S"),
        *(_number(table[name], 5) for name in ("longitude", "latitude")),
        *(_number(table[name], 1) for name in ("sog", "cog")),
        _number(table["heading"], 0),
        table["vessel_name"].fillna(""),
        pd.Series("", index=table.index),
        table["call_sign"].fillna(""),
        *(_number(table[name], 0) for name in ("vessel_type", "status", "length", "width")),
        _number(table["draft"], 1),
        pd.Series("", index=table.index),
        table["transceiver"].fillna(""),
    ]
    return [",".join(row) for row in zip(*columns, strict=True)]


def _number(column: pd.Series, decimals: int) -> pd.Series:
    return column.map(lambda value: f"{value:.{decimals}f}", na_action="ignore").astype(object).fillna("")


def sites_geojson() -> str:
    """Return the watch list: circles around berths and moorings, approach points on water."""
    features = []
    for line in SITES.strip().splitlines():
        name, kind, group, lat, lon, radius = (cell.strip() for cell in line.split("|"))
        polygon = mapping(circle(lon=float(lon), lat=float(lat), radius_nm=float(radius)))
        rings = [[[round(x, 5), round(y, 5)] for x, y in ring] for ring in polygon["coordinates"]]
        approach_lon, approach_lat = snap_to_sea(lon=float(lon), lat=float(lat))
        properties = {
            "name": name, "locode": None, "country": "US", "kind": kind, "site_group": group,
            "approach_lat": round(approach_lat, 5), "approach_lon": round(approach_lon, 5),
            "source": "approximate position from public charts, checked against where boats of the extract lie",
        }  # fmt: skip
        geometry = {"type": "Polygon", "coordinates": rings}
        features.append(json.dumps({"type": "Feature", "properties": properties, "geometry": geometry}))
    head = {
        "type": "FeatureCollection",
        "title": "Santa Catalina Island and the harbours across the San Pedro Channel (demonstration)",
        "source": "drawn for the demonstration; see each site",
    }
    return json.dumps(head, indent=1)[:-2] + ',\n "features": [\n' + ",\n".join(features) + "\n]\n}\n"
