"""Confusion and its scores against scikit-learn's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from wattlab import Recipe, train
from wattlab.errors import DataError, RunError
from wattlab.insight.mistakes.confusion import confusion_of_counts, confusion_of_labels, normalised
from wattlab.insight.mistakes.predicted import find_confusion
from wattlab.insight.subject import open_subject

if TYPE_CHECKING:
    from wattlab.insight.mistakes.confusion import Normalisation

NAMES = ("a", "b", "c", "d")


def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and predictions; class 3 is never predicted, and class 2 never occurs."""
    rng = np.random.default_rng(seed)
    return rng.choice([0, 1, 3], 60), rng.choice([0, 1, 2], 60)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_counts_and_scores_are_scikit_learns(seed: int) -> None:
    true, predicted = draw(seed)
    found = confusion_of_labels(true, predicted, NAMES)
    every = list(range(4))
    np.testing.assert_array_equal(found.counts, confusion_matrix(true, predicted, labels=every))
    by_class = precision_recall_fscore_support(true, predicted, labels=every, zero_division=np.nan)
    for ours, theirs in zip((found.precision, found.recall, found.f1, found.support), by_class, strict=True):
        np.testing.assert_allclose(ours, theirs)
    macro = precision_recall_fscore_support(
        true, predicted, labels=every, average="macro", zero_division=np.nan
    )
    np.testing.assert_allclose((found.macro_precision, found.macro_recall, found.macro_f1), macro[:3])
    assert found.accuracy == pytest.approx(accuracy_score(true, predicted))
    assert found.n_mistakes == (true != predicted).sum()


@pytest.mark.parametrize("by", ["true", "predicted", "all"])
def test_normalised_is_scikit_learns_but_for_what_has_no_share(by: Normalisation) -> None:
    true, predicted = draw(5)
    found = normalised(confusion_of_labels(true, predicted, NAMES), by)
    known = np.isfinite(found)
    expected = confusion_matrix(true, predicted, labels=range(4), normalize={"predicted": "pred"}.get(by, by))
    np.testing.assert_allclose(found[known], expected[known])
    assert known.all() == (by == "all")


def test_a_table_of_nothing_has_no_scores() -> None:
    found = confusion_of_counts(np.zeros((2, 2)), ("a", "b"))
    assert np.isnan([found.accuracy, found.macro_f1, *found.precision]).all()
    assert found.mistakes == ()


def test_the_recorded_test_part_is_what_the_model_predicts(tiny_recipe: Recipe) -> None:
    run = train(tiny_recipe)
    samples = open_subject(run).part("test")
    found = find_confusion(run)
    np.testing.assert_array_equal(
        found.counts, confusion_matrix(samples.labels, run.model.outputs(samples.features).argmax(axis=1))
    )
    assert find_confusion(run, "train").part == "training"
    assert find_confusion(run, "training").accuracy == pytest.approx(run.record.train_score or 0, abs=0.2)
    with pytest.raises(DataError, match="no validation part; it has: training, test"):
        find_confusion(run, "validation")
    with pytest.raises(DataError, match=r"part is 'tests'.* did you mean 'test'"):
        find_confusion(run, "tests")


def test_a_closed_test_part_stays_closed(tiny_recipe: Recipe) -> None:
    closed = {"evaluation.test": False, "data.validation_fraction": 0.3}
    run = train(tiny_recipe.with_changes(closed))
    with pytest.raises(RunError, match=r"left the test part closed .* take --part validation"):
        find_confusion(run)
    found = find_confusion(run, "validation")
    assert (found.part, found.n_samples) == ("validation", run.record.dataset.n_validation)


def test_who_has_no_classes_confuses_none() -> None:
    run = train(Recipe.named("linear-regression").with_changes({"training.epochs": 1}))
    with pytest.raises(RunError, match="predicts numbers"):
        find_confusion(run)
    rebuilt = run.recipe.with_changes({"data.task": "reconstruction"})
    autoencoder = SimpleNamespace(id="ae", recipe=rebuilt, record=run.record)
    with pytest.raises(RunError, match="'ae' is an autoencoder"):
        find_confusion(autoencoder)  # type: ignore[arg-type]
