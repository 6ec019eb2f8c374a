import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from told import ANGARA, GAP, lead, still_silent

from darkships.alerts.messages import Message, as_json, fields_of, filled, inert, line
from darkships.config.alerting import FIELDS

HOSTILE = "<b>*EVIL*</b>\x1b[2J\r\nBcc: x@y.z [a](http://evil.com) `rm` @everyone \u202e_x_"


def message(facts, change="new", reason="not told before"):
    return Message("key", change, reason, facts)


def test_an_open_silence():
    assert line(message(still_silent())) == (
        "NEW DS-00000001: ANGARA (MMSI 273000001, IMO 9179842) went silent 46 nm from Rajin at 02:20Z closing at "
        "9.8 kn; could be at the berth from 07:05Z. Consistent with a visit to a watched site (probability 0.86), most "
        "likely Rajin or another site of Rason. Why now: not told before"
    )


def test_a_closed_silence_and_a_retraction():
    assert line(message(lead(name=None, imo=None, data_label="synthetic"))) == (
        "synthetic: NEW DS-00000001: name unknown (MMSI 273000001) was silent 2023-09-07 14:00Z to 2023-09-13 13:30Z; "
        "could be at the berth from 2023-09-07 18:00Z until 2023-09-13 09:15Z. Consistent with a visit to a watched "
        "site (probability 0.86), most likely Rajin or another site of Rason. Why now: not told before"
    )
    assert line(message(ANGARA, "retracted", "late data: it was heard")) == (
        "RETRACTED DS-00000001: ANGARA (MMSI 273000001, IMO 9179842): late data: it was heard"
    )
    assert line(message(lead(site=""), reason="on the list ofac, first seen")).endswith(
        "is in the feed. Why now: on the list ofac, first seen"
    )


def test_an_open_silence_of_another_day_has_its_date():
    earlier = still_silent(as_of=lead().as_of.replace(day=25))
    assert "at 2023-09-19 02:20Z closing" in line(message(earlier))


def test_hostile_names_are_only_text():
    for text in (line(message(lead(name=HOSTILE))), fields_of(message(lead(name=HOSTILE)))["name"]):
        assert text.isprintable()
        assert not set("<>*[]`@_\x1b\r\n") & set(text)
        assert "http://" not in text
        assert "evil.com" not in text
    assert json.dumps(as_json(message(lead(name=HOSTILE)))).isprintable()


@given(st.text())
def test_what_is_inert_stays_so(text):
    plain = inert(text)
    assert plain.isprintable()
    assert not set('<>&*_`[]()@#|~\\"$:=!{}^%;') & set(plain)


def test_templates_know_their_fields():
    assert set(fields_of(message(still_silent()))) == set(FIELDS)
    assert filled("$change $name at $site", message(lead(name="EVIL $reason"))) == "NEW EVIL ?reason at Rajin"
    quoting = lead(evidence_for='destination "<a href=x>" named')
    assert filled("$evidence_for", message(quoting)) == 'destination "?a href=x?" named'


def test_for_machines():
    found = as_json(message(still_silent()))
    assert (found["key"], found["change"], found["mmsi"]) == ("key", "new", 273000001)
    assert found["open_gap"]["reached"] == ["Rason"]
    assert found["open_gap"]["off_timestamp"] == GAP.off_timestamp.isoformat()
    json.dumps(found)


def test_a_probability_that_another_silence_says_names_that_silence():
    both = line(Message("k", "changed", "why", lead(open_gap=GAP)))
    assert "(probability 0.86, most of it by its silence from 2023-09-07 14:00Z to 2023-09-13 13:30Z)" in both
    assert "most of it by" not in line(Message("k", "changed", "why", still_silent()))


def test_machines_get_the_ways_to_all_sites_within_reach():
    gap = msgspec.structs.replace(GAP, ways=(("Rason", 46.2, GAP.earliest_arrival),))
    found = json.loads(json.dumps(as_json(message(still_silent(open_gap=gap)))))
    assert found["open_gap"]["ways"] == [["Rason", 46.2, GAP.earliest_arrival.isoformat()]]
