"""Modules for what torch has no layer for, or pads otherwise; images are (samples, channels, rows, columns)."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.torch.padding import PoolWindow
    from wattlab.recipe.shapes import Shape

    Tensor = torch.Tensor

__all__ = [
    "BatchNormalisation",
    "Flat",
    "GlobalPooling",
    "Image",
    "Merging",
    "Padded",
    "Pooling",
    "Sampled",
    "Thinned",
]

_MERGES: Final[dict[str, Callable[[Tensor, Tensor], Tensor]]] = {"add": torch.add, "multiply": torch.mul}


class Image(nn.Module):
    """Flat numbers as images.

    Parameters
    ----------
    shape : (int, int, int)
        Rows, columns, channels.
    layout : torch.memory_format
        How images lie in memory. Flat ones come with their channels last, so that nothing is moved for that layout.
    """

    def __init__(self, shape: Shape, layout: torch.memory_format) -> None:
        super().__init__()
        self.shape, self._layout = shape, layout

    def forward(self, x: Tensor) -> Tensor:
        """Return images of shape (n_samples, channels, rows, columns)."""
        images = x.reshape(len(x), *self.shape).permute(0, 3, 1, 2)
        return images.contiguous(memory_format=self._layout)


class Flat(nn.Module):
    """Images as flat numbers, row by row, channels last."""

    def forward(self, x: Tensor) -> Tensor:
        """Return numbers of shape (n_samples, rows · columns · channels)."""
        return x.permute(0, 2, 3, 1).reshape(len(x), -1)


class Padded(nn.Module):
    """Zeros at the end of an image, or its end cut off; the layout stays, on the way back too.

    Parameters
    ----------
    rows, columns : int
        How many are added; below 0: how many are cut off.
    """

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self._sides = (0, columns, 0, rows)

    def forward(self, x: Tensor) -> Tensor:
        """Return images of another size."""
        return F.pad(x, self._sides)


class Thinned(nn.Module):
    """Every so many rows and columns of an image: what a convolution with a kernel of one pixel and a stride reads.

    As a mean over windows of one pixel, which keeps the layout on the way back too.

    Parameters
    ----------
    stride : (int, int)
        Rows and columns from one pixel to the next.
    """

    def __init__(self, stride: tuple[int, int]) -> None:
        super().__init__()
        self._stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Return images of fewer pixels."""
        return F.avg_pool2d(x, 1, self._stride)


class Pooling(nn.Module):
    """The largest value or the mean of each window.

    Parameters
    ----------
    kind : {"max-pool", "average-pool"}
    window : PoolWindow
    """

    def __init__(self, kind: str, window: PoolWindow) -> None:
        super().__init__()
        self._window, self._largest = window, kind == "max-pool"

    def forward(self, x: Tensor) -> Tensor:
        """Return one pixel a window; what is padded is no value and does not count."""
        size, stride, padding = self._window.size, self._window.stride, self._window.padding
        if self._largest:
            pooled = F.max_pool2d(x, size, stride, padding, ceil_mode=self._window.ceil)
        else:
            pooled = F.avg_pool2d(x, size, stride, padding, self._window.ceil, count_include_pad=False)
        rows, columns = self._window.drop
        return F.pad(pooled, (-columns, 0, -rows, 0)) if rows or columns else pooled


class GlobalPooling(nn.Module):
    """The largest value or the mean of each channel.

    Parameters
    ----------
    kind : {"global-max-pool", "global-average-pool"}
    layout : torch.memory_format
        How images lie in memory: what flows back lies so too, as the layer before is several times slower else.
    """

    def __init__(self, kind: str, layout: torch.memory_format) -> None:
        super().__init__()
        self._largest, self._is_last = kind == "global-max-pool", layout == torch.channels_last

    def forward(self, x: Tensor) -> Tensor:
        """Return flat numbers, shape (n_samples, channels)."""
        if self._largest:
            return x.amax((2, 3))
        return x.permute(0, 2, 3, 1).mean((1, 2)) if self._is_last else x.mean((2, 3))


class BatchNormalisation(nn.Module):
    """Batch normalisation whose moving statistics are updated apart, for all layers at once; see `Statistics`.

    Parameters
    ----------
    width : int
        Channels, or features.
    momentum : float
        Share of the moving statistics that a step keeps.
    epsilon : float
    dtype : torch.dtype
        Of parameters and statistics.
    device : torch.device
    """

    def __init__(
        self, width: int, momentum: float, epsilon: float, dtype: torch.dtype, device: torch.device
    ) -> None:
        super().__init__()
        self.momentum, self._epsilon = momentum, epsilon
        self.weight = nn.Parameter(torch.ones(width, dtype=dtype, device=device))
        self.bias = nn.Parameter(torch.zeros(width, dtype=dtype, device=device))
        self.mean: Tensor
        self.variance: Tensor
        self.batch_mean: Tensor
        self.batch_variance: Tensor
        for name in ("mean", "variance", "batch_mean", "batch_variance"):
            start = torch.full((width,), float("variance" in name), dtype=dtype, device=device)
            self.register_buffer(name, start, persistent=not name.startswith("batch"))

    def forward(self, x: Tensor) -> Tensor:
        """Return normalised numbers; while training, leave the batch's mean and Σ(x − mean)²/(n − 1) behind."""
        mean, variance = (
            (self.batch_mean, self.batch_variance) if self.training else (self.mean, self.variance)
        )
        return torch.batch_norm(
            x,
            self.weight,
            self.bias,
            mean,
            variance,
            self.training,
            1.0,
            self._epsilon,
            torch.backends.cudnn.enabled,
        )


class Sampled(nn.Module):
    """Draws z from N(mean, variance); returns the divergence from N(0, 1) beside it.

    Parameters
    ----------
    kl_weight : float
        Factor on the divergence.
    noise : float
        Factor on the standard deviation.
    dtype : torch.dtype
        Of what comes out.
    """

    def __init__(self, kl_weight: float, noise: float, dtype: torch.dtype) -> None:
        super().__init__()
        self._kl_weight, self._noise, self._dtype = kl_weight, noise, dtype

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z of shape (n_samples, n), and β · KL(N(mean, variance) ‖ N(0, 1)) of shape (n_samples,)."""
        mean, log_variance = x.to(self._dtype).chunk(2, 1)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)
        z = mean
        if self.training and self._noise:
            z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp() * self._noise
        return z, self._kl_weight * divergence


class Merging(nn.Module):
    """Several inputs in one.

    Parameters
    ----------
    kind : {"add", "multiply", "concatenate"}
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return their sum, their product, or their channels side by side."""
        if self._kind == "concatenate":
            return torch.cat(inputs, 1)
        return reduce(_MERGES[self._kind], inputs)
