"""Misread samples: which, in which order, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab import train
from wattlab.errors import DataError, ParameterError, RunError
from wattlab.insight.mistakes.misread import find_misread, misread_of_outputs
from wattlab.insight.subject import open_subject

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.records.run import Run


@pytest.fixture(scope="module")
def outputs() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    values = rng.dirichlet(np.ones(4), 200)
    return values, rng.integers(0, 4, 200)


@pytest.fixture
def run(tiny_recipe: Recipe) -> Run:
    changes = {"data.options.spread": 6.0, "training.epochs": 2}
    return train(tiny_recipe.with_changes(changes))


@pytest.mark.parametrize("pair", [(None, None), (1, None), (None, 2), (1, 2)])
def test_the_mistakes_are_those_of_argmax(
    pair: tuple[int | None, int | None], outputs: tuple[np.ndarray, np.ndarray]
) -> None:
    values, labels = outputs
    found = misread_of_outputs(values, labels, pair, count=1000)
    said = values.argmax(axis=1)
    expected = [
        place
        for place in range(200)
        if said[place] != labels[place]
        and pair[0] in {None, labels[place]}
        and pair[1] in {None, said[place]}
    ]
    assert sorted(found.indices.tolist()) == expected
    assert found.n_mistakes == len(expected) > 0
    np.testing.assert_array_equal(found.p_predicted, values.max(axis=1)[found.indices])
    np.testing.assert_array_equal(found.p_true, values[found.indices, labels[found.indices]])
    assert (np.diff(found.p_predicted) <= 0).all()


def test_few_are_kept_all_are_counted(outputs: tuple[np.ndarray, np.ndarray]) -> None:
    most, ordered = (misread_of_outputs(*outputs, count=5, confident=one) for one in (True, False))
    assert most.n_mistakes == ordered.n_mistakes > 5
    assert len(most.indices) == 5
    assert ordered.indices.tolist() == sorted(ordered.indices.tolist())
    assert most.p_predicted.min() >= ordered.p_predicted.min()
    with pytest.raises(ParameterError, match="count is 0"):
        misread_of_outputs(*outputs, count=0)


def test_a_runs_mistakes_add_up_to_its_confusion(run: Run) -> None:
    counts = np.array(run.record.confusion)
    found = find_misread(run, count=100)
    assert found.n_mistakes == counts.sum() - np.trace(counts) > 0
    samples = open_subject(run).part("test")
    np.testing.assert_array_equal(found.features, samples.features[found.indices])
    assert (found.true != found.predicted).all()
    assert found.are_probabilities
    true, predicted = np.unravel_index((counts - np.diag(np.diag(counts))).argmax(), counts.shape)
    pair = find_misread(run, true=run.model.classes[true], predicted=run.model.classes[predicted])  # type: ignore[index]
    assert [pair.n_mistakes, pair.n_asked] == [counts[true, predicted], counts[true].sum()]
    assert pair.asked == f"{true} → {predicted}"


def test_a_class_that_does_not_occur_is_named_with_those_that_do(run: Run) -> None:
    with pytest.raises(DataError, match="the test part has no class '7'; it has 0, 1, 2"):
        find_misread(run, true="7")
    with pytest.raises(ParameterError, match="class '1' that is taken for '1' is no mistake"):
        find_misread(run, true="1", predicted="1")
    with pytest.raises(DataError, match="the data set has no class 'two'; it has 0, 1, 2"):
        find_misread(run, predicted="two")


def test_data_that_changed_and_weights_that_are_gone(tiny_recipe: Recipe, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("x,y,label\n" + "\n".join(f"{i % 7},{i % 5},{'ab'[i % 2]}" for i in range(40)))
    changes = {"data.dataset": str(path), "data.label": "label", "data.options": {}}
    run = train(tiny_recipe.with_changes(changes))
    path.write_text(path.read_text().replace("6,", "8,"))
    with pytest.raises(DataError, match="is no longer what run"):
        find_misread(run)
    (run.path / "weights.safetensors").unlink()
    with pytest.raises(RunError, match="has no weights"):
        find_misread(run)
