import csv
import re

import numpy as np
import pandas as pd
import pytest
from builders import at
from hypothesis import given
from hypothesis import strategies as st

from darkships.evidence.identity import flag_state, imo_is_valid, mid_of, vessel_identity
from darkships.resources import data_dir
from darkships.schema import STATICS


def said(**columns):
    row = {"mmsi": 273000001, "timestamp": at(0), "last_seen": at(1), "n_reports": 1, "file_id": 1}
    return {**dict.fromkeys(STATICS.names), **row, **columns}


@pytest.mark.parametrize(
    ("mmsi", "country", "iso2"),
    [
        (273123456, "Russian Federation", "RU"),
        (445012000, "Democratic People's Republic of Korea", "KP"),
        (659000123, "Namibia", "NA"),
        (636091234, "Liberia", "LR"),
        (111273501, "Russian Federation", "RU"),  # SAR aircraft
        (992351000, "United Kingdom", "GB"),  # aid to navigation
        (982241234, "Spain", "ES"),  # craft of a parent ship
        (833812345, "United States of America", "US"),  # handheld
        (2191000, "Denmark", "DK"),  # coast station 002191000
        (24412345, "Netherlands", "NL"),  # group 024412345
    ],
)
def test_flag_of_every_kind_of_number(mmsi, country, iso2):
    assert flag_state([mmsi]).iloc[0].tolist() == [country, iso2]


@pytest.mark.parametrize("mmsi", [0, 970123456, 974123456, 200123456, 999999999, 123456789, 800000000, -5])
def test_no_flag_where_no_digits_are_allocated(mmsi):
    assert flag_state([mmsi]).isna().all(axis=None)


def test_flags_keep_order_and_length():
    found = flag_state(np.array([445000001, 1, 445000001, 273000001]))
    assert found.index.tolist() == [0, 1, 2, 3]
    assert found["iso2"].fillna("-").tolist() == ["KP", "-", "KP", "RU"]
    assert flag_state([]).shape == (0, 2)


def test_shipped_table_is_complete_and_clean():
    with (data_dir() / "mid.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    mids = [int(row["mid"]) for row in rows]
    assert mids == sorted(set(mids))
    assert (len(mids), mids[0], mids[-1]) == (292, 201, 775)
    assert all(row["country"].strip() == row["country"] != "" for row in rows)
    assert [row["mid"] for row in rows if not re.fullmatch("[A-Z]{2}", row["iso2"])] == ["306"]


def test_shipped_table_against_public_facts():
    path = data_dir().parent.parent / "shared" / "data" / "mid_juhku1_mmsi_countries.csv"
    if not path.exists():
        pytest.skip("the list to compare with is not beside the repository")
    listed = set(pd.read_csv(path, sep=";", encoding="utf-8-sig")["Digit"])
    assert listed == set(pd.read_csv(data_dir() / "mid.csv")["mid"])


@given(st.integers(201, 775), st.integers(0, 999_999))
def test_ship_numbers_give_their_first_three_digits(mid, rest):
    assert mid_of([mid * 10**6 + rest])[0] == int(f"{mid}{rest:06d}"[:3])


def check_digit_by_hand(digits):
    return sum(int(d) * w for d, w in zip(digits[:6], (7, 6, 5, 4, 3, 2), strict=True)) % 10 == int(digits[6])


def test_imo_numbers_of_the_published_case():
    assert imo_is_valid([9179842, 9161003, 9358010, 8517839, 8660313]).all()
    assert not imo_is_valid([9179843, 0, 917984, 99179842, np.nan, -9179842]).any()


@given(st.lists(st.integers(1_000_000, 9_999_999), min_size=1, max_size=20))
def test_imo_check_digit(numbers):
    assert imo_is_valid(numbers).tolist() == [check_digit_by_hand(str(n)) for n in numbers]


def test_last_value_said_of_each_item():
    statics = pd.DataFrame(
        [
            said(timestamp=at(5), last_seen=at(9), name="LATER", imo=9179843.0),
            said(timestamp=at(0), last_seen=at(4), name="EARLIER", callsign="UBKX", length_m=115.0),
            said(mmsi=445000001, name="OTHER"),
        ]
    )
    statics["length_m"] = statics["length_m"].astype(float)
    found = vessel_identity(statics, mmsi=[636000001, 273000001])
    assert found["mmsi"].tolist() == [636000001, 273000001]
    assert found["flag"].tolist() == ["Liberia", "Russian Federation"]
    silent, ship = found.iloc[0], found.iloc[1]
    assert silent[["imo", "imo_valid", "name", "callsign", "ship_type", "length_m"]].isna().all()
    assert (ship["name"], ship["callsign"], ship["length_m"], ship["imo_valid"]) == ("LATER", "UBKX", 115.0, False)
