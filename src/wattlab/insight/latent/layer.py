"""Which layer of a network holds the code."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Final

from wattlab.errors import RecipeError
from wattlab.insight.cutting import layer_names, layer_shape

if TYPE_CHECKING:
    from wattlab.records.model import Model

__all__ = ["bottleneck"]

_USUAL: Final = "latent"


def bottleneck(model: Model) -> str:
    """Return the layer of an autoencoder that holds the code.

    Parameters
    ----------
    model : Model
        One that reconstructs its inputs.

    Returns
    -------
    str
        The layer called "latent"; where there is none, the narrowest one, the last of them if several are.

    Raises
    ------
    wattlab.errors.RecipeError
        If it is no autoencoder, or none of its layers is narrower than its input: the layers are listed.
    """
    *inner, _ = layer_names(model)
    if _USUAL in inner:
        return _USUAL
    widths = {name: prod(layer_shape(model, name)) for name in inner}
    choice = ", ".join(f"{name} ({width})" for name, width in widths.items()) or "it has the last one only"
    name = model.recipe.name
    if model.recipe.data.task != "reconstruction":
        raise RecipeError(
            f"{name!r} is no autoencoder: it does not reconstruct its inputs, so that none of its layers is a code by "
            f"itself; say at which layer to look, with its width: {choice}"
        )
    narrowest = min(widths.values(), default=0)
    if not 0 < narrowest < model.transform.n_features_out:
        raise RecipeError(
            f"no layer of {name!r} is narrower than its {model.transform.n_features_out} inputs; say at which layer to "
            f"look, with its width: {choice}"
        )
    return [layer for layer, width in widths.items() if width == narrowest][-1]
