"""What is reduced: a recipe with all features, and the same with distances to so many centres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.data.catalog import load, located
from wattlab.data.reduction.clusters import check_clusters
from wattlab.errors import RecipeError, UnsupportedError
from wattlab.recipe import Recipe
from wattlab.recipe.architecture import Architecture
from wattlab.recipe.counting import count_step
from wattlab.recipe.library import recipe_names
from wattlab.recipe.objective import l2_for_inputs
from wattlab.recipe.preparation import Clusters, NoReduction
from wattlab.recipe.shapes import takes_images
from wattlab.recipe.text import validate
from wattlab.studies.clusters.asked import default_counts
from wattlab.studies.folders import slug

if TYPE_CHECKING:
    from wattlab.data.dataset import Dataset
    from wattlab.studies.clusters.asked import ClustersAsked

__all__ = ["Network", "Subject", "find_subject"]

_PLAIN: Final = "mnist-fast"
"""Whose network of 70 and 30 units stands for any where only a data set is named."""


@dataclass(frozen=True)
class Network:
    """A network for so many inputs, in numbers.

    Parameters
    ----------
    n_inputs, n_parameters : int
    flop : int
        Operations of a training step. Unit: FLOP.
    """

    n_inputs: int
    n_parameters: int
    flop: int


@dataclass(frozen=True)
class Subject:
    """A recipe with all features, and what its data are like.

    Parameters
    ----------
    title : str
        The recipe or the data set.
    whole : Recipe
        Without a reduction.
    clusters : Clusters
        How clusters are found; its number of them does not count.
    own : int or None
        Number of clusters of the recipe as it was named; None: it finds none.
    scaling : str
        Before that.
    dataset : Dataset
    counts : tuple of int
        Numbers of clusters.
    """

    title: str
    whole: Recipe
    clusters: Clusters
    own: int | None
    scaling: str
    dataset: Dataset
    counts: tuple[int, ...]

    @property
    def n_samples(self) -> int:
        """Samples among which clusters are found."""
        return _n_samples(self.clusters, self.dataset)

    def reduced(self, n_clusters: int) -> Recipe:
        """Return the recipe with distances to so many centres, and a ridge factor for as many inputs."""
        reduction = {**self.clusters.model_dump(), "n_clusters": n_clusters}
        l2 = l2_for_inputs(self.whole.regularisation.l2, n_clusters, self.dataset.n_features)
        preparation = {"before": self.scaling, "reduction": reduction, "after": "standard"}
        return self.whole.with_changes({"preparation": preparation, "regularisation.l2": l2})

    def network(self, n_clusters: int | None) -> Network:
        """Return what the network is with so many inputs; None: with all features."""
        recipe, dataset = self.whole, self.dataset
        n_inputs = dataset.n_features if n_clusters is None else n_clusters
        shape = dataset.image_shape if n_clusters is None else None
        architecture = Architecture.of(recipe.network, n_inputs, shape, dataset.n_outputs)
        size = recipe.training.batch_size
        rows = dataset.train.n_samples if size == "all" else size
        step = count_step(architecture, rows, recipe.engine.precision, recipe.optimizer)
        return Network(n_inputs, architecture.n_parameters, step.flop)


def find_subject(asked: ClustersAsked) -> Subject:
    """Return what is asked about, its data loaded.

    Raises
    ------
    wattlab.errors.UserError
        If there is no such recipe and no such data, its network takes images, what it learns are the inputs
        themselves, or there are fewer samples than clusters.
    """
    recipe, dataset = _recipe(asked)
    own = recipe.preparation.reduction
    base = own if isinstance(own, Clusters) else Clusters(n_clusters=1)
    clusters = _settings(base, asked)
    n_samples = _n_samples(clusters, dataset)
    counts = asked.counts or default_counts(dataset.n_features, n_samples)
    check_clusters(max(counts), n_samples)
    return Subject(
        title=asked.target if asked.target in recipe_names() else recipe.name,
        whole=_whole(recipe, dataset),
        clusters=clusters,
        own=own.n_clusters if isinstance(own, Clusters) else None,
        scaling=asked.scaling or _scaling(recipe, dataset),
        dataset=dataset,
        counts=counts,
    )


def _n_samples(clusters: Clusters, dataset: Dataset) -> int:
    """Return among how many samples clusters are found."""
    stacked = clusters.fit_on == "train-and-test"
    return dataset.train.n_samples + (dataset.test.n_samples if stacked else 0)


def _recipe(asked: ClustersAsked) -> tuple[Recipe, Dataset]:
    """Return the recipe that was named, or one for the data set that was named."""
    if asked.target in recipe_names() or asked.target.endswith(".toml"):
        recipe = Recipe.named(asked.target).with_changes(dict(asked.changes))
        _check_learning(recipe)
        _check_network(recipe)
        return recipe, load(recipe.data)
    plain = Recipe.named(_PLAIN)
    changes: dict[str, Any] = {"data.dataset": asked.target, "stop": {}}
    asked_data = {name: value for name, value in asked.changes.items() if name.startswith("data.")}
    named = plain.with_changes(changes | asked_data)
    _check_learning(named)
    dataset = load(named.data)
    return named.with_changes(_for_data(asked.target, dataset) | dict(asked.changes)), dataset


def _for_data(target: str, dataset: Dataset) -> dict[str, Any]:
    """Return what makes the plain recipe one for a data set."""
    layers = [{"units": 70, "activation": "leaky-relu"}, {"units": 30, "activation": "leaky-relu"}]
    numbers = dataset.classes is None
    return {
        "name": f"{slug(target.rpartition('/')[2])}-70-30",
        "description": f"{target}: a network of 70 and 30 units",
        "preparation.after": "bytes" if dataset.train.features.dtype == np.uint8 else "standard",
        "network.layers": [*layers, {"activation": "identity" if numbers else "softmax"}],
        **({"loss": {"kind": "mse"}} if numbers else {}),
    }


def _check_network(recipe: Recipe) -> None:
    if takes_images(recipe.network.nodes):
        msg = (
            f"recipe {recipe.name!r} has a network for images, and distances to centres are none; name a recipe of "
            f"dense layers, or the data set itself: wattlab clusters {recipe.data.dataset}"
        )
        raise RecipeError(msg)


def _check_learning(recipe: Recipe) -> None:
    if recipe.data.task == "reconstruction":
        msg = (
            "data.task is 'reconstruction': what is learned are the inputs themselves, which a reduction changes, so "
            f"nothing can be held against another; name the data set itself: wattlab clusters {recipe.data.dataset}"
        )
        raise UnsupportedError(msg)


def _whole(recipe: Recipe, dataset: Dataset) -> Recipe:
    """Return the recipe with all features, its data where any folder finds them."""
    own = recipe.preparation.reduction
    l2 = recipe.regularisation.l2
    if isinstance(own, Clusters):
        l2 = l2_for_inputs(l2, dataset.n_features, own.n_clusters)
    whole = recipe.with_changes({"preparation.reduction": {"kind": "none"}, "regularisation.l2": l2})
    return whole.model_copy(update={"data": located(recipe.data)})


def _settings(base: Clusters, asked: ClustersAsked) -> Clusters:
    """Return how clusters are found: the recipe's way, but for what was asked."""
    given = {name: value for name, value in asked.settings.items() if value is not None}
    return validate(Clusters, {**base.model_dump(), **given}, asked.target)


def _scaling(recipe: Recipe, dataset: Dataset) -> str:
    if not isinstance(recipe.preparation.reduction, NoReduction):
        return recipe.preparation.before
    return "standard" if dataset.image_shape is None else "normalise"
