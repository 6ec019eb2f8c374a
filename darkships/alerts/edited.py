"""Verdicts from an edited CSV, as spreadsheets save it: commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1252."""

import codecs
import csv
import io
from pathlib import Path

from darkships.alerts.triage import COLUMNS, Verdict
from darkships.errors import DarkshipsError

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_verdicts(path: Path) -> list[Verdict]:
    """Read an edited CSV; rows with neither verdict nor note are left out.

    Raises
    ------
    DarkshipsError
        If it cannot be read, lacks a column, has a note without a verdict, or says two things of one lead.

    """
    try:
        file = io.StringIO(_text(path.read_bytes()), newline="")
        first = file.readline()
        said = first[4:5] if first.lower().startswith("sep=") else ""  # for Excel: no row of the table
        if not said:
            file.seek(0)
        reader = csv.DictReader(file, delimiter=said or _separator(first))
        columns = {name.strip().lower(): name for name in reader.fieldnames or ()}
        lacking = [name for name in COLUMNS[:2] if name not in columns]
        if lacking:
            raise DarkshipsError(f"{path} has no column {lacking[0]!r}; expected a CSV as darkships triage writes it")
        verdicts = {reader.line_num + bool(said): _verdict(row, columns) for row in reader}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DarkshipsError(f"{path} cannot be read ({error}); expected a CSV file") from error
    verdicts = {line: one for line, one in verdicts.items() if one.verdict or one.note}
    faults = _faults(verdicts)
    if faults:
        raise DarkshipsError(f"nothing was changed; {path}: " + "; ".join(faults))
    return list(dict.fromkeys(verdicts.values()))


def _verdict(row: dict[str, str], columns: dict[str, str]) -> Verdict:
    lead_id, verdict, note = ((row.get(columns.get(name, "")) or "").strip() for name in COLUMNS[:3])
    return Verdict(lead_id.upper(), verdict.lower(), note)


def _text(content: bytes) -> str:
    if content.startswith(_WIDE):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _separator(header: str) -> str:
    """Return what stands most often in a header; no column of ours has any of them in its name."""
    return max(",;\t", key=header.count)


def _faults(verdicts: dict[int, Verdict]) -> list[str]:
    """Return a sentence for each row that cannot be meant, by line."""
    faults = []
    first: dict[str, int] = {}
    for line, one in verdicts.items():
        before = first.setdefault(one.lead_id, line)
        if not one.verdict:
            faults.append(f"line {line}: a note on {one.lead_id} without a verdict; give one, or remove the note")
        elif verdicts[before] != one:
            faults.append(f"lines {before} and {line} say different things of {one.lead_id}; keep one of them")
    return faults
