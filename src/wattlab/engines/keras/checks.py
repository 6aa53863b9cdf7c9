"""What of a recipe the Keras engine cannot do, found without loading anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.engines.devices import check_formats
from wattlab.errors import UnsupportedError
from wattlab.machine.number_formats import number_formats
from wattlab.recipe.layers import pair

if TYPE_CHECKING:
    from wattlab.recipe.engine import KerasChoice
    from wattlab.recipe.recipe import Recipe

__all__ = ["check_layers", "check_options"]

_WITHOUT_ONEDNN = ("float64", "float16")
"""Where torch convolves by code of its own on processors."""


def check_options(choice: KerasChoice) -> None:
    """Raise for an option that would be without effect, or that the backend refuses.

    Raises
    ------
    wattlab.errors.UnsupportedError
        Names the field, and what to do.
    """
    problems = {
        f"engine.steps_per_execution is {choice.steps_per_execution}, but Keras on {choice.backend} runs one batch in "
        "each compiled call, whatever it is; leave it out, or set engine.backend = 'tensorflow'": (
            choice.backend != "tensorflow" and choice.steps_per_execution > 1
        ),
        f"engine.inter_threads is a setting of TensorFlow, and the backend is {choice.backend!r}; "
        "leave it out": choice.inter_threads is not None and choice.backend != "tensorflow",
        "engine.memory_limit_MiB and engine.memory_growth are settings of TensorFlow on a GPU, and this is "
        f"{choice.backend} on {choice.device}; leave them out": _limits_memory(choice)
        and (choice.backend != "tensorflow" or choice.device == "cpu"),
        "engine.memory_limit_MiB sets memory aside at once and engine.memory_growth bit by bit; "
        "leave one of them out": choice.memory_limit_MiB is not None and choice.memory_growth,
        f"engine.loss_scale is {choice.loss_scale}, but only float16 needs one, and engine.precision is "
        f"{choice.precision!r}; leave it out": choice.loss_scale != "dynamic"
        and choice.precision != "float16",
    }
    for problem, present in problems.items():
        if present:
            raise UnsupportedError(problem)
    if choice.device == "cpu":
        check_formats(choice, number_formats(), "this processor")


def check_layers(recipe: Recipe, choice: KerasChoice) -> None:
    """Raise for a layer that the backend cannot compute.

    Raises
    ------
    wattlab.errors.UnsupportedError
        Names the layer, and what to do.
    """
    if choice.backend != "torch" or choice.device != "cpu" or choice.precision not in _WITHOUT_ONEDNN:
        return
    for node in recipe.network.nodes:
        # "slow_conv2d: grad_weight must be contiguous": Keras lays such a kernel out as torch does not want it.
        if node.spec.kind == "conv2d" and node.spec.filters == 1 and pair(node.spec.kernel) != (1, 1):
            raise UnsupportedError(
                f"{node} has one filter, of which Keras on torch cannot compute the gradient in {choice.precision} "
                "on a processor; take more filters, engine.precision = 'float32', or another engine.backend"
            )


def _limits_memory(choice: KerasChoice) -> bool:
    return choice.memory_limit_MiB is not None or choice.memory_growth
