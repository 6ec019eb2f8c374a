import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkships.config.lines import lines_of

TEXT = '''# a comment

store = "s"
sites = [  # the first
  "a", # ]

  "b",
]
text = """
key = 1
"""
inline = { x = 1, y = [2] }

[[feed]]
paths = ["p"]

[[feed]] # the second
paths = [
  "q",
]
map = { mmsi = "ID" }
a.b = 1
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("store",), 3), (("sites",), 4), (("sites", 1), 4), (("text",), 9), (("inline", "y", 0), 12),
        (("feed",), 14), (("feed", 0), 14), (("feed", 0, "paths"), 15), (("feed", 1), 17),
        (("feed", 1, "paths", 0), 18),
        (("feed", 1, "map", "mmsi"), 21), (("feed", 1, "a", "b"), 22),
    ],
)  # fmt: skip
def test_lines(place, line):
    assert lines_of(TEXT)[place] == line


STATEMENTS = ["", "# c", "k{} = 1", "k{} = [\n1,\n]", "[t{}]", '[[l]]\nk = "{}"']


@given(st.lists(st.sampled_from(STATEMENTS), max_size=12))
def test_every_key_has_the_line_it_was_written_on(statements):
    """The reference counts lines as the text is put together."""
    text, expected, items = "", {}, 0
    table = ()
    for number, statement in enumerate(statements):
        line = text.count("\n") + 1
        text += statement.format(number) + "\n"
        if statement.startswith("k"):
            expected[(*table, f"k{number}")] = line
        elif statement.startswith("[t"):
            table = (f"t{number}",)
            expected[table] = line
        elif statement.startswith("[[l"):
            table = ("l", items)
            items += 1
            expected.update({table: line, (*table, "k"): line + 1})
    tomllib.loads(text)
    found = lines_of(text)
    assert {place: found[place] for place in expected} == expected
