"""Synthetic boats between two ports of the small sea in tests/world.py, a fix every few minutes."""

import numpy as np
import world

from darkships.intake import ingest
from darkships.positions.store import Store

WEST, EAST = (130.40, 42.15), (131.9, 42.6)
BOATS = [273000101 + k for k in range(6)]


def voyage(mmsi, start_h, *, stay_h=3.0, lane=0.0):
    """Return the rows of a boat that comes from the sea, stays at the west port, and goes back to sea."""
    out = (131.3, 42.0 + lane)
    far_h = 6.0
    way = np.linspace(0.0, 1.0, 73)
    rows = []
    for first_h, (a, b), cog in ((start_h, (out, WEST), 280.0), (start_h + far_h + stay_h, (WEST, out), 100.0)):
        rows += [
            (first_h + s * far_h, mmsi, a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1]), 6.9, cog, 5.0) for s in way
        ]
    stay = np.arange(start_h + far_h + 0.1, start_h + far_h + stay_h, 0.1)
    rows += [(float(t), mmsi, *WEST, 0.0, 0.0, 5.0) for t in stay]
    return sorted(rows)


def crossing(mmsi, start_h, hours):
    """Return the rows of a boat that goes to and fro at sea for so long."""
    t = np.arange(0.0, hours, 0.1)
    lon = 131.0 + np.abs((t * 0.1) % 2.0 - 1.0)
    return [(start_h + float(h), mmsi, float(x), 41.9, 5.0, 90.0, 5.0) for h, x in zip(t, lon, strict=True)]


def fleet():
    """Return boats that call three times each, and five that only pass by."""
    starts = [(k, boat, 2.0 + 20 * n + k) for k, boat in enumerate(BOATS) for n in range(3)]
    calls = [row for k, boat, start_h in starts for row in voyage(boat, start_h, lane=0.01 * k)]
    return calls + [row for k in range(5) for row in crossing(273000201 + k, 1.0 + k, 60.0)]


def store_of(path, rows):
    """Return a store of rows."""
    feed = path / "feed.csv"
    feed.write_text(world.csv2(sorted(rows, key=lambda row: row[0])), encoding="utf-8")
    store = Store.open(path / "store", create=True)
    (report,) = ingest([feed], store)
    assert report.counts, report
    return store


def sites_file(path):
    """Return a site list of the two ports."""
    return world.write_sites(path / "sites.geojson", {"West": WEST, "East": EAST})
