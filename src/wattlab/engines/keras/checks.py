"""What of a recipe the Keras engine cannot do, found without loading anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.errors import UnsupportedError
from wattlab.machine.number_formats import number_formats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.recipe.engine import KerasChoice, Precision

__all__ = ["check_formats", "check_options"]

_EMULATED: Final[tuple[Precision, ...]] = ("bfloat16", "float16")


def check_options(choice: KerasChoice) -> None:
    """Raise for an option that would be without effect, or that the backend refuses.

    Raises
    ------
    wattlab.errors.UnsupportedError
        Names the field, and what to do.
    """
    problems = {
        f"engine.steps_per_execution is {choice.steps_per_execution}, but Keras on torch runs one batch a call; "
        "leave it out": choice.backend == "torch" and choice.steps_per_execution > 1,
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


def check_formats(choice: KerasChoice, formats: Sequence[Precision], device: str) -> None:
    """Raise for a number format that a device has no instructions for, unless it may be emulated.

    Parameters
    ----------
    choice : KerasChoice
        Of a recipe.
    formats : sequence of str
        What the device has instructions for.
    device : str
        What to call it.

    Raises
    ------
    wattlab.errors.UnsupportedError
        Says which formats the device can do.
    """
    precision = choice.precision
    if precision in formats:
        return
    start = f"engine.precision is {precision!r}, for which {device} has no instructions"
    able = f"(it can do {', '.join(formats)})"
    if precision not in _EMULATED:
        raise UnsupportedError(f"{start} {able}; take one of these")
    if not choice.emulated:
        raise UnsupportedError(
            f"{start} {able}; take one of these, or set engine.emulated = true for right results at a loss of speed"
        )


def _limits_memory(choice: KerasChoice) -> bool:
    return choice.memory_limit_MiB is not None or choice.memory_growth
