"""Whether each of several recipes can begin with the weights of the one before it, found without training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.data.catalog import load, stand_in
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.training.warm_start.carry import Source, Target, carry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.recipe import Recipe
    from wattlab.training.warm_start.earlier import Earlier

__all__ = ["check_chain"]

_STAND_IN_SAMPLES = 100


def check_chain(recipes: Sequence[tuple[str, Recipe]], earlier: Earlier | None = None) -> None:
    """Refuse recipes of which one cannot begin with the weights of the one before it.

    Parameters
    ----------
    recipes : sequence of (str, Recipe)
        With names for messages; all about the same data, of whose shapes synthetic ones do if it is not here.
    earlier : Earlier, optional
        What the first one begins with.

    Raises
    ------
    wattlab.errors.UserError
        If data and preparation do not fit, or weights cannot be carried over.
    """
    data = recipes[0][1].data
    least = max(recipe.preparation.least_samples for _, recipe in recipes)
    dataset = load(stand_in(data, max(_STAND_IN_SAMPLES, least)) or data)
    source: Source | None = None
    for name, recipe in recipes:
        prepared = prepare(dataset, recipe.preparation.with_least_work(), np.dtype(recipe.engine.array_dtype))
        target = Target(recipe, dataset, prepared)
        if source is None and earlier is not None:
            source = earlier.source(target)
        if source is not None:
            carry(source, target)
        weights = initial_weights(recipe.network, Inputs.of(prepared), prepared.n_outputs, recipe.seed)
        source = Source(name, recipe, weights, prepared.transform, prepared.classes, prepared.image_shape)
