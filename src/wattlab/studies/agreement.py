"""Whether two computations of the same first steps agree, and how closely they can."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.studies.row import Verification

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.cluster.probe import Probe
    from wattlab.engines.base import Weights

__all__ = ["NATIVE", "TOLERANCES", "compared", "failed", "loss_deviation", "weight_deviation"]

NATIVE: Final = "native in float64"
"""Who candidates are held against, unless it does not know their network."""
_AT_ONCE: Final = ", an epoch's in one call as when it is timed,"

TOLERANCES: Final = {
    "float64": 1e-9,
    "float32": 1e-4,
    "tf32": 2e-2,
    "float16": 2e-2,
    "bfloat16": 1e-1,
}
"""Deviations up to which a candidate does the same work as the reference, by number format.

In float64 the tolerance tells whether the mathematics is the same: no other rate, rule or order of batches comes as
close. The others only tell that rounding is what it should be. A rounding in float32 is off by 6e-8 at most; sums that
cancel, in gradients above all, and optimizers that divide by the gradient's own size make a thousandfold of it, 1e-4.
tf32 and float16 keep 11 bits: a rounding is off by 5e-4, and 40 of these, as in the products of a few layers forwards
and backwards over a few steps, make 2e-2. bfloat16 keeps 8 bits: 4e-3 becomes 1e-1 by five steps.
"""


def compared(label: str, precision: str, probe: Probe, reference: Probe, who: str = NATIVE) -> Verification:
    """Hold the first steps of a candidate against those of the reference.

    Parameters
    ----------
    label : str
        The candidate's.
    precision : str
        Number format in which it computed.
    probe, reference : Probe
        What both gave.
    who : str, optional
        The reference in words.

    Returns
    -------
    Verification
        Its weights are those of the way that is farther off: a batch a call, or an epoch's in one call.
    """
    loss = loss_deviation(probe.costs, reference.costs)
    alone, at_once = (
        weight_deviation(one, reference.weights) for one in (probe.weights, probe.weights_at_once)
    )
    weights = max(alone, at_once)
    found = Verification(
        label=label,
        reference=who,
        precision=precision,
        steps=len(reference.costs),
        loss_deviation=loss if isfinite(loss) else None,
        weight_deviation=weights if isfinite(weights) else None,
        tolerance=TOLERANCES[precision],
        passed=max(loss, weights) <= TOLERANCES[precision],
    )
    if found.passed:
        return found
    only_at_once = max(loss, alone) <= found.tolerance
    message = _message(found, len(probe.costs), _AT_ONCE if only_at_once else "")
    return found.model_copy(update={"message": message})


def failed(label: str, precision: str, steps: int, message: str, who: str = NATIVE) -> Verification:
    """Return what is known of a candidate that did not get through its first steps."""
    return Verification(
        label=label,
        reference=who,
        precision=precision,
        steps=steps,
        loss_deviation=None,
        weight_deviation=None,
        tolerance=TOLERANCES[precision],
        passed=False,
        computed=False,
        message=message,
    )


def loss_deviation(costs: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return the largest relative deviation of the loss of a step; absolute where the reference is 0.

    Infinite if the numbers of steps differ or a loss is no finite number.

    Examples
    --------
    >>> round(loss_deviation(np.array([2.0, 1.1]), np.array([2.0, 1.0])), 12)
    0.1
    """
    if costs.shape != reference.shape:
        return float("inf")
    scale = np.where(reference == 0, 1.0, np.abs(reference))
    return _worst(np.abs(costs - reference) / scale)


def weight_deviation(weights: Weights, reference: Weights) -> float:
    """Return how far the weights are off, relative to those of the reference, in the worst layer.

    Parameters
    ----------
    weights, reference : dict of arrays
        By names such as ``layers.0.weights`` and ``layers.0.biases``.

    Returns
    -------
    float
        Root mean square of a layer's differences over that of its weights and biases; infinite if names or shapes
        differ or a weight is no finite number.

    Notes
    -----
    Not the largest single difference: optimizers of Adam's kind move a weight by the whole rate even if its gradient
    is next to nothing, so the rounding that decides the sign of one gradient among thousands decides that figure.
    """
    shapes = {name: array.shape for name, array in reference.items()}
    if {name: array.shape for name, array in weights.items()} != shapes:
        return float("inf")
    layers: dict[str, list[str]] = {}
    for name in reference:
        layers.setdefault(name.rpartition(".")[0], []).append(name)
    deviations = []
    for names in layers.values():
        ours, theirs = _flat(weights, names), _flat(reference, names)
        scale = np.sqrt(np.mean(theirs**2)) or 1.0
        deviations.append(np.sqrt(np.mean((ours - theirs) ** 2)) / scale)
    return _worst(np.array(deviations))


def _flat(weights: Weights, names: list[str]) -> NDArray[np.float64]:
    return np.concatenate([np.asarray(weights[name], np.float64).ravel() for name in names])


def _worst(deviations: NDArray[np.float64]) -> float:
    return float(deviations.max()) if np.isfinite(deviations).all() else float("inf")


def _message(found: Verification, n_steps: int, how: str) -> str:
    if n_steps != found.steps:
        return f"it did {n_steps} steps{how} where {found.reference} did {found.steps}"
    deviations = {"loss": found.loss_deviation, "weights": found.weight_deviation}
    endless = [name for name, deviation in deviations.items() if deviation is None]
    if endless:
        return f"in {found.precision}{how} its {' and '.join(endless)} did not stay finite"
    name, worst = max(deviations.items(), key=lambda one: one[1] or 0.0)
    verb = "deviates" if name == "loss" else "deviate"
    rounding = "" if found.precision == "float64" else ", which is more than rounding explains"
    return (
        f"in {found.precision} its {name} in the first {found.steps} steps{how} {verb} by {worst:.1e} from "
        f"{found.reference}, with {found.tolerance:g} allowed{rounding}: it does not do the same work"
    )
