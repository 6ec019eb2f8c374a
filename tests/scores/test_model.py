import json

import numpy as np
import pandas as pd
import pytest

from darkships.errors import DarkshipsError
from darkships.schema import EVIDENCE
from darkships.scores.features import ITEM_OF
from darkships.scores.model import VisitModel, load_model


def stored(**changes):
    features = {name: {"at": [0.0, 1.0], "db": [-2.0, 2.0]} for name in ITEM_OF}
    return {"intercept_db": -3.0, "features": features, **changes}


@pytest.fixture
def write(tmp_path):
    def to(content):
        path = tmp_path / "visits.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return to


def test_a_written_model_is_read(write):
    model = load_model(write(stored()))
    assert model.intercept_db == -3.0
    assert [(at.tolist(), db.tolist()) for at, db in model.curves.values()] == [([0.0, 1.0], [-2.0, 2.0])] * len(
        ITEM_OF
    )


def test_a_model_is_read_as_it_was_written(write):
    model = load_model(write(stored(intercept_db=-3.25)))
    again = load_model(write(model.text(data="hers", split="none")))
    assert again.text() == model.text()
    assert again.intercept_db == -3.25


def test_the_shipped_model_bends_one_way_only():
    for name, (_, db) in load_model().curves.items():
        rises = np.diff(db)
        assert (rises >= 0).all() or (rises <= 0).all(), name


def test_a_missing_file_tells_how_to_write_one(tmp_path):
    with pytest.raises(DarkshipsError, match=r"absent.json holds no visit model .*darkships calibrate"):
        load_model(tmp_path / "absent.json")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        stored(intercept_db="much"),
        stored(features={"spare": {}}),
        stored(features=["spare"]),
        stored(features={"spare": {"at": [1.0, 1.0], "db": [0.0, 1.0]}}),
        stored(features={"spare": {"at": [0.0], "db": [float("nan")]}}),
        stored(features={"spare": {"at": [0.0, 1.0], "db": [0.0]}}),
        stored(features={"spare": {"at": [], "db": []}}),
    ],
)
def test_what_is_no_model_is_refused(write, content):
    with pytest.raises(DarkshipsError, match="holds no visit model"):
        load_model(write(content))


def test_a_model_of_other_features_is_refused(write):
    with pytest.raises(DarkshipsError, match=r"other features \(luck\); fit it again"):
        load_model(write(stored(features={"luck": {"at": [0.0], "db": [1.0]}})))


def test_curves_add_up_by_item_and_what_is_unknown_weighs_nothing():
    names = list(ITEM_OF)
    curves = {name: (np.array([0.0, 10.0]), np.array([0.0, 10.0 * k])) for k, name in enumerate(names, start=1)}
    values = pd.DataFrame({name: [0.5, 20.0, -5.0] for name in names})
    values.loc[0, "own_calls"] = np.nan
    found = VisitModel(curves, -2.0).decibans(values)
    for item in EVIDENCE:
        half = sum(k for k, name in enumerate(names, start=1) if ITEM_OF[name] == item and name != "own_calls")
        most = sum(k for k, name in enumerate(names, start=1) if ITEM_OF[name] == item)
        start = -2.0 if item == "time" else 0.0  # the intercept counts as time
        # Straight between the values, level beyond them.
        assert found[f"{item}_db"].tolist() == pytest.approx([start + 0.5 * half, start + 10.0 * most, start])
