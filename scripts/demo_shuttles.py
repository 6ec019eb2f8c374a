"""The four ships of the Rajin case, reconstructed: open near home, silent to Rajin and back, open again."""

from typing import NamedTuple

import numpy as np
from demo_ship import ANCHORED, Ship

SHIPS = {
    # MMSI (invented), IMO (published), length, beam, speed, draught (all invented, plausible)
    "SYNTH ANGARA": (273990001, 9179842, 119, 18, 11.0, 4.6),
    "SYNTH MARIA": (273990002, 8517839, 115, 17, 10.5, 4.3),
    "SYNTH MAIA-1": (273990003, 9358010, 98, 15, 11.0, 4.1),
    "SYNTH LADY R": (273990004, 9161003, 123, 17, 11.5, 4.8),
}

# ship | from | off | at Rajin from | to (UTC) | back to | on | loaded draught seen | destination after | ground
#   off: "N nm" out of the harbour, at the "berth" hours before sailing, or "dark": not heard since the trip before
#   on: "N nm" before the harbour, at the "berth" after arrival, "sailed": after unloading in the dark, on the way to
#       the next harbour, "dark": not until after the next trip, "never": not in this feed
TRIPS = """
ANGARA | Vladivostok | 14 nm | 08-22 21:00 | 08-25 04:00 | Dunay     | sailed | 5.1 | VLADIVOSTOK | mid-August to 14 October: five trips or more of Angara and Maria
MARIA  | Vostochny   | 9 nm  | 08-27 20:00 | 08-30 02:00 | Dunay     | sailed |     | VLADIVOSTOK | mid-August to 14 October: five trips or more of Angara and Maria
MAIA-1 | Vostochny   | berth | 08-31 05:00 | 09-02 09:00 | Vostochny | 12 nm  | 5.7 | VOSTOCHNY   | rhythm only
LADY R | Vladivostok | 22 nm | 09-02 22:00 | 09-05 06:00 | Vostochny | berth  |     | VOSTOCHNY   | rhythm only
ANGARA | Vladivostok | 31 nm | 09-06 20:00 | 09-08 22:00 | Dunay     | dark   |     |             | 7 to 12 September: some 300 containers from Rajin to Dunay
MARIA  | Vladivostok | 12 nm | 09-09 18:00 | 09-11 20:00 | Dunay     | sailed | 4.8 | RU VVO      | 7 to 12 September: some 300 containers from Rajin to Dunay
MAIA-1 | Vostochny   | 16 nm | 09-12 22:00 | 09-15 05:00 | Dunay     | dark   |     |             | rhythm only
LADY R | Vostochny   | berth | 09-15 06:00 | 09-17 22:00 | Vostochny | 18 nm  | 6.4 | VOSTOCHNY   | rhythm only
ANGARA | Dunay       | dark  | 09-18 03:00 | 09-20 08:00 | Dunay     | sailed | 5.2 | VLADIVOSTOK | mid-August to 14 October: five trips or more of Angara and Maria
MARIA  | Vladivostok | 25 nm | 09-22 20:00 | 09-25 00:00 | Dunay     | dark   |     |             | mid-August to 14 October: five trips or more of Angara and Maria
MAIA-1 | Dunay       | dark  | 09-26 02:00 | 09-28 06:00 | Vostochny | 7 nm   | 5.6 | VOSTOCHNY   | rhythm only
ANGARA | Vladivostok | berth | 09-29 01:00 | 10-01 09:00 | Dunay     | sailed |     | VLADIVOSTOK | mid-August to 14 October: five trips or more of Angara and Maria
LADY R | Vostochny   | 11 nm | 10-01 20:00 | 10-03 22:00 | Vostochny | berth  |     | FOR ORDERS  | rhythm only
MARIA  | Dunay       | dark  | 10-04 05:00 | 10-06 07:00 | Dunay     | sailed | 4.9 | VLADIVOSTOK | mid-August to 14 October: five trips or more of Angara and Maria
MAIA-1 | Vladivostok | 19 nm | 10-08 02:00 | 10-10 09:00 | Vostochny | 15 nm  | 5.8 | VOSTOCHNY   | rhythm only
ANGARA | Vladivostok | 28 nm | 10-11 22:00 | 10-14 03:00 | Dunay     | sailed |     | VLADIVOSTOK | mid-August to 14 October: five trips or more of Angara and Maria
LADY R | Vladivostok | 35 nm | 10-14 20:00 | 10-16 23:00 | Vostochny | 10 nm  | 6.3 | VOSTOCHNY   | rhythm only
MARIA  | Vladivostok | 17 nm | 10-18 01:00 | 10-20 04:30 | Dunay     | sailed |     | VLADIVOSTOK | 19 October loading a 115 m ship, there on the 20th at 11:01, gone at 15:43 (read as local time)
MAIA-1 | Vostochny   | berth | 10-22 03:00 | 10-24 06:00 | Vostochny | berth  |     | VOSTOCHNY   | rhythm only
ANGARA | Vladivostok | 24 nm | 10-25 21:00 | 10-28 02:00 | Dunay     | sailed |     | VLADIVOSTOK | rhythm only
LADY R | Vostochny   | 8 nm  | 10-30 02:00 | 11-01 05:00 | Vostochny | never  |     |             | rhythm only
"""  # noqa: E501  one trip a line

