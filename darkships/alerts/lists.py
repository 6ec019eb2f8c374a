"""Lists of vessels that somebody looks out for, such as a sanctions list: by IMO number, then MMSI, never by name."""

import csv
from dataclasses import dataclass
from pathlib import Path

from darkships.errors import DarkshipsError
from darkships.watchlist.runs import digest


@dataclass(frozen=True)
class VesselList:
    """Who is on a list."""

    name: str
    imos: frozenset[int]
    mmsis: frozenset[int]

    @property
    def digest(self) -> str:
        """Tells what is on it from what was."""
        return digest(repr((sorted(self.imos), sorted(self.mmsis))))

    def has(self, *, mmsi: int, imo: int | None) -> bool:
        """Tell whether a vessel is on the list; its IMO number counts only if the check digit is right."""
        return imo in self.imos or mmsi in self.mmsis


def read_list(name: str, path: Path) -> VesselList:
    """Read a CSV with a column ``imo`` or ``mmsi`` or both; other columns are for people.

    Raises
    ------
    DarkshipsError
        If it cannot be read, has neither column, or a cell is no number.

    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = {(column or "").strip().lower(): column for column in reader.fieldnames or ()}
            if not {"imo", "mmsi"} & columns.keys():
                raise DarkshipsError(f"the list {path} has the columns {sorted(columns)}; expected imo or mmsi")
            found: dict[str, set[int]] = {"imo": set(), "mmsi": set()}
            for row in reader:
                for kind, numbers in found.items():
                    cell = (row.get(columns.get(kind) or "") or "").strip().upper().removeprefix("IMO").strip()
                    if cell and not cell.isdecimal():
                        raise DarkshipsError(f"{path}, line {reader.line_num}: {kind} is {cell!r}; expected a number")
                    if cell:
                        numbers.add(int(cell))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DarkshipsError(f"the list {path} cannot be read ({error}); expected a CSV file in UTF-8") from error
    return VesselList(name, frozenset(found["imo"]), frozenset(found["mmsi"]))
