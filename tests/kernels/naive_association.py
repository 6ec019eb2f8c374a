"""Association of the fixes of one MMSI and date written down as it reads, with lists and complex numbers.

Fixes are (t_us, lon, lat, sog, cog); speeds are complex: knots east, and north as the imaginary part.
"""

import cmath
import math
from itertools import pairwise

from darkships.kernels.association import (
    DRIFT_KN,
    FAST_KN,
    FIX_NM,
    HONEST_NM,
    HONEST_SHARE,
    MAX_OPEN,
    MAX_ROUNDS,
    OUTLIER_NM,
    SAID_KN,
    SAID_SHARE,
    STALE_FIXES,
    STALE_US,
    TRACK_NM,
    UNKNOWN_KN,
)
from darkships.units import EARTH_RADIUS_NM, US_PER_H

HOUR = US_PER_H
SPEED_KN, SLACK_NM, MIN_FIXES = 30.1, 0.37, 3


def naive_nm(a, b):
    """Chord of two unit vectors: another formula than the kernel's."""

    def vector(lon, lat):
        lam, phi = math.radians(lon), math.radians(lat)
        return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)

    return 2.0 * EARTH_RADIUS_NM * math.asin(min(1.0, math.dist(vector(*a), vector(*b)) / 2.0))


def can_follow(a, b):
    """Tell whether fix b can be the same vessel as the earlier fix a."""
    return naive_nm(a[1:3], b[1:3]) <= SLACK_NM + SPEED_KN * (b[0] - a[0]) / HOUR


def velocity(fix):
    """Return the speed told, None if there is none."""
    _, _, _, sog, cog = fix
    if sog < 0.5:
        return 0j
    return None if math.isnan(sog) or math.isnan(cog) else cmath.rect(sog, math.radians(90.0 - cog))


class Step:
    """From one fix to the next of a track."""

    def __init__(self, a, b):
        self.hours = (b[0] - a[0]) / HOUR
        d_lon = math.remainder(b[1] - a[1], 360.0)
        way = complex(d_lon * math.cos(math.radians((a[2] + b[2]) / 2.0)), b[2] - a[2]) * 60.0
        told = [v for v in (velocity(a), velocity(b)) if v is not None]
        reckoned_h = min(self.hours / 2.0, 0.5)
        self.said_kn = max(map(abs, told), default=None)
        if not told:
            self.off_nm = abs(way)
            self.cost = self.off_nm / (FIX_NM + UNKNOWN_KN * min(self.hours, 1.0))
            return
        before, after = told[0], told[-1]
        self.off_nm = abs(way - (before + after) * reckoned_h)
        turned_nm = abs(after - before) * sorted([1 / 60, reckoned_h, 1 / 12])[1]
        uncertain_nm = FIX_NM + (DRIFT_KN + 0.25 * self.said_kn) * min(self.hours, 1.0)
        self.cost = (self.off_nm + turned_nm) / uncertain_nm

    def more_nm(self):
        """Return by how much the fixes move more than they say."""
        if self.said_kn is None:
            return 0.0
        kn = SAID_SHARE * self.said_kn + SAID_KN
        return max(0.0, self.off_nm - SLACK_NM - (kn if self.hours <= 1.0 else max(kn, FAST_KN)) * self.hours)


def grow(fixes, dropped, *, strict):
    """Grow tracks, lists of fix numbers, from the fixes that are not dropped."""
    tracks, still_open = [], []
    for j, fix in enumerate(fixes):
        if j in dropped:
            continue

        def allowed(track, j=j, fix=fix):
            last = fixes[track[-1]]
            if len(track) < MIN_FIXES and j - track[-1] > STALE_FIXES and fix[0] - last[0] > STALE_US:
                return False
            return can_follow(last, fix) and not (strict and Step(last, fix).more_nm() > 0.0)

        able = [track for track in still_open if allowed(track)]
        if able:
            min(able, key=lambda track, fix=fix: (
                len(track) < MIN_FIXES, round(Step(fixes[track[-1]], fix).cost, 6))).append(j)  # fmt: skip
            continue
        tracks.append([j])
        if len(still_open) == MAX_OPEN:
            worst = min(range(MAX_OPEN), key=lambda k: (len(still_open[k]), still_open[k][-1]))
            still_open[worst] = tracks[-1]
        else:
            still_open.append(tracks[-1])
    return tracks


def without_noise(fixes, *, strict):
    """Return the tracks that are left when short ones beside established ones are dropped, round by round."""
    dropped = set()
    for attempt in range(MAX_ROUNDS):
        tracks = grow(fixes, dropped, strict=strict)
        short = [track for track in tracks if len(track) < MIN_FIXES]
        if not short or len(short) == len(tracks):
            return tracks
        dropped |= {j for track in short for j in (track if attempt == MAX_ROUNDS - 1 else track[:1])}
    return grow(fixes, dropped, strict=strict)


def rejoined(fixes, tracks):
    """Put tracks together that begin when another has ended, with the nearest that they can have come from."""
    joined = []
    for track in tracks:
        able = [other for other in joined if other[-1] < track[0] and can_follow(fixes[other[-1]], fixes[track[0]])]
        if able:
            min(
                able, key=lambda other, fix=fixes[track[0]]: round(naive_nm(fixes[other[-1]][1:3], fix[1:3]), 6)
            ).extend(track)
        else:
            joined.append([*track])
    return joined


def naive_associate(fixes):
    """Return the track number of each fix, -1 for outliers."""

    def account(tracks):
        steps = [Step(fixes[i], fixes[j]) for track in tracks for i, j in pairwise(track)]
        steps = [step for step in steps if step.hours <= 1.0 and step.said_kn is not None]
        more_nm = sum(step.more_nm() for step in steps)
        lost = len(fixes) - sum(map(len, tracks))
        wrong = sum(step.off_nm - HONEST_SHARE * step.said_kn * step.hours - HONEST_NM for step in steps)
        return TRACK_NM * len(tracks) + OUTLIER_NM * lost + more_nm, more_nm, wrong

    tracks = without_noise(fixes, strict=False)
    cost_nm, more_nm, _ = account(tracks)
    if more_nm > OUTLIER_NM:
        strict = rejoined(fixes, without_noise(fixes, strict=True))
        strict_nm, _, wrong = account(strict)
        if strict_nm < cost_nm and wrong <= 0.0:
            tracks = strict
    number = [-1] * len(fixes)
    for k, track in enumerate(tracks):
        for j in track:
            number[j] = k
    return number