START = np.datetime64("2023-08-20T00:00")
UNLOADING_H = 34.0
DARK_AT_BERTH_H = 7.0


class Visit(NamedTuple):
    """A synthetic visit to Rajin: hours since the start of the period, and the published ground for it."""

    mmsi: int
    name: str
    arrival_h: float
    departure_h: float
    ground: str


class Trip(NamedTuple):
    """One line of TRIPS."""

    ship: str
    origin: str
    off: str
    arrival_h: float
    departure_h: float
    home: str
    on: str
    draught_m: float | None
    destination: str
    ground: str


def read_trips() -> list[Trip]:
    """Return TRIPS as tuples."""
    trips = []
    for line in TRIPS.strip().splitlines():
        ship, origin, off, arrival, departure, home, on, draught, destination, ground = (
            cell.strip() for cell in line.split("|")
        )
        times = [float((np.datetime64(f"2023-{t.replace(' ', 'T')}") - START) / np.timedelta64(1, "h"))
                 for t in (arrival, departure)]  # fmt: skip
        draught_m = float(draught) if draught else None
        trips.append(Trip(f"SYNTH {ship}", origin, off, *times, home, on, draught_m, destination, ground))
    return trips


def make_shuttles(rng: np.random.Generator, end_h: float) -> tuple[list[Ship], list[Visit]]:
    """Return the four ships and their visits."""
    ships, visits = [], []
    trips = read_trips()
    for (name, (mmsi, imo, length_m, beam_m, speed_kn, draught_m)), stream in zip(
        SHIPS.items(), rng.spawn(len(SHIPS)), strict=True
    ):
        own = [trip for trip in trips if trip.ship == name]
        ship = Ship(
            mmsi, name, "Cargo", length_m, beam_m, speed_kn, draught_m, stream, 0.0, own[0].origin, imo=imo
        )  # fmt: skip
        visits += _sail(ship, own, end_h)
        ships.append(ship)
    return ships, sorted(visits, key=lambda visit: visit.arrival_h)


def _sail(ship: Ship, trips: list[Trip], end_h: float) -> list[Visit]:
    """Let a ship make its trips, and lie at home after the last."""
    visits = []
    ballast_m = ship.draught_m
    off_h = 0.0
    ship.say(trips[0].origin.upper())
    for trip in trips:
        if ship.place != trip.origin:
            start, _ = ship.sail(trip.origin)
            if trips[trips.index(trip) - 1].on == "sailed":
                ship.silences.append((off_h, start + ship.rng.uniform(0.3, 0.9)))
        passage_h = _hours_to_rajin(ship)
        ship.stay(trip.arrival_h - passage_h - ship.t_h, ANCHORED if trip.origin == "Vladivostok" else "Moored")
        if trip.off != "dark":
            ship.say(ship.rng.choice([trip.origin.upper(), "FOR ORDERS", "SEA", ""]), ballast_m)
            off_h = ship.t_h + _hours(trip.off, ship.speed_kn, -DARK_AT_BERTH_H)
        ship.sail("Rajin", ship.speed_kn)
        arrival_h, departure_h = ship.stay(trip.departure_h - ship.t_h)
        visits.append(Visit(ship.mmsi, ship.name, arrival_h, departure_h, trip.ground))
        ship.say(trip.destination, trip.draught_m or ballast_m)
        _, home_h = ship.sail(trip.home, ship.speed_kn * 0.95)
        ship.stay(UNLOADING_H)
        if trip.on == "never":
            ship.silences.append((off_h, np.inf))
        elif trip.on not in {"dark", "sailed"}:
            ship.silences.append((off_h, home_h - _hours(trip.on, ship.speed_kn, -DARK_AT_BERTH_H)))
    if trips[-1].on == "sailed":
        start, _ = ship.sail("Vladivostok")
        ship.silences.append((off_h, start + 0.5))
    ship.stay(max(end_h - ship.t_h, 1.0), ANCHORED)
    return visits


def _hours_to_rajin(ship: Ship) -> float:
    """Return about how long the passage takes."""
    return {"Vladivostok": 92.0, "Dunay": 103.0, "Vostochny": 134.0}[ship.place] / ship.speed_kn


def _hours(where: str, speed_kn: float, at_berth_h: float) -> float:
    """Return the hours of a distance such as "12 nm", or those of "berth"."""
    return at_berth_h if where == "berth" else float(where.removesuffix(" nm")) / speed_kn
