"""Synthetic ships that behave innocently around the Sea of Japan, many of them with long silences."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from demo_sea import EXITS, GROUNDS
from demo_ship import ANCHORED, MOORED, Ship

PRIMORYE = ("Vladivostok", "Nakhodka", "Vostochny", "Slavyanka", "Zarubino", "Posyet")
PRIMORYE_SHARE = (0.36, 0.22, 0.26, 0.06, 0.05, 0.05)
ABROAD = (
    "Busan", "Ulsan", "Pohang", "Donghae", "Sokcho", "Sakaiminato", "Maizuru", "Toyama", "Niigata", "Akita", "Otaru",
    "Kholmsk", "Olga", "Plastun", "Korea Strait", "Tsugaru Strait", "La Perouse Strait",
)  # fmt: skip
FISHING_PORTS = {
    "Vladivostok": 273, "Nakhodka": 273, "Slavyanka": 273, "Zarubino": 273, "Donghae": 440, "Sokcho": 440,
    "Sakaiminato": 431, "Otaru": 431,
}  # fmt: skip
"""Home ports, and the maritime identification digits of their boats."""

NEAR_GROUND = {
    "Vladivostok": "Peter the Great Bay", "Slavyanka": "Peter the Great Bay", "Zarubino": "Peter the Great Bay",
    "Nakhodka": "Off Povorotny", "Donghae": "Off Ulleung", "Sokcho": "Off Ulleung", "Sakaiminato": "Off Hamada",
    "Otaru": "Off Otaru",
}  # fmt: skip

# Share, maritime identification digits of the flag (ITU). What follows is invented: 99 and a number.
FLAGS = (
    (0.36, 273), (0.14, 440), (0.13, 431), (0.10, 351), (0.07, 414), (0.06, 538), (0.05, 477), (0.05, 636), (0.04, 511),
)  # fmt: skip

# Kind: share, length from, to, speed from, to
HULLS = {
    "Cargo": (0.62, 80, 190, 9.5, 14.0),
    "Tanker": (0.22, 90, 240, 10.0, 13.5),
    "Other": (0.09, 60, 130, 9.0, 12.0),
    "Passenger": (0.07, 110, 170, 15.0, 19.0),
}

Story = Callable[..., None]


def make_traffic(rng: np.random.Generator, end_h: float) -> list[Ship]:
    """Return the background: every ship lives its story for a part of the period."""
    ships = []
    for life, count in STORIES:
        for stream in rng.spawn(count):
            ship = _launch(len(ships) + 1, life, stream, end_h)
            life.live(ship, max(ship.t_h, 0.0) + stream.uniform(*life.days) * 24.0)
            ships.append(ship)
    return ships


class Life(NamedTuple):
    """A way to live: the story, for how many days, and whether it is a fishing boat's."""

    live: Story
    days: tuple[float, float]
    fishes: bool = False


def _launch(number: int, life: Life, rng: np.random.Generator, end_h: float) -> Ship:
    """Return a ship at its first place, before the period or at any time in it."""
    shares, digits = zip(*FLAGS, strict=True)
    start_h = rng.uniform(-0.35, 0.95) * end_h
    if life.fishes:
        kind, place = "Fishing", rng.choice(list(FISHING_PORTS))
        length, speed = rng.uniform(18, 70), rng.uniform(8.0, 11.0)
        flag = FISHING_PORTS[str(place)]
    else:
        kind = str(rng.choice(list(HULLS), p=[hull[0] for hull in HULLS.values()]))
        _, shortest, longest, slowest, fastest = HULLS[kind]
        length, speed = rng.uniform(shortest, longest), rng.uniform(slowest, fastest)
        flag = int(rng.choice(digits, p=shares))
        place = rng.choice(PRIMORYE, p=PRIMORYE_SHARE) if rng.random() < 0.6 else rng.choice(ABROAD)
    draught = 0.035 * length + rng.uniform(0.5, 1.5)
    name = f"SYNTH {kind.upper()} {number:03d}"
    class_b = life.fishes and length < 28
    mmsi = flag * 1_000_000 + 990_100 + number
    return Ship(
        mmsi, name, kind, round(length), round(length / 6.5), speed, round(draught, 1), rng, start_h, str(place),
        class_b=class_b,
    )  # fmt: skip


def _next_place(ship: Ship) -> str:
    """Choose where to sail: mostly between Primorye and the rest, sometimes along a coast."""
    at_home = ship.place in PRIMORYE
    if at_home != (ship.rng.random() < 0.15):
        return str(ship.rng.choice([place for place in ABROAD if place != ship.place]))
    shares = np.array([share * (place != ship.place) for place, share in zip(PRIMORYE, PRIMORYE_SHARE, strict=True)])
    return str(ship.rng.choice(PRIMORYE, p=shares / shares.sum()))


def _declare(ship: Ship, destination: str) -> None:
    """Type destination and draught: loaded or in ballast; a third of the ships never bother."""
    careless = ship.mmsi % 3 == 0 and bool(ship.said)
    if not careless:
        word = "FOR ORDERS" if destination in EXITS else destination.upper()
        ship.say(word, ship.length_m * 0.035 + ship.rng.uniform(0.3, 2.2))


