"""Kernels of the simulation beside naive references; NMEA beside pyais. All they make is synthetic."""

from itertools import pairwise

import numpy as np
import pyais
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.kernels.simulation import Ways, bell, chance, draw, on_way, passage_s, roam, sailed
from darkships.kernels.simulation_nmea import SaidNmea, put_nmea
from darkships.kernels.simulation_reports import Rows, interval_s, range_nm
from darkships.kernels.simulation_text import Texts, put_decimal, put_number

A, B, B_SO = 0, 1, 2
UNDER_WAY, ANCHORED, MOORED, FISHING = 0, 1, 5, 7


@pytest.mark.parametrize(
    ("ais_class", "status", "kn", "turns", "seconds"),
    [
        (A, ANCHORED, 0.1, False, 180.0), (A, MOORED, 3.0, False, 180.0), (A, MOORED, 3.1, False, 10.0),
        (A, UNDER_WAY, 0.0, False, 10.0), (A, UNDER_WAY, 14.0, False, 10.0), (A, UNDER_WAY, 14.0, True, 10.0 / 3.0),
        (A, UNDER_WAY, 14.1, False, 6.0), (A, UNDER_WAY, 23.0, False, 6.0), (A, UNDER_WAY, 23.0, True, 2.0),
        (A, UNDER_WAY, 23.1, False, 2.0), (A, UNDER_WAY, 30.0, True, 2.0), (A, FISHING, 3.5, False, 10.0),
        (B, UNDER_WAY, 2.0, False, 180.0), (B, UNDER_WAY, 2.1, False, 30.0), (B, UNDER_WAY, 30.0, True, 30.0),
        (B_SO, UNDER_WAY, 2.0, False, 180.0), (B_SO, UNDER_WAY, 14.0, False, 30.0),
        (B_SO, UNDER_WAY, 23.0, False, 15.0), (B_SO, UNDER_WAY, 23.1, False, 5.0),
    ],
)  # fmt: skip
def test_intervals_are_those_of_the_itu(ais_class, status, kn, turns, seconds):
    """ITU-R M.1371-5 annex 1, tables 1 and 2."""
    assert interval_s(ais_class, status, kn, turns) == pytest.approx(seconds)


def test_the_range_of_two_antennas():
    assert range_nm(15.0, 20.0) == pytest.approx(18.6, abs=0.2)
    assert 40.0 < range_nm(300.0, 20.0) < 60.0


