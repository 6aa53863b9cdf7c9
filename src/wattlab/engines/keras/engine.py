"""Keras 3 by its own ``fit``, on TensorFlow, JAX or torch."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from wattlab.data.augmentation import check_augmentation
from wattlab.engines.base import Engine, named_weights
from wattlab.engines.initial import check_loss
from wattlab.engines.keras.backend import check_backend, check_installed, load_keras
from wattlab.engines.keras.checks import check_layers, check_options
from wattlab.engines.keras.threads import set_inter_threads, set_threads, threads_in_use
from wattlab.machine.threads import default_threads
from wattlab.recipe.engine import KerasChoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import State, Trainer, Weights
    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.recipe import Recipe

__all__ = ["KerasEngine"]


class KerasEngine(Engine):
    """Keras 3: what users compare with, computed as they would have it computed."""

    name = "keras"

    def __init__(self) -> None:
        self._threads: int | None = None
        self._cleanup = ExitStack()

    def check(self, recipe: Recipe) -> None:
        """Raise for what this engine cannot do, or not in this process any more.

        Keras is loaded only to look for a GPU.

        Raises
        ------
        wattlab.errors.MissingExtraError
            If Keras or the backend is not installed.
        wattlab.errors.UnsupportedError
            For a backend other than the one this process already has, an option without effect, a device that is
            absent, or a number format that it cannot compute in.
        """
        self.check_recipe(recipe)
        choice = _choice(recipe)
        check_backend(choice.backend)
        if choice.device != "cpu":
            self._set_up(choice)

    def check_recipe(self, recipe: Recipe) -> None:
        """Raise for what no process could do; nothing is loaded, and no device is looked for.

        Raises
        ------
        wattlab.errors.MissingExtraError
            If Keras or the backend is not installed.
        wattlab.errors.UnsupportedError
            For an option without effect, a layer that the backend cannot compute, or a number format that this
            processor cannot compute in.
        """
        choice = _choice(recipe)
        check_installed(choice.backend)
        check_options(choice)
        check_layers(recipe, choice)

    @contextmanager
    def limit_threads(self, count: int | None) -> Iterator[None]:
        """Return a context in which a trainer is started with `count` threads.

        TensorFlow and JAX keep the number for as long as the process lives.
        """
        before, self._threads = self._threads, count
        try:
            with super().limit_threads(count), ExitStack() as self._cleanup:
                yield
        finally:
            self._threads = before

    def start(self, recipe: Recipe, data: Prepared, weights: Weights) -> Trainer:
        """Return a trainer that begins from `weights`."""
        self.check(recipe)
        check_loss(recipe.loss, data)
        check_augmentation(recipe.augmentation, data.image_shape)
        choice = _choice(recipe)
        threads = self._set_up(choice)
        from wattlab.engines.keras.devices import Place
        from wattlab.engines.keras.trainer import KerasTrainer

        return KerasTrainer(recipe, data, weights, Place(choice), threads)

    def stored_weights(self, state: State, architecture: Architecture) -> Weights:
        """Return the weights in a saved state, which have their names there; see `Engine.stored_weights`."""
        return named_weights(state, architecture)

    def _set_up(self, choice: KerasChoice) -> int | None:
        """Load Keras, set what a process can set once, look for the GPU; return the number of threads set."""
        load_keras(choice.backend)
        # As a session decides; also in `check`, since JAX takes the number when it first looks for devices.
        count = self._threads or choice.threads or default_threads()
        if choice.backend == "torch" and count is not None:
            self._cleanup.callback(set_threads, "torch", threads_in_use("torch"))
        set_threads(choice.backend, count)
        set_inter_threads(choice.inter_threads)
        if choice.device != "cpu":
            from wattlab.engines.keras.devices import check_gpu, limit_memory

            check_gpu(choice)
            limit_memory(choice)
        return count


def _choice(recipe: Recipe) -> KerasChoice:
    assert isinstance(recipe.engine, KerasChoice), "the registry brings only recipes of this engine here"
    return recipe.engine
