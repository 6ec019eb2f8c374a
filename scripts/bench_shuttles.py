"""The ranks of ships that call in the dark at a watched site again and again, among many that do not.

The sea is simulated (synthetic): the traffic of the Sea of Japan for 60 days, coast stations and satellites that lose
messages, stations that fail, and ships that meet in the dark at sea, are laid up, switch off in port, leave the area,
are spoofed or share an MMSI, as ``darkships simulate`` plants them. What was chosen on such seas was on those of the
seeds 1 to 12; nothing was on these. ``DARKSHIPS_BENCH_SEEDS=1,2`` names others.
"""

import os
import tempfile
from pathlib import Path

from bench_archive import store_of
from bench_table import Row, row

from darkships.pipeline import Analysis
from darkships.simulation.frames import simulate_days
from darkships.simulation.plan import Plan, Settings, make_plan
from darkships.sites.watch import read_sites

VESSELS, DAYS, PLANTED, SEEDS = 2000, 60, 4, (13, 14, 15)
FIRST = 5
SITES = "sea-of-japan"


def planned(seed: int) -> Plan:
    """Return a sea with the shuttles planted."""
    settings = Settings(VESSELS, DAYS, seed, every_s=600.0, shares={"dark_visit": PLANTED / VESSELS})
    return make_plan(settings, read_sites(SITES))


def ranks(plan: Plan, folder: Path) -> dict[int, tuple[int, int, int]]:
    """Return each planted ship's rank, its place by expected round trips, and how often it called in the dark.

    Who has no lead stands behind the last.
    """
    leads = Analysis(store_of(simulate_days(plan), folder), read_sites(SITES)).leads
    rank = leads.set_index("mmsi")["rank"]
    place = leads.set_index("mmsi")["expected_round_trips"].rank(ascending=False, method="first").astype(int)
    calls = plan.truth.loc[plan.truth["kind"] == "dark_visit", "ship"].value_counts()
    found = {int(plan.fleet.mmsi[ship]): int(n) for ship, n in calls.items()}
    none = len(leads) + 1
    return {mmsi: (int(rank.get(mmsi, none)), int(place.get(mmsi, none)), n) for mmsi, n in sorted(found.items())}


def bench_shuttles() -> list[Row]:
    """Rank the planted ships in a few seas."""
    rows = []
    for seed in [int(seed) for seed in os.environ.get("DARKSHIPS_BENCH_SEEDS", "").split(",") if seed] or SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            found = ranks(planned(seed), Path(folder) / "store")
        sea = f"seed {seed}, {VESSELS:,} vessels, {DAYS} days"
        for mmsi, (rank, place, n) in found.items():
            ship = f"{mmsi:09d} ({n} dark calls), {sea}"
            rows.append(row("shuttles", f"rank of {ship}", "", rank, None, None, FIRST))
            rows.append(row("shuttles", f"place by expected round trips of {ship}", "", place, None, None, FIRST))
        first = sum(rank <= FIRST for rank, *_ in found.values())
        rows.append(row("shuttles", f"planted among the first {FIRST}, {sea}", "", first, None, None, len(found)))
    return rows
