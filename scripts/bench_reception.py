"""Switched off or not received? Silences whose answer is known, simulated and made of real tracks.

Reception is thinned by a known pattern (a vessel is heard in a clock hour, or not at all in it), and transmitters are
switched off for 2, 6, 12 or 24 h: whole blocks of reports go. Nobody prefers four lengths to all others, so calibration
is judged once more on blocks of any length from 2 to 48 h. Of what was silent anyhow the answer is not known: such
silences are left out, or taken for switched off where that is said. ``patchy`` reception differs from degree to
degree, and one hour in ten is deaf.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from bench_table import Row, row

from darkships.pipeline import Analysis, Parameters
from darkships.positions.store import Store
from darkships.schema import QUARANTINE, STATICS, FeedBatch, time_us
from darkships.scores.evaluation import probability_figures, ranking_figures
from darkships.simulation.frames import simulate_days
from darkships.simulation.plan import Settings, make_plan
from darkships.simulation.stories import STORIES
from darkships.sites.watch import read_sites

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
REAL = {"us": _DATA / "us_2020-01-01.parquet", "socal": _DATA / "socal_2025.parquet"}
OFF_H = (2, 6, 12, 24)
ANY_OFF_H = (2.0, 48.0)
"""Hours; as many from 2 to 4 as from 4 to 8, and so on."""
MIN_GAP_H, DEFAULT_GAP_H = 2.0, 6.0
EVERY_H = 200.0
"""A vessel switches off once in so many hours."""
GFW_H, GFW_FIXES, GFW_FIXES_A_DAY = 12.0, 14, 10.0
"""Global Fishing Watch: 12 h or more, 14 positions in the 12 h before, over 10 positions a day where it was lost."""

_US_PER_H = 3_600_000_000
_MARGIN_H = 1


class Fixes(NamedTuple):
    """Reports of a sea, sorted by vessel and time, and how the answer of the silences among them is known."""

    table: pa.Table
    mmsi: np.ndarray
    t_us: np.ndarray

    @classmethod
    def of(cls, table: pa.Table) -> "Fixes":
        """Sort reports."""
        table = table.sort_by([("mmsi", "ascending"), ("timestamp", "ascending")])
        return cls(table, table["mmsi"].to_numpy(), time_us(table["timestamp"].to_pandas()))

    @property
    def silences(self) -> pd.DataFrame:
        """Whatever was silent for an hour and more before anything was taken out."""
        at = np.flatnonzero((np.diff(self.mmsi) == 0) & (np.diff(self.t_us) >= _US_PER_H))
        return pd.DataFrame({"mmsi": self.mmsi[at], "start_us": self.t_us[at], "end_us": self.t_us[at + 1]})


def simulated() -> Fixes:
    """Return ships of a simulated sea that is heard everywhere, of which none is ever silent."""
    settings = Settings(400, 21, seed=6, stations=0, satellites=0, every_s=300, shares=dict.fromkeys(STORIES, 0.0))
    plan = make_plan(settings, read_sites("sea-of-japan"))
    return Fixes.of(pa.concat_tables([batch.positions for _, batch in simulate_days(plan)], promote_options="default"))


def real(path: Path, folder: Path) -> Fixes:
    """Return the reports of a file of real tracks."""
    from darkships.feed.read import find_feeds
    from darkships.intake import ingest

    store = Store.open(folder, create=True)
    ingest(find_feeds([str(path)]), store)
    table = store.read(ships_only=True).drop_columns("file_id")
    return Fixes.of(table.filter(table["lat"].is_valid()))


def one_of_four(rng: np.random.Generator) -> float:
    """Draw one of the lengths of OFF_H."""
    return float(rng.choice(OFF_H))


def any_length(rng: np.random.Generator) -> float:
    """Draw a length of ANY_OFF_H, log-uniform."""
    return float(np.exp(rng.uniform(*np.log(ANY_OFF_H))))


def switch_off(
    fixes: Fixes, length_h: Callable[[np.random.Generator], float], rng: np.random.Generator
) -> pd.DataFrame:
    """Choose blocks (mmsi, start_us, end_us, off_h) within stretches in which a vessel was heard all the time."""
    breaks = np.flatnonzero((np.diff(fixes.mmsi) != 0) | (np.diff(fixes.t_us) >= _US_PER_H)) + 1
    starts, stops = np.append(0, breaks), np.append(breaks, fixes.mmsi.size) - 1
    rows = []
    for first, last in zip(starts, stops, strict=True):
        at, end = float(fixes.t_us[first]), float(fixes.t_us[last])
        while True:
            at += rng.exponential(EVERY_H) * _US_PER_H + _MARGIN_H * _US_PER_H
            off_h = length_h(rng)
            if at + (off_h + _MARGIN_H) * _US_PER_H > end:
                break
            rows.append((fixes.mmsi[first], int(at), int(at + off_h * _US_PER_H), off_h))
            at += off_h * _US_PER_H
    return pd.DataFrame(rows, columns=["mmsi", "start_us", "end_us", "off_h"])


def share(*keys: np.ndarray) -> np.ndarray:
    """Return numbers (n,) in 0..1 that look random and depend on the keys only (S. Vigna, SplitMix64)."""
    mixed = np.zeros(keys[0].size, np.uint64)
    for key in keys:
        mixed = (mixed + key.astype(np.int64).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed / 2.0**64


def everywhere(chance: float) -> Callable[..., np.ndarray]:
    """Return a pattern of the same reception everywhere."""
    return lambda lon, _lat, _hour: np.full(lon.size, chance)


def patchy(lon: np.ndarray, lat: np.ndarray, hour: np.ndarray) -> np.ndarray:
    """Return reception that is 0.9, 0.5 or 0.2 in a degree, and hardly any in one of its hours in ten."""
    of_degree = np.choose((share(np.floor(lon), np.floor(lat)) * 3).astype(int), [0.9, 0.5, 0.2])
    return np.where(share(np.floor(lon), np.floor(lat), hour) < 0.1, 0.05, of_degree)


PATTERNS = {"0.9": everywhere(0.9), "0.5": everywhere(0.5), "0.2": everywhere(0.2), "patchy": patchy}


def thinned(fixes: Fixes, pattern: Callable[..., np.ndarray], blocks: pd.DataFrame, folder: Path) -> Store:
    """Write a store of what is heard while some are switched off."""
    hour = fixes.t_us // _US_PER_H
    lon, lat = (fixes.table[name].to_numpy() for name in ("lon", "lat"))
    is_heard = share(fixes.mmsi, hour) < pattern(lon, lat, hour)
    for mmsi, start_us, end_us, _ in blocks.itertuples(index=False):
        own = slice(*np.searchsorted(fixes.mmsi, [mmsi, mmsi + 1]))
        off = slice(*(own.start + np.searchsorted(fixes.t_us[own], [start_us, end_us])))
        is_heard[off] = False
    nothing = STATICS.arrow.remove(STATICS.arrow.get_field_index("file_id")).empty_table()
    table = fixes.table.filter(pa.array(is_heard))
    batch = FeedBatch(table, nothing, QUARANTINE.arrow.empty_table(), table.num_rows, {})
    store = Store.open(folder, create=True)
    store.ingest(name="thin", path="thin", content_hash="0" * 64, size=0, format="thin", batches=[batch])
    return store


def cases(gaps: pd.DataFrame, blocks: pd.DataFrame, silences: pd.DataFrame) -> pd.DataFrame:
    """Return closed gaps: ``off_h`` is the length of the block in it, 0 if there is none; whether all that is known."""
    gaps = closed(gaps)
    unknown = overlapping(gaps, silences)
    inside = overlapping(gaps, blocks)
    off_h = inside.groupby("row")["off_h"].max()
    gaps = gaps.assign(off_h=gaps["row"].map(off_h).fillna(0.0))
    return gaps.assign(is_known=~gaps["row"].isin(unknown["row"]), rule_12h=(gaps["duration_h"] >= GFW_H).astype(float))


def closed(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return closed gaps, numbered (``row``), with their times ``from_us`` and ``until_us``."""
    gaps = gaps[~gaps["is_open"]].reset_index(drop=True)
    times = {"from_us": time_us(gaps["off_timestamp"]), "until_us": time_us(gaps["on_timestamp"])}
    return gaps.assign(**times, row=gaps.index)


