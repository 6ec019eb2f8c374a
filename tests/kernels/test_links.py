from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from naive_association import naive_nm

from darkships.kernels.association import MAX_OPEN
from darkships.kernels.links import continuations, last_up_to, link_chains, roots
from darkships.units import US_PER_H

SPEED_KN, SLACK_NM, MIN_FIXES = 30.1, 0.37, 3

# Vessel, date, hour and length within it, where, and how many fixes: a crowd of short tracks under few MMSIs.
PIECES = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(0, 4),
        st.integers(0, 20),
        st.integers(0, 3),
        st.sampled_from([(179.8, -16.5), (-179.7, -16.4), (150.0, 43.0), (151.5, 43.4)]),
        st.integers(1, 5),
    ),
    max_size=24,
)


class Piece:
    def __init__(self, vessel, day, hour, length_h, place, fixes):
        self.vessel, self.day, self.fixes = vessel, day, fixes
        self.first_us = (24 * day + hour) * US_PER_H
        self.last_us = self.first_us + length_h * US_PER_H
        self.first = self.last = place

    def can_follow(self, earlier):
        hours = (self.first_us - earlier.last_us) / US_PER_H
        return hours >= 0 and naive_nm(earlier.last, self.first) <= SLACK_NM + SPEED_KN * hours


def nearest(piece, choices, is_short):
    """Return the choice that a piece continues: established ones first, then the nearest, then the earliest."""
    able = [choice for choice in choices if piece.can_follow(choice)]
    return min(able, key=lambda c: (is_short(c), round(naive_nm(c.last, piece.first), 6)), default=None)


def naive_continuations(pieces):
    before = {}
    for vessel in {piece.vessel for piece in pieces}:
        days = sorted({piece.day for piece in pieces if piece.vessel == vessel})
        for earlier, day in pairwise(days):
            free = [piece for piece in pieces if (piece.vessel, piece.day) == (vessel, earlier)]
            for piece in (piece for piece in pieces if (piece.vessel, piece.day) == (vessel, day)):
                found = nearest(piece, free, lambda c: c.fixes < MIN_FIXES)
                if found is not None:
                    before[piece] = found
                    free.remove(found)
    return [pieces.index(before[piece]) if piece in before else -1 for piece in pieces]


def naive_tracks(pieces):
    """Return each piece's track and the piece that it continues, of one vessel."""
    noise = set()
    while True:
        tracks, still_open = [], []
        for piece in (piece for piece in pieces if piece not in noise):
            ends = [track[-1] for track in still_open]
            size = {track[-1]: sum(p.fixes for p in track) for track in still_open}
            found = nearest(piece, ends, lambda c, size=size: size[c] < MIN_FIXES)
            if found is not None:
                next(track for track in still_open if track[-1] is found).append(piece)
                continue
            tracks.append([piece])
            if len(still_open) == MAX_OPEN:
                still_open.remove(min(still_open, key=lambda track: sum(p.fixes for p in track)))
            still_open.append(tracks[-1])
        sizes = [sum(p.fixes for p in track) for track in tracks]
        short = [track for track, size in zip(tracks, sizes, strict=True) if size < MIN_FIXES]
        if not short or len(short) == len(tracks):
            return tracks
        noise |= {piece for track in short for piece in track}


def arrays(pieces):
    def column(name, kind):
        return np.array([getattr(piece, name) for piece in pieces], kind)

    places = [column(name, np.float64).reshape(-1, 2) for name in ("first", "last")]
    return column("vessel", np.int64), column("first_us", np.int64), places[0], column("last_us", np.int64), places[1]


@given(PIECES)
def test_links_of_consecutive_dates_equal_the_naive_reference(rows):
    pieces = sorted((Piece(*row) for row in rows), key=lambda piece: (piece.vessel, piece.day, piece.first_us))
    vessel, *ends = arrays(pieces)
    day, fixes = (np.array([getattr(piece, name) for piece in pieces], np.int64) for name in ("day", "fixes"))
    before = continuations(vessel, day, *ends, fixes < MIN_FIXES, SPEED_KN, SLACK_NM)
    assert before.tolist() == naive_continuations(pieces)
    root = roots(before)
    assert all(root[i] == (i if before[i] < 0 else root[before[i]]) for i in range(len(pieces)))


@given(PIECES)
def test_whole_tracks_equal_the_naive_reference(rows):
    pieces = sorted((Piece(*row) for row in rows), key=lambda piece: (piece.vessel, piece.first_us))
    fixes = np.array([piece.fixes for piece in pieces], np.int64)
    number, before = link_chains(*arrays(pieces), fixes, MIN_FIXES, SPEED_KN, SLACK_NM)
    expected = {}
    for vessel in (0, 1):
        for k, track in enumerate(naive_tracks([piece for piece in pieces if piece.vessel == vessel])):
            expected |= dict.fromkeys(track[:1], (k, None))
            expected |= {piece: (k, track[i]) for i, piece in enumerate(track[1:])}
    assert number.tolist() == [expected.get(piece, (-1, None))[0] for piece in pieces]
    links = [expected.get(piece, (-1, None))[1] for piece in pieces]
    assert before.tolist() == [-1 if link is None else pieces.index(link) for link in links]


ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=30, unique=True
)


@given(ROWS, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(0, 2)), max_size=30))
def test_the_last_row_up_to_a_time_equals_the_naive_reference(rows, wanted):
    rows.sort()
    wanted = [each for each in wanted if any(row[0] == each[0] and row <= each for row in rows)]
    expected = [max(i for i, row in enumerate(rows) if row[0] == each[0] and row <= each) for each in wanted]
    columns = [np.array([each[k] for each in lists], np.int64) for lists in (rows, wanted) for k in range(3)]
    assert last_up_to(*columns).tolist() == expected
