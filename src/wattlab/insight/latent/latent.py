"""A data set in the code of an autoencoder, held against a normal distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.errors import DataError, GeometryError
from wattlab.insight.cutting import layer_kind, up_to
from wattlab.insight.geometry.checks import read_confidence
from wattlab.insight.geometry.normal import Normal
from wattlab.insight.latent.decoding import draw_samples, walk
from wattlab.insight.latent.histogram import histogram_of
from wattlab.insight.latent.layer import bottleneck
from wattlab.insight.latent.normality import against_standard, axis_tests, mardia
from wattlab.insight.latent.regions import main_axes, shares, view_of
from wattlab.insight.subject import open_subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from wattlab.insight.geometry.normal_maps import NormalMaps
    from wattlab.insight.latent.decoding import Decoded
    from wattlab.insight.latent.histogram import Histogram
    from wattlab.insight.latent.normality import AxisTest, Mardia, StandardTest
    from wattlab.insight.latent.regions import Axes, Share, View
    from wattlab.records.model import Model
    from wattlab.records.run import Run

    Floats = NDArray[np.float64]

__all__ = ["CONFIDENCES", "Latent", "latent", "latent_of"]

CONFIDENCES = (0.5, 0.9, 0.95)
"""Shares of a normal distribution whose regions are looked at, unless others are asked for."""


class Latent(NamedTuple):
    """Codes of a data set, and the normal distribution fitted to them.

    Attributes
    ----------
    name : str
        Of the run, or of the model's recipe.
    part : str
        Of the data; empty where samples were given.
    layer : str
        Whose outputs the codes are.
    is_sampled : bool
        Whether the layer adds noise in training, as in a variational autoencoder: the codes are its means, which spread
        less than its samples.
    codes : ndarray of shape (n_samples, d)
    groups : ndarray of shape (n_samples,), or None
        Class indices, where the samples have classes.
    classes : tuple of str
        Their names.
    normal : Normal
        Mean and covariance (divided by n − 1) of the codes.
    deviations : ndarray of shape (d,)
        Standard deviations along the main axes, the largest first.
    directions : ndarray of shape (d, d)
        The main axes as columns.
    axes : tuple of AxisTest
        Each number of the code by itself.
    mardia : Mardia
        Are the codes normally distributed?
    standard : StandardTest
        How far is that from the standard normal distribution?
    shares : tuple of Share
        Samples inside regions of the fitted distribution, against what a normal distribution has there.
    nominal : ndarray of shape (n_samples,)
        For each sample, ascending, the share of the fitted distribution that lies nearer to the mean: uniform between
        0 and 1 for normal samples.
    view : View or None
        The codes in a plane, with ellipses; None where a code is one number.
    histogram : Histogram or None
        How often which code occurs; None where a code is more than one number.
    steps : NormalMaps or None
        How a standard normal distribution becomes the fitted one in that plane.
    walk, drawn : Decoded or None
        The main axes and samples of the fitted distribution, decoded; None where the network does not reconstruct
        its inputs, or none were asked for.
    """

    name: str
    part: str
    layer: str
    is_sampled: bool
    codes: Floats
    groups: NDArray[np.int64] | None
    classes: tuple[str, ...]
    normal: Normal
    deviations: Floats
    directions: Floats
    axes: tuple[AxisTest, ...]
    mardia: Mardia
    standard: StandardTest
    shares: tuple[Share, ...]
    nominal: Floats
    view: View | None
    histogram: Histogram | None
    steps: NormalMaps | None
    walk: Decoded | None
    drawn: Decoded | None


class _Codes(NamedTuple):
    """The first fields of `Latent`."""

    name: str
    part: str
    layer: str
    is_sampled: bool
    codes: Floats
    groups: NDArray[np.int64] | None
    classes: tuple[str, ...]


def latent(
    run: Run | Path | str,
    *,
    part: str = "test",
    layer: str | None = None,
    axes: Axes | None = None,
    confidences: Sequence[float] = CONFIDENCES,
    n_steps: int = 7,
    n_samples: int = 25,
) -> Latent:
    """Encode the data of a run, and hold the codes against a normal distribution.

    Parameters
    ----------
    run : Run or path
        Of an autoencoder; of any network if `layer` is given.
    part : {"test", "validation", "training"}, optional
        Which samples of the run's data.
    layer : str, optional
        Whose outputs are the codes; left out: the layer called "latent", or the narrowest one.
    axes : (int, int) or "pca", optional
        The plane that is looked at: two numbers of the code, counted from 0, or its two main axes. Left out: the
        numbers themselves where there are two, else the main axes.
    confidences : sequence of float, optional
        Of the regions, each between 0 and 1.
    n_steps : int, optional
        Decoded codes along each main axis; 0: none.
    n_samples : int, optional
        Decoded samples of the fitted distribution; 0: none.

    Returns
    -------
    Latent

    Raises
    ------
    wattlab.errors.RunError
        If it is the test part of a run that left it closed.
    wattlab.errors.RecipeError
        If there is no such layer, or none was named and the network is no autoencoder.
    wattlab.errors.DataError
        If there are too few samples for a covariance, the layer has nodes that never change, or the axes do not exist.
    wattlab.errors.GeometryError
        If a confidence is not between 0 and 1.
    """
    subject = open_subject(run)
    name, model = subject.run.id, subject.model
    layer = bottleneck(model) if layer is None else layer
    part, found = subject.opened(part)
    classes = subject.dataset.classes
    groups = None if classes is None else found.labels
    is_sampled, codes = _encoded(model, layer, found.features)
    told = _Codes(name, part, layer, is_sampled, codes, groups, classes or ())
    return _compared(told, model, axes, confidences, (n_steps, n_samples))


def latent_of(
    model: Model,
    features: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    layer: str | None = None,
    axes: Axes | None = None,
    confidences: Sequence[float] = CONFIDENCES,
    n_steps: int = 7,
    n_samples: int = 25,
) -> Latent:
    """Encode samples of your own, and hold the codes against a normal distribution.

    Parameters
    ----------
    model : Model
        An autoencoder; any network if `layer` is given.
    features : array-like of shape (n_samples, n_features)
        As in the data set, before scaling.
    labels : array-like of shape (n_samples,), optional
        Their classes.
    layer, axes, confidences, n_steps, n_samples
        As for `latent`.

    Returns
    -------
    Latent
    """
    layer = bottleneck(model) if layer is None else layer
    is_sampled, codes = _encoded(model, layer, features)
    groups, classes = _grouped(labels, len(codes))
    told = _Codes(model.recipe.name, "", layer, is_sampled, codes, groups, classes)
    return _compared(told, model, axes, confidences, (n_steps, n_samples))


def _compared(
    found: _Codes, model: Model, axes: Axes | None, confidences: Sequence[float], counts: tuple[int, int]
) -> Latent:
    from scipy.special import gammainc

    wanted, codes, layer = _wanted(confidences), found.codes, found.layer
    normal = _fitted(codes, layer)
    variances, directions = main_axes(normal)
    view = view_of(codes, normal, axes, (found.groups, found.classes), wanted)
    nominal = gammainc(codes.shape[1] / 2, np.sort(normal.mahalanobis(codes)) ** 2 / 2)
    n_steps, n_samples = counts if model.recipe.data.task == "reconstruction" else (0, 0)
    return Latent(
        *found,
        normal,
        np.sqrt(variances),
        directions,
        axis_tests(codes),
        mardia(codes),
        against_standard(codes),
        shares(codes, normal, wanted),
        nominal,
        view,
        histogram_of(codes[:, 0], normal) if view is None else None,
        None if view is None else view.normal.as_map(),
        walk(model, layer, normal, n_steps) if n_steps else None,
        draw_samples(model, layer, normal, n_samples) if n_samples else None,
    )


def _wanted(confidences: Sequence[float]) -> tuple[float, ...]:
    """Return confidences in order, each once."""
    wanted = tuple(sorted({read_confidence(one) for one in confidences}))
    if not wanted:
        raise DataError("no confidence is given; expected at least one between 0 and 1, such as 0.95")
    return wanted


def _encoded(model: Model, layer: str, features: ArrayLike) -> tuple[bool, Floats]:
    """Return whether a layer adds noise in training, and its codes."""
    codes = np.asarray(up_to(model, layer)(features), np.float64)
    _check_codes(codes, layer)
    return layer_kind(model, layer) == "sampling", codes


def _fitted(codes: Floats, layer: str) -> Normal:
    try:
        return Normal.from_samples(codes)
    except GeometryError as error:
        raise GeometryError(f"codes X of layer {layer!r}: {error}") from None


def _grouped(labels: ArrayLike | None, n_samples: int) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    if labels is None:
        return None, ()
    names, groups = np.unique(np.asarray(labels), return_inverse=True)
    if groups.shape != (n_samples,):
        raise DataError(f"labels have the shape {groups.shape}; expected one a sample: ({n_samples},)")
    return groups, tuple(map(str, names))


def _check_codes(codes: Floats, layer: str) -> None:
    """Refuse codes to which no normal distribution can be fitted."""
    n_samples, d = codes.shape
    if n_samples <= d:
        raise DataError(
            f"layer {layer!r} gives {d} numbers a sample, and their covariance needs more than {d} samples, but there "
            f"are {n_samples}; take a larger part of the data, or a narrower layer"
        )
    still = np.flatnonzero(np.ptp(codes, axis=0) == 0)
    if still.size:
        some = ", ".join(map(str, still[:8])) + (" …" if still.size > 8 else "")
        raise DataError(
            f"{still.size} of the {d} numbers of layer {layer!r} are the same for all samples ({some}, counted from "
            "0), so that no normal distribution can be fitted; look at another layer, or at the one before its "
            "activation"
        )
