"""What a recipe chooses of the native engine: arrays, number formats, and which options go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.errors import UnsupportedError
from wattlab.recipe.engine import NativeChoice

if TYPE_CHECKING:
    from wattlab.recipe.engine import Precision
    from wattlab.recipe.recipe import Recipe

__all__ = ["Formats", "check_options", "formats_of", "native_choice", "uses_torch"]

_TORCH_ONLY: Final = ("tf32", "bfloat16", "float16")


class Formats(NamedTuple):
    """The two number formats of a training, by the names that NumPy and torch share.

    Parameters
    ----------
    compute : str
        Of activations, deltas and matrix products.
    master : str
        Of the weights that are updated, their gradient, the optimizer's memory, the outputs and the loss.
    """

    compute: str
    master: str

    @property
    def mixed(self) -> bool:
        """Whether products are computed in another format than the weights are kept in."""
        return self.compute != self.master


def formats_of(precision: Precision) -> Formats:
    """Return the formats that a precision stands for; tf32 rounds inside the products of float32 arrays only."""
    if precision in {"bfloat16", "float16"}:
        return Formats(precision, "float32")
    master = "float64" if precision == "float64" else "float32"
    return Formats(master, master)


def native_choice(recipe: Recipe) -> NativeChoice:
    """Return the recipe's engine, which has to be the native one.

    Raises
    ------
    wattlab.errors.UnsupportedError
        If the recipe is for another engine.
    """
    if isinstance(recipe.engine, NativeChoice):
        return recipe.engine
    msg = (
        f"engine.name is {recipe.engine.name!r}, but this is the native engine; set engine.name = 'native' "
        f"and leave out the fields that only {recipe.engine.name!r} has"
    )
    raise UnsupportedError(msg)


def uses_torch(choice: NativeChoice) -> bool:
    """Tell whether the arrays are torch tensors rather than NumPy's."""
    if choice.arrays == "auto":
        return choice.device != "cpu" or choice.precision in _TORCH_ONLY
    return choice.arrays == "torch"


def check_options(choice: NativeChoice) -> None:
    """Raise `UnsupportedError` for options that exclude one another, or that could change nothing."""
    for message, wrong in {**_contradictions(choice), **_without_effect(choice)}.items():
        if wrong:
            raise UnsupportedError(message)


def _contradictions(choice: NativeChoice) -> dict[str, bool]:
    on_numpy, device, precision = choice.arrays == "numpy", choice.device, choice.precision
    return {
        f"engine.arrays is 'numpy', which has no {precision}; set engine.precision = 'float32' or 'float64', "
        "or leave engine.arrays out": on_numpy and precision in _TORCH_ONLY,
        f"engine.arrays is 'numpy', which cannot use engine.device = {device!r}; set engine.device = 'cpu', "
        "or leave engine.arrays out": on_numpy and device != "cpu",
        "engine.compiled is for NumPy arrays in float32 or float64 on the cpu, but this recipe computes on torch "
        "tensors (engine.arrays, engine.device or engine.precision asks for them); leave engine.compiled out": (
            choice.compiled and uses_torch(choice)
        ),
        "engine.compiled does not go with engine.input_delta or engine.layer_times; leave one of them out": (
            choice.compiled and (choice.input_delta or choice.layer_times)
        ),
        f"engine.layer_times needs engine.device = 'cpu', not {device!r}: a GPU works through its queue on its own "
        "time; leave engine.layer_times out": choice.layer_times and device != "cpu",
    }


def _without_effect(choice: NativeChoice) -> dict[str, bool]:
    return {
        "engine.cuda_graphs = false changes nothing on engine.device = 'cpu'; leave it out": (
            not choice.cuda_graphs and choice.device == "cpu"
        ),
        f"engine.loss_scale is {choice.loss_scale}, but engine.precision = {choice.precision!r} needs none; "
        "leave it out, or set engine.precision = 'float16'": (
            choice.loss_scale != "dynamic" and choice.precision != "float16"
        ),
    }
