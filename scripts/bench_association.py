"""How many fixes of ships that share an MMSI end on the right track; all of it synthetic, with known truth."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from bench_table import Row, row

from darkships.simulation.frames import degrees
from darkships.simulation.plan import Settings, make_plan
from darkships.simulation.reports import HOURS_A_DAY, simulate_hours
from darkships.sites.watch import read_sites
from darkships.tracks.segmentation import segment_tracks

TARGET = 0.99
GROUPS = 40
"""Of ships that share an MMSI, in each of the made-up encounters."""

_START = pd.Timestamp("2024-01-01", tz="UTC")


def right_share(fixes: pd.DataFrame) -> float:
    """Return the share of fixes that stand on their ship's track, of fixes with the ``ship`` that made them.

    A ship's track is the one that holds most of its fixes; a track belongs to the ship with most fixes on it, to no
    other. Whatever is elsewhere is wrong: split off as an outlier, on another's track, or on a second track of its own.
    """
    tracks = segment_tracks(fixes.drop(columns="ship"))
    truth = fixes.sort_values(["mmsi", "timestamp"], kind="stable")["ship"].to_numpy()
    found = pd.DataFrame({"ship": truth, "track": tracks["track_id"], "lost": tracks["is_outlier"]})
    size = found[~found["lost"]].value_counts(["ship", "track"]).reset_index()
    right = size.drop_duplicates("track").drop_duplicates("ship")["count"].sum()
    return float(right / len(found))


def simulated(every_s: float, reception: float) -> pd.DataFrame:
    """Return two days of ships of ``darkships simulate`` whose MMSI another one uses, all over a sea."""
    settings = Settings(200, 2, every_s=every_s, reception=reception, stations=0, satellites=0, shares={"clone": 0.4})
    plan = make_plan(settings, read_sites("sea-of-japan"))
    hours = simulate_hours(plan, statics=False)
    pieces = []
    for _ in range(settings.days * HOURS_A_DAY):
        heard = next(hours)
        own = np.flatnonzero(np.isin(heard.ship, plan.sharing))
        pieces.append({name: getattr(heard, name)[own] for name in ("ship", "second", "lon", "lat", "sog", "cog")})
    told = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    return _frame(
        mmsi=plan.fleet.mmsi[told["ship"]], ship=told["ship"], second=told["second"],
        lon=degrees(told["lon"]), lat=degrees(told["lat"]),
        sog=told["sog"] / 10.0, cog=np.where(told["cog"] < 3600, told["cog"] / 10.0, np.nan),
    )  # fmt: skip


def apart(fixes: pd.DataFrame) -> pd.DataFrame:
    """Return the fixes of MMSIs whose ships never are in the same hundredth of a degree within ten minutes.

    Of two that lie at one berth nobody can tell by their positions which one leaves.
    """
    when, where = fixes["timestamp"].dt.floor("10min"), [fixes[axis].round(2) for axis in ("lon", "lat")]
    ships = fixes.groupby([fixes["mmsi"], when, *where])["ship"].nunique()
    return fixes[~fixes["mmsi"].isin(ships[ships > 1].index.get_level_values("mmsi"))].reset_index(drop=True)


def encounter(
    offsets_nm: list[tuple[float, float]], courses: list[float], *, kn: float, every_s: float, heard: float,
    hours: float = 12.0,
) -> pd.DataFrame:  # fmt: skip
    """Return groups of ships on straight courses that share an MMSI.

    Parameters
    ----------
    offsets_nm
        East and north of each ship from the group's middle, half-way through.
    courses
        Of each ship, in degrees.
    kn, every_s, heard, hours
        Speed, reporting interval, chance that a report is heard, and how long they sail.

    """
    rng = np.random.default_rng(11)
    frames = []
    for group in range(GROUPS):
        turn, middle = rng.uniform(0.0, 360.0), (rng.uniform(-175.0, 175.0), rng.uniform(-60.0, 60.0))
        for number, (offset, course) in enumerate(zip(offsets_nm, courses, strict=True)):
            at_s = rng.uniform(0.0, every_s) + np.arange(0.0, hours * 3600.0, every_s) * rng.normal(1.0, 0.002)
            at_s = at_s[rng.random(at_s.size) < heard]
            along_nm = (at_s / 3600.0 - hours / 2.0) * kn
            heading = np.radians(course + turn)
            east, north = _turned(*offset, np.radians(turn))
            noise_nm = rng.normal(0.0, 0.006, (2, at_s.size))
            lat = middle[1] + (north + along_nm * np.cos(heading) + noise_nm[0]) / 60.0
            lon = middle[0] + (east + along_nm * np.sin(heading) + noise_nm[1]) / 60.0 / np.cos(np.radians(middle[1]))
            sog = np.round(kn + rng.normal(0.0, 0.2, at_s.size), 1).clip(0.0)
            cog = np.round((course + turn + rng.normal(0.0, 2.0, at_s.size)) % 360.0, 1)
            frames.append(_frame(
                mmsi=273_000_000 + group, ship=10 * group + number, second=at_s.astype(np.int64), lon=lon, lat=lat,
                sog=sog, cog=cog,
            ))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _turned(east: float, north: float, angle: float) -> tuple[float, float]:
    return east * np.cos(angle) + north * np.sin(angle), north * np.cos(angle) - east * np.sin(angle)


def _frame(**columns: object) -> pd.DataFrame:
    """Return fixes; ``second`` counts from the start."""
    frame = pd.DataFrame(columns).astype({"sog": "f4", "cog": "f4"})
    return frame.assign(timestamp=_START + pd.to_timedelta(frame.pop("second"), unit="s").dt.as_unit("us"))


def cases() -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield seas and encounters by name."""
    for every_s, reception in ((0.0, 1.0), (60.0, 0.9), (180.0, 0.5), (600.0, 0.5)):
        said, fixes = f"every {every_s:.0f} s, {reception:.0%} heard", simulated(every_s, reception)
        yield f"simulated clones, {said}", fixes
        yield f"those never at one berth, {said}", apart(fixes)
    beside, three = [(0.0, -2.5), (0.0, 2.5)], [(0.0, -5.0), (0.0, 0.0), (0.0, 5.0)]
    for every_s, heard in ((10.0, 1.0), (180.0, 1.0), (180.0, 0.5), (180.0, 0.2)):
        said = f"every {every_s:.0f} s, {heard:.0%} heard"
        yield f"two side by side 5 nm apart at 12 kn, {said}", encounter(
            beside, [90.0, 90.0], kn=12.0, every_s=every_s, heard=heard)  # fmt: skip
        yield f"three side by side 5 nm apart at 12 kn, {said}", encounter(
            three, [90.0] * 3, kn=12.0, every_s=every_s, heard=heard)  # fmt: skip
        yield f"two that cross at 60 degrees, 12 kn, {said}", encounter(
            [(0.0, 0.0)] * 2, [60.0, 120.0], kn=12.0, every_s=every_s, heard=heard)  # fmt: skip
        yield f"two that meet head on, 12 kn, {said}", encounter(
            [(0.0, 0.25), (0.0, -0.25)], [90.0, 270.0], kn=12.0, every_s=every_s, heard=heard)  # fmt: skip
    yield "two class B 5 nm apart that drift at 1 kn, every 180 s, 80% heard", encounter(
        beside, [90.0, 80.0], kn=1.0, every_s=180.0, heard=0.8)  # fmt: skip


def bench_association() -> list[Row]:
    """Measure the share of fixes on the right track."""
    return [
        row("association", f"on the right track: {name}, {len(fixes):,} fixes (synthetic)", "share",
            right_share(fixes), None, None, TARGET)
        for name, fixes in cases()
    ]  # fmt: skip
