"""The native engine, on NumPy arrays or torch tensors."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from wattlab.engines.base import Engine, State, Weights
from wattlab.engines.dense_only import check_dense
from wattlab.engines.devices import check_device, torch_device
from wattlab.engines.initial import check_loss
from wattlab.engines.native.arrays import NUMPY
from wattlab.engines.native.choice import check_options, native_choice, uses_torch
from wattlab.engines.native.loop import BatchLoop
from wattlab.engines.native.parameters import unpacked
from wattlab.engines.native.setup import Setup
from wattlab.engines.native.sharing import compiles_steps, share_count
from wattlab.engines.native.trainer import NativeTrainer
from wattlab.errors import MissingExtraError

if TYPE_CHECKING:
    from wattlab.data.preparation import Prepared
    from wattlab.engines.native.loop import Loop
    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.engine import NativeChoice
    from wattlab.recipe.recipe import Recipe

__all__ = ["SHARED_ROWS", "NativeEngine", "NativeTrainer"]

SHARED_ROWS = 64
"""Rows of a batch from which on its matrix products are shared among threads."""


class NativeEngine(Engine):
    """Explicit error back-propagation, on NumPy arrays or torch tensors."""

    name = "native"

    def check(self, recipe: Recipe) -> None:
        """Raise for what this engine cannot do.

        Raises
        ------
        wattlab.errors.UnsupportedError
            For anything but dense layers in a chain, options that do not go together or change nothing, a device that
            is absent, or a precision that it cannot do.
        wattlab.errors.MissingExtraError
            If the recipe wants a compiled pass and numba is not installed, or torch tensors without torch.
        """
        choice = native_choice(recipe)
        check_dense(recipe, "the native engine")
        if uses_torch(choice):
            check_device(choice)
            import torch  # noqa: F401 (its threads can be limited once it is loaded)
        check_options(choice)
        if not choice.compiled:
            return
        if find_spec("numba") is None:
            raise MissingExtraError("numba", "compiled", "engine.compiled = true")
        import scipy.linalg.cython_blas  # noqa: F401 (compiled products use this BLAS: here, so that threads can be set)

    def preferred_threads(self, recipe: Recipe) -> int | None:
        """Return 1 for products too small to share out, unless compiled steps share out the rows themselves."""
        small = _batch_rows(recipe) < SHARED_ROWS
        return 1 if small and not compiles_steps(recipe) else None

    def library_threads(self, recipe: Recipe, count: int | None) -> int | None:
        """Return 1 where a compiled pass shares out the rows itself: each core's products are its own."""
        return 1 if share_count(recipe, _batch_rows(recipe)) > 1 else count

    def start(self, recipe: Recipe, data: Prepared, weights: Weights) -> NativeTrainer:
        """Return a trainer that begins from `weights`."""
        self.check(recipe)
        check_loss(recipe.loss, data)
        choice = native_choice(recipe)
        if not uses_torch(choice):
            setup = Setup.of(recipe, data, weights, NUMPY)
            return NativeTrainer(setup, _numpy_loop(setup))
        return _on_torch(recipe, choice, data, weights)

    def stored_weights(self, state: State, architecture: Architecture) -> Weights:
        """Return the weights in a saved state, which lie end to end there; see `Engine.stored_weights`."""
        return unpacked(state["parameters"], architecture)


def _batch_rows(recipe: Recipe) -> int:
    """Return the rows of a batch, as far as that is known before the data are."""
    size = recipe.training.batch_size
    return NUMPY.block_rows if size == "all" else size


def _numpy_loop(setup: Setup) -> Loop:
    if compiles_steps(setup.recipe):
        from wattlab.engines.native.compiled_loop import CompiledLoop

        return CompiledLoop(setup)
    return BatchLoop(setup)


def _on_torch(recipe: Recipe, choice: NativeChoice, data: Prepared, weights: Weights) -> NativeTrainer:
    from wattlab.engines.native.cuda_graph import StepGraph
    from wattlab.engines.native.queued_loop import QueuedLoop
    from wattlab.engines.native.torch_arrays import torch_arrays

    device = torch_device(choice)
    arrays = torch_arrays(device, tf32=choice.precision == "tf32")
    record = StepGraph if device.type == "cuda" and choice.cuda_graphs else None
    with arrays.scope():
        setup = Setup.of(recipe, data, weights, arrays)
        return NativeTrainer(setup, QueuedLoop(setup, device, record))
