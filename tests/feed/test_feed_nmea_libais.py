"""Real sentences against the decodes that libais published beside them."""

import json

import pytest


def decoded(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def near(value, sentinel):
    return None if value is None or abs(value - sentinel) < 1e-3 else pytest.approx(value, abs=2e-5)


def check_position(row, want):
    if abs(want["lat"]) > 90 or abs(want["lon"]) > 180:
        assert (row["lat"], row["lon"]) == (None, None)
        return
    assert row["lat"] == pytest.approx(want["lat"], abs=2e-5)
    assert row["lon"] == pytest.approx(want["lon"], abs=2e-5)
    if "speed" in want:
        assert row["sog"] == near(want["speed"], 102.3)
        assert row["cog"] == near(want["course"], 360)
        assert row["heading"] == (want["heading"] if want["heading"] < 360 else None)


def check_static(row, want):
    assert row["name"] == (want["shipname"].strip("@ ") or None)
    assert row["callsign"] == (want["callsign"].strip("@ ") or None)
    assert (row["imo"] or 0, row["ship_type"] or 0) == (int(want["imo"]), want["shiptype"])
    assert (row["length_m"], row["beam_m"]) == (
        want["to_bow"] + want["to_stern"],
        want["to_port"] + want["to_starboard"],
    )
    assert (row["destination"] or "") == want["destination"].strip("@ ")
    assert row["draught_m"] == (pytest.approx(want["draught"], abs=1e-3) if want["draught"] else None)


@pytest.mark.parametrize("name", ["typeexamples", "tagblock"])
def test_libais_examples(whole, sample, name):
    got = whole(sample(f"nmea/libais/{name}.nmea"))
    statics = {s["mmsi"]: s for s in got.statics.to_pylist()}
    by_vessel = {}
    for row in got.positions.to_pylist():
        by_vessel.setdefault((row["mmsi"], row["msg_type"]), []).append(row)
    held = 0
    for want in decoded(sample(f"nmea/libais/{name}.json")):
        candidates = by_vessel.get((want["mmsi"], want["type"]))
        if candidates is None:
            assert not 1_000_000 <= want["mmsi"] <= 999_999_999
            continue
        row = candidates.pop(0)
        held += 1
        if "lat" in want and want["type"] in {1, 2, 3, 4, 9, 11, 18, 19, 21, 27}:
            check_position(row, want)
        if want["type"] == 5:
            check_static(statics[want["mmsi"]], want)
        if "tagblock_station" in want:
            assert row["station"] == want["tagblock_station"]
            assert row["timestamp"].strftime("%Y-%m-%dT%H:%M:%S.%fZ") == want["tagblock_timestamp"]
    assert held == got.positions.num_rows
