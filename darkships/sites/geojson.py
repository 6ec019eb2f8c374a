"""GeoJSON of watched sites, typed by strangers: read with every problem told, never guessed."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from shapely import MultiPolygon, Polygon, affinity, box
from shapely import is_valid_reason as explain_validity
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from darkships.errors import SitesError
from darkships.kernels.geodesy import destination

KINDS = ("port", "anchorage", "naval")
ROLES = ("watch", "origin")
DEFAULT_RADIUS_NM = 2.0
MAX_RADIUS_NM = 50.0
MAX_LAT_DEG = 80.0
MAX_NAME = 100
_LOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SHOWN_PROBLEMS = 10
_CIRCLE_CORNERS = 48
_HUGE = 1e9


@dataclass(frozen=True)
class SiteFeature:
    """One feature, checked; ``approach`` is (longitude, latitude) where the file gives it or the feature is a point."""

    site: str
    site_group: str
    locode: str | None
    country: str | None
    kind: str
    role: str
    aliases: str | None
    source: str
    geometry: BaseGeometry
    approach: tuple[float, float] | None


def parse_features(collection: dict[str, Any], *, where: str) -> list[SiteFeature]:
    """Return the sites of a FeatureCollection.

    Raises
    ------
    SitesError
        With every problem at once.

    """
    sites: list[SiteFeature] = []
    problems: list[str] = []
    names: set[str] = set()
    for number, feature in enumerate(collection["features"], start=1):
        try:
            site = _parse_feature(feature, source=f"{where}, given by the user")
        except SitesError as error:
            problems.append(f"feature {number}: {error}")
            continue
        if site.site.casefold() in names:
            problems.append(f"feature {number}: the name {site.site!r} stands twice; expected one of its own")
        names.add(site.site.casefold())
        sites.append(site)
    if problems:
        shown = problems[:_SHOWN_PROBLEMS]
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown)} more")
        raise SitesError(f"{where} cannot be used: " + "; ".join(shown))
    return sites


def checked_name(value: Any, what: str = "name") -> str:
    """Return a name without blanks around it; refuse what is no text, empty, too long or unprintable."""
    name = value.strip() if isinstance(value, str) else ""
    if not name:
        raise SitesError(f"no {what}; expected a property 'name' (or 'site') with text")
    if not name.isprintable() or len(name) > MAX_NAME:
        raise SitesError(
            f"the {what} {name[:40]!a} has control characters or more than {MAX_NAME} characters; "
            "expected a short printable text"
        )
    return name


def circle(*, lon: float, lat: float, radius_nm: float) -> BaseGeometry:
    """Return the polygon of a circle on the sphere, cut in two where it crosses the antimeridian."""
    bearings = np.linspace(360.0, 0.0, _CIRCLE_CORNERS, endpoint=False)
    corners = [destination(lon, lat, float(bearing), radius_nm) for bearing in bearings]
    # Longitudes continuous around the centre, whatever turn they came out in.
    polygon = Polygon([((x - lon + 180.0) % 360.0 - 180.0 + lon, y) for x, y in corners])
    west, _, east, _ = polygon.bounds
    if west >= -180.0 and east <= 180.0:
        return polygon
    world = box(-180.0, -90.0, 180.0, 90.0)
    turned = (affinity.translate(polygon, xoff=turn) for turn in (-360.0, 0.0, 360.0))
    return MultiPolygon([orient(part) for part in (copy.intersection(world) for copy in turned) if part.area > 0.0])


def _parse_feature(feature: Any, *, source: str) -> SiteFeature:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise SitesError("not a GeoJSON Feature; expected an object with type 'Feature', properties and geometry")
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise SitesError("its properties are not an object; expected at least a 'name'")
    name = checked_name(properties.get("name") or properties.get("site"))
    try:
        geometry = _geometry(feature.get("geometry"), properties)
        return SiteFeature(
            site=name,
            site_group=_text(properties, "site_group") or name,
            locode=_code(properties, "locode", _LOCODE, "UN/LOCODE such as KPRJN"),
            country=_code(properties, "country", _COUNTRY, "ISO 3166 code such as KP"),
            kind=_choice(properties, "kind", KINDS),
            role=_choice(properties, "role", ROLES),
            aliases=_text(properties, "aliases"),
            source=_text(properties, "source", max_length=500) or source,
            geometry=geometry,
            approach=_approach(feature["geometry"], properties),
        )
    except SitesError as error:
        raise SitesError(f"{name}: {error}") from None


def _text(properties: dict[str, Any], key: str, *, max_length: int = MAX_NAME) -> str | None:
    value = properties.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not value.isprintable() or len(value) > max_length:
        raise SitesError(f"{key!r} is {value!a:.60}; expected printable text of at most {max_length} characters")
    return value.strip() or None


def _code(properties: dict[str, Any], key: str, pattern: re.Pattern[str], expected: str) -> str | None:
    code = (_text(properties, key) or "").replace(" ", "").upper()
    if code and not pattern.fullmatch(code):
        raise SitesError(f"{key!r} is {code!r}; expected an {expected}")
    return code or None


def _choice(properties: dict[str, Any], key: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices; the first where nothing is said."""
    choice = _text(properties, key) or choices[0]
    if choice not in choices:
        raise SitesError(f"{key!r} is {choice!r}; expected one of {', '.join(choices)}")
    return choice


