"""What if something else were known of a vessel of the small world."""

import numpy as np
import pandas as pd
import pytest
import world

from darkships.errors import DarkshipsError
from darkships.intake import ingest
from darkships.pipeline import Analysis
from darkships.positions.store import Store
from darkships.schema import EVIDENCE, WHAT_IF
from darkships.scores.leads import rank
from darkships.scores.visits import score
from darkships.sites.watch import read_sites
from darkships.trips.rounds import round_trips
from darkships.what_if import what_if


@pytest.fixture(scope="module")
def analysis(tmp_path_factory, sea_cache):
    folder = tmp_path_factory.mktemp("what-if")
    for name, text in world.days().items():
        (folder / name).write_text(text, encoding="utf-8")
    store = Store.open(folder / "store", create=True)
    assert all(report.counts for report in ingest(sorted(folder.glob("*.csv")), store))
    return Analysis(store, read_sites(str(world.write_sites(folder / "sites.geojson"))))


@pytest.fixture(scope="module")
def found(analysis):
    return what_if(analysis, world.SHUTTLE, analysis.watchlist())


def test_every_item_and_both_answers_of_the_image_have_a_row_the_greatest_effect_first(found):
    assert list(found.columns) == WHAT_IF.names
    changes = set(found["change"])
    assert {f"without {item}" for item in EVIDENCE} < changes
    assert len(changes - {f"without {item}" for item in EVIDENCE}) == 2
    assert found["probability_change"].abs().is_monotonic_decreasing


def test_leaving_out_the_draught_is_not_knowing_it(analysis, found):
    voyage = analysis.voyage.assign(draught_after_m=np.nan)
    visits = score(analysis.candidates, analysis.gaps, voyage=voyage, fit=analysis.fit, prior=analysis.prior)
    leads = rank(visits, round_trips(visits, calls=analysis.calls)).set_index("mmsi")
    expected = leads.loc[world.SHUTTLE, "probability"]
    assert found.set_index("change")["probability"]["without draught"] == pytest.approx(expected)


def test_the_draught_speaks_for_it_and_the_ranks_follow(analysis, found):
    leads = analysis.watchlist().set_index("mmsi")
    lead = leads.loc[world.SHUTTLE]
    rows = found.set_index("change")
    assert rows.loc["without draught", "probability_change"] < 0  # it came back deeper
    others = leads.drop(world.SHUTTLE)
    promise = others["probability"] * others["expected_round_trips"]
    for _, row in found.iterrows():
        own = row["probability"] ** 2 * lead["expected_round_trips"] / lead["probability"]  # one silence: as many trips
        assert row["rank"] == 1 + (promise > own).sum()
        assert row["rank_change"] == row["rank"] - lead["rank"]
        assert row["probability_change"] == pytest.approx(row["probability"] - lead["probability"])


def test_ranks_are_those_of_the_watchlist(analysis):
    """A lead of many trips comes before one that is more probable; so it does where nothing changes."""
    leads = analysis.watchlist()
    lead = leads.loc[leads["mmsi"] == world.SHUTTLE].iloc[0]
    rival = lead.copy()
    rival["mmsi"], rival["probability"], rival["expected_round_trips"] = 1, lead["probability"] + 0.01, 0.1
    rows = pd.concat([leads, rival.to_frame().T], ignore_index=True)
    found = what_if(analysis, world.SHUTTLE, rows).set_index("change")
    assert found.loc["without repetition", "probability_change"] == pytest.approx(0.0)
    assert found.loc["without repetition", "rank_change"] == 0


def test_the_images_answers_are_those_of_the_watchlist(analysis, found):
    lead = analysis.watchlist().set_index("mmsi").loc[world.SHUTTLE]
    rows = found.set_index("change")["probability"]
    group = lead["next_image_group"]
    assert rows[f"an image shows a ship that fits at {group}"] == pytest.approx(lead["probability_if_seen"])
    assert rows[f"an image shows none at {group}"] == pytest.approx(lead["probability_if_not_seen"])


def test_a_lone_silence_loses_nothing_with_repetition(found):
    assert found.set_index("change").loc["without repetition", "probability_change"] == pytest.approx(0.0)


def test_a_vessel_without_a_lead_is_refused(analysis):
    with pytest.raises(DarkshipsError, match="MMSI 273000002 has no lead"):
        what_if(analysis, world.LINER, analysis.watchlist())
