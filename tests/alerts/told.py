"""A lead made by hand, and runs that say something of it."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from darkships.alerts.facts import Facts, Known, OpenGap, Silence
from darkships.watchlist.runs import RunRecord

START = datetime(2023, 9, 7, tzinfo=UTC)
NOW = datetime(2023, 9, 20, 3, 15, tzinfo=UTC)
RECORD = RunRecord("1", 5, "2023-09-19T12:00:00+00:00", "", {}, {"digest": "d"}, {"digest": "i"})


def at(hours):
    return START + timedelta(hours=hours)


ANGARA = Facts(
    lead_id="DS-00000001", mmsi=273000001, imo=9179842, name="ANGARA", as_of=at(300), data_label="",
    site="Rajin", site_group="Rason", probability=0.86, expected_round_trips=1.2, off_timestamp=at(14),
    on_timestamp=at(157.5), is_open=False, earliest_arrival=at(18), latest_departure=at(153.25),
    sea_distance_off_nm=46.2, closing_speed_kn=9.84, evidence_for="time fits", evidence_against="nothing",
    best_alternative="passage",
)  # fmt: skip
GAP = OpenGap(at(290 + 1 / 3), "Rajin", "Rason", 46.2, 9.84, at(295 + 1 / 12), ("Rason",))


def lead(**changed):
    return msgspec.structs.replace(ANGARA, **changed)


def still_silent(**changed):
    known = {"is_open": True, "off_timestamp": GAP.off_timestamp, "on_timestamp": None, "open_gap": GAP, **changed}
    return lead(**known)


class Run(Known):
    """A run whose silences are given, not read."""

    def silences(self, mmsi):
        return dict.fromkeys(mmsi, _SILENCES[self.folder.name])


_SILENCES = {}


def run(*leads, silences=None, number=1, settings="d", unknown=()):
    """Return a run; by default the silences are those of its leads."""
    spans = [Silence(facts.off_timestamp, facts.on_timestamp) for facts in leads if facts.off_timestamp]
    spans += [Silence(facts.open_gap.off_timestamp, None) for facts in leads if facts.open_gap]
    _SILENCES[str(number)] = spans if silences is None else silences
    inputs = {**RECORD.inputs, "unknown_dates": list(unknown)}
    record = dataclasses.replace(RECORD, sites={"digest": settings}, inputs=inputs)
    return Run(record, {facts.lead_id: facts for facts in leads}, Path(str(number)))
