"""What the README shows can be run."""

import json
import re
import tomllib
from pathlib import Path

import pandas as pd

from darkships.config import read_config
from darkships.intake import ingest
from darkships.pipeline import Analysis
from darkships.positions.store import Store
from darkships.resources import data_dir
from darkships.schema import LEADS
from darkships.sites.watch import read_sites

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block_with(start: str) -> str:
    """Return the indented block of the README that begins with a line."""
    (found,) = re.findall(rf"^    {re.escape(start)}\n(?:(?:    .*)?\n)*", README, flags=re.MULTILINE)
    return "\n".join(line[4:] for line in found.splitlines())


def test_the_python_example_runs_on_the_shipped_sample(tmp_path, sea_cache):
    store = Store.open(tmp_path / "store", create=True)
    days = sorted((data_dir() / "demo" / "socal").glob("*.zst"))[:3]
    assert all(report.counts for report in ingest(days, store))
    listed = json.loads((data_dir() / "demo" / "socal-sites.geojson").read_text(encoding="utf-8"))
    listed["features"] = listed["features"][:3]  # the sea around each takes a while
    (tmp_path / "sites.geojson").write_text(json.dumps(listed), encoding="utf-8")
    code = block_with("import darkships").replace('"watch"', repr(str(store.path)))
    names: dict[str, object] = {}
    exec(code.replace('"sea-of-japan"', repr(str(tmp_path / "sites.geojson"))), names)  # noqa: S102
    sites = read_sites(str(tmp_path / "sites.geojson"))
    leads = Analysis(store, sites).leads
    assert list(leads.columns) == LEADS.names
    assert len(leads) > 0
    # The example and the command line give the same answer; fields that reach farther may differ in the last digits.
    pd.testing.assert_frame_equal(names["leads"], leads, rtol=1e-3)


def test_the_configuration_is_one(tmp_path):
    text = block_with('store = "store"')
    assert tomllib.loads(text)["sites"] == "sea-of-japan"
    (tmp_path / "darkships.toml").write_text(text, encoding="utf-8")
    assert read_config(tmp_path / "darkships.toml").feeds


def test_every_file_it_names_is_there():
    for name in re.findall(r"`((?:scripts|data|darkships)/[\w./-]+)`|\]\(([\w./-]+)\)", README):
        assert (ROOT / "".join(name)).exists(), name
