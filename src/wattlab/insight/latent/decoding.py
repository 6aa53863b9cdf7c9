"""Codes decoded: along the main axes, drawn from the fitted distribution, between two samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wattlab.data.scaling import Bytes, MinMax, Standard
from wattlab.errors import DataError
from wattlab.insight.cutting import onward
from wattlab.insight.latent.regions import main_axes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from wattlab.data.scaling import Scaler
    from wattlab.insight.geometry.normal import Normal
    from wattlab.records.model import Model

    Floats = NDArray[np.float64]
    Decoder = Callable[[ArrayLike], Floats]

__all__ = ["Decoded", "decoder", "draw_samples", "interpolate", "walk"]

_ROUNDING = 1e-9
_MOST_AXES = 6
"""Main axes that a walk follows at most, the widest first."""


class Decoded(NamedTuple):
    """Codes in rows and columns, and what the decoder makes of them.

    Attributes
    ----------
    what : str
        Where the codes come from.
    codes : ndarray of shape (n_rows, n_columns, d)
    outputs : ndarray of shape (n_rows, n_columns, n_outputs)
        In the units of the data set where its scaling can be undone, else as the network gives them.
    image_shape : (int, int, int) or None
        Rows, columns and channels, where an output is an image.
    row_names, column_names : tuple of str
        Empty: none.
    """

    what: str
    codes: Floats
    outputs: Floats
    image_shape: tuple[int, int, int] | None
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()


def walk(model: Model, layer: str, normal: Normal, n_steps: int = 7, reach: float = 3.0) -> Decoded:
    """Decode what lies along the main axes of the codes: mean + k σ e, a row an axis, the widest first.

    Parameters
    ----------
    model : Model
        An autoencoder.
    layer : str
        Which of its layers holds the code.
    normal : Normal
        Fitted to the codes.
    n_steps : int, optional
        Codes an axis.
    reach : float, optional
        Largest k. Unit: standard deviations along the axis.

    Returns
    -------
    Decoded
        Of the six widest axes at most.
    """
    if n_steps < 2:
        raise DataError(f"a walk of {n_steps} steps leads nowhere; take at least 2")
    variances, directions = main_axes(normal)
    n_axes = min(_MOST_AXES, normal.n_dimensions)
    steps = np.linspace(-reach, reach, n_steps)
    along = (directions * np.sqrt(variances)).T[:n_axes]
    codes = normal.mean + steps[np.newaxis, :, np.newaxis] * along[:, np.newaxis, :]
    return _decoded(
        model,
        layer,
        codes,
        "a walk along the main axes",
        tuple(f"axis {axis + 1}" for axis in range(n_axes)),
        tuple(f"{step:+.3g} σ".replace("-", "−") if abs(step) > _ROUNDING else "mean" for step in steps),
    )


def draw_samples(model: Model, layer: str, normal: Normal, n: int = 25, seed: int = 0) -> Decoded:
    """Decode samples of the fitted normal distribution.

    Parameters
    ----------
    model : Model
        An autoencoder.
    layer : str
        Which of its layers holds the code.
    normal : Normal
        Fitted to the codes.
    n : int, optional
        How many; they come in rows of about √n.
    seed : int, optional
        Of the samples.

    Returns
    -------
    Decoded
        Where `n` fills no whole rows, the last outputs and codes are NaN.
    """
    if n < 1:
        raise DataError(f"{n} samples cannot be drawn; take at least 1")
    n_columns = int(np.ceil(np.sqrt(n)))
    n_rows = -(-n // n_columns)
    codes = np.full((n_rows * n_columns, normal.n_dimensions), np.nan)
    codes[:n] = normal.sample(n, seed)
    shaped = codes.reshape(n_rows, n_columns, -1)
    return _decoded(model, layer, shaped, "samples of the fitted normal distribution")


def interpolate(model: Model, layer: str, first: ArrayLike, last: ArrayLike, n_steps: int = 7) -> Decoded:
    """Decode what lies on the straight line between two codes.

    Parameters
    ----------
    model : Model
        An autoencoder.
    layer : str
        Which of its layers holds the code.
    first, last : array-like of shape (d,)
        Codes, such as two rows of `Latent.codes`.
    n_steps : int, optional
        Codes on the line, both ends among them.
    """
    if n_steps < 2:
        raise DataError(f"{n_steps} steps have no room for both ends; take at least 2")
    weights = np.linspace(0, 1, n_steps)[:, np.newaxis]
    codes = (1 - weights) * np.asarray(first, float) + weights * np.asarray(last, float)
    names = tuple(f"{weight:.0%}" for weight in weights[:, 0])
    return _decoded(model, layer, codes[np.newaxis], "between two samples", column_names=names)


def decoder(model: Model, layer: str) -> Decoder:
    """Return what makes outputs of codes, in the units of the data set where its scaling can be undone.

    Raises
    ------
    wattlab.errors.DataError
        If the network does not reconstruct its inputs.
    """
    if model.recipe.data.task != "reconstruction":
        raise DataError(
            f"{model.recipe.name!r} does not reconstruct its inputs (data.task is {model.recipe.data.task!r}), so that "
            "codes cannot be decoded to samples; take an autoencoder"
        )
    rest, transform = onward(model, layer), model.transform
    if transform.reducer is None:
        return lambda codes: _undone(transform.before, _undone(transform.after, rest(codes)))
    return lambda codes: _undone(transform.after, rest(codes))


def _decoded(
    model: Model,
    layer: str,
    codes: Floats,
    what: str,
    row_names: tuple[str, ...] = (),
    column_names: tuple[str, ...] = (),
) -> Decoded:
    flat = codes.reshape(-1, codes.shape[-1])
    there = ~np.isnan(flat).any(axis=1)
    found = decoder(model, layer)(flat[there])
    outputs = np.full((len(flat), found.shape[1]), np.nan)
    outputs[there] = found
    shape = model.transform.image_shape(model.image_shape)
    return Decoded(what, codes, outputs.reshape(*codes.shape[:2], -1), shape, row_names, column_names)


def _undone(scaler: Scaler, outputs: Any) -> Floats:
    """Return what a scaler was given, where that can be known."""
    match scaler:
        case Standard(mean=mean, scale=scale):
            return np.asarray(outputs * scale + mean, float)
        case MinMax(minimum=minimum, range=length):
            return np.asarray(outputs * length + minimum, float)
        case Bytes():
            return np.asarray(outputs * 255.0, float)
        case _:  # nothing was scaled, or each sample by its own norm, which no output tells
            return np.asarray(outputs, float)
