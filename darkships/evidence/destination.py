"""What a typed destination names: a watched site by UN/LOCODE or by name, nothing, or nothing on purpose."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import geopandas as gpd
import numpy as np
import numpy.typing as npt

HIDDEN = frozenset({
    "", "FOR ORDERS", "FOR ORDER", "FORORDERS", "ORDERS", "TO ORDERS", "TO ORDER", "AWAITING ORDERS", "WAITING ORDERS",
    "WAITING FOR ORDERS", "UNKNOWN", "UNKOWN", "NOT KNOWN", "NONE", "NO", "NIL", "NULL", "N A", "NA", "NOT DEFINED",
    "UNDEFINED", "NOT AVAILABLE", "NO DESTINATION", "TBA", "TBC", "TBD", "TBN", "TO BE ADVISED", "AT SEA", "SEA",
    "OPEN SEA", "HIGH SEAS", "HIGH SEA", "DRIFTING", "ANYWHERE", "ARMED GUARDS ON BOARD",
})  # fmt: skip
"""Destinations that say nothing, normalised; the empty one is among them."""

FUZZY_LETTERS = 6
"""Shorter names must be spelt exactly: Dunay is one letter from Dubai."""

FUZZY_RATIO = 0.85
_QUALIFIERS = ("PORT OF ", "HARBOUR OF ", "HARBOR OF ", "ISLAND OF ")
_SUFFIXES = (" PORT", " HARBOUR", " HARBOR", " ANCHORAGE", " ROADS", " TERMINAL", " NAVAL BASE", " ISLAND")
_APOSTROPHES = "'`\u2019\u02bc"
_ARROW = re.compile(r"[-=]*>+")


@dataclass(frozen=True)
class Destination:
    """A typed destination, taken apart and normalised to upper-case letters, digits and single blanks."""

    origin: str
    """Text before the arrow in ``origin>destination`` (IMO SN.1/Circ.244), else empty."""
    target: str

    @property
    def is_hidden(self) -> bool:
        """It says nothing: empty, a single sign, or a phrase such as FOR ORDERS."""
        return self.target in HIDDEN or len(set(self.target.replace(" ", ""))) == 1


def parse_destination(text: str | None) -> Destination:
    """Take a destination as typed apart; None is empty.

    Examples
    --------
    >>> parse_destination("ru vvo => KP-RJN@@@")
    Destination(origin='RU VVO', target='KP RJN')

    """
    *origin, target = _ARROW.split(text or "")
    return Destination(normalise(" ".join(origin)), normalise(target))


def normalise(text: str) -> str:
    """Return the text in plain upper-case letters and digits, all else as single blanks; accents and apostrophes go."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper())
    plain = "".join(c for c in plain if not unicodedata.combining(c) and c not in _APOSTROPHES)
    return " ".join(re.findall(r"[^\W_]+", plain))


def named_sites(texts: Sequence[str], sites: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Tell which sites each text names, by UN/LOCODE or by name.

    Parameters
    ----------
    texts
        Normalised texts (n,), see :func:`normalise`.
    sites
        A SITES table (s rows). ``Rajin (Najin)`` and ``Rajin/Najin`` are two names of one site; further names come
        from an ``aliases`` column, where the list has one, and from a group that is not itself called like a site.

    Returns
    -------
    numpy.ndarray
        bool (n, s).

    """
    codes = [code.upper() if isinstance(code, str) else "" for code in sites["locode"]]
    names = _names(sites)
    found = np.zeros((len(texts), len(sites)), bool)
    for i, text in enumerate(texts):
        words = text.split()
        windows = {size: {"".join(words[j : j + size]) for j in range(len(words) - size + 1)} for size in range(1, 5)}
        pieces = windows[1] | windows[2]
        for s, code in enumerate(codes):
            found[i, s] = code in pieces or any(_is_named(name, windows) for name in names[s])
    return found


def _names(sites: gpd.GeoDataFrame) -> list[tuple[str, ...]]:
    """Return every site's normalised names, without words such as ``port of``."""
    known = set(sites["site"])
    names = []
    for site, group, alias in zip(sites["site"], sites["site_group"], sites["aliases"], strict=True):
        texts = [site, "" if group in known else group, alias if isinstance(alias, str) else ""]
        names.append(tuple(dict.fromkeys(filter(None, map(_bare, re.split(r"[()/;]", ";".join(texts)))))))
    return names


def _bare(part: str) -> str:
    """Return a name's normalised core; a name that is nothing else keeps its qualifier."""
    name = normalise(part)
    for word in _QUALIFIERS:
        name = name.removeprefix(word)
    for word in _SUFFIXES:
        name = name.removesuffix(word)
    return name


def _is_named(name: str, windows: dict[int, set[str]]) -> bool:
    """Tell whether a run of words is the name, or close to it where it is long enough to be told apart."""
    size, joined = len(name.split()), name.replace(" ", "")
    near = set().union(*(windows.get(n, set()) for n in (size - 1, size, size + 1)))
    if joined in near:
        return True
    if len(joined) < FUZZY_LETTERS:
        return False
    # The first letter and the length are cheap to look at and rule out nearly all.
    alike = [piece for piece in near if piece[0] == joined[0] and abs(len(piece) - len(joined)) <= 2]
    return any(SequenceMatcher(None, joined, piece).ratio() >= FUZZY_RATIO for piece in alike)
