"""From a batch to its loss: inputs, network, loss, in a number format."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from wattlab.engines.torch.feeding import Batch

if TYPE_CHECKING:
    from wattlab.engines.torch.losses import LossOfLogits
    from wattlab.engines.torch.network import TorchNetwork
    from wattlab.engines.torch.precision import Arithmetic
    from wattlab.engines.torch.samples import Resident

    Tensor = torch.Tensor

__all__ = ["Found", "Model"]


class Found(NamedTuple):
    """What a forward pass has found.

    Parameters
    ----------
    loss : Tensor of shape ()
    z : Tensor of shape (n_rows, n_outputs)
        What went into the last activation.
    targets : Tensor of shape (n_rows, n_outputs), or None
        The inputs, where they are what is to be learned.
    """

    loss: Tensor
    z: Tensor
    targets: Tensor | None


class Model:
    """From a batch to its loss.

    Parameters
    ----------
    network : TorchNetwork
    loss : LossOfLogits
    resident : Resident
        Scales bytes.
    arithmetic : Arithmetic
    """

    def __init__(
        self, network: TorchNetwork, loss: LossOfLogits, resident: Resident, arithmetic: Arithmetic
    ) -> None:
        self.network, self._loss, self._resident, self._arithmetic = network, loss, resident, arithmetic

    def inputs(self, batch: Batch) -> Batch:
        """Return a batch as the network takes it."""
        return Batch(self._resident.inputs(batch.features), batch.targets, batch.weights)

    def forward(self, batch: Batch, values: dict[str, Tensor] | None = None, *, caches: bool = True) -> Found:
        """Return the loss of a batch as the network takes it; `values` stand for the network's parameters.

        With `caches`, converted weights are kept for the whole pass, which a recording does not allow.
        """
        with self._arithmetic.autocast(caches=caches):
            if values is None:
                z, added = self.network(batch.features)
            else:
                z, added = torch.func.functional_call(self.network, values, (batch.features,))
        z = z.to(self._arithmetic.stored)
        own = batch.features if batch.targets is None else None
        targets = batch.features if batch.targets is None else batch.targets
        return Found(self._loss(z, targets, batch.weights, added), z, own)

    def whole(self, batch: Batch, *, caches: bool = True) -> Found:
        """Return the loss of a batch as it is gathered."""
        return self.forward(self.inputs(batch), caches=caches)
