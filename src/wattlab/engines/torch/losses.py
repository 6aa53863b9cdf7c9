"""Losses on what goes into the last activation z, where they are stable; the derivatives are torch's.

Each is summed over the outputs of a sample. Classes come as indices where the loss can use them, else one-hot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.torch.network import TorchNetwork
    from wattlab.recipe.objective import Loss

    Tensor = torch.Tensor
    Over = Literal["none", "sum", "mean"]

__all__ = ["LossOfLogits", "smoothing", "takes_indices"]


class LossOfLogits:
    """The loss of a recipe.

    Parameters
    ----------
    loss : Loss
        The recipe's.
    network : TorchNetwork
        Whose last activation the loss includes.
    activation : str
        The name of that activation.
    """

    def __init__(self, loss: Loss, network: TorchNetwork, activation: str) -> None:
        self._reduction: Over = loss.reduction
        self._function = _choose(loss, network, activation)

    def __call__(
        self, z: Tensor, targets: Tensor, weights: Tensor | None = None, added: Tensor | None = None
    ) -> Tensor:
        """Return the loss of a batch as the recipe reduces it, a scalar; `added` belongs to each sample's loss."""
        if weights is None and added is None:
            return self._function(z, targets, self._reduction)
        losses = self._losses(z, targets, added)
        weighted = losses if weights is None else losses * weights
        return weighted.sum() if self._reduction == "sum" else weighted.mean()

    def total(self, z: Tensor, targets: Tensor, weights: Tensor | None, added: Tensor | None) -> Tensor:
        """Return the loss summed over the samples, in float64."""
        losses = self._losses(z, targets, added).double()
        return losses.sum() if weights is None else (losses * weights).sum()

    def _losses(self, z: Tensor, targets: Tensor, added: Tensor | None) -> Tensor:
        """Return the loss of each sample."""
        losses = self._function(z, targets, "none")
        return losses if added is None else losses + added


def takes_indices(loss: Loss) -> bool:
    """Tell whether the loss takes class indices; if not, it takes numbers, one a output."""
    return loss.kind in {"cross-entropy", "normalised-cross-entropy"}


def smoothing(loss: Loss) -> float:
    """Return the share of the target that is spread over all classes."""
    return loss.label_smoothing if loss.kind == "cross-entropy" else 0.0


def _choose(loss: Loss, network: TorchNetwork, activation: str) -> Callable[[Tensor, Tensor, Over], Tensor]:
    if loss.kind == "cross-entropy":
        return lambda z, y, over: F.cross_entropy(z, y, reduction=over, label_smoothing=loss.label_smoothing)
    if loss.kind == "normalised-cross-entropy":
        # The softmax of ln a is a / Σa: what divides sigmoid outputs by their sum.
        return lambda z, y, over: F.cross_entropy(F.logsigmoid(z), y, reduction=over)
    if loss.kind == "mse":
        return lambda z, y, over: 0.5 * _reduce(F.mse_loss, network.head(z), y, over)
    if activation == "sigmoid":
        return lambda z, y, over: _reduce(F.binary_cross_entropy_with_logits, z, y, over)
    return lambda z, y, over: _reduce(F.binary_cross_entropy, network.head(z), y, over)


def _reduce(function: Callable[..., Tensor], a: Tensor, y: Tensor, over: Over) -> Tensor:
    """Sum an element-wise loss over the outputs, and over the samples as asked for."""
    if over == "none":
        return function(a, y, reduction="none").sum(1)
    total = function(a, y, reduction="sum")
    return total if over == "sum" else total / len(a)
