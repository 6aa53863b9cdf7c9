"""Which array library stands for an engine: NumPy, or torch for all that compute as it does."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from wattlab.errors import MissingExtraError
from wattlab.studies.explain.benches import Bench, NumpyBench
from wattlab.studies.explain.library import Library, NumpyLibrary, needs_torch
from wattlab.studies.explain.working_set import stream_sizes

if TYPE_CHECKING:
    from wattlab.recipe import Recipe
    from wattlab.recipe.engine import EngineChoice
    from wattlab.studies.explain.step_data import StepData

__all__ = ["bench_of", "library_of"]


def library_of(choice: EngineChoice) -> Library:
    """Return the library in which an engine computes; torch for Keras, whatever its backend.

    Raises
    ------
    wattlab.errors.MissingExtraError
        If it is torch, and torch is not installed.
    """
    if not needs_torch(choice):
        return NumpyLibrary(stream_sizes())
    if find_spec("torch") is None:
        raise MissingExtraError("torch", "torch", "the ceilings of engine.name = " + repr(choice.name))
    from wattlab.studies.explain.torch_library import TorchLibrary

    return TorchLibrary(choice)


def bench_of(recipe: Recipe, data: StepData) -> Bench:
    """Return where the parts of a recipe's step are timed: by torch for Keras, too."""
    if not needs_torch(recipe.engine):
        return NumpyBench(recipe, data)
    from wattlab.studies.explain.torch_bench import TorchBench

    return TorchBench(recipe, data)
