"""A run with the data it learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import wattlab
from wattlab.errors import DataError, RunError
from wattlab.insight.subject import open_subject

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.records.run import Run


@pytest.fixture
def run(tiny_recipe: Recipe, tmp_path: Path) -> Run:
    return wattlab.train(tiny_recipe, runs=tmp_path / "runs")


def test_it_has_the_data_as_it_came(run: Run) -> None:
    subject = open_subject(run.path)
    part = subject.part("train")
    assert part.features.shape == (96, 2)
    np.testing.assert_array_equal(part.features, wattlab.load(run.recipe.data).train.features)
    predicted = subject.model.predict(subject.part("test").features)
    accuracy = float((predicted == subject.part("test").labels).mean())
    assert accuracy == pytest.approx(run.record.test_score)


def test_a_part_that_is_not_there_is_refused(run: Run) -> None:
    with pytest.raises(DataError, match="has no validation part; it has: training, test"):
        open_subject(run).part("validation")
    with pytest.raises(DataError, match="part is 'tset'; expected one of test, validation, training"):
        open_subject(run).part("tset")


def test_a_run_without_weights_is_refused(run: Run) -> None:
    (run.path / "weights.safetensors").unlink()
    with pytest.raises(RunError, match=r"has no weights .* train it again"):
        open_subject(run)


def test_data_that_changed_is_noticed(tmp_path: Path, tiny_toml: str) -> None:
    from wattlab.recipe import Recipe

    rng = np.random.default_rng(0)
    path = tmp_path / "own.npz"
    labels = np.repeat([0, 1], 20)
    np.savez(path, features=rng.normal(size=(40, 2)), labels=labels)
    text = tiny_toml.replace('dataset = "blobs"', f'dataset = "{path}"\nlabel = "labels"')
    text = text.replace("options = { samples = 120, classes = 3, spread = 3.0 }\n", "")
    run = wattlab.train(Recipe.from_toml(text), runs=tmp_path / "runs")
    np.savez(path, features=rng.normal(size=(40, 2)), labels=labels)
    with pytest.raises(DataError, match=r"no longer what run .* learned from"):
        open_subject(run).part()
