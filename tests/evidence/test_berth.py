import numpy as np
import pandas as pd
import pytest
from builders import MMSI, call, candidate, candidates, gap, port_calls

from darkships.evidence.berth import LEAST_DB, MOST_DB, berth_fit, vessel_class
from darkships.schema import PORT_CALLS


def fleet(*ship_types):
    """Return identities of vessels MMSI, MMSI + 1, ... with these types."""
    return pd.DataFrame({"mmsi": [MMSI + k for k in range(len(ship_types))], "ship_type": list(ship_types)})


@pytest.mark.parametrize(
    ("ship_type", "expected"),
    [(30, "fishing"), (31, "service"), (35, "service"), (36, "pleasure"), (37, "pleasure"), (38, "other"),
     (40, "passenger"), (49, "passenger"), (52, "service"), (60, "passenger"), (69, "passenger"), (70, "merchant"),
     (89, "merchant"), (90, "other"), (0, "other"), (np.nan, "other")],
)  # fmt: skip
def test_types_of_table_53(ship_type, expected):
    assert vessel_class(pd.Series([ship_type], dtype="float64")).tolist() == [expected]


def weights(identity, *calls):
    """Weigh every vessel of a fleet at one site."""
    rows = candidates(*(candidate(gap(mmsi=mmsi)) for mmsi in identity["mmsi"]))
    seen = port_calls(*calls) if calls else PORT_CALLS.empty()
    return berth_fit(rows, seen, identity).set_index("mmsi")["vessel_db"]


def test_where_nobody_was_seen_merchant_ships_are_expected():
    # Of the vessels of known type two thirds are merchants, a third fishing boats; expected there: 80 % and 5 %.
    found = weights(fleet(70, 80, 30, 99))
    assert found.tolist() == pytest.approx([10 * np.log10(0.8 * 3 / 2)] * 2 + [10 * np.log10(0.05 * 3), 0.0])


def test_callers_that_were_seen_speak_and_ones_own_calls_do_not_count():
    callers = [call(k, k + 1.0, mmsi=MMSI + k) for k in range(1, 11)]  # ten other fishing boats
    found = weights(fleet(*[30] * 11, 70), *callers)
    around = 11 / 12  # what is expected of callers where some were seen
    assert found[MMSI] == pytest.approx(10 * np.log10((10 + 5 * around) / 15 / around))
    assert found[MMSI + 1] == pytest.approx(10 * np.log10((9 + 5 * around) / 14 / around))
    assert found[MMSI + 11] == pytest.approx(10 * np.log10(5 / 15))  # no other merchant among ten callers


def test_the_weight_is_bounded():
    found = weights(fleet(*[70] * 1, *[30] * 40), *[call(k, k + 1.0, mmsi=MMSI) for k in range(3)])
    assert LEAST_DB <= found.min() < found.max() <= MOST_DB
