"""A step recorded once as a CUDA graph and replayed for each batch: one launch instead of some fifty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["StepGraph"]

_WARM_UPS = 3


class StepGraph:
    """A function of fixed tensors, recorded.

    Parameters
    ----------
    step : callable () -> None
        Reads and writes tensors whose memory stays where it is, and never waits for the device. It is run a few times
        before it is recorded, so that libraries allocate and choose what they need; it is not run by recording it.
    inputs, outputs : sequence of tensors
        Those of its tensors that change from batch to batch, and those that hold what comes out.
    cuda : module, optional
        ``torch.cuda``, or what stands for it in a test.

    References
    ----------
    PyTorch, "CUDA semantics", section "CUDA Graphs": warm-up on a side stream, then capture.
    """

    def __init__(
        self,
        step: Callable[[], None],
        inputs: Sequence[torch.Tensor],
        outputs: Sequence[torch.Tensor],
        cuda: Any = torch.cuda,
    ) -> None:
        self._inputs, self._outputs = inputs, outputs
        stream, current = cuda.Stream(), cuda.current_stream()
        stream.wait_stream(current)
        with cuda.stream(stream):
            for _ in range(_WARM_UPS):
                step()
        current.wait_stream(stream)
        self._graph = cuda.CUDAGraph()
        # What other threads ask of the GPU meanwhile, such as to copy the next batch, is no part of it.
        with cuda.graph(self._graph, stream=stream, capture_error_mode="thread_local"):
            step()

    def replay(self, inputs: Sequence[torch.Tensor], outputs: Sequence[torch.Tensor]) -> None:
        """Do the step with `inputs` and copy what comes out to `outputs`; all in the order of the constructor."""
        for own, given in zip(self._inputs, inputs, strict=True):
            own.copy_(given)
        self._graph.replay()
        for own, wanted in zip(self._outputs, outputs, strict=True):
            wanted.copy_(own)
