"""Demonstration: gradients that float16 loses, and the loss scale that keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.demonstrations.formats import FORMATS, rounded
from wattlab.demonstrations.outcome import Demonstrated
from wattlab.demonstrations.training import BATCHES, RECIPE, collect_gradients, train_briefly

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.demonstrations.formats import NumberFormat
    from wattlab.demonstrations.training import Trained

__all__ = ["Losses", "ScaledTraining", "Underflow", "demonstrate_underflow", "losses"]

_EPOCHS: Final = 10
_SCALES: Final = tuple(range(-24, 25, 2))
_TRAINED_SCALES: Final = tuple(range(-24, 25, 4))
_EXPONENTS: Final = np.arange(-60, 4)
_MISSING: Final = (
    "No training in float16: torch, which emulates it here, is not installed (pip install 'wattlab[torch]')."
)


@dataclass(frozen=True)
class Losses:
    """What casting numbers to a format does to them, by the factor they are multiplied by first.

    Attributes
    ----------
    numbers, name : str
        Which gradients, and the format.
    zero, subnormal, overflow : ndarray of shape (n_scales,)
        Shares of the numbers that become zero, lose digits as subnormal numbers, or become infinite.
    """

    numbers: str
    name: str
    zero: NDArray[np.float64]
    subnormal: NDArray[np.float64]
    overflow: NDArray[np.float64]


@dataclass(frozen=True)
class ScaledTraining:
    """A training in one format.

    Attributes
    ----------
    name : str
        The format.
    exponent : int or None
        The loss is multiplied by two to the power of it; None: dynamic, or not at all.
    label : str
    trained : Trained
    """

    name: str
    exponent: int | None
    label: str
    trained: Trained


@dataclass(frozen=True)
class Underflow(Demonstrated):
    """Gradients against the range of half formats.

    Attributes
    ----------
    epochs : int
        Of each training.
    exponents : ndarray of shape (n_bins,)
        Lower ends of the bins of log₂ |gradient|; what is smaller than the first is in the first.
    activations, weights : ndarray of shape (n_bins,)
        Shares of the gradients by activations, and by weights, in each bin.
    scales : tuple of int
        Loss scales, as exponents of two.
    losses : tuple of Losses
        By activations and weights, for float16 and bfloat16.
    trainings : tuple of ScaledTraining
        Empty without torch.
    """

    epochs: int
    exponents: NDArray[np.int64]
    activations: NDArray[np.float64]
    weights: NDArray[np.float64]
    scales: tuple[int, ...]
    losses: tuple[Losses, ...]
    trainings: tuple[ScaledTraining, ...]

    def loss_of(self, numbers: str, name: str) -> Losses:
        """Return what becomes of some gradients in a format."""
        return next(one for one in self.losses if (one.numbers, one.name) == (numbers, name))

    @property
    def sentence(self) -> str:
        """Say what share is lost unscaled and at the usual scale."""
        half, brain = (self.loss_of("activations", name) for name in ("float16", "bfloat16"))
        plain, usual = self.scales.index(0), self.scales.index(16)
        return (
            f"Of the gradients by activations, {half.zero[plain]:.0%} are zero in float16, {half.zero[usual]:.1%} if "
            f"the loss is multiplied by 2^16 first, and {brain.zero[plain]:.1%} in bfloat16, which needs no scale."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Say where the gradients are from, and what the trainings tell."""
        origin = (
            f"Gradients of {BATCHES} batches after each of {self.epochs} epochs of the recipe {RECIPE} in float64; "
            "those exactly zero are left out. In a training, what is lost in one layer is lost to all before it, too."
        )
        return (origin, *(self._trained() if self.trainings else (_MISSING,)))

    def _trained(self) -> tuple[str, ...]:
        by = {one.label: one.trained for one in self.trainings}
        unscaled, dynamic = by["2^0"], by["dynamic"]
        told = (
            f"Loss scale 1 trains to a loss of {unscaled.loss:.4f} and {unscaled.accuracy:.1%} accuracy, dynamic to "
            f"{dynamic.loss:.4f} and {dynamic.accuracy:.1%}, float32 to {by['float32'].loss:.4f} and "
            f"{by['float32'].accuracy:.1%}. One seed: differences of a few samples are noise."
        )
        small = (
            "A loss scale below 1 stands for a network whose gradients are so many times smaller: it is how underflow "
            "ends a training. Above the range every step overflows and is left out."
        )
        return (told, small)


def demonstrate_underflow(epochs: int = _EPOCHS) -> Underflow:
    """Cast the gradients of a training, scaled in many ways; train with some of the scales where torch is installed.

    Parameters
    ----------
    epochs : int, optional
        Of each training.

    References
    ----------
    P. Micikevicius et al., "Mixed precision training", ICLR 2018, section 3.2 and figure 3.
    """
    found = collect_gradients(epochs)
    kinds = {"activations": found.activations, "weights": found.weights}
    return Underflow(
        epochs,
        _EXPONENTS,
        _histogram(found.activations),
        _histogram(found.weights),
        _SCALES,
        tuple(
            losses(values, numbers, FORMATS[name], _SCALES)
            for numbers, values in kinds.items()
            for name in ("float16", "bfloat16")
        ),
        _trainings(epochs) if find_spec("torch") else (),
    )


def losses(values: NDArray[np.float64], numbers: str, form: NumberFormat, scales: tuple[int, ...]) -> Losses:
    """Return what becomes of numbers in a format.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Positive.
    numbers : str
        What they are.
    form : NumberFormat
        Where they are cast to.
    scales : tuple of int
        Exponents of two by which they are multiplied before.

    Examples
    --------
    >>> values = np.array([2.0**-25, 2.0**-24, 2.0**-14, 1.0])
    >>> found = losses(values, "gradients", FORMATS["float16"], (0, 16))
    >>> found.zero.tolist(), found.subnormal.tolist(), found.overflow.tolist()
    ([0.25, 0.0], [0.25, 0.0], [0.0, 0.25])
    """
    shares = []
    for scale in scales:
        cast = rounded(np.ldexp(values, scale), form)
        tiny = (cast > 0) & (cast < form.smallest_normal)
        shares.append([(cast == 0).mean(), tiny.mean(), np.isinf(cast).mean()])
    return Losses(numbers, form.name, *np.array(shares).T)


def _histogram(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, exponents = np.frexp(values)
    places = np.clip(exponents - 1, _EXPONENTS[0], _EXPONENTS[-1]) - _EXPONENTS[0]
    return np.bincount(places, minlength=len(_EXPONENTS)) / len(values)


def _trainings(epochs: int) -> tuple[ScaledTraining, ...]:
    fixed = [_trained("float16", epochs, scale) for scale in _TRAINED_SCALES]
    return (*fixed, *(_trained(name, epochs) for name in ("float16", "bfloat16", "float32")))


def _trained(name: str, epochs: int, scale: int | None = None) -> ScaledTraining:
    changes: dict[str, object] = {"engine.precision": name}
    if name != "float32":
        changes["engine.emulated"] = True
    if scale is not None:
        changes["engine.loss_scale"] = 2.0**scale
    scaled = "dynamic" if name == "float16" else name
    label = scaled if scale is None else f"2^{scale}"
    return ScaledTraining(name, scale, label, train_briefly(epochs, changes))
