"""The watched sites: shipped lists, and her own GeoJSON."""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from darkships.errors import SitesError
from darkships.resources import data_dir
from darkships.schema import SITES, validate
from darkships.sites.field import snap_to_sea
from darkships.sites.geojson import DEFAULT_RADIUS_NM, SiteFeature, checked_name, parse_features
from darkships.sites.sources import load_collection, paths_of, shipped_lists


@dataclass(frozen=True)
class SiteList:
    """A shipped watch list."""

    name: str
    title: str
    count: int
    source: str


def list_site_lists() -> list[SiteList]:
    """Return the shipped watch lists, by name."""
    found = []
    for path in sorted(shipped_lists().values()):
        collection = load_collection(path)
        found.append(SiteList(path.stem, collection["title"], len(collection["features"]), collection["source"]))
    return found


def read_sites(source: str | Path | Sequence[str | Path]) -> gpd.GeoDataFrame:
    """Read watched sites.

    Parameters
    ----------
    source
        Name of a shipped list (`list_site_lists`), path of a GeoJSON file, several of either in one text separated by
        commas, or a sequence of these. A file has Point, Polygon or MultiPolygon features with a ``name`` (or
        ``site``); ``site_group``, ``locode``, ``country``, ``kind``, ``role``, ``aliases``, ``approach_lat``,
        ``approach_lon``, ``source`` are optional. A Point becomes a circle of ``radius_nm`` (2 nm if not given).

    Returns
    -------
    geopandas.GeoDataFrame
        A SITES table with polygons in ``geometry`` (WGS 84), sorted by site. A site that stands in two lists with
        the same place is one.

    Raises
    ------
    SitesError
        If a list or file is unknown or malformed, a name stands twice, a polygon crosses itself, or there is no sea
        within 5 nm of a site.

    Examples
    --------
    >>> read_sites("syria")["locode"].tolist()
    ['SYBAN', 'SYLTK', 'SYTTS']

    """
    rows: dict[str, dict[str, Any]] = {}
    for path in paths_of(source):
        shipped = path.parent == data_dir() / "sites"
        for feature in parse_features(load_collection(path), where=path.name):
            row = _row(feature, snap=not shipped)
            known = rows.setdefault(feature.site.casefold(), row)
            if any(known[key] != row[key] for key in ("site", "approach_lat", "approach_lon")):
                raise SitesError(
                    f"the site {feature.site!r} stands in two of {source!s:.200}, at different places; "
                    "expected a name of its own for every site"
                )
    if not rows:
        raise SitesError(f"{source!s:.200} holds no site; expected at least one feature")
    columns = sorted(rows.values(), key=lambda row: str(row["site"]))
    optional = ["locode", "country", "aliases"]
    frame = pd.DataFrame(columns).astype(dict.fromkeys(optional, object))
    frame[optional] = frame[optional].where(frame[optional].notna(), None)
    geometry = frame.pop("geometry")
    return gpd.GeoDataFrame(validate(frame, SITES, where="sites"), geometry=list(geometry), crs="EPSG:4326")


def add_site(
    file: str | Path,
    name: str,
    lat: float,
    lon: float,
    *,
    radius_nm: float = DEFAULT_RADIUS_NM,
    kind: str = "port",
    site_group: str | None = None,
) -> gpd.GeoDataFrame:
    """Add a site to a GeoJSON file, made if it does not exist, and return all its sites.

    Parameters
    ----------
    file
        The GeoJSON file; what else it holds stays as it is.
    name
        Name of the site, not yet in the file.
    lat, lon
        Where it is, in degrees, at most 5 nm from the sea.
    radius_nm
        Radius of the circle that is the site.
    kind
        port, anchorage or naval.
    site_group
        Name that it shares with sites too close to tell apart; its own if not given.

    Raises
    ------
    SitesError
        As `read_sites`; the file is unchanged then.

    """
    path = Path(file)
    collection: dict[str, Any] = {"type": "FeatureCollection", "features": []}
    if path.exists():
        collection = load_collection(path)
    properties: dict[str, Any] = {"name": checked_name(name), "kind": kind, "radius_nm": radius_nm}
    if site_group is not None:
        properties["site_group"] = site_group
    point = {"type": "Point", "coordinates": [lon, lat]}
    collection["features"].append({"type": "Feature", "properties": properties, "geometry": point})
    added = parse_features(collection, where=path.name)[-1]
    _row(added, snap=True)
    _write_atomically(path, json.dumps(collection, indent=2, ensure_ascii=False) + "\n")
    return read_sites(path)


def _row(feature: SiteFeature, *, snap: bool) -> dict[str, Any]:
    """Return a row of SITES; the approach points of shipped lists are on water already."""
    point = feature.geometry.representative_point()
    lon, lat = feature.approach or (point.x, point.y)
    if snap or feature.approach is None:
        try:
            lon, lat = snap_to_sea(lon=lon, lat=lat)
        except SitesError as error:
            raise SitesError(f"{feature.site}: {error}") from None
    return {
        "site": feature.site,
        "site_group": feature.site_group,
        "locode": feature.locode,
        "country": feature.country,
        "kind": feature.kind,
        "role": feature.role,
        "aliases": feature.aliases,
        "approach_lat": lat,
        "approach_lon": lon,
        "source": feature.source,
        "geometry": feature.geometry,
    }


def _write_atomically(path: Path, text: str) -> None:
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}", suffix=".part", delete=False
        ) as file:
            part = Path(file.name)
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                part.chmod(path.stat().st_mode if path.exists() else 0o644)
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise SitesError(f"cannot write {path}: {error.strerror}; choose a folder that can be written") from error
