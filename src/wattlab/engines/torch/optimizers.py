"""The recipe's optimizers: torch's own where the mathematics is the same, small ones of our own where it is not.

torch's SGD keeps ``b = γ b + G`` and takes ``θ −= η b``, so a rate that changes acts on all past gradients at once.
Ours keep the past rates in the velocity: ``v = γ v + η G``.
"""

from __future__ import annotations

from abc import abstractmethod
from math import sqrt
from typing import TYPE_CHECKING, Any

import torch

from wattlab.recipe.optimizer import AdamW, Momentum, MomentumOneStep, Nesterov

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wattlab.engines.torch.network import TorchNetwork
    from wattlab.recipe.optimizer import Adam, Optimizer
    from wattlab.recipe.schedule import StepValue

    Tensors = list[torch.Tensor]

__all__ = ["SLOTS", "Settings", "make_optimizer"]

_DECAYED = 0
"""Which group holds the weights, where biases have one of their own."""


class _ForeachOptimizer(torch.optim.Optimizer):
    """An optimizer with one slot a parameter, all parameters of a group changed by the same few calls."""

    slot: str

    def __init__(self, groups: Iterable[dict[str, Any]], **defaults: Any) -> None:
        super().__init__(groups, {"lr": 0.0, **defaults})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Take one step; a closure is not for this project's trainers."""
        assert closure is None
        for group in self.param_groups:
            parameters = [one for one in group["params"] if one.grad is not None]
            slots = [self._slot(one) for one in parameters]
            self._apply(parameters, [one.grad for one in parameters], slots, group)

    def _slot(self, parameter: torch.Tensor) -> torch.Tensor:
        state = self.state[parameter]
        if not state:
            state[self.slot] = torch.zeros_like(parameter)
        slot: torch.Tensor = state[self.slot]
        return slot

    @abstractmethod
    def _apply(
        self, parameters: Tensors, gradients: Tensors, slots: Tensors, group: dict[str, Any]
    ) -> None: ...


class ClassicalMomentum(_ForeachOptimizer):
    """v = γ v + η G, θ −= v."""

    slot = "velocity"

    def _apply(self, parameters: Tensors, gradients: Tensors, slots: Tensors, group: dict[str, Any]) -> None:
        torch._foreach_mul_(slots, group["momentum"])
        torch._foreach_add_(slots, gradients, alpha=group["lr"])
        torch._foreach_sub_(parameters, slots)


class NesterovMomentum(_ForeachOptimizer):
    """v = γ v + η G, θ −= γ v + η G."""

    slot = "velocity"

    def _apply(self, parameters: Tensors, gradients: Tensors, slots: Tensors, group: dict[str, Any]) -> None:
        torch._foreach_mul_(slots, group["momentum"])
        torch._foreach_add_(slots, gradients, alpha=group["lr"])
        torch._foreach_add_(parameters, gradients, alpha=-group["lr"])
        torch._foreach_add_(parameters, slots, alpha=-group["momentum"])


class OneStepMomentum(_ForeachOptimizer):
    """ΔW = η G, θ −= ΔW + γ ΔW_previous; the slot holds ΔW_previous."""

    slot = "previous"

    def _apply(self, parameters: Tensors, gradients: Tensors, slots: Tensors, group: dict[str, Any]) -> None:
        torch._foreach_add_(parameters, slots, alpha=-group["momentum"])
        torch._foreach_copy_(slots, gradients)
        torch._foreach_mul_(slots, group["lr"])
        torch._foreach_sub_(parameters, slots)


class EpsilonInRoot(_ForeachOptimizer):
    """RMSprop with ε under the root: s = ρ s + (1 − ρ) G², θ −= η G / √(s + ε)."""

    slot = "squares"

    def _apply(self, parameters: Tensors, gradients: Tensors, slots: Tensors, group: dict[str, Any]) -> None:
        torch._foreach_mul_(slots, group["decay"])
        torch._foreach_addcmul_(slots, gradients, gradients, 1 - group["decay"])
        roots = torch._foreach_add(slots, group["epsilon"])  # noqa: SLF001 (torch's multi-tensor functions are all named so)
        torch._foreach_sqrt_(roots)
        torch._foreach_addcdiv_(parameters, gradients, roots, -group["lr"])


