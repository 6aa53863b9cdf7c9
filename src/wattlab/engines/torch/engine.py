"""The torch engine; torch itself is imported when a training starts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from wattlab.data.augmentation import check_augmentation
from wattlab.engines.base import Engine, State, Trainer, Weights
from wattlab.engines.devices import check_device
from wattlab.engines.initial import architecture_of, check_loss
from wattlab.engines.torch.choice import check_graphs, check_layout, check_narrow
from wattlab.engines.torch.compilation import check_compiler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.data.preparation import Prepared
    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.recipe import Recipe

__all__ = ["TorchEngine"]


class TorchEngine(Engine):
    """PyTorch with automatic differentiation, on a CPU or a GPU."""

    name = "torch"

    def check(self, recipe: Recipe) -> None:
        """Raise if torch, the device, the number format or a compiler is missing; see `Engine.check`."""
        assert recipe.engine.name == "torch"
        check_device(recipe.engine)
        check_compiler(recipe.engine)
        check_layout(recipe)
        check_graphs(recipe.engine)

    @contextmanager
    def limit_threads(self, count: int | None) -> Iterator[None]:
        """Let torch, and the libraries it shares with NumPy, use at most `count` threads; None: as many as they do."""
        import torch  # noqa: F401 (its threads can be limited once it is loaded)

        with super().limit_threads(count):
            yield

    def start(self, recipe: Recipe, data: Prepared, weights: Weights) -> Trainer:
        """Return a trainer that begins from `weights`; see `Engine.start`."""
        self.check(recipe)
        check_loss(recipe.loss, data)
        check_augmentation(recipe.augmentation, data.image_shape)
        assert recipe.engine.name == "torch"
        check_narrow(architecture_of(recipe, data), recipe.engine)
        from wattlab.engines.torch.trainer import TorchTrainer

        return TorchTrainer(recipe, data, weights)

    def stored_weights(self, state: State, architecture: Architecture) -> Weights:
        """Return the weights in a saved state, in our order of axes; see `Engine.stored_weights`."""
        from wattlab.engines.torch.state import stored_weights

        return stored_weights(state, architecture)
