"""How torch computes in a recipe's number format."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from wattlab.recipe.engine import Precision

__all__ = ["Arithmetic"]

_AUTOCAST = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Arithmetic:
    """A number format on a device: what is stored, and what is computed with.

    Parameters
    ----------
    precision : str
        The recipe's.
    device : torch.device
    """

    def __init__(self, precision: Precision, device: torch.device) -> None:
        self._device, self._precision = device.type, precision
        self.stored = torch.float64 if precision == "float64" else torch.float32
        """Of weights, features, outputs and losses."""

    def autocast(self, *, caches: bool = True) -> AbstractContextManager[object]:
        """Return a context in which products are computed in bfloat16 or float16, where the recipe says so.

        With `caches`, weights that are used twice are converted once.
        """
        low = _AUTOCAST.get(self._precision)
        if low is None:
            return nullcontext()
        return torch.autocast(self._device, dtype=low, cache_enabled=caches)

    @contextmanager
    def tuned(self) -> Iterator[None]:
        """Let cuDNN try which of its convolutions is fastest for the shapes inside the block; on a GPU only."""
        if self._device != "cuda":
            yield
            return
        before = torch.backends.cudnn.benchmark
        torch.backends.cudnn.benchmark = True
        try:
            yield
        finally:
            torch.backends.cudnn.benchmark = before

    @contextmanager
    def float32_products(self) -> Iterator[None]:
        """Let float32 products be what the recipe says inside the block: tf32, or float32 in full; on a GPU only."""
        if self._device != "cuda":
            yield
            return
        products, convolutions = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
        wants_tf32 = self._precision == "tf32"
        torch.set_float32_matmul_precision("high" if wants_tf32 else "highest")
        torch.backends.cudnn.allow_tf32 = wants_tf32
        try:
            yield
        finally:
            torch.set_float32_matmul_precision(products)
            torch.backends.cudnn.allow_tf32 = convolutions
