"""From a gradient to a step: regularisation, clipping, update, and loss scaling in float16."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from wattlab.engines.torch.optimizers import Settings, make_optimizer

if TYPE_CHECKING:
    from wattlab.engines.torch.network import TorchNetwork
    from wattlab.recipe.recipe import Recipe
    from wattlab.recipe.schedule import StepValue

__all__ = ["Descent"]


class Descent:
    """Takes steps down the gradient.

    Parameters
    ----------
    recipe : Recipe
        With the torch engine.
    network : TorchNetwork
    device : torch.device
    """

    def __init__(self, recipe: Recipe, network: TorchNetwork, device: torch.device) -> None:
        assert recipe.engine.name == "torch"
        self._terms, self._clip_norm = recipe.regularisation, recipe.training.clip_norm
        self._parameters: list[torch.Tensor] = list(network.parameters())
        self._regularised: list[torch.Tensor] = list(network.regularised())
        self._nothing, self._one = torch.zeros((), device=device), torch.ones((), device=device)
        self.scaler = (
            make_scaler(recipe.engine.loss_scale, device) if recipe.engine.precision == "float16" else None
        )
        self._fixed = None if recipe.engine.loss_scale == "dynamic" else recipe.engine.loss_scale
        self.optimizer = make_optimizer(recipe.optimizer, network, skips=self.scaler is not None)
        self._settings = Settings(recipe.optimizer, self.optimizer)
        self.steps = 0
        self.optimizer.register_step_post_hook(self._count)

    def _count(self, *_: object) -> None:
        """Count the steps that were really taken: a scaler leaves some out."""
        self.steps += 1

    def scale(self) -> torch.Tensor | None:
        """Return the factor that the gradient of the next batch is to have, on the device; None for none."""
        return None if self.scaler is None else self.scaler.scale(self._one)

    def __call__(self, value: StepValue) -> torch.Tensor:
        """Take one step by the parameters' gradients; return the regularisation term before it, on the device."""
        if self.scaler is not None:
            self.scaler.unscale_(self.optimizer)
        term = self._change_gradients()
        self._settings.set(value, self.steps)
        if self.scaler is None:
            self.optimizer.step()
        else:
            self.scaler.step(self.optimizer)
            self.scaler.update(self._fixed)
        return term

    @torch.no_grad()
    def _change_gradients(self) -> torch.Tensor:
        term = self._penalise()
        if self._clip_norm is not None:
            gradients = _gradients(self._parameters)
            norm = torch.nn.utils.get_total_norm(gradients)
            # torch's clip_grad_norm_ adds 1e-6 to the norm; this is exact.
            torch._foreach_mul_(gradients, (self._clip_norm / norm).clamp(max=1.0))
        return term

    def _penalise(self) -> torch.Tensor:
        """Add the gradient of λ₁ Σ|w| + ½ λ₂ Σw² and return that sum."""
        terms, weights = self._terms, self._regularised
        if not weights or not (terms.l1 or terms.l2):
            return self._nothing
        gradients = _gradients(weights)
        total = self.penalty()
        if terms.l2:
            torch._foreach_add_(gradients, weights, alpha=terms.l2)
        if terms.l1:
            signs = torch._foreach_sign(weights)  # noqa: SLF001 (torch's multi-tensor functions are all named so)
            torch._foreach_add_(gradients, signs, alpha=terms.l1)
        return total

    @torch.no_grad()
    def penalty(self) -> torch.Tensor:
        """Return λ₁ Σ|w| + ½ λ₂ Σw² of the present weights, on the device."""
        total = self._nothing
        if self._terms.l2 and self._regularised:
            norms = _norms(self._regularised, 2)
            total = torch.add(total, norms.dot(norms), alpha=0.5 * self._terms.l2)
        if self._terms.l1 and self._regularised:
            total = total + self._terms.l1 * _norms(self._regularised, 1).sum()
        return total


def _gradients(parameters: list[torch.Tensor]) -> list[torch.Tensor]:
    """Return the gradients; after a backward pass every parameter of a network has one."""
    return [one.grad for one in parameters if one.grad is not None]


def _norms(tensors: list[torch.Tensor], order: int) -> torch.Tensor:
    """Return (Σ|x|ⁿ)^(1/n) of each tensor."""
    return torch.stack(torch._foreach_norm(tensors, order))  # noqa: SLF001 (as above)


def make_scaler(loss_scale: str | float, device: torch.device) -> torch.amp.GradScaler:
    """Return what scales the loss: from 2¹⁶ on, halved on overflow, doubled after 2000 good steps; or fixed."""
    start = 2.0**16 if loss_scale == "dynamic" else float(loss_scale)
    return torch.amp.GradScaler(
        device.type, init_scale=start, growth_factor=2.0, backoff_factor=0.5, growth_interval=2000
    )
