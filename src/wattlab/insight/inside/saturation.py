"""How far the activations of each layer are saturated, before the training and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.engines.initial import Inputs, initial_weights
from wattlab.errors import ParameterError, RunError
from wattlab.insight.cutting import layer_names, up_to
from wattlab.insight.subject import open_subject
from wattlab.records.model import Model

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattlab.records.run import Run

    Floats = NDArray[np.floating[Any]]

__all__ = ["FLAT", "LayerActivity", "Saturation", "activity_of", "find_saturation"]

FLAT: Final = 0.05
"""An activation is in a flat end where the derivative is less than this share of its largest."""
_N_BINS: Final = 40
_SPANS: Final = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softmax": (0.0, 1.0)}


class LayerActivity(NamedTuple):
    """What comes out of a layer's activation for some samples.

    Attributes
    ----------
    layer : str
        Its name in the recipe, or its place.
    activation : str
        Such as "sigmoid".
    n_units : int
        Numbers that come out for a sample; an image counts all its pixels.
    low, high : float
        Shares of the activations in the lower and in the upper flat end; NaN where the function has none.
    dead : float
        Share of the units that are in flat ends for every sample, or zero for every sample where it is a ReLU; NaN for
        any other function.
    edges : ndarray of shape (n_bins + 1,)
        Of the histogram.
    shares : ndarray of shape (n_bins,)
        Share of the activations in each bin.
    """

    layer: str
    activation: str
    n_units: int
    low: float
    high: float
    dead: float
    edges: Floats
    shares: Floats

    @property
    def saturated(self) -> float:
        """Share of the activations in either flat end; NaN where the function has none."""
        return self.low + self.high


class Saturation(NamedTuple):
    """The layers of a network before and after its training.

    Attributes
    ----------
    run : str
        Whose network.
    part : str
        Whence the samples are.
    n_samples : int
        How many.
    flat : float
        Share of the largest derivative below which an end counts as flat.
    initial : tuple of LayerActivity
        With the weights that the training began with; empty where those are not known.
    final : tuple of LayerActivity
        With the trained weights; layer by layer as `initial`.
    notes : tuple of str
        What a reader must know, in sentences.
    """

    run: str
    part: str
    n_samples: int
    flat: float
    initial: tuple[LayerActivity, ...]
    final: tuple[LayerActivity, ...]
    notes: tuple[str, ...]


def find_saturation(
    run: Run, part: str = "training", *, n_samples: int = 1000, flat: float = FLAT
) -> Saturation:
    """Return how far each layer of a run's network is saturated, with its initial and with its trained weights.

    Parameters
    ----------
    run : Run
        Any with weights.
    part : {"training", "validation", "test"}
        Whence the samples are.
    n_samples : int
        At most so many, evenly spread over the part.
    flat : float
        An end of sigmoid and tanh counts as flat where the derivative is less than this share of its largest.
        Between 0 and 1.

    Raises
    ------
    wattlab.errors.RunError
        If the run has no weights, or no activations, or left the test part closed.
    wattlab.errors.DataError
        If the data are no longer those of the run.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.

    Examples
    --------
    >>> import wattlab
    >>> found = find_saturation(wattlab.train("moons", runs=getfixture("tmp_path")))
    >>> [(one.layer, one.activation, one.n_units) for one in found.final]
    [('layers.0', 'tanh', 16), ('layers.1', 'tanh', 16), ('layers.2', 'softmax', 2)]
    """
    _check(n_samples, flat)
    subject = open_subject(run)
    part, samples = subject.opened(part)
    features = _spread(samples.features, n_samples)
    begun = _begun(run, subject.model)
    unknown = () if begun is not None else (_unknown(run),)
    before = () if begun is None else _outputs(begun, features)
    after = _outputs(subject.model, features)
    if not after:
        raise RunError(
            f"run {run.id!r} has no layer with an activation: its network is linear, so nothing saturates"
        )
    pairs = zip(before, after, strict=True) if before else ((one, one) for one in after)
    spans = [_span(first.values, last.values, last.activation) for first, last in pairs]
    return Saturation(
        run.id,
        part,
        len(features),
        flat,
        tuple(one.activity(flat, span) for one, span in zip(before, spans, strict=False)),
        tuple(one.activity(flat, span) for one, span in zip(after, spans, strict=True)),
        (*unknown, *_left_out(subject.model)),
    )


def activity_of(
    layer: str,
    activation: str,
    outputs: ArrayLike,
    *,
    flat: float = FLAT,
    span: tuple[float, float] | None = None,
) -> LayerActivity:
    """Return the saturation of activations.

    Parameters
    ----------
    layer : str
        Its name.
    activation : str
        The recipe's name of the function.
    outputs : array-like of shape (n_samples, n_units)
        What came out of it.
    flat : float
        As for `find_saturation`.
    span : (float, float), optional
        Ends of the histogram; left out: those of the function or of the outputs.

    Notes
    -----
    The derivatives follow from the outputs a: a (1 − a) ≤ ¼ of the sigmoid, 1 − a² ≤ 1 of tanh.

    Examples
    --------
    >>> found = activity_of("h", "sigmoid", [[0.001, 0.5], [0.999, 0.4]])
    >>> found.low, found.high, found.dead
    (0.25, 0.25, 0.5)
    """
    values = np.asarray(outputs, np.float64)
    low, high = _flat_ends(activation, values, flat)
    known, is_relu = activation in {"sigmoid", "tanh"}, activation == "relu"
    flat_or_zero = values <= 0 if is_relu else low | high
    counts, edges = np.histogram(values, _N_BINS, span or _span(values, values, activation))
    return LayerActivity(
        layer,
        activation,
        values.shape[1],
        float(low.mean()) if known else np.nan,
        float(high.mean()) if known else np.nan,
        float(flat_or_zero.all(axis=0).mean()) if known or is_relu else np.nan,
        edges,
        counts / max(1, values.size),
    )


def _flat_ends(activation: str, values: Floats, flat: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which activations are in the lower and which in the upper flat end."""
    middle = 0.5 if activation == "sigmoid" else 0.0
    slope = 4 * values * (1 - values) if activation == "sigmoid" else 1 - values**2
    return (slope < flat) & (values < middle), (slope < flat) & (values > middle)


