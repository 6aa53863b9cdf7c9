"""What is seen of each epoch: boundaries on one mesh, codes in one plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.data import load
from wattlab.errors import DataError, ParameterError, RecipeError
from wattlab.insight.boundary import Cut, boundary
from wattlab.insight.cutting import up_to
from wattlab.insight.epochs import BoundaryFilm, EpochsAsked, LatentFilm, find_epochs
from wattlab.insight.epochs.course import course_of
from wattlab.recipe import Recipe
from wattlab.training import train

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wattlab.records.run import Run


@pytest.fixture(scope="module")
def moons(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run in the plane."""
    recipe = Recipe.named("moons").with_changes({"training.epochs": 5, "data.options": {"samples": 150}})
    return train(recipe, runs=tmp_path_factory.mktemp("runs"), name="m", keep_weights=1)


@pytest.fixture(scope="module")
def coder(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run of an autoencoder."""
    recipe = Recipe.named("digits-autoencoder").with_changes({"training.epochs": 2})
    return train(recipe, runs=tmp_path_factory.mktemp("runs"), name="ae", keep_weights=1)


def features_of(run: Run) -> NDArray[Any]:
    return load(run.recipe.data).test.features


def test_each_frame_has_the_boundary_of_its_epoch(moons: Run) -> None:
    film = find_epochs(moons, EpochsAsked(cut=Cut(mesh=40)))
    assert isinstance(film, BoundaryFilm)
    assert film.epochs.tolist() == [0, 1, 2, 3, 4, 5]
    test = moons.history["test_score"]
    for epoch, found in zip(film.epochs, film.boundaries, strict=True):
        np.testing.assert_array_equal(found.x, film.boundaries[0].x)
        np.testing.assert_array_equal(found.y, film.boundaries[0].y)
        np.testing.assert_array_equal(found.samples.at, film.boundaries[0].samples.at)
        if epoch:
            assert found.accuracy == pytest.approx(test[epoch - 1])
    last = boundary(moons.model, film.boundaries[-1].samples.at, mesh=40)
    np.testing.assert_array_equal(last.classes, film.boundaries[-1].classes)
    assert not np.array_equal(film.boundaries[0].classes, film.boundaries[-1].classes)
    assert film.notes[0] == "test part"


def test_the_course_is_that_of_the_history(moons: Run) -> None:
    course = course_of(moons)
    np.testing.assert_array_equal(course.loss, moons.history["mean_batch_cost"])
    np.testing.assert_array_equal(course.score, moons.history["test_score"])
    assert course.title(0) == "Epoch 0 of 5: initial weights"
    loss, score = course.loss[2], course.score[2]
    assert course.title(3) == f"Epoch 3 of 5: test accuracy {score:.4f}, loss {loss:.4g}"


def test_where_the_test_part_is_closed_another_score_is_told(tiny_recipe: Recipe, tmp_path: Path) -> None:
    changes = {"evaluation.test": False, "data.validation_fraction": 0.2}
    run = train(tiny_recipe.with_changes(changes), runs=tmp_path)
    assert course_of(run).score_name == "validation accuracy"
    silent = {"evaluation.test_every": 0, "evaluation.train": "none"}
    untold = course_of(train(tiny_recipe.with_changes(silent), runs=tmp_path))
    assert untold.score_name == ""
    assert untold.title(1) == f"Epoch 1 of 4: loss {untold.loss[0]:.4g}"


def test_codes_are_those_of_the_network_at_that_epoch(coder: Run) -> None:
    film = find_epochs(coder)
    assert isinstance(film, LatentFilm)
    assert film.codes.shape == (3, 359, 2)
    features = features_of(coder)
    for place, epoch in enumerate(film.epochs.tolist()):
        np.testing.assert_allclose(
            film.codes[place], up_to(coder.model_at(epoch), "latent")(features), rtol=1e-5, atol=1e-6
        )
    assert film.groups is not None
    assert (len(film.groups), len(film.classes)) == (359, 10)
    assert film.axes == ("code 0", "code 1")


def test_wider_layers_are_seen_in_the_plane_of_the_last_epoch(moons: Run) -> None:
    film = find_epochs(moons, EpochsAsked(layer="layers.0", most=3))
    assert isinstance(film, LatentFilm)
    codes = np.asarray(up_to(moons.model, "layers.0")(features_of(moons)), np.float64)
    values, directions = np.linalg.eigh(np.cov(codes.T))
    flat = (codes - codes.mean(axis=0)) @ directions[:, ::-1][:, :2]
    np.testing.assert_allclose(np.abs(film.codes[-1]), np.abs(flat), atol=1e-5)
    assert film.axes[0] == f"main axis 1 ({values[-1] / values.sum():.0%})"
    assert film.codes.shape[0] == 3
    assert "16 numbers in the plane of the main axes after the last epoch" in film.notes[1]


def test_more_features_need_a_plane(tmp_path: Path) -> None:
    # Pixels are bytes: the plane leads to where none lies.
    digits = load("digits").train
    np.savez(tmp_path / "mine.npz", X=(15 * digits.features[:200]).astype(np.uint8), y=digits.labels[:200])
    changes = {"data": {"dataset": str(tmp_path / "mine.npz")}, "preparation.after": "bytes"}
    recipe = Recipe.named("digits").with_changes({**changes, "training.epochs": 1})
    run = train(recipe, runs=tmp_path, keep_weights=1)
    with pytest.raises(
        ParameterError, match="has 64 features, and a boundary is drawn in a plane of 2; choose"
    ):
        find_epochs(run)
    film = find_epochs(run, EpochsAsked(cut=Cut("pca", mesh=20)))
    assert isinstance(film, BoundaryFilm)
    assert film.epochs.tolist() == [0, 1]
    assert film.boundaries[0].plane is film.boundaries[1].plane
    assert film.boundaries[1].accuracy == pytest.approx(run.record.test_accuracy)


def test_what_cannot_be_seen_is_refused_before_anything_is_trained(
    tiny_recipe: Recipe, tmp_path: Path
) -> None:
    numbers = Recipe.named("linear-regression").with_changes({"training.epochs": 1})
    run = train(numbers, runs=tmp_path, name="numbers")
    with pytest.raises(
        ParameterError, match=r"'numbers' predicts numbers, so there is no boundary .* --layer layers.0"
    ):
        find_epochs(run)
    with pytest.raises(DataError, match=r"layer 'layers.0' gives one number a sample"):
        find_epochs(run, EpochsAsked(layer="layers.0"))
    plain = train(tiny_recipe, runs=tmp_path, name="plain")
    with pytest.raises(RecipeError, match="no layer 'middle'"):
        find_epochs(plain, EpochsAsked(layer="middle"))
    with pytest.raises(RecipeError, match="is no autoencoder"):
        find_epochs(plain, EpochsAsked(what="latent"))
    with pytest.raises(DataError, match="has no validation part"):
        find_epochs(plain, EpochsAsked(cut=Cut(part="validation")))


def test_an_autoencoder_has_no_boundary(coder: Run) -> None:
    with pytest.raises(ParameterError, match="'ae' reconstructs its inputs, so there is no boundary"):
        find_epochs(coder, EpochsAsked(what="boundary"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"every": 0}, "--every.* is 0"), ({"most": 1}, "--frames.* is 1; expected .* at least 2")],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        EpochsAsked(**wrong)  # type: ignore[arg-type]


def test_data_that_changed_is_refused(tiny_recipe: Recipe, tmp_path: Path) -> None:
    table = np.random.default_rng(0).normal(size=(60, 2)).round(3)
    file = tmp_path / "mine.csv"

    def write() -> None:
        lines = [f"{a},{b},{int(a > 0)}" for a, b in table]
        file.write_text("\n".join(["a,b,label", *lines]) + "\n")

    write()
    run = train(tiny_recipe.with_changes({"data": {"dataset": str(file)}}), runs=tmp_path, name="old")
    table[0, 0] += 1
    write()
    with pytest.raises(DataError, match="no longer what run 'old' learned from"):
        find_epochs(run)
