"""Vessel hours of a date against a count that goes from hour to hour."""

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels import fixed
from darkships.kernels.geodesy import haversine_nm
from darkships.kernels.hours import BY_SATELLITE, LONG_RANGE, count_keys, hour_keys
from darkships.units import US_PER_DAY, US_PER_H

DAY = 3
DAY_US = DAY * US_PER_DAY
FIX = st.tuples(
    st.integers(-24 * 60, 48 * 60 - 1),
    st.sampled_from([130.1, 130.101, 131.4, 179.9, -179.9]),
    st.sampled_from([42.2, 42.9]),
    st.sampled_from([0, BY_SATELLITE, LONG_RANGE, BY_SATELLITE | LONG_RANGE]),
)
SHIPS = st.lists(
    st.tuples(st.booleans(), st.lists(FIX, min_size=1, max_size=30), st.lists(st.integers(0, 1439), max_size=3)),
    min_size=1, max_size=4,
)  # fmt: skip


def cell(lon, lat):
    return int((lat + 90) * 4) * 1440 + int((lon + 180) * 4) % 1440


def at(a, b, hour):
    """Return the cell on the straight line from one fix to another in the middle of an hour; longitude goes round."""
    share = ((hour + 0.5) * US_PER_H - a[0]) / (b[0] - a[0])
    turn = (b[1] - a[1] + 180) % 360 - 180
    return cell((a[1] + share * turn + 180) % 360 - 180, a[2] + share * (b[2] - a[2]))


def naive(ships):
    """Count each ship, hour by hour: missed up to 12 h (3 h if it stays) after a fix, else heard or not looked for.

    Nobody looks for it before it is first heard.
    """
    counts = Counter()
    for of_b, fixes, contacts in ships:
        heard = {}
        for fix in fixes:
            heard.setdefault(fix[0] // US_PER_H, []).append(fix)
        heard.pop(fixes[0][0] // US_PER_H)
        for a, b in pairwise(fixes):
            whole = b[0] // US_PER_H - a[0] // US_PER_H - 1
            most = 12 if haversine_nm(a[1], a[2], b[1], b[2]) >= 1.0 else 3
            for hour in range(a[0] // US_PER_H + 1, a[0] // US_PER_H + 1 + max(0, min(whole, most))):
                spoke = any(contact // US_PER_H == hour for contact in contacts)
                counts[at(a, b, hour), of_b, hour - DAY * 24, "there"] += 1
                counts[at(a, b, hour), of_b, hour - DAY * 24, "heard"] += spoke
            if whole >= most:
                heard.pop(b[0] // US_PER_H)
        for hour, own in heard.items():
            where = cell(own[0][1], own[0][2]), of_b, hour - DAY * 24
            counts[*where, "there"] += 1
            counts[*where, "heard"] += 1
            counts[*where, "satellite"] += all(fix[3] in {1, 3} for fix in own)
            counts[*where, "long-range"] += all(fix[3] in {2, 3} for fix in own)
    return {key: n for key, n in counts.items() if n and 0 <= key[2] < 24}


def prepared(ships):
    """Return ships with rising times in microseconds; those that are silent on the date are left out."""
    out = []
    for of_b, fixes, contacts in ships:
        different = sorted({fix[0]: fix for fix in fixes}.values())
        own = [(DAY_US + minute * 60_000_000, *rest) for minute, *rest in different]
        if any(0 <= fix[0] - DAY_US < US_PER_DAY for fix in own):
            out.append((of_b, own, sorted(DAY_US + minute * 60_000_000 for minute in contacts)))
    return out


def run(ships):
    """Count as a date between its neighbours does, which tell the last fix before and the first one after."""
    rows, ends, before, after = [], [], [], []
    for number, (_, fixes, _) in enumerate(ships):
        own = [fix for fix in fixes if DAY_US <= fix[0] < DAY_US + US_PER_DAY]
        ends.append((len(rows), len(rows) + len(own) - 1))
        rows += [(number, *fix, number) for fix in own]
        before.append(max((fix for fix in fixes if fix[0] < DAY_US), default=(-1, 0.0, 0.0, 0)))
        after.append(min((fix for fix in fixes if fix[0] >= DAY_US + US_PER_DAY), default=(-1, 0.0, 0.0, 0)))
    kinds = (np.int64, np.int64, np.float64, np.float64, np.uint8, np.int64)
    columns = [np.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
    beside = []
    for fixes in (before, after):
        beside += [np.array([fix[0] for fix in fixes]), np.array([fix[1:3] for fix in fixes], np.float64)]
    contacts = [(number, contact) for number, (_, _, own) in enumerate(ships) for contact in own]
    of_b = np.array([ship[0] for ship in ships])
    mmsi, us = np.array(contacts, np.int64).reshape(-1, 2).T.copy()
    columns[1:4] = map(fixed, columns[1:4])
    keys = hour_keys(DAY_US, *columns, of_b, np.array(ends), *beside, mmsi, us)
    counts = Counter()
    for place, group, hour, *found in count_keys(np.sort(keys)).tolist():
        of = zip(("there", "heard", "satellite", "long-range"), found, strict=True)
        counts.update({(place, bool(group), hour, kind): n for kind, n in of if n})
    return dict(counts)


@given(SHIPS)
def test_hours_are_those_counted_one_by_one(ships):
    ships = prepared(ships)
    if ships:
        assert run(ships) == naive([(of_b, fixes, contacts) for of_b, fixes, contacts in ships])


def test_with_the_same_chance_each_hour_that_chance_comes_out():
    rng = np.random.default_rng(1)
    ships = []
    for _ in range(400):  # synthetic: heard in one hour in three, all lie still
        hours = np.flatnonzero(rng.random(24 * 3) < 1 / 3) - 24
        if ((hours >= 0) & (hours < 24)).any():
            ships.append((False, [(DAY_US + int(h) * US_PER_H + 1, 130.1, 42.2, 0) for h in hours], []))
    counts = run(ships)
    heard, there = (sum(n for key, n in counts.items() if key[3] == kind) for kind in ("heard", "there"))
    assert abs(heard / there - 1 / 3) < 0.02
