"""The shipped samples are what their README says."""

import csv
import io
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import zstandard

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"


def rows_of(folder: str) -> list[dict[str, str]]:
    rows = []
    for path in sorted((DEMO / folder).glob("*.csv.zst")):
        text = zstandard.decompress(path.read_bytes()).decode()
        rows += csv.DictReader(io.StringIO(text))
    return rows


def truth() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((DEMO / "rajin" / "truth.csv").read_text(encoding="utf-8"))))


@pytest.fixture(scope="module")
def rajin() -> list[dict[str, str]]:
    return rows_of("rajin")


def test_the_samples_are_small():
    files = [path for path in DEMO.rglob("*") if path.suffix in {".zst", ".csv", ".geojson", ".toml", ".md"}]
    assert max(path.stat().st_size for path in files) < 5e6
    assert sum(path.stat().st_size for path in files) < 8e6


def test_every_synthetic_ship_is_marked(rajin):
    names = {row["MMSI"]: row["Name"] for row in rajin if row["Name"]}
    assert all(name.startswith("SYNTH ") for name in names.values())
    assert {row["MMSI"] for row in rajin} == set(names)
    assert all(mmsi[3:5] == "99" and len(mmsi) == 9 for mmsi in names)


def test_only_the_four_carry_imo_numbers(rajin):
    numbers = {(row["Name"], row["IMO"]) for row in rajin if row["IMO"] not in {"", "Unknown"}}
    assert numbers == {
        ("SYNTH ANGARA", "9179842"), ("SYNTH MARIA", "8517839"),
        ("SYNTH MAIA-1", "9358010"), ("SYNTH LADY R", "9161003"),
    }  # fmt: skip


def test_every_visit_is_silent_and_each_ship_makes_five(rajin):
    heard = defaultdict(list)
    for row in rajin:
        when = datetime.strptime(row["# Timestamp"], "%d/%m/%Y %H:%M:%S").replace(tzinfo=UTC)
        heard[row["MMSI"]].append(when)
    slack = timedelta(minutes=3)
    visits = defaultdict(int)
    for visit in truth():
        visits[visit["mmsi"]] += 1
        arrival, departure, last = (datetime.fromisoformat(visit[k]) for k in ("arrival", "departure", "last_heard"))
        following = (
            datetime.fromisoformat(visit["next_heard"]) if visit["next_heard"] else datetime.max.replace(tzinfo=UTC)
        )
        assert last < arrival < departure < following
        assert not [t for t in heard[visit["mmsi"]] if last + slack < t < following - slack]
    assert min(visits.values()) >= 5
    assert len(visits) == 4


def test_published_dates_hold():
    visits = truth()
    maria = [v for v in visits if v["name"] == "SYNTH MARIA"]
    # There at 11:01 and gone at 15:43 on 20 October, local time (UTC+9).
    assert any(
        v["arrival"] < "2023-10-19" and "2023-10-20T02:01Z" < v["departure"] < "2023-10-20T06:43Z" for v in maria
    )
    early = [v for v in visits if v["name"] in {"SYNTH MARIA", "SYNTH ANGARA"} and v["departure"] < "2023-10-14T23"]
    assert len(early) >= 5
    stays = [datetime.fromisoformat(v["departure"]) - datetime.fromisoformat(v["arrival"]) for v in visits]
    assert all(timedelta(hours=47) < stay < timedelta(hours=73) for stay in stays)


def test_the_background_is_large_and_has_long_innocent_silences(rajin):
    guilty = {visit["mmsi"] for visit in truth()}
    heard = defaultdict(list)
    for row in rajin:
        if row["MMSI"] not in guilty:
            heard[row["MMSI"]].append(datetime.strptime(row["# Timestamp"], "%d/%m/%Y %H:%M:%S").replace(tzinfo=UTC))
    assert len(heard) >= 500
    long = [m for m, times in heard.items() if any(b - a > timedelta(hours=24) for a, b in pairwise(times))]
    assert len(long) >= 60


def test_the_real_sample_is_in_the_published_form():
    rows = rows_of("socal")
    assert len({row["base_date_time"][:10] for row in rows}) == 21
    assert all(
        33.2 <= float(row["latitude"]) <= 34.04 and -119.05 <= float(row["longitude"]) <= -117.45 for row in rows
    )
    assert not any(row["imo"] or row["cargo"] for row in rows)