def naive_draw(seed, number):
    def scramble(x):
        x %= 2**32
        x = (x ^ (x // 2**16)) * 0x7FEB352D % 2**32
        x = (x ^ (x // 2**15)) * 0x846CA68B % 2**32
        return x ^ (x // 2**16)

    return scramble(seed ^ scramble(number + 0x9E3779B9))


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_draws_are_those_of_the_reference(seed, number):
    assert draw(seed, number) == naive_draw(seed, number)
    assert chance(seed, number) == naive_draw(seed, number) / 2**32


def test_draws_look_like_chance():
    uniform = np.array([chance(77, k) for k in range(4000)])
    normal = np.array([bell(77, k) for k in range(4000)])
    assert uniform.mean() == pytest.approx(0.5, abs=0.02)
    assert np.histogram(uniform, 10, (0, 1))[0].min() > 300
    assert normal.mean() == pytest.approx(0.0, abs=0.06)
    assert normal.std() == pytest.approx(1.0, abs=0.05)


@given(st.floats(0.1, 500.0), st.floats(2.0, 40.0))
def test_a_passage_ends_where_and_when_it_says_and_never_runs_back(length_nm, kn):
    total_s = passage_s(length_nm, kn)
    made = [sailed(length_nm, kn, share * total_s) for share in np.linspace(0.0, 1.0, 40)]
    assert made[0][0] == 0.0
    assert made[-1][0] == pytest.approx(length_nm, rel=1e-9)
    assert all(0.0 <= b[0] - a[0] <= kn * total_s / 39 / 3600 * (1 + 1e-9) + 1e-9 for a, b in pairwise(made))
    assert all(speed in (pytest.approx(kn), pytest.approx(kn / 2.0)) for _, speed in made)


@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.1, 9)), min_size=2, max_size=6), st.floats(0, 1)
)
def test_a_place_on_a_way_is_interpolated(points, share):
    lon, lat, steps = np.array(points).T
    nm = np.concatenate([[0.0], np.cumsum(steps[1:])])
    other = np.array([5.0, 6.0])
    ways = Ways(np.array([0, 2, 2 + nm.size]), np.append(other, lon), np.append(other, lat), np.append([0.0, 1.0], nm),
                np.zeros(2 + nm.size), np.empty((0, 0, 1), np.int32))  # fmt: skip
    got = on_way(ways, 1, share * nm[-1])
    assert got[0] == pytest.approx(np.interp(share * nm[-1], nm, lon), abs=1e-9)
    assert got[1] == pytest.approx(np.interp(share * nm[-1], nm, lat), abs=1e-9)


@given(st.floats(600.0, 1e6), st.floats(0.1, 5.0), st.floats(0.05, 5.0))
def test_a_ship_that_roams_comes_back(span_s, kn, size_nm):
    for elapsed_s in (0.0, span_s):
        assert roam(span_s, elapsed_s, kn, size_nm)[:2] == pytest.approx((0.0, 0.0), abs=1e-6)


@given(st.integers(-(10**9), 10**9), st.integers(1, 6))
def test_decimals_are_written_as_python_writes_them(scaled, decimals):
    out = np.zeros(40, np.uint8)
    end = put_decimal(out, 3, scaled, decimals)
    sign, digits = "-" * (scaled < 0), str(abs(scaled)).rjust(decimals + 1, "0")
    assert out[3:end].tobytes().decode() == f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


@given(st.integers(0, 2**40))
def test_numbers_are_written_as_python_writes_them(number):
    out = np.zeros(20, np.uint8)
    assert out[: put_number(out, 0, number)].tobytes().decode() == str(number)


def texts(*words):
    return Texts(np.cumsum([0, *map(len, words)]), np.frombuffer("".join(words).encode(), np.uint8))


def codes(text, letters):
    return np.frombuffer(text.ljust(letters, "@").encode(), np.uint8)[None, :] & 63


SAID = SaidNmea(
    1_704_067_200, np.array([A, B, B_SO]), np.array([273999999, 440999998, 431999997]),
    np.array([1000007, 0, 0]), np.array([70, 30, 37]), np.array([[80, 20, 9, 7], [15, 4, 2, 3], [9, 1, 1, 2]]),
    np.concatenate([codes("SYNTHETIC 0", 20), codes("SYNTHETIC 1", 20), codes("SYNTHETIC 2", 20)]),
    np.concatenate([codes("SY00000", 7), codes("SY00001", 7), codes("SY00002", 7)]),
    np.array([71]), np.array([0]), codes("VOSTOCHNY", 20), texts("SYNTH001"),
    texts(*["AIVDM,1,1,"] * 2, *["AIVDM,2,1,"] * 2, *["AIVDM,2,2,"] * 2),
)  # fmt: skip
"""Three synthetic ships on one voyage."""


def written(ship, msg_type, *, second=90_061, lon=79_801_234, lat=-25_612_345, station=0):
    one = {"ship": ship, "second": second, "lon": lon, "lat": lat, "sog": 123, "cog": 3599, "heading": 359,
           "status": 0, "msg_type": msg_type, "station": station, "leg": 0}  # fmt: skip
    rows = Rows(*(np.array([one[name]], kind) for name, kind in zip(Rows._fields, "iiiihhhbbhi", strict=True)))
    out = np.zeros(400, np.uint8)
    return out[: put_nmea(rows, SAID, 0, 1, out)].tobytes().splitlines()


def decoded(lines):
    """Decode with pyais, which also checks the checksums."""
    sentences = [line.rpartition(b"\\")[2] for line in lines]
    assert all(pyais.messages.NMEAMessage(sentence).is_valid for sentence in sentences)
    return pyais.decode(*sentences).asdict()


@pytest.mark.parametrize(("ship", "msg_type"), [(0, 1), (1, 18), (2, 18)])
def test_position_reports_are_what_pyais_reads(ship, msg_type):
    (line,) = written(ship, msg_type)
    got = decoded([line])
    assert (got["msg_type"], got["mmsi"]) == (msg_type, SAID.mmsi[ship])
    assert (got["lon"], got["lat"]) == (
        pytest.approx(79_801_234 / 6e5, abs=1e-6),
        pytest.approx(-25_612_345 / 6e5, abs=1e-6),
    )
    assert (got["speed"], got["course"], got["heading"], got["second"]) == (12.3, 359.9, 359, 1)
    if msg_type == 1:
        assert got["status"] == 0
    else:
        assert got["cs"] == (ship == 1)


def test_a_voyage_is_what_pyais_reads():
    got = decoded(written(0, 5))
    assert (got["mmsi"], got["imo"], got["shipname"], got["callsign"]) == (273999999, 1000007, "SYNTHETIC 0", "SY00000")
    assert (got["ship_type"], got["draught"], got["destination"]) == (70, 7.1, "VOSTOCHNY")
    assert [got[name] for name in ("to_bow", "to_stern", "to_port", "to_starboard")] == [80, 20, 9, 7]


def test_the_halves_of_a_class_b_static_report_are_what_pyais_reads():
    first, second = (decoded([line]) for line in written(1, 24))
    assert (first["partno"], first["shipname"]) == (0, "SYNTHETIC 1")
    assert (second["partno"], second["callsign"], second["ship_type"]) == (1, "SY00001", 30)
    assert [second[name] for name in ("to_bow", "to_stern", "to_port", "to_starboard")] == [15, 4, 2, 3]


@pytest.mark.parametrize(("station", "block"), [(0, b"s:SYNTH001,c:1704157261"), (-1, b"c:1704157261")])
def test_the_tag_block_tells_station_and_time(station, block):
    _, tag, _ = written(0, 1, station=station)[0].split(b"\\")
    body, _, checksum = tag.partition(b"*")
    assert body == block
    assert int(checksum, 16) == np.bitwise_xor.reduce(np.frombuffer(body, np.uint8))
