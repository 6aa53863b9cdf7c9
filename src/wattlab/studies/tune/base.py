"""The recipe that a search varies: found or made, judged on a validation part, its test part closed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from wattlab.data.catalog import dataset_names, load, located
from wattlab.errors import DataError, RecipeError
from wattlab.recipe import Recipe
from wattlab.recipe.library import recipe_names
from wattlab.recipe.problems import nearest
from wattlab.recipe.recipe import Data
from wattlab.studies.tune.making import make_recipe

if TYPE_CHECKING:
    from wattlab.data.dataset import Dataset

__all__ = ["Base", "find_base", "opened"]

_SHARE: Final = 1 / 6
"""Of the training part, set aside for decisions where the data has no validation part."""
_MOST: Final = 10_000
"""Samples that this is at most: their accuracy is then good to 0.3 points (2 σ at 97.8 %)."""

_SEEN: Final = (
    "The recipe's reduction learns from the features of the test part, too, so the test score is optimistic; set "
    "preparation.reduction.fit_on = 'train' for one that is not."
)


@dataclass(frozen=True)
class Base:
    """Where a search begins.

    Parameters
    ----------
    recipe : Recipe
        Judged on the validation part; the test part stays closed.
    dataset : str
        Name of the data set.
    n_train, n_validation, n_test : int
        Samples of each part.
    n_features : int
    image_shape : (int, int, int) or None
        Rows, columns and channels.
    score_name : {"accuracy", "R²"}
    note : str
        What was changed in the recipe for the search; empty: nothing.
    """

    recipe: Recipe
    dataset: str
    n_train: int
    n_validation: int
    n_test: int
    n_features: int
    image_shape: tuple[int, int, int] | None
    score_name: Literal["accuracy", "R²"]
    note: str = ""


def find_base(subject: Recipe | str, target: float | None) -> Base:
    """Return the recipe to vary, read or made, ready for trials.

    Parameters
    ----------
    subject : Recipe or str
        As `wattlab.studies.tune.asked.TuneAsked`.
    target : float or None
        Score to reach.

    Raises
    ------
    wattlab.errors.UserError
        If there is no such recipe or data set, or it cannot be read.
    """
    recipe = _recipe(subject)
    dataset = load(recipe.data)
    note = ""
    if dataset.validation is None:
        share = round(min(_SHARE, _MOST / dataset.train.n_samples), 6)
        data = recipe.data.model_copy(update={"validation_fraction": share})
        recipe = recipe.model_copy(
            update={"data": data, "stop": recipe.stop.model_copy(update={"part": "auto"})}
        )
        dataset = load(data)
        assert dataset.validation is not None
        note = (
            f"{dataset.validation.n_samples} samples of the training part were set aside to decide on, so every trial "
            f"learned from {dataset.train.n_samples}."
        )
    if recipe.preparation.learns_from_test:
        note = f"{note} {_SEEN}".strip()
    return _ready(recipe, dataset, target, note)


def _recipe(subject: Recipe | str) -> Recipe:
    if isinstance(subject, Recipe):
        return subject
    is_data = subject in dataset_names() or (
        Path(subject).expanduser().exists() and not subject.endswith(".toml")
    )
    if subject in recipe_names() or not is_data:
        try:
            return Recipe.named(subject)
        except RecipeError as error:
            if "/" in subject or subject.endswith(".toml"):
                raise
            raise DataError(_unknown(subject)) from error
    return make_recipe(load(subject), located(Data(dataset=subject)).dataset)


def _unknown(subject: str) -> str:
    sets, recipes = list(dataset_names()), recipe_names()
    return (
        f"there is no data set and no recipe {subject!r}{nearest(subject, [*sets, *recipes]) or '.'} Data sets: "
        f"{', '.join(sets)}; or the path of a file. Recipes: {', '.join(recipes)}; or the path of a .toml file."
    )


def _ready(recipe: Recipe, dataset: Dataset, target: float | None, note: str) -> Base:
    """Return the base whose recipe stops at the target, on the validation part, without a look at the test part."""
    assert dataset.validation is not None
    stop = recipe.stop.model_copy(update={"target": target, "part": "validation", "at_target": True})
    evaluation = recipe.evaluation.model_copy(update={"train": "none", "test": False, "validation_every": 1})
    data = recipe.data.validation_fraction
    if data == 0:  # the source has a validation part of its own
        stop = stop.model_copy(update={"part": "auto"})
    return Base(
        recipe=recipe.model_copy(
            update={"data": located(recipe.data), "stop": stop, "evaluation": evaluation}
        ),
        dataset=dataset.name,
        n_train=dataset.train.n_samples,
        n_validation=dataset.validation.n_samples,
        n_test=dataset.test.n_samples,
        n_features=dataset.n_features,
        image_shape=dataset.image_shape,
        score_name="accuracy" if dataset.classes is not None and not dataset.reconstructs else "R²",
        note=note,
    )


def opened(recipe: Recipe) -> Recipe:
    """Return the recipe with its test part open, as it is written and trained at the end."""
    evaluation = recipe.evaluation.model_copy(update={"test": True, "test_every": 0})
    return recipe.model_copy(update={"evaluation": evaluation})
