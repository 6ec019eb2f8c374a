"""Synthetic feeds for the benchmarks: one day of traffic as MarineCadastre CSV, DMA CSV and NMEA log."""

from pathlib import Path

import duckdb
import nmea_text
import numpy as np
import pandas as pd
import pyarrow as pa

DAY_S = 86_400
START_S = int(pd.Timestamp("2025-01-01", tz="UTC").timestamp())

_MARINECADASTRE = """
    select mmsi as MMSI, strftime(time, '%Y-%m-%dT%H:%M:%S') as BaseDateTime, printf('%.5f', lat) as LAT,
        printf('%.5f', lon) as LON, printf('%.1f', sog) as SOG, printf('%.1f', cog) as COG,
        printf('%.1f', heading) as Heading, name as VesselName, imo as IMO, callsign as CallSign,
        ship_type as VesselType, 0 as Status, length as Length, width as Width, '7.2' as Draft,
        ship_type as Cargo, 'A' as TransceiverClass
    from reports order by row"""
_DMA = """
    select strftime(time, '%d/%m/%Y %H:%M:%S') as "# Timestamp", 'Class A' as "Type of mobile", mmsi as MMSI,
        printf('%.6f', lat) as Latitude, printf('%.6f', lon) as Longitude,
        case when sog > 5 then 'Under way using engine' else 'Moored' end as "Navigational status", '' as ROT,
        printf('%.1f', sog) as SOG, printf('%.1f', cog) as COG, printf('%d', heading::int) as Heading, imo as IMO,
        callsign as Callsign, name as "Name", case when ship_type < 80 then 'Cargo' else 'Tanker' end as "Ship type",
        '' as "Cargo type", width as Width, length as Length, 'GPS' as "Type of position fixing device",
        '7.2' as Draught, 'AARHUS' as Destination, '' as ETA, 'AIS' as "Data source type", 10 as A, 10 as B, 5 as C,
        5 as D
    from reports order by row"""
_WRITE = {"marinecadastre": _MARINECADASTRE, "dma": _DMA}


def reports(rows: int, vessels: int) -> pd.DataFrame:
    """Return one day of vessels that wander, in time order; names and numbers are made up."""
    rng = np.random.default_rng(7)
    per_vessel = rows // vessels
    step = rng.exponential(1.0, (vessels, per_vessel))
    time_s = np.cumsum(step, axis=1)
    time_s *= (DAY_S - 1) / time_s[:, -1:]
    number = np.repeat(np.arange(vessels), per_vessel)
    east, north = (np.cumsum(rng.normal(0, 3e-4, step.shape), axis=1).ravel() for _ in range(2))
    frame = pd.DataFrame({
        "mmsi": number + 273_000_000,
        "second": time_s.ravel().astype(np.int64),
        "lon": np.round(rng.uniform(-120, 140, vessels)[number] + east, 5),
        "lat": np.round(rng.uniform(-50, 60, vessels)[number] + north, 5),
        "sog": np.round(rng.uniform(0, 14, number.size), 1),
        "cog": np.round(rng.uniform(0, 359.9, number.size), 1),
        "heading": rng.integers(0, 360, number.size).astype(np.float64),
        "number": number,
    })  # fmt: skip
    return frame.sort_values("second", kind="stable", ignore_index=True)


def write_csv(frame: pd.DataFrame, kind: str, path: Path) -> None:
    """Write reports as a provider would."""
    number = frame["number"]
    told = {
        "row": np.arange(len(frame)),
        "time": pd.to_datetime(frame["second"] + START_S, unit="s"),
        "name": "SYNTHETIC " + number.astype(str),
        "imo": "IMO" + (number + 9_000_000).astype(str) if kind == "marinecadastre" else number + 9_000_000,
        "callsign": "SY" + number.astype(str),
        "ship_type": 70 + number % 20,
        "length": 100 + number % 200,
        "width": 20 + number % 20,
    }
    with duckdb.connect() as connection:
        connection.register("reports", pa.Table.from_pandas(frame.assign(**told), preserve_index=False))
        connection.execute("set preserve_insertion_order = true")
        connection.execute(f"copy ({_WRITE[kind]}) to '{path}' (header, quote '')")


def write_nmea(frame: pd.DataFrame, path: Path, *, tagged: bool) -> int:
    """Write reports as types 1 and 18 (one vessel in three), with a type 5 now and then; return the messages."""
    messages = 0
    with path.open("wb") as file:
        for start in range(0, len(frame), 200_000):
            lines, count = _nmea_lines(frame.iloc[start : start + 200_000], tagged=tagged)
            file.write(lines)
            messages += count
    return messages


def _nmea_lines(frame: pd.DataFrame, *, tagged: bool) -> tuple[bytes, int]:
    mmsi, second = frame["mmsi"].to_numpy(), frame["second"].to_numpy()
    values = (
        np.rint(frame["lon"].to_numpy() * 600_000).astype(np.int64),
        np.rint(frame["lat"].to_numpy() * 600_000).astype(np.int64),
        np.rint(frame["sog"].to_numpy() * 10).astype(np.int64),
        np.rint(frame["cog"].to_numpy() * 10).astype(np.int64),
        frame["heading"].to_numpy().astype(np.int64),
        second % 60,
    )
    tags = nmea_text.tag_blocks([b"%d" % (2_190_000 + m % 50) for m in mmsi.tolist()], second + START_S)
    out: list[bytes] = [b""] * len(frame)
    is_b = mmsi % 3 == 0
    for chosen, fields in ((np.flatnonzero(~is_b), nmea_text.class_a), (np.flatnonzero(is_b), nmea_text.class_b)):
        payloads = nmea_text.payloads(fields(mmsi[chosen], *(column[chosen] for column in values)), chosen.size)
        own = [tags[i] for i in chosen.tolist()] if tagged else None
        for i, line in zip(chosen.tolist(), nmea_text.lines(payloads, fill=0, tags=own), strict=True):
            out[i] = line
    told = np.flatnonzero(~is_b)[::11]
    number = frame["number"].to_numpy()[told]
    names = [f"SYNTHETIC {n}" for n in number.tolist()]
    payloads = nmea_text.payloads(nmea_text.voyage(mmsi[told], number + 9_000_000, names, 70 + number % 20), told.size)
    own = [tags[i] for i in told.tolist()] if tagged else None
    lines = nmea_text.lines(payloads, fill=2, tags=own)
    for k, i in enumerate(told.tolist()):
        out[i] += lines[2 * k] + lines[2 * k + 1]
    return b"".join(out), len(frame) + told.size
