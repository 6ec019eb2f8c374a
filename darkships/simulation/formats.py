"""The formats that a simulation is written in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from darkships.kernels import Array
from darkships.kernels.simulation import CLASS_A
from darkships.kernels.simulation_nmea import SaidNmea, put_nmea
from darkships.kernels.simulation_reports import Rows
from darkships.kernels.simulation_text import Said, Texts, put_dma, put_marinecadastre
from darkships.names import NAV_STATUSES
from darkships.simulation.plan import Plan

_MARINECADASTRE_HEADER = (
    b"MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,Draft,Cargo,"
    b"TransceiverClass\n"
)
_DMA_HEADER = (
    b"# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,Callsign,Name,"
    b"Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,Destination,ETA,Data source type,"
    b"A,B,C,D\n"
)
_DMA_TYPES = {30: "Fishing", 37: "Pleasure", 40: "HSC", 52: "Tug", 60: "Passenger", 70: "Cargo", 80: "Tanker"}
_DMA_STATUSES = {0: "Under way using engine", 1: "At anchor", 5: "Moored", 7: "Engaged in fishing"}


@dataclass(frozen=True)
class Format:
    """How messages become a file."""

    name: str
    title: str
    header: bytes
    file_name: Callable[[date], str]
    said: Callable[[Plan, date], Any]
    """What the kernel must know beside the messages of a day."""
    put: Callable[[Rows, Any, int, int, Array], int]
    """The kernel that writes some of the messages and returns how many bytes."""
    statics: bool = False
    """Static reports have lines of their own."""


def texts(words: Sequence[str]) -> Texts:
    """Return ASCII texts as the kernels take them."""
    first = np.cumsum([0, *map(len, words)]).astype(np.int64)
    return Texts(first, np.array(bytearray("".join(words).encode("ascii", "replace"))))


def _numbers(plan: Plan) -> tuple[Array, Array]:
    """Return the draught (l,) told on each leg, 0 of class B, and each ship's MMSI."""
    is_a = np.repeat(plan.fleet.ships.ais_class == CLASS_A, np.diff(plan.legs.first))
    return np.where(is_a, plan.draught_dm, 0), plan.fleet.mmsi


def _marinecadastre(plan: Plan, day: date) -> Said:
    fleet = plan.fleet
    draught_dm, mmsi = _numbers(plan)
    kinds = np.where(fleet.ships.ais_class == CLASS_A, "A", "B").tolist()
    imo = [f"IMO{number}" if number else "" for number in fleet.imo.tolist()]
    types = fleet.ship_type.tolist()
    head = [",{},{},{},{},".format(*row) for row in zip(fleet.names, imo, fleet.callsigns, types, strict=True)]
    middle = [",{},{},".format(*row) for row in zip(fleet.length_m.tolist(), fleet.beam_m.tolist(), strict=True)]
    tail = [",{},{}\n".format(*row) for row in zip(types, kinds, strict=True)]
    date_ = np.frombuffer(f"{day:%Y-%m-%d}T".encode(), np.uint8)
    return Said(date_, mmsi, texts(head), texts(middle), texts(tail), draught_dm, plan.bound_for, texts([]))


def _dma(plan: Plan, day: date) -> Said:
    fleet = plan.fleet
    draught_dm, mmsi = _numbers(plan)
    imo = [str(number) if number else "Unknown" for number in fleet.imo.tolist()]
    types = [_DMA_TYPES[code] for code in fleet.ship_type.tolist()]
    sizes = fleet.beam_m.tolist(), fleet.length_m.tolist()
    head = [",{},{},{},{},,{},{},GPS,".format(*row)
            for row in zip(imo, fleet.callsigns, fleet.names, types, *sizes, strict=True)]  # fmt: skip
    tail = [f",,AIS,{length - length // 5},{length // 5},{beam - beam // 2},{beam // 2}\n"
            for beam, length in zip(*sizes, strict=True)]  # fmt: skip
    statuses = [_DMA_STATUSES.get(code, "Unknown value") for code in NAV_STATUSES]
    words = [*statuses, ",Class B,", ",Class A,"]
    date_ = np.frombuffer(f"{day:%d/%m/%Y} ".encode(), np.uint8)
    return Said(
        date_, mmsi, texts(head), texts(words), texts(tail), draught_dm, plan.bound_for, texts(plan.destinations)
    )


def _codes(words: Sequence[str], letters: int) -> Array:
    """Return texts as six-bit codes (n, letters), '@' behind their ends."""
    padded = "".join(word[:letters].ljust(letters, "@") for word in words).encode("ascii", "replace")
    return (np.frombuffer(padded, np.uint8) & 63).reshape(-1, letters)


def _nmea(plan: Plan, _day: date) -> SaidNmea:
    fleet = plan.fleet
    draught_dm, mmsi = _numbers(plan)
    stern, port = fleet.length_m // 5, fleet.beam_m // 2
    size_m = np.stack([fleet.length_m - stern, stern, fleet.beam_m - port, port], axis=1)
    heads = ["AIVDM,1,1,"] * 2 + ["AIVDM,2,1,"] * 2 + ["AIVDM,2,2,"] * 2
    return SaidNmea(
        plan.settings.start_s, fleet.ships.ais_class, mmsi, fleet.imo, fleet.ship_type, size_m,
        _codes(fleet.names, 20), _codes(fleet.callsigns, 7), draught_dm, plan.bound_for,
        _codes([word.upper() for word in plan.destinations], 20), texts(plan.receivers.names), texts(heads),
    )  # fmt: skip


FORMATS = {
    each.name: each
    for each in (
        Format(
            "nmea", "NMEA log with TAG blocks", b"", lambda day: f"ais-{day:%Y-%m-%d}.nmea", _nmea, put_nmea,
            statics=True,
        ),
        Format(
            "marinecadastre", "NOAA MarineCadastre CSV, 17 columns", _MARINECADASTRE_HEADER,
            lambda day: f"AIS_{day:%Y_%m_%d}.csv", _marinecadastre, put_marinecadastre,
        ),
        Format(
            "dma", "Danish Maritime Authority CSV, 26 columns", _DMA_HEADER,
            lambda day: f"aisdk-{day:%Y-%m-%d}.csv", _dma, put_dma,
        ),
    )
}  # fmt: skip
