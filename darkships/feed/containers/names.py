"""Names of files inside archives: which are unsafe, which are plainly no feeds, and how strange ones are shown."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath, PureWindowsPath

from darkships.errors import FeedError

_JUNK_SUFFIXES = {".pdf", ".html", ".htm", ".md", ".docx", ".png", ".jpg", ".sha256", ".md5", ".py", ".yaml"}
_JUNK_SUFFIXES |= {".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj"}  # what goes with a .shp
_JUNK_NAMES = {"readme", "readme.txt", "license", "license.txt", "thumbs.db", "desktop.ini"}
_REPORT = re.compile(rb"\smmsi\s*=", re.IGNORECASE)
_SHOWN_LENGTH = 300
DATABASE_SUFFIX = ".gdb"
DATABASE_CATALOG = "a00000001.gdbtable"
"""The table of all tables, which every geodatabase has."""

_DATABASE_PART = re.compile(r"a[0-9a-f]{8}[\w.]{1,60}|gdb|timestamps", re.ASCII)


def shown(name: str) -> str:
    """Return a stranger's name without what a terminal, a table or a database could stumble over."""
    cut = name if len(name) <= _SHOWN_LENGTH else f"{name[:_SHOWN_LENGTH]}..."
    return "".join(c if c.isprintable() else "\ufffd" for c in cut)


def is_junk(name: str) -> bool:
    """Tell whether a file beside the feeds is plainly none: hidden, a document, a checksum."""
    path = PurePosixPath(name)
    return path.name.startswith(".") or path.suffix.lower() in _JUNK_SUFFIXES or path.name.lower() in _JUNK_NAMES


def is_description(name: str, start: Callable[[], bytes]) -> bool:
    """Tell by an XML file's first bytes, asked for if need be, whether it describes others: reports name an MMSI."""
    return name.lower().endswith(".xml") and _REPORT.search(start()) is None


def database_of(name: str) -> str:
    """Return the folder of a geodatabase that a file in an archive lies in; empty if it lies in none."""
    parts = PurePosixPath(name).parts[:-1]
    depth = next((i for i, part in enumerate(parts) if part.lower().endswith(DATABASE_SUFFIX)), None)
    return "" if depth is None else "/".join(parts[: depth + 1])


def is_database_part(name: str) -> bool:
    """Tell whether a file in a geodatabase belongs to it; others, such as locks, are not needed to read it."""
    return _DATABASE_PART.fullmatch(name) is not None


def is_left_out(name: str) -> bool:
    """Tell whether a file in an archive is plainly no feed, by its own name or by that of a folder it lies in."""
    folders = PurePosixPath(name).parts[:-1]
    return is_junk(name) or any(part == "__MACOSX" or part.startswith(".") for part in folders)


def check_name(name: str, where: str) -> str:
    """Return a member's name with plain slashes.

    Raises
    ------
    FeedError
        When it is empty or leads out of the archive: no honest archive has such a name.

    """
    plain = name.replace("\\", "/")
    outside = plain.startswith("/") or PureWindowsPath(name).is_absolute()
    if not plain or outside or ".." in PurePosixPath(plain).parts:
        raise FeedError(
            f"{where} holds a member with the unsafe name {shown(name)!r}; expected plain relative names, "
            "do not trust this archive"
        )
    return plain
