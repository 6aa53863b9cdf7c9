"""Layers by hand, from torch's functions and formulas; images are (samples, channels, rows, columns)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)

if TYPE_CHECKING:
    from wattlab.engines.base import Weights

    Tensor = torch.Tensor

RATE = 0.05
"""Learning rate of the steps."""


class Hand:
    """Weights in torch's order, and batch normalisation by its formula; `moving` are the statistics."""

    def __init__(self, weights: Weights) -> None:
        self.values = {name: torch.tensor(array, requires_grad=True) for name, array in weights.items()}
        self.training = True
        self.added: Any = 0.0

    def w(self, name: str) -> Tensor:
        return self.values[f"layers.{name}"]

    def conv(self, x: Tensor, place: str, **more: Any) -> Tensor:
        return F.conv2d(x, self.w(f"{place}.weights").permute(3, 2, 0, 1), self._bias(place), **more)

    def transposed(self, x: Tensor, place: str, **more: Any) -> Tensor:
        kernel = self.w(f"{place}.weights").permute(3, 2, 0, 1)
        return F.conv_transpose2d(x, kernel, self._bias(place), **more)

    def dense(self, x: Tensor, place: str) -> Tensor:
        return x @ self.w(f"{place}.weights") + self.w(f"{place}.biases")

    def norm(self, x: Tensor, place: str, keep: float = 0.99, epsilon: float = 1e-3) -> Tensor:
        axes = (0,) if x.ndim == 2 else (0, 2, 3)
        mean, variance = self.w(f"{place}.mean"), self.w(f"{place}.variance")
        if self.training:
            moving, (variance, mean) = (variance, mean), torch.var_mean(x, axes, correction=0)
            with torch.no_grad():
                for old, new in zip(moving, (variance, mean), strict=True):
                    old.copy_(keep * old + (1 - keep) * new)
        shape = (1, -1, *[1] * (x.ndim - 2))
        scale, offset = self.w(f"{place}.scale"), self.w(f"{place}.offset")
        unit = (x - mean.view(shape)) / (variance.view(shape) + epsilon).sqrt()
        return unit * scale.view(shape) + offset.view(shape)

    def _bias(self, place: str) -> Tensor | None:
        return self.values.get(f"layers.{place}.biases")

    def step(self, loss: Tensor) -> None:
        learned = {name: one for name, one in self.values.items() if one.requires_grad}
        gradients = torch.autograd.grad(loss, list(learned.values()), allow_unused=True)
        with torch.no_grad():
            for value, gradient in zip(learned.values(), gradients, strict=True):
                if gradient is not None:  # statistics are moved above
                    value.sub_(RATE * gradient)


def flat(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).flatten(1)


def shaped(x: Tensor, rows: int, columns: int, channels: int) -> Tensor:
    return x.view(-1, rows, columns, channels).permute(0, 3, 1, 2)