class _Outputs(NamedTuple):
    """What comes out of a layer."""

    layer: str
    activation: str
    values: Floats

    def activity(self, flat: float, span: tuple[float, float]) -> LayerActivity:
        return activity_of(self.layer, self.activation, self.values, flat=flat, span=span)


def _outputs(model: Model, features: NDArray[Any]) -> list[_Outputs]:
    """Return what comes out of each layer that ends in an activation."""
    named = zip(layer_names(model), model.recipe.network.layers, strict=True)
    found = [(name, getattr(layer, "activation", "identity")) for name, layer in named]
    return [
        _Outputs(name, activation, up_to(model, name)(features))
        for name, activation in found
        if activation != "identity"
    ]


def _span(first: Floats, last: Floats, activation: str) -> tuple[float, float]:
    """Return where activations may lie, or do."""
    if activation in _SPANS:
        return _SPANS[activation]
    both = (float(min(first.min(), last.min())), float(max(first.max(), last.max())))
    return both if both[0] < both[1] else (both[0], both[0] + 1.0)


def _begun(run: Run, model: Model) -> Model | None:
    """Return the network as the training began, where its weights came from the seed alone."""
    if run.record.start_from is not None or run.record.start is not None:
        return None
    recipe, transform = run.recipe, model.transform
    n_features = transform.n_features_in if transform.kept is not None else transform.n_features_out
    inputs = Inputs(n_features, transform.kept, transform.image_shape(model.image_shape))
    drawn = initial_weights(recipe.network, inputs, model.architecture.n_outputs, recipe.seed)
    dtype = recipe.engine.array_dtype
    weights = {name: array.astype(dtype) for name, array in drawn.items()}
    return Model(recipe, transform, weights, model.classes, model.image_shape)


def _left_out(model: Model) -> tuple[str, ...]:
    """Return a sentence about layers with weights that end in no activation."""
    named = zip(layer_names(model), model.recipe.network.layers, strict=True)
    names = [name for name, layer in named if getattr(layer, "activation", "") == "identity"]
    if not names:
        return ()
    return (f"Not shown, as without an activation nothing saturates: {', '.join(names)}.",)


def _unknown(run: Run) -> str:
    return (
        f"The training began with the weights of run {run.record.start_from!r}, so the seed does not tell the initial "
        "ones: only the trained weights are shown."
    )


def _spread(features: NDArray[Any], n_samples: int) -> NDArray[Any]:
    """Return some of the samples, evenly spread."""
    if len(features) <= n_samples:
        return features
    return features[np.linspace(0, len(features) - 1, n_samples).astype(np.int64)]


def _check(n_samples: int, flat: float) -> None:
    if n_samples < 1:
        raise ParameterError(f"n_samples is {n_samples}; expected a whole number of at least 1")
    if not 0 < flat < 1:
        raise ParameterError(f"flat is {flat}; expected a number between 0 and 1")
