import pytest
from builders import at, gap, visit, visits

from darkships.alerts.lists import read_list
from darkships.alerts.rhythm import overdue
from darkships.errors import DarkshipsError


def test_a_list_is_of_imo_numbers_and_mmsis(tmp_path):
    path = tmp_path / "ofac.csv"
    path.write_text("Name,IMO,MMSI\nANGARA,IMO 9179842,\nLADY R,9161003,273000002\n,,\n", encoding="utf-8-sig")
    found = read_list("ofac", path)
    assert (found.imos, found.mmsis) == ({9179842, 9161003}, {273000002})
    assert found.has(mmsi=1, imo=9179842)
    assert found.has(mmsi=273000002, imo=None)
    assert not found.has(mmsi=1, imo=None)
    path.write_text("mmsi\n1\n", encoding="utf-8")
    assert read_list("ofac", path).digest != found.digest


@pytest.mark.parametrize(
    ("text", "words"),
    [("name\nANGARA\n", r"has the columns \['name'\]; expected imo or mmsi"), ("", "expected imo or mmsi"),
     ("imo\n12a\n", "line 2: imo is '12A'; expected a number"), (b"imo\n\xff\n", "cannot be read")],
)  # fmt: skip
def test_what_is_no_list(tmp_path, text, words):
    path = tmp_path / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DarkshipsError, match=words):
        read_list("list", path)


def going(*days, probability=0.9):
    return visits(*(visit(gap(off_h=24 * day, on_h=24 * day + 60), probability) for day in days))


@pytest.mark.parametrize(
    ("rows", "as_of_days", "is_broken"),
    [
        (going(0, 7, 14, 20, 28), 43, True),
        (going(0, 7, 14, 20, 28), 41, False),
        (going(0, 7, 14), 60, False),
        (going(0, 1, 20, 21, 50), 200, False),
        (going(0, 7, 14, 20, 28, probability=0.4), 43, False),
    ],
)
def test_a_rhythm_is_broken(rows, as_of_days, is_broken):
    found = overdue(rows, at(24 * as_of_days).to_pydatetime())
    assert bool(found) is is_broken
    if is_broken:
        words = "its rhythm is broken: 5 likely trips began about every 7.0 days, the last 15 days ago"
        assert found == {273000001: words}