def _number(value: Any, what: str, limit: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_HUGE < value < _HUGE:
        raise SitesError(f"{what} is {value!a:.40}; expected a number of degrees")
    if abs(value) > limit:
        raise SitesError(
            f"{what} is {value:g}; expected -{limit:g} to {limit:g}: GeoJSON has longitude before latitude, "
            "check that they are not swapped"
        )
    return float(value)


def _position(lon: Any, lat: Any) -> tuple[float, float]:
    return _number(lon, "longitude", 180.0), _number(lat, "latitude", MAX_LAT_DEG)


def _approach(geometry: dict[str, Any], properties: dict[str, Any]) -> tuple[float, float] | None:
    lat, lon = properties.get("approach_lat"), properties.get("approach_lon")
    if lat is not None or lon is not None:
        return _position(lon, lat)
    if geometry["type"] == "Point":
        return _position(*geometry["coordinates"][:2])
    return None


def _check_positions(coordinates: Any, depth: int) -> None:
    """Check every position of nested coordinate lists; shapely would take most nonsense without a word."""
    if not isinstance(coordinates, list) or not coordinates:
        raise SitesError(f"coordinates are {coordinates!a:.40}; expected nested lists of [longitude, latitude]")
    if depth:
        for part in coordinates:
            _check_positions(part, depth - 1)
    elif len(coordinates) < 2:
        raise SitesError(f"a position is {coordinates!a:.40}; expected [longitude, latitude]")
    else:
        _position(*coordinates[:2])


def _geometry(geometry: Any, properties: dict[str, Any]) -> BaseGeometry:
    depths = {"Point": 0, "Polygon": 2, "MultiPolygon": 3}
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(kind, str) or kind not in depths:
        raise SitesError(f"its geometry is {kind!a:.40}; expected a Point, Polygon or MultiPolygon")
    _check_positions(geometry.get("coordinates"), depths[kind])
    if kind == "Point":
        lon, lat = geometry["coordinates"][:2]
        return circle(lon=lon, lat=lat, radius_nm=_radius_nm(properties))
    try:
        polygon = shape(geometry)
    except (ShapelyError, ValueError, TypeError, IndexError) as error:
        raise SitesError(
            f"its polygon cannot be built ({error}); expected closed rings of 4 or more positions"
        ) from error
    if not polygon.is_valid or polygon.area <= 0.0:
        raise SitesError(
            f"its polygon is not valid: {explain_validity(polygon)} (longitude latitude); "
            "draw its edge so that it nowhere crosses itself"
        )
    return polygon


def _radius_nm(properties: dict[str, Any]) -> float:
    value = properties.get("radius_nm", DEFAULT_RADIUS_NM)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value <= MAX_RADIUS_NM:
        raise SitesError(f"'radius_nm' is {value!a:.40}; expected more than 0 and at most {MAX_RADIUS_NM:g}")
    return float(value)
