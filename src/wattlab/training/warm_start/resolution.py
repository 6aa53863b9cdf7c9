"""Weights of a network for images that are to see more pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.errors import WeightsError
from wattlab.recipe.shapes import shape_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.engines.base import Weights
    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.shapes import Shape

__all__ = ["for_more_pixels", "spread"]

_PASSED_BY = {"dropout", "activation"}


def for_more_pixels(weights: Weights, before: Architecture, after: Architecture) -> tuple[Weights, list[str]]:
    """Return weights for images of more pixels, and the names of the layers that had to be spread.

    Kernels, biases and statistics do not depend on the resolution. A dense layer after a ``flatten`` does: see
    `spread`.

    Parameters
    ----------
    weights : dict of arrays
        Of the earlier network.
    before, after : Architecture
        The same layers for images of both sizes.

    Raises
    ------
    wattlab.errors.WeightsError
        If a layer depends on the resolution in another way.
    """
    carried, names = dict(weights), []
    for index, node in enumerate(after.nodes):
        name = f"{node.name}.weights"
        if name not in weights or weights[name].shape == after.arrays[name]:
            continue
        shapes = _flattened(before, node.name), _flattened(after, node.name)
        if not _divides(*shapes) or weights[name].shape[1:] != after.arrays[name][1:]:
            raise WeightsError(
                f"{name} has shape {weights[name].shape}, but this network needs {after.arrays[name]} for images of "
                f"{shape_text(after.input_shape)} instead of {shape_text(before.input_shape)}; end the convolutions "
                "with a 'global-average-pool', whose output does not depend on the resolution, or take a resolution "
                "that leaves a whole multiple of rows and columns before 'flatten'"
            )
        carried[name] = spread(weights[name], *shapes)
        names.append(after.nodes[index].name)
    return carried, names


def spread(weights: NDArray[np.floating], before: Shape, after: Shape) -> NDArray[np.floating]:
    """Return weights of a dense layer after a ``flatten``, spread over more pixels.

    Each pixel's weights go to all pixels of the square that takes its place, divided by their number: the layer then
    gives what it gave for the mean of each square.

    Parameters
    ----------
    weights : ndarray of shape (rows · columns · channels, n_units)
        Of the layer as it was.
    before, after : (int, int, int)
        Rows, columns and channels that are flattened; those of `after` are multiples.

    Examples
    --------
    >>> spread(np.array([[4.0], [8.0]]), (1, 2, 1), (1, 4, 1)).ravel()
    array([2., 2., 4., 4.])
    """
    down, right = after[0] // before[0], after[1] // before[1]
    pixels = weights.reshape(*before, -1)
    wider = np.repeat(np.repeat(pixels, down, axis=0), right, axis=1) / (down * right)
    found: NDArray[np.floating] = wider.reshape(int(np.prod(after)), -1)
    return found


def _flattened(architecture: Architecture, name: str) -> Shape:
    """Return the shape of the images that a dense layer gets flattened; () where it gets none."""
    places = {node.name: index for index, node in enumerate(architecture.nodes)}
    if name not in places:
        return ()
    source = architecture.nodes[places[name]].inputs[0]
    while source >= 0 and architecture.nodes[source].spec.kind in _PASSED_BY:
        source = architecture.nodes[source].inputs[0]
    if source < 0 or architecture.nodes[source].spec.kind != "flatten":
        return ()
    return architecture.fed(source)[0]


def _divides(before: Shape, after: Shape) -> bool:
    if len(before) != 3 or len(after) != 3 or before[2] != after[2]:
        return False
    return not (after[0] % before[0] or after[1] % before[1])
