"""An edited CSV of verdicts, as people and their spreadsheets save it."""

import pytest

from darkships.alerts.edited import read_verdicts
from darkships.alerts.triage import Verdict
from darkships.errors import DarkshipsError

ROWS = (
    "lead_id,verdict,note,status\n"
    'DS-00000001,Confirm,"vu à quai, ""sûr"" ...\n... ou presque",new\n'
    "ds-00000002,dismiss,,new\n"
    "DS-00000003,,,new\n"
)
MEANT = [
    Verdict("DS-00000001", "confirm", 'vu à quai, "sûr" ...\n... ou presque'),
    Verdict("DS-00000002", "dismiss"),
]


@pytest.fixture
def edited(tmp_path):
    """Return a function that writes an edited file and reads it."""

    def read(content):
        path = tmp_path / "edited.csv"
        path.write_bytes(content)
        return read_verdicts(path)

    return read


@pytest.mark.parametrize(
    "content",
    [
        ROWS.encode(),
        ROWS.encode("utf-8-sig").replace(b"\n", b"\r\n").replace(b"...\r\n", b"...\n"),
        ROWS.replace("lead_id,verdict", "Lead_ID , VERDICT").encode(),
        ROWS.replace(",", ";").replace("quai;", "quai,").encode("cp1252"),
        ("sep=;\n" + ROWS.replace(",", ";").replace("quai;", "quai,")).encode(),
        ("sep=\t\n" + ROWS.replace(",", "\t").replace("quai\t", "quai,")).encode("utf-8-sig"),
        ROWS.replace(",", "\t").replace("quai\t", "quai,").encode("utf-16"),
        (ROWS + "ds-00000002,DISMISS,,\n").encode(),
    ],
    ids=["plain", "mark", "titles", "semicolons", "sep", "sep-tab", "wide", "twice-alike"],
)
def test_as_spreadsheets_save_it(edited, content):
    assert edited(content) == MEANT


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("DS-1,,seen\nDS-2,confirm,\n", "line 2: a note on DS-1 without a verdict"),
        ("DS-1,confirm,\nDS-2,confirm,\nds-1,dismiss,\n", "lines 2 and 4 say different things of DS-1"),
        ("DS-1,confirm,a\nDS-1,confirm,b\n", "lines 2 and 3 say different things of DS-1"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_lines(edited, rows, words):
    with pytest.raises(DarkshipsError, match=words):
        edited(f"lead_id,verdict,note\n{rows}".encode())


def test_lines_are_counted_as_an_editor_does(edited):
    with pytest.raises(DarkshipsError, match="line 3: a note"):
        edited(b"sep=;\nlead_id;verdict;note\nDS-1;;seen\n")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"lead,verdict\nDS-1,confirm\n"])
def test_what_is_no_such_table_is_refused(edited, content):
    with pytest.raises(DarkshipsError, match=r"no column 'lead_id'; expected a CSV"):
        edited(content)


def test_bytes_that_are_no_text_are_refused(edited):
    with pytest.raises(DarkshipsError, match="cannot be read"):
        edited(b"lead_id,verdict\nDS-1,\x81\n")
