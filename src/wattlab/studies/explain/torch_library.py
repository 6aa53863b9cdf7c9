"""The ceilings that torch reaches, on the processor or a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

from wattlab.engines.devices import cuda_formats
from wattlab.engines.torch.precision import Arithmetic
from wattlab.machine.number_formats import number_formats
from wattlab.studies.explain.library import Library
from wattlab.studies.explain.working_set import stream_sizes

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.recipe.engine import EngineChoice, Precision

__all__ = ["TorchLibrary", "device_of"]

_CPU_SIZES: Final = (64, 256, 1024, 2048)
_GPU_SIZES: Final = (256, 1024, 4096, 8192)
_GPU_STREAMS_B: Final = (3 * 2**22, 3 * 2**28)
"""Within the second cache of a card, and beyond that of any (H100: 50 MB)."""
_DTYPES: Final[dict[Precision, torch.dtype]] = {
    "float64": torch.float64,
    "float32": torch.float32,
    "tf32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def device_of(choice: EngineChoice) -> torch.device:
    """Return where an engine's arrays live; a GPU always with its number."""
    return torch.device("cuda:0" if choice.device == "cuda" else choice.device)


class TorchLibrary(Library):
    """torch on the device of an engine.

    Parameters
    ----------
    choice : EngineChoice
        Of a recipe; its device exists.
    """

    def __init__(self, choice: EngineChoice) -> None:
        self._device = device_of(choice)
        self.name = f"torch {torch.__version__}"
        self.device = str(self._device)
        on_gpu = self._device.type == "cuda"
        self.device_name = torch.cuda.get_device_name(self._device) if on_gpu else "processor"
        self.sizes = _GPU_SIZES if on_gpu else _CPU_SIZES
        self.streams_B = _GPU_STREAMS_B if on_gpu else stream_sizes()

    def formats(self) -> dict[Precision, str]:
        """Return all formats; those without instructions would be emulated, which is no ceiling."""
        gpu = self._device.type == "cuda"
        able = cuda_formats(self._device.index) if gpu else number_formats()
        lacking = "the device has no instructions for it"
        names = [name for name in _DTYPES if gpu or name != "tf32"]
        return {name: "" if name in able else lacking for name in names}

    def product(self, precision: Precision, size: int) -> Callable[[], object]:
        """Return one product into a tensor that exists already, in the arithmetic that the engine sets."""
        kind, arithmetic = _DTYPES[precision], Arithmetic(precision, self._device)
        left, right = (torch.randn(size, size, device=self._device).to(kind) for _ in range(2))
        out = torch.empty_like(left)

        def work() -> None:
            with arithmetic.float32_products():
                torch.matmul(left, right, out=out)

        return work

    def stream(self, size_B: int) -> Callable[[], object]:
        """Return a = b + s c, in float32."""
        left, right, out = (torch.ones(size_B // 12, device=self._device) for _ in range(3))
        return lambda: torch.add(left, right, alpha=2.0, out=out)

    def synchronize(self) -> None:
        """Wait for a GPU."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)

    def threads(self) -> int | None:
        """Return torch's threads; None on a GPU."""
        return torch.get_num_threads() if self._device.type == "cpu" else None
