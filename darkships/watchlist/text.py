"""Text for people: hostile strings made safe, numbers and times as one reads them."""

import re
from datetime import datetime

_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the start of a formula, full-width forms included (OWASP, CSV injection)."""

_MOST_SIGNS = 60
_ACTIVE = re.compile(r"[^\w .,'/+-]|_")
_LINK = re.compile(r"(?<=\w)\.(?=\w)|//+")


def safe_text(text: str) -> str:
    r"""Return the text on one line and without control, bidirectional, zero-width and other invisible characters.

    Examples
    --------
    >>> safe_text("EVIL\x1b[31m\nSHIP")
    'EVIL[31m SHIP'

    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)


def spreadsheet_text(text: str) -> str:
    """Return safe text that no spreadsheet takes for a formula: it gets a leading apostrophe if it looks like one."""
    safe = safe_text(text).strip()
    return f"'{safe}" if safe.startswith(_FORMULA_STARTS) else safe


def quoted(text: str) -> str:
    """Return safe text of strangers for use within a sentence: in double quotes, of limited length."""
    safe = safe_text(text).strip().replace('"', "'")
    return f'"{safe[:_MOST_SIGNS]}..."' if len(safe) > _MOST_SIGNS else f'"{safe}"'


def inert(text: str) -> str:
    """Return text of strangers that no terminal, chat or page takes for more than text.

    Examples
    --------
    >>> inert("<b>*EVIL*</b> @all evil.com")
    '?b??EVIL??/b? ?all evil. com'

    """
    plain = _ACTIVE.sub("?", " ".join(safe_text(text).split())[:_MOST_SIGNS])
    return _LINK.sub(lambda found: ". " if found[0] == "." else "/", plain)


def labelled(text: str, data_label: str) -> str:
    """Return the text led by the label of data that is not real."""
    return f"{safe_text(data_label).strip()}: {text}" if data_label else text


def time_text(time: datetime) -> str:
    """Return a UTC time to the minute."""
    return f"{time:%Y-%m-%d %H:%M}Z"


def probability_text(probability: float) -> str:
    """Return a probability to two digits that never reads as certainty."""
    if probability < 0.01:
        return "below 0.01"
    return "above 0.99" if probability > 0.99 else f"{probability:.2f}"


def missing(value: object) -> bool:
    """Tell whether a cell is empty."""
    return value is None or value != value  # noqa: PLR0124  NaN and NaT are unlike themselves
