"""Forward and backward pass of batches of one size, recorded once as a CUDA graph and replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from wattlab.engines.native.cuda_graph import StepGraph
from wattlab.engines.torch.feeding import Batch
from wattlab.engines.torch.model import Found
from wattlab.engines.torch.noise import undisturbed

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from wattlab.engines.torch.model import Model

    Tensor = torch.Tensor

__all__ = ["Recorded"]


class Recorded:
    """The gradient of a batch as a CUDA graph.

    What the network draws comes from the device's own generator, which every replay moves on as a step would; that the
    pass is run a few times before it is recorded leaves no trace there.

    Parameters
    ----------
    model : Model
    batch : Batch
        One like those to come: as many rows.
    scale : Tensor or None
        Factor on the gradient.
    cuda : module, optional
        ``torch.cuda``, or what stands for it in a test.
    """

    def __init__(self, model: Model, batch: Batch, scale: Tensor | None, cuda: Any = torch.cuda) -> None:
        self._model = model
        self._parameters = list(model.network.parameters())
        self._batch = Batch(batch.features.clone(), _copy(batch.targets), _copy(batch.weights))
        self._scale = _copy(scale)
        self._found: Found | None = None
        with _on_device(batch), undisturbed(batch.features.device):
            self._graph = StepGraph(self._pass, _tensors(self._batch, self._scale), (), cuda)
        self._gradients = [one.grad for one in self._parameters]

    def __call__(self, batch: Batch, scale: Tensor | None) -> Found:
        """Leave the gradient of a batch in the parameters; return what the forward pass has found."""
        with _on_device(batch):
            self._graph.replay(_tensors(batch, scale), ())
        for one, gradient in zip(self._parameters, self._gradients, strict=True):
            one.grad = gradient
        assert self._found is not None
        return Found(self._found.loss.clone(), self._found.z.clone(), _copy(self._found.targets))

    def _pass(self) -> None:
        for one in self._parameters:
            one.grad = None
        found = self._model.whole(self._batch, caches=False)
        torch.autograd.backward(found.loss if self._scale is None else found.loss * self._scale)
        self._found = found._replace(loss=found.loss.detach(), z=found.z.detach())


def _copy(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.clone()


def _tensors(batch: Batch, scale: Tensor | None) -> list[Tensor]:
    return [one for one in (*batch, scale) if one is not None]


def _on_device(batch: Batch) -> AbstractContextManager[object]:
    """Return a context in which a batch's GPU is the present one; on the processor it does nothing."""
    return torch.cuda.device_of(batch.features)  # type: ignore[no-untyped-call]