def overlapping(gaps: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """Return each pair of a vessel's gap (``row``, ``from_us``, ``until_us``) and span that have time in common."""
    both = gaps[["mmsi", "from_us", "until_us", "row"]].merge(spans, on="mmsi")
    return both[(both["start_us"] < both["until_us"]) & (both["end_us"] > both["from_us"])]


def fixes_a_day(store: Store, gaps: pd.DataFrame) -> np.ndarray:
    """Return the positions a vessel and day heard in each gap's degree, as GFW's threshold counts them."""
    table = store.read(columns=["mmsi", "timestamp", "lon", "lat"]).to_pandas()
    keys = {"x": np.floor(table["lon"]), "y": np.floor(table["lat"]), "day": table["timestamp"].dt.floor("D")}
    per = table.assign(**keys).groupby(["x", "y", "day", "mmsi"]).size().groupby(["x", "y"]).mean()
    at = pd.MultiIndex.from_arrays([np.floor(gaps["off_lon"]), np.floor(gaps["off_lat"])])
    return per.reindex(at).fillna(0.0).to_numpy()


def figures(name: str, pattern: str, found: pd.DataFrame) -> Iterator[Row]:
    """Yield a row a length of block and rule."""
    found = found[found["is_known"]]
    innocent = found["off_h"] == 0
    for off_h in OFF_H:
        some = found[innocent | (found["off_h"] == off_h)]
        truth = some["off_h"].to_numpy() > 0
        if not 0 < truth.sum() < truth.size:
            continue
        what = f"{name}, reception {pattern}, off {off_h} h ({truth.sum()}:{(~truth).sum()})"
        told = {score: ranking_figures(some[score].to_numpy(np.float64), truth)
                for score in ("p_switched_off", "duration_h", "rule_12h", "gfw")}  # fmt: skip
        target = 0.95 if off_h >= 6 and pattern in {"0.9", "0.5"} else None
        for figure, short in (("auc", "AUC"), ("average_precision", "AP")):
            own = told["p_switched_off"][figure]
            for peer in ("duration_h", "rule_12h", "gfw"):
                yield row("reception", f"{short}: {what}", "", own, peer, told[peer][figure],
                          target if short == "AUC" else None)  # fmt: skip


def calibration(name: str, pattern: str, blocks: str, found: pd.DataFrame) -> Iterator[Row]:
    """Yield the calibration of all silences, of those whose answer is known and with those taken for switched off."""
    for least_h in (MIN_GAP_H, DEFAULT_GAP_H):
        every = found[found["duration_h"] >= least_h]
        for what, some in (("", every[every["is_known"]]), (", natural silences taken for switched off", every)):
            if what and every["is_known"].all():
                continue
            is_off = ((some["off_h"] > 0) | ~some["is_known"]).to_numpy()
            error = probability_figures(some["p_switched_off"].to_numpy(), is_off)["ece"]
            title = f"ECE: {name}, reception {pattern}, blocks of {blocks}{what}, from {least_h:g} h on ({len(some)})"
            yield row("reception", title, "", error, None, None, 0.05)


def silences(fixes: Fixes, pattern: Callable[..., np.ndarray], blocks: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return closed gaps of what is heard, with their answer and what simple rules say of them."""
    store = thinned(fixes, pattern, blocks, folder)
    found = cases(Analysis(store, parameters=Parameters(min_gap_h=MIN_GAP_H)).gaps, blocks, fixes.silences)
    is_gfw = (found["duration_h"] >= GFW_H) & (found["fixes_12h_before"] >= GFW_FIXES)
    is_gfw &= fixes_a_day(store, found) > GFW_FIXES_A_DAY
    return found.assign(gfw=is_gfw.astype(float))


def bench_reception() -> list[Row]:
    """Measure how well silences of ships that switched off are told from those that nobody received."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        seas = {"simulated": simulated()}
        seas |= {name: real(path, folder / name) for name, path in REAL.items() if path.exists()}
        for name, fixes in seas.items():
            for length, blocks_of in (("2, 6, 12 or 24 h", one_of_four), ("2 to 48 h", any_length)):
                blocks = switch_off(fixes, blocks_of, np.random.default_rng(3))
                for pattern, chance in PATTERNS.items():
                    found = silences(fixes, chance, blocks, folder / f"{name}-{pattern}-{blocks_of.__name__}")
                    rows += figures(name, pattern, found) if blocks_of is one_of_four else []
                    rows += calibration(name, pattern, length, found)
    return rows
