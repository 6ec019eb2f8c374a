import json

import numpy as np
import pandas as pd
import pytest

from darkships.errors import DarkshipsError
from darkships.schema import EVIDENCE
from darkships.scores.features import ITEM_OF
from darkships.scores.model import VisitModel, load_model


def stored(**changes):
    features = {name: {"weight": 2.0, "mean": 1.0} for name in ITEM_OF}
    return {"intercept": -3.0, "features": features, **changes}


@pytest.fixture
def write(tmp_path):
    def to(content):
        path = tmp_path / "visits.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return to


def test_a_written_model_is_read(write):
    model = load_model(write(stored()))
    assert model.intercept == -3.0
    assert model.weight.tolist() == [2.0] * len(ITEM_OF)
    assert model.mean.tolist() == [1.0] * len(ITEM_OF)


def test_the_shipped_model_is_of_these_features_and_finite():
    model = load_model()
    assert model.weight.shape == model.mean.shape == (len(ITEM_OF),)
    assert np.isfinite([*model.weight, *model.mean, model.intercept]).all()


def test_a_missing_file_tells_how_to_write_one(tmp_path):
    with pytest.raises(DarkshipsError, match=r"absent.json holds no visit model .*scripts/fit_model"):
        load_model(tmp_path / "absent.json")


@pytest.mark.parametrize("content", ["", "[]", "{}", stored(intercept="much"), stored(features={"dwell": {}})])
def test_what_is_no_model_is_refused(write, content):
    with pytest.raises(DarkshipsError, match="holds no visit model"):
        load_model(write(content))


def test_a_model_of_other_features_is_refused(write):
    with pytest.raises(DarkshipsError, match=r"other features \(luck\); fit it again"):
        load_model(write(stored(features={"luck": {"weight": 1.0, "mean": 0.0}})))


def test_weights_add_up_by_item_and_what_is_unknown_weighs_nothing():
    names = list(ITEM_OF)
    model = VisitModel(np.arange(1.0, len(names) + 1), np.full(len(names), 0.5), -2.0)
    values = pd.DataFrame({name: [1.5, 0.5] for name in names})
    values.loc[0, "own_calls"] = np.nan
    found = model.decibans(values)
    nat_db = 10.0 / np.log(10.0)
    for item in EVIDENCE:
        ones = sum(k for k, name in enumerate(names, start=1) if ITEM_OF[name] == item and name != "own_calls")
        start = -2.0 if item == "time" else 0.0  # the intercept counts as time
        assert found[f"{item}_db"].tolist() == pytest.approx([nat_db * (ones + start), nat_db * start])