def _call(ship: Ship) -> tuple[float, float]:
    """Wait in the roads sometimes, then lie at the berth; return the time there."""
    if ship.place in EXITS:
        return ship.t_h, ship.t_h
    if ship.rng.random() < 0.3:
        ship.stay(ship.rng.uniform(4.0, 40.0), ANCHORED)
    return ship.stay(ship.rng.uniform(14.0, 90.0))


def _voyage(ship: Ship, until_h: float, *, at_sea: Story | None = None, in_port: Story | None = None) -> None:
    """Sail from port to port, then leave for good or lie still; tell the stories what happened from when to when."""
    while ship.t_h < until_h:
        lay = _call(ship)
        if in_port:
            in_port(ship, *lay)
        destination = _next_place(ship)
        _declare(ship, destination)
        sailed = ship.sail(destination)
        if at_sea:
            at_sea(ship, *sailed)
        if destination in EXITS and ship.t_h > until_h - 200.0:
            return
        if destination in EXITS:
            _go_round(ship)
    if ship.place not in EXITS:
        exit_ = str(ship.rng.choice(list(EXITS)))
        _declare(ship, exit_)
        ship.sail(exit_)


def _go_round(ship: Ship) -> None:
    """Spend days outside the area, where the feed does not reach, and come back."""
    start, end = ship.stay(ship.rng.uniform(90.0, 500.0))
    ship.silences.append((start, end))


def regular(ship: Ship, until_h: float) -> None:
    """Trade with the transponder on."""
    _voyage(ship, until_h)


def off_in_port(ship: Ship, until_h: float) -> None:
    """Switch off at the berth, as port rules allow."""

    def switch_off(ship: Ship, start: float, end: float) -> None:
        if end - start > 16.0 and ship.rng.random() < 0.7:
            ship.silences.append((start + ship.rng.uniform(0.5, 4.0), end - ship.rng.uniform(-0.2, 2.0)))

    _voyage(ship, until_h, in_port=switch_off)


def silent_passage(ship: Ship, until_h: float) -> None:
    """Cross to Japan unheard: a weak transmitter, or switched off."""

    def fall_silent(ship: Ship, start: float, end: float) -> None:
        if end - start > 18.0 and ship.rng.random() < 0.7:
            ship.silences.append((start + ship.rng.uniform(1.5, 5.0), end - ship.rng.uniform(1.5, 5.0)))

    _voyage(ship, until_h, at_sea=fall_silent)


def satellite_only(ship: Ship, until_h: float) -> None:
    """Be heard off the coast by a satellite now and then."""

    def thin_out(ship: Ship, start: float, end: float) -> None:
        ship.sparse.append((start + 3.5, end - 3.5, ship.rng.uniform(3.0, 8.0)))

    _voyage(ship, until_h, at_sea=thin_out)


def laid_up(ship: Ship, until_h: float) -> None:
    """Lie still with the transponder off for weeks."""
    ship.stay(max(ship.rng.uniform(20.0, 120.0), 10.0 - ship.t_h))
    start, end = ship.stay(ship.rng.uniform(300.0, 1100.0))
    ship.silences.append((start, end))
    _voyage(ship, until_h)


def fishing(ship: Ship, until_h: float) -> None:
    """Fish near the coast, heard all the time."""
    home = ship.place
    ship.say("FISHING")
    while ship.t_h < until_h:
        ship.stay(ship.rng.uniform(10.0, 60.0))
        ship.sail(NEAR_GROUND[home])
        ship.fish(ship.rng.uniform(10.0, 40.0), 0.12)
        ship.sail(home)
    ship.stay(6.0, MOORED)


def distant_fishing(ship: Ship, until_h: float) -> None:
    """Fish far off, where nobody hears: days of silence between two passages."""
    home = ship.place
    ship.say("FISHING GROUNDS")
    while ship.t_h < until_h:
        ship.stay(ship.rng.uniform(16.0, 90.0))
        start, out_h = ship.sail(str(ship.rng.choice(list(GROUNDS))))
        ship.fish(ship.rng.uniform(40.0, 230.0), 0.25)
        leaves_h, end = ship.sail(home)
        last_h, first_h = start + _heard_h(ship), end - _heard_h(ship)
        if last_h < out_h and first_h > leaves_h:
            ship.silences.append((last_h, first_h))
    ship.stay(6.0, MOORED)


def _heard_h(ship: Ship) -> float:
    """Return how long a fishing boat is heard from the coast; some switch off earlier, to hide their grounds."""
    if ship.mmsi % 4 == 0:
        return float(ship.rng.uniform(1.0, 4.0))
    return float(ship.rng.uniform(*((12.0, 25.0) if ship.class_b else (30.0, 60.0))) / ship.speed_kn)


STORIES = (
    (Life(regular, (8.0, 28.0)), 230),
    (Life(off_in_port, (15.0, 45.0)), 50),
    (Life(silent_passage, (15.0, 45.0)), 45),
    (Life(satellite_only, (15.0, 45.0)), 40),
    (Life(laid_up, (20.0, 60.0)), 22),
    (Life(fishing, (8.0, 30.0), fishes=True), 90),
    (Life(distant_fishing, (20.0, 55.0), fishes=True), 70),
)
