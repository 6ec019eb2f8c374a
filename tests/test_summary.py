"""Summaries add up: however dates are cut, the result is that of all reports at once."""

import numpy as np
import pandas as pd
import random_sea
from builders import START
from hypothesis import given, settings
from hypothesis import strategies as st
from random_sea import SITES, reports

from darkships.gaps.detection import detect_gaps
from darkships.gaps.records import Room
from darkships.gaps.stretch import gaps_of
from darkships.schema import time_us
from darkships.summary import EMPTY, Question, _around, _leaf, _of_date, as_date, combine
from darkships.tracks.chains import Speed, number_tracks
from darkships.tracks.segmentation import segment_tracks
from darkships.units import US_PER_H
from darkships.visits.calls import calls_of_chains, port_calls

SEEDS = st.integers(0, 2**32 - 1)
HOURS = st.sampled_from([1.0, 6.0, 30.0])


def leaves(frame, question):
    """Return one summary a date, as a store would make them."""
    dates = [as_date([random_sea.table(day, without=())], question, Room().rows(len(day))) if len(day) else None
             for day in random_sea.by_day(frame)]  # fmt: skip
    around = [None, *dates, None]
    first = int(START.timestamp()) // 86400
    near = [around[k : k + 3] for k in range(len(dates))]
    return [_leaf([_of_date(*three, question)], first + day, [[_around(each)] for each in three]).summary
            for day, three in enumerate(near)]  # fmt: skip


def folded(summaries, question, rng):
    """Add neighbours up in a random order."""
    parts = list(summaries)
    while len(parts) > 1:
        k = int(rng.integers(len(parts) - 1))
        parts[k : k + 2] = [combine(parts[k], parts[k + 1], question)]
    return parts[0]


def tables(summary, question, as_of):
    number, before = number_tracks(summary.chains, question.speed)
    as_of_us = int(time_us(pd.Series([as_of], name="as_of"))[0])
    known = summary.silences, summary.chains, summary.pieces
    gaps = gaps_of(*known, number, before, min_gap_us=question.min_gap_us, as_of_us=as_of_us)
    return gaps, calls_of_chains(summary.stays, summary.chains["mmsi"], number, before, SITES)


@settings(max_examples=60)
@given(SEEDS, HOURS)
def test_the_dates_added_up_are_what_all_reports_at_once_are(seed, min_gap_h):
    frame, question = reports(seed), Question(round(min_gap_h * US_PER_H), Speed(), SITES)
    as_of = frame["timestamp"].max()
    gaps, calls = tables(folded(leaves(frame, question), question, np.random.default_rng(seed)), question, as_of)
    tracks = segment_tracks(frame)
    contacts = frame.loc[frame["lat"].isna(), ["mmsi", "timestamp"]]
    expected = detect_gaps(tracks, contacts=contacts, min_gap_h=min_gap_h, as_of=as_of)
    pd.testing.assert_frame_equal(gaps, expected, check_exact=True)
    pd.testing.assert_frame_equal(calls, port_calls(tracks, SITES), check_exact=True)


@settings(max_examples=40)
@given(SEEDS)
def test_combining_is_associative_and_nothing_is_its_identity(seed):
    question = Question(6 * US_PER_H, Speed(), SITES)
    found, rng = leaves(reports(seed), question), np.random.default_rng(seed)
    for a, b in ((folded(found, question, rng), folded(found, question, rng)),
                 (combine(EMPTY, found[0], question), combine(found[0], EMPTY, question))):  # fmt: skip
        for mine, other in zip(a.arrays(), b.arrays(), strict=True):
            assert sorted(row.tobytes() for row in mine) == sorted(row.tobytes() for row in other)
