"""Where watched sites stand, and what is said there, before any of it is understood."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from darkships.errors import SitesError
from darkships.resources import data_dir


def shipped_lists() -> dict[str, Path]:
    """Return the files of the shipped watch lists, by name."""
    return {path.stem: path for path in (data_dir() / "sites").glob("*.geojson")}


def paths_of(source: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return the files that sites are read from, given what ``read_sites`` takes.

    Raises
    ------
    SitesError
        If a list or file is unknown.

    """
    if isinstance(source, Path):
        return [source]
    if not isinstance(source, str):
        return [path for item in source for path in paths_of(item)]
    lists = shipped_lists()
    if source in lists:
        return [lists[source]]
    if Path(source).is_file():
        return [Path(source)]
    if "," in source:
        return [path for item in source.split(",") if item.strip() for path in paths_of(item.strip())]
    raise SitesError(
        f"{source!r:.200} is neither a file nor a shipped list; expected a GeoJSON file or one of: {', '.join(lists)}"
    )


def load_collection(path: Path) -> dict[str, Any]:
    """Return a GeoJSON FeatureCollection as it stands in the file.

    Raises
    ------
    SitesError
        If there is no such file, or it is anything else.

    """
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SitesError(f"cannot read the sites file {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise SitesError(f"{path} is not JSON ({error}); expected a GeoJSON FeatureCollection of sites") from error
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        what = found.get("type", "an object without type") if isinstance(found, dict) else f"a {type(found).__name__}"
        raise SitesError(f"{path} holds {what!r:.60}; expected a GeoJSON FeatureCollection with one feature a site")
    if not isinstance(found.get("features"), list):
        raise SitesError(f"{path} has no list of 'features'; expected a GeoJSON FeatureCollection")
    return found


def text_of(source: str | Path | Sequence[str | Path]) -> str:
    """Return what sites are read from as one text, the same however the files are laid out.

    Raises
    ------
    SitesError
        As ``paths_of`` and ``load_collection`` do.

    """
    return json.dumps([[path.name, load_collection(path)] for path in paths_of(source)], sort_keys=True)