class Settings:
    """What changes from step to step in an optimizer's groups.

    Parameters
    ----------
    spec : Optimizer
        The recipe's.
    optimizer : torch.optim.Optimizer
    """

    def __init__(self, spec: Optimizer, optimizer: torch.optim.Optimizer) -> None:
        self._spec, self._optimizer = spec, optimizer

    def set(self, value: StepValue, steps: int) -> None:
        """Set what a step is to have that follows `steps` others; what a schedule does not give is the recipe's own."""
        spec = self._spec
        changes: dict[str, Any] = {"lr": value.learning_rate}
        if spec.kind in {"adam", "adamw"}:
            changes |= _adam_settings(spec, value.momentum, steps)
        elif isinstance(spec, (Momentum, Nesterov, MomentumOneStep)):
            changes["momentum"] = spec.momentum if value.momentum is None else value.momentum
        groups = self._optimizer.param_groups  # read anew, as restoring a state replaces them
        for group in groups:
            group.update(changes)
        if isinstance(spec, AdamW):
            decay = spec.weight_decay if value.weight_decay is None else value.weight_decay
            groups[_DECAYED]["weight_decay"] = decay


def _adam_settings(spec: Adam | AdamW, momentum: float | None, steps: int) -> dict[str, Any]:
    """Return β₁ and β₂, and ε such that it is added before the bias correction c = 1 − β₂ᵗ where that is asked for.

    √(s/c) + ε/√c = (√s + ε)/√c.
    """
    betas = (spec.beta1 if momentum is None else momentum, spec.beta2)
    correction = 1 - spec.beta2 ** (steps + 1) if spec.epsilon_uncorrected else 1.0
    return {"betas": betas, "eps": spec.epsilon / sqrt(correction)}


def make_optimizer(spec: Optimizer, network: TorchNetwork, *, skips: bool) -> torch.optim.Optimizer:
    """Return the optimizer that a recipe names, for all parameters of a network.

    Parameters
    ----------
    spec : Optimizer
        The recipe's.
    network : TorchNetwork
        Whose parameters change.
    skips : bool
        Whether steps may be left out (float16): a fused optimizer would do so unseen, on the GPU.
    """
    weights, biases = network.split()
    if spec.kind == "adamw":
        decayed = {"params": weights, "weight_decay": spec.weight_decay}
        groups: list[dict[str, Any]] = [decayed, {"params": biases, "weight_decay": 0.0}]
    else:
        groups = [{"params": [*weights, *biases]}]
    # One kernel for all parameters; fused is the fastest where there is one, and foreach next.
    return _MAKERS[spec.kind](groups, spec, {"foreach": True} if skips else {"fused": True})


Groups = list[dict[str, Any]]
Way = dict[str, Any]


def _sgd(groups: Groups, spec: Any, way: Way) -> torch.optim.Optimizer:
    return torch.optim.SGD(groups, lr=spec.learning_rate, **way)


def _adagrad(groups: Groups, spec: Any, way: Way) -> torch.optim.Optimizer:
    return torch.optim.Adagrad(groups, lr=spec.learning_rate, eps=spec.epsilon, **way)


def _rmsprop(groups: Groups, spec: Any) -> torch.optim.Optimizer:
    if spec.epsilon_in_root:
        return EpsilonInRoot(groups, decay=spec.decay, epsilon=spec.epsilon)
    return torch.optim.RMSprop(
        groups, lr=spec.learning_rate, alpha=spec.decay, eps=spec.epsilon, foreach=True
    )


def _adam(groups: Groups, spec: Adam, way: Way) -> torch.optim.Optimizer:
    return torch.optim.Adam(
        groups, lr=spec.learning_rate, betas=(spec.beta1, spec.beta2), eps=spec.epsilon, **way
    )


def _adamw(groups: Groups, spec: AdamW, way: Way) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        groups, lr=spec.learning_rate, betas=(spec.beta1, spec.beta2), eps=spec.epsilon, **way
    )


_MAKERS: dict[str, Callable[[Groups, Any, Way], torch.optim.Optimizer]] = {
    "gd": _sgd,
    "sgd": _sgd,
    "momentum": lambda groups, spec, _: ClassicalMomentum(groups, momentum=spec.momentum),
    "nesterov": lambda groups, spec, _: NesterovMomentum(groups, momentum=spec.momentum),
    "momentum-one-step": lambda groups, spec, _: OneStepMomentum(groups, momentum=spec.momentum),
    "adagrad": _adagrad,
    "rmsprop": lambda groups, spec, _: _rmsprop(groups, spec),
    "adam": _adam,
    "adamw": _adamw,
}

SLOTS: dict[type[torch.optim.Optimizer], tuple[str, ...]] = {
    torch.optim.SGD: (),
    ClassicalMomentum: ("velocity",),
    NesterovMomentum: ("velocity",),
    OneStepMomentum: ("previous",),
    EpsilonInRoot: ("squares",),
    torch.optim.Adagrad: ("step", "sum"),
    torch.optim.RMSprop: ("step", "square_avg"),
    torch.optim.Adam: ("step", "exp_avg", "exp_avg_sq"),
    torch.optim.AdamW: ("step", "exp_avg", "exp_avg_sq"),
}
"""What each optimizer remembers of a parameter; "step" is a number, the others have the parameter's shape."""
