"""How often a provider's format lets a vessel be heard."""

from collections.abc import Iterable

from darkships.errors import DarkshipsError
from darkships.feed.dialects import find_dialect
from darkships.units import S_PER_H


def check_cadence(formats: Iterable[str], min_gap_h: float) -> None:
    """Refuse a shortest silence that a provider's thinning makes by itself.

    Raises
    ------
    DarkshipsError
        When it is less than three times the spacing of the reports that a format leaves of each vessel.

    """
    for name in formats:
        dialect = find_dialect(name)
        least_h = 3 * dialect.cadence_s / S_PER_H if dialect is not None else 0.0
        if min_gap_h < least_h:
            raise DarkshipsError(
                f"a shortest silence of {min_gap_h:g} h means nothing in reports of format {name}, which keeps one a "
                f"vessel every {dialect.cadence_s if dialect else 0:g} s; choose --min-gap-h of at least {least_h:g}"
            )
