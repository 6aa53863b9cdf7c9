"""The phases of a step of ``fit``, whose inside cannot be seen: its parts as functions of their own, compiled alike.

What a step takes beyond its parts is the loop of ``fit`` itself.
"""

from __future__ import annotations

from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import keras
import numpy as np

from wattlab.engines.phases import PhaseTimes, Untimed, rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from wattlab.engines.keras.model import Network

    Batch = tuple[Any, ...]

__all__ = ["BATCHES", "Pieces", "as_phases", "gathering_s", "make_pieces", "pieces_s"]

BATCHES: Final = 33
"""So many are gathered, all but the first of them timed."""
_SAMPLES: Final = 20
_HOW: Final = {
    "tensorflow": "; batches are gathered ahead while a step computes, and count in full",
    "jax": "",
    "torch": "; nothing is compiled in them",
}


class Pieces(NamedTuple):
    """A step's parts as functions.

    Parameters
    ----------
    nothing : callable (batch) -> tensor
        Hardly anything: what a call takes.
    forward : callable (batch) -> tensor
        The cost.
    gradient : callable (batch) -> list of tensors
        Forward and backward.
    update : callable (gradient) -> tensors
        The optimizer's step; it may change weights and memory.
    """

    nothing: Callable[[Batch], Any]
    forward: Callable[[Batch], Any]
    gradient: Callable[[Batch], list[Any]]
    update: Callable[[list[Any]], Any]


def gathering_s(batches: Iterator[Batch], wait: Callable[[list[Any]], None]) -> tuple[float, Batch]:
    """Return what gathering one of up to `BATCHES` batches takes, and one of them."""
    kept = next(batches)
    wait(list(kept))
    started_s, count = perf_counter(), 0
    for batch in islice(batches, BATCHES - 1):
        wait(list(batch))
        count += 1
    return (perf_counter() - started_s) / max(1, count), kept


def pieces_s(
    pieces: Pieces,
    batch: Batch,
    wait: Callable[[list[Any]], None],
    put_back: Callable[[], None],
    budget_s: float,
) -> dict[str, NDArray[np.float64]]:
    """Return the seconds of each of `Pieces` in as many samples as fit; `put_back` is called before each step."""
    seconds: dict[str, list[float]] = {name: [] for name in Pieces._fields}
    slopes: list[Any] = []
    for _ in rounds(_SAMPLES, budget_s):  # the first compiles
        put_back()
        for name, piece in pieces._asdict().items():
            started_s = perf_counter()
            found = piece(slopes if name == "update" else batch)
            found = found if isinstance(found, list) else [found]
            wait(found)
            seconds[name].append(perf_counter() - started_s)
            slopes = found if name == "gradient" else slopes
    return {name: np.array(one[1:]) for name, one in seconds.items()}


def as_phases(data_s: float, pieces: dict[str, NDArray[np.float64]], step_s: float) -> PhaseTimes | Untimed:
    """Take the call off each part and the forward pass off the gradient, and find what is left of a step of ``fit``."""
    parts = {name: float(np.median(one)) for name, one in pieces.items()}
    seconds = {
        "data": data_s,
        "forward": parts["forward"] - parts["nothing"],
        "backward": parts["gradient"] - parts["forward"],
        "optimizer": parts["update"] - parts["nothing"],
    }
    if min(seconds.values()) <= 0:
        return Untimed("the parts of its steps are too short to be told from the calls of compiled functions")
    left_s = step_s - sum(seconds.values())
    if left_s > 0:
        seconds["other"] = left_s
    note = f"the parts of a step run apart from fit{_HOW[keras.backend.backend()]}; other is fit's own loop"
    samples = {name: np.array([one]) for name, one in seconds.items()}
    return PhaseTimes(samples, len(pieces["forward"]), "modelled", note)


def make_pieces(network: Network) -> Pieces:
    """Return the parts of a step on the backend in use, compiled where ``fit`` compiles its step."""
    return _MAKERS[keras.backend.backend()](network)


def _tensorflow(network: Network) -> Pieces:
    import tensorflow as tf

    def gradient(batch: Batch) -> list[Any]:
        with tf.GradientTape() as tape:
            cost = network.cost(*batch)
        slopes: list[Any] = tape.gradient(cost, [one.value for one in network.trainable_variables])
        return slopes

    def update(slopes: list[Any]) -> Any:
        network.optimizer.apply(slopes, network.trainable_variables)
        return network.optimizer.iterations.value

    def nothing(batch: Batch) -> Any:
        return batch[0][:1]

    def forward(batch: Batch) -> Any:
        return network.cost(*batch)

    def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
        made: Callable[..., Any] = tf.function(function, jit_compile=bool(network.jit_compile))
        return made

    return Pieces(*(compiled(one) for one in (nothing, forward, gradient, update)))


def _jax(network: Network) -> Pieces:
    import jax

    values = [one.value for one in network.trainable_variables]
    memory = [one.value for one in network.optimizer.variables]

    def cost(values: list[Any], batch: Batch) -> tuple[Any, list[Any]]:
        """Return the cost, and what else a step changes on the way: moving statistics."""
        mapping = list(zip(network.trainable_variables, values, strict=True))
        with keras.StatelessScope(state_mapping=mapping) as scope:
            found = network.cost(*batch)
        moved = [scope.get_current_value(one) for one in network.non_trainable_variables]
        return found, [one for one in moved if one is not None]

    compiled = jax.jit if network.jit_compile else lambda function: function
    nothing = compiled(lambda _, batch: batch[0][:1])
    forward, gradient = compiled(cost), compiled(jax.grad(cost, has_aux=True))
    update = compiled(network.optimizer.stateless_apply)
    return Pieces(
        lambda batch: nothing(values, batch),
        lambda batch: forward(values, batch)[0],
        lambda batch: gradient(values, batch)[0],
        lambda slopes: jax.tree.leaves(update(memory, slopes, values)),
    )


def _torch(network: Network) -> Pieces:
    import torch

    def gradient(batch: Batch) -> list[Any]:
        network.zero_grad()
        network.cost(*batch).backward()
        return [one.value.grad for one in network.trainable_variables]

    def update(slopes: list[Any]) -> list[Any]:
        with torch.no_grad():
            network.optimizer.apply(slopes, network.trainable_variables)
        network.zero_grad()
        return [one.value for one in network.trainable_variables]

    return Pieces(lambda batch: batch[0][:1], lambda batch: network.cost(*batch), gradient, update)


_MAKERS: dict[str, Callable[[Network], Pieces]] = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
