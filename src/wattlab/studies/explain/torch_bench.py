"""The parts of a step, timed by torch, on the processor or a GPU."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

from wattlab.engines.torch.precision import Arithmetic
from wattlab.engines.torch.samples import as_tensor
from wattlab.engines.torch.trainer import LAYOUTS
from wattlab.studies.explain.benches import DATA, UPDATE, Bench, Part, kinds, known_products
from wattlab.studies.explain.part_times import Rounding
from wattlab.studies.explain.torch_layers import torch_layers
from wattlab.studies.explain.torch_library import device_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wattlab.recipe import Recipe
    from wattlab.studies.explain.step_data import StepData

__all__ = ["TorchBench"]

_SIZE = 256


def _event() -> torch.cuda.Event:
    return torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]


class TorchBench(Bench):
    """Any network on torch.

    Parameters
    ----------
    recipe : Recipe
        Of any engine; its device exists.
    data : StepData
    """

    def __init__(self, recipe: Recipe, data: StepData) -> None:
        self._architecture, self._data, self._choice = data.architecture(recipe), data, recipe.engine
        self._device = device_of(recipe.engine)
        self._arithmetic = Arithmetic(recipe.engine.precision, self._device)
        self._optimizer = recipe.optimizer.kind
        torch_choice = recipe.engine if recipe.engine.name == "torch" else None
        self._layout = LAYOUTS[torch_choice.layout if torch_choice else "channels-last"]
        self.batch_size = data.batch_size(recipe)

    def parts(self) -> list[Part]:
        """Return gathering with scaling, the layers, forward and backward, and an update; see `Bench.parts`."""
        layers = torch_layers(
            self._architecture,
            self.batch_size,
            self._arithmetic,
            self._device,
            self._layout,
        )
        made: dict[int, Callable[[], object]] = {}
        found = [Part(DATA, self._gather())]
        for node, first in zip(self._architecture.nodes, kinds(self._architecture), strict=True):
            if first not in made:
                made[first] = layers[first].work(self._arithmetic)
            found.append(Part(node.name, made[first]))
        return [*found, Part(UPDATE, self._update())]

    def _gather(self) -> Callable[[], object]:
        features = as_tensor(self._data.features(self._choice.array_dtype)).to(self._device)
        draws = self._data.draws(len(features), self.batch_size)
        draw = (as_tensor(rows).to(self._device) for rows in draws)
        if features.dtype != torch.uint8:
            return lambda: features.index_select(0, next(draw))
        scale = torch.tensor(1 / 255, dtype=self._arithmetic.stored, device=self._device)
        return lambda: features.index_select(0, next(draw)) * scale

    def _update(self) -> Callable[[], object]:
        weights = [
            torch.zeros(shape, dtype=self._arithmetic.stored, device=self._device, requires_grad=True)
            for name, shape in self._architecture.arrays.items()
            if name not in self._architecture.statistics
        ]
        for one in weights:
            one.grad = torch.full_like(one, 1e-9)
        moments = self._optimizer in {"adam", "adamw"}
        return (torch.optim.Adam(weights) if moments else torch.optim.SGD(weights, momentum=0.9)).step

    def rounding(self) -> Rounding:
        """Return the bits of a product in the engine's arithmetic; see `Bench.rounding`."""
        stored = self._arithmetic.stored
        known = torch.zeros(_SIZE, dtype=torch.float64)
        products = known_products()
        known[: len(products)] = torch.tensor(products, dtype=torch.float64)
        left = torch.diag(known).to(self._device, stored)
        right = torch.eye(_SIZE, dtype=stored, device=self._device)
        with self.scope(), self._arithmetic.autocast():
            came = torch.matmul(left, right)
        bits = int((came.diagonal()[: len(products)].double() > 1).sum())
        return Rounding(bits=bits, result=str(came.dtype).removeprefix("torch."))

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Let float32 products be what the recipe says, and convolutions be tuned, as in a training."""
        with self._arithmetic.float32_products(), self._arithmetic.tuned():
            yield

    def passes(self, parts: Sequence[Part], times: int) -> list[float]:
        """Do all parts one after the other; on a GPU its own clock tells when it came to each edge.

        Where it waits for the next call, the wait counts, too: what is bound by launches takes as long as they take.
        """
        if self._device.type != "cuda":
            return super().passes(parts, times)
        taken = [0.0] * len(parts)
        for _ in range(times):
            edges = [_event() for _ in range(len(parts) + 1)]
            edges[0].record()
            for edge, part in zip(edges[1:], parts, strict=True):
                part.work()
                edge.record()
            torch.cuda.synchronize(self._device)
            for index, (start, end) in enumerate(pairwise(edges)):
                taken[index] += start.elapsed_time(end) / 1e3
        return [one_s / times for one_s in taken]

    def threads(self) -> int | None:
        """Return torch's threads; None on a GPU."""
        return torch.get_num_threads() if self._device.type == "cpu" else None
