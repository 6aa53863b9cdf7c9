"""evaluation.test = false: nobody looks at the test part, and everything says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import wattlab
from wattlab.engines.native.engine import NativeTrainer
from wattlab.errors import RecipeError
from wattlab.records.card import card_text
from wattlab.records.record import RunRecord
from wattlab.training import train

if TYPE_CHECKING:
    from wattlab.recipe import Recipe

CLOSED = {"evaluation.test": False, "data.validation_fraction": 0.25}


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return at which part each evaluation and each prediction looked."""
    seen: list[str] = []
    evaluate, predict = NativeTrainer.evaluate, NativeTrainer.predict

    def spy_evaluate(self: NativeTrainer, part: Any) -> Any:
        names = {"train": self.data.train, "validation": self.data.validation, "test": self.data.test}
        seen.append(next(name for name, one in names.items() if one is part))
        return evaluate(self, part)

    def spy_predict(self: NativeTrainer, features: Any) -> Any:
        seen.append("test" if features is self.data.test.features else "other")
        return predict(self, features)

    monkeypatch.setattr(NativeTrainer, "evaluate", spy_evaluate)
    monkeypatch.setattr(NativeTrainer, "predict", spy_predict)
    return seen


def test_an_open_test_part_is_looked_at_by_this_very_spy(tiny_recipe: Recipe, looks: list[str]) -> None:
    train(tiny_recipe)
    # After each epoch, and once more for the confusion matrix.
    assert looks.count("test") == tiny_recipe.training.epochs + 1


@pytest.mark.parametrize("changes", [{}, {"stop.target": 0.2}, {"stop.target": 0.999, "stop.patience": 1}])
def test_a_closed_test_part_is_never_looked_at(
    tiny_recipe: Recipe, looks: list[str], changes: dict[str, Any]
) -> None:
    record = train(tiny_recipe.with_changes({**CLOSED, **changes})).record
    assert set(looks) == {"validation"}
    assert np.isnan(record.test_score)
    assert (record.confusion, record.test_closed, record.target_part) == (None, True, "validation")
    assert record.validation_score is not None


def test_nothing_is_looked_at_where_there_is_no_other_part(tiny_recipe: Recipe, looks: list[str]) -> None:
    run = train(tiny_recipe.with_changes({"evaluation.test": False}))
    assert looks == []
    assert np.isnan(run.history["test_score"]).all()
    assert run.record.validation_score is None


def test_files_card_and_list_say_that_it_is_closed(tiny_recipe: Recipe) -> None:
    record = train(tiny_recipe.with_changes(CLOSED)).record
    text = record.to_json()
    told = json.loads(text)
    assert told["test_score"] is told["test_accuracy"] is told["confusion"] is None
    again = RunRecord.from_json(text, "record")
    assert np.isnan(again.test_score)
    assert again.test_closed
    assert "test part closed, validation " in card_text(record)
    (row,) = repr(wattlab.runs()).splitlines()[1:]
    assert " closed " in row
    assert not train(tiny_recipe, name="open").record.test_closed


@pytest.mark.parametrize("changes", [{"stop.target": 0.5}, {"stop.patience": 2}])
def test_a_decision_needs_a_part_that_is_open(tiny_recipe: Recipe, changes: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match=r"give data\.validation_fraction a share, such as 0.15"):
        train(tiny_recipe.with_changes({"evaluation.test": False, **changes}))


def test_a_decision_on_a_closed_part_is_no_recipe(tiny_recipe: Recipe) -> None:
    with pytest.raises(
        RecipeError, match=r"stop\.part is 'test', which evaluation\.test = false leaves closed"
    ):
        tiny_recipe.with_changes({**CLOSED, "stop.part": "test"})
