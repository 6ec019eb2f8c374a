"""The Rajin case as a synthetic reconstruction, in the form of the Danish Maritime Authority's daily files."""

import csv
from pathlib import Path

import numpy as np
from demo_files import remove_old, write_zst
from demo_ship import MOORED, Reports, Ship
from demo_shuttles import START, Visit, make_shuttles
from demo_traffic import make_traffic

DAYS = 78
SEED = 20230914
HEADER = (
    "# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    "Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type,A,B,C,D"
)


def make_rajin(out: Path) -> None:
    """Write the daily files and the truth."""
    end_h = DAYS * 24.0
    rng = np.random.default_rng(SEED)
    shuttles, visits = make_shuttles(rng, end_h)
    rows: list[tuple[float, int, str]] = []
    heard: dict[int, np.ndarray] = {}
    for ship in [*shuttles, *make_traffic(rng, end_h)]:
        reports = ship.reports(end_h)
        heard[ship.mmsi] = reports.t_h
        rows += position_rows(ship, reports) + static_rows(ship, reports.t_h)
    rows.sort()
    day = np.array([row[0] // 86_400 for row in rows], int)
    remove_old(out)
    for number in range(DAYS):
        first, last = np.searchsorted(day, [number, number + 1])
        date = START + np.timedelta64(number, "D")
        write_zst(out / f"aisdk-{str(date)[:10]}.csv.zst", [HEADER, *(row[2] for row in rows[first:last])])
    write_truth(out / "truth.csv", visits, heard)


def position_rows(ship: Ship, reports: Reports) -> list[tuple[float, int, str]]:
    """Return (seconds, MMSI, line) of each position report."""
    rows = []
    for t_h, lon, lat, sog, cog, status in zip(*reports, strict=True):
        second = round(t_h * 3600)
        course = f"{cog:.1f}" if cog < 359.95 else ""
        heading = f"{cog:.0f}" if course and status != MOORED and not ship.class_b else ""
        mobile, words = ("Class B", "Unknown value") if ship.class_b else ("Class A", status)
        line = (
            f"{_stamp(second)},{mobile},{ship.mmsi},{lat:.4f},{lon:.4f},{words},,{sog:.1f},{course},{heading},"
            "Unknown,,,Undefined,,,,Undefined,,,,AIS,,,,"
        )
        rows.append((second, ship.mmsi, line))
    return rows


def static_rows(ship: Ship, heard_h: np.ndarray) -> list[tuple[float, int, str]]:
    """Return (seconds, MMSI, line) of each static report: a message without a position, at 91 N 0 E."""
    rows = []
    mobile = "Class B" if ship.class_b else "Class A"
    for t_h, draught_m, destination in ship.statics(heard_h):
        second = round(t_h * 3600)
        draught = "" if ship.class_b else f"{draught_m:.1f}"
        line = (
            f"{_stamp(second)},{mobile},{ship.mmsi},91,0,Unknown value,,,,,{ship.imo or 'Unknown'},,{ship.name},"
            f"{ship.ship_type},,{ship.beam_m},{ship.length_m},GPS,{draught},{destination},,AIS,,,,"
        )
        rows.append((second, ship.mmsi, line))
    return rows


def _stamp(second: int) -> str:
    date, time = str(START + np.timedelta64(second, "s")).split("T")
    year, month, day = date.split("-")
    return f"{day}/{month}/{year} {time}"


def write_truth(path: Path, visits: list[Visit], heard: dict[int, np.ndarray]) -> None:
    """Write the visits to Rajin, each with the silence that hides it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["mmsi", "name", "site", "arrival", "departure", "last_heard", "next_heard", "published"])
        for visit in visits:
            t_h = heard[visit.mmsi]
            on = int(np.searchsorted(t_h, visit.arrival_h))
            next_heard = _iso(t_h[on]) if on < t_h.size else ""
            times = [_iso(visit.arrival_h), _iso(visit.departure_h), _iso(t_h[on - 1]), next_heard]
            table.writerow([visit.mmsi, visit.name, "Rajin", *times, visit.ground])


def _iso(t_h: float) -> str:
    return f"{START + np.timedelta64(round(t_h * 60), 'm')}Z"
