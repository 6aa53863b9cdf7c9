"""The moving statistics of batch normalisation, for all layers of a network at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from wattlab.engines.torch.layers import BatchNormalisation

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Statistics"]


class Statistics:
    """Lets the moving statistics follow the batches.

    torch's own layers keep the variance with n − 1 in the denominator. Here the layers leave the batch's statistics
    behind, and what a step keeps is mended for all layers together: three calls, however many layers there are.

    Parameters
    ----------
    network : Module
    pixels : sequence of int
        Of what each batch normalisation of the network is fed, in the order of its modules; 1 for flat numbers.
    """

    def __init__(self, network: nn.Module, pixels: list[int]) -> None:
        layers = [one for one in network.modules() if isinstance(one, BatchNormalisation)]
        self._pixels = pixels
        self._variances = [one.batch_variance for one in layers]
        self._batch = [*self._variances, *(one.batch_mean for one in layers)]
        self._moving = [*(one.variance for one in layers), *(one.mean for one in layers)]
        self._shares = [1 - one.momentum for one in layers] * 2

    def __len__(self) -> int:
        return len(self._pixels)

    def follow(self, n_samples: int) -> None:
        """Take the moving statistics towards those of the last batch, which had `n_samples`."""
        if self._pixels:
            self._follow([n_samples * pixels for pixels in self._pixels])

    @torch.no_grad()
    def _follow(self, counts: list[int]) -> None:
        """Take them there; `counts` are the numbers behind each mean."""
        for variance, count in zip(self._variances, counts, strict=True):
            if count == 1:  # one number has no variance, and torch has divided by zero
                variance.zero_()
        torch._foreach_mul_(self._variances, [(count - 1) / count or 1.0 for count in counts])
        torch._foreach_lerp_(self._moving, self._batch, self._shares)
        # torch adds the next batch's to 0 times these: what is no number would stay for good.
        torch._foreach_zero_(self._batch)
