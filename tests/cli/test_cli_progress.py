"""How far a command is: on a terminal reports, rate and time left, elsewhere nothing."""

import re

import pytest
from click.testing import CliRunner
from random_sea import batch, reports

from darkships.cli import main
from darkships.positions.store import Store


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "store", create=True)
    store.ingest(name="sea", path="sea", content_hash="0" * 64, size=1, format="synthetic", batches=[batch(reports(7))])
    return store


def shown(store, **environment):
    result = CliRunner().invoke(main, ["gaps", "--store", str(store.path)], env=environment, catch_exceptions=False)
    assert result.stdout.startswith("gap_id,")
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", result.stderr)


def test_a_terminal_shows_reports_rate_and_time_left(store):
    rows = store.info().positions
    last = shown(store, FORCE_COLOR="1").strip().split("\n")[-1]
    assert re.search(rf" {rows:,} of {rows:,} reports [0-9]+\.[0-9] M/s 0:00:00$", last)


def test_elsewhere_nothing_is_shown(store):
    assert shown(store) == ""
