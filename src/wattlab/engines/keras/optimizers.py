"""The optimizer of a recipe: Keras' own where it does the same, a rule of ``rules.py`` where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from wattlab.engines.keras.arithmetic import exact
from wattlab.engines.keras.rates import DeviceRates, HostRates
from wattlab.engines.keras.rules import RULES, Step, own_momentum
from wattlab.recipe.engine import KerasChoice
from wattlab.recipe.optimizer import Adam, AdamW, Momentum, Nesterov, RMSProp
from wattlab.recipe.schedule import OneCycle

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.keras.rates import Rates
    from wattlab.recipe.recipe import Recipe

__all__ = ["FixedOrDynamicScale", "RuleOptimizer", "make_optimizer", "make_rates"]

Tensor = Any


def make_rates(recipe: Recipe, n_steps: int) -> Rates:
    """Return what carries the schedule's values to the optimizer.

    Parameters
    ----------
    recipe : Recipe
        Names optimizer and schedule.
    n_steps : int
        Most steps of an epoch.
    """
    if keras.backend.backend() == "torch":
        field = _momentum_field(recipe) if _cycles(recipe) and _keras_class(recipe) else None
        return HostRates(field, skips=recipe.engine.precision == "float16")
    return DeviceRates(n_steps, recipe.engine.array_dtype)


def make_optimizer(recipe: Recipe, rates: Rates) -> Any:
    """Return the optimizer that a recipe names, with gradient clipping and, in float16, loss scaling.

    Parameters
    ----------
    recipe : Recipe
        Names optimizer, clipping and precision.
    rates : Rates
        Where it finds learning rate and momentum.
    """
    common = {"learning_rate": rates.for_optimizer, "global_clipnorm": recipe.training.clip_norm}
    make = _keras_class(recipe)
    optimizer = RuleOptimizer(recipe, rates, common) if make is None else make(recipe.optimizer, common)
    for field in ("momentum", "rho", "beta_1", "beta_2", "weight_decay", "epsilon"):
        value = getattr(optimizer, field, None)
        if isinstance(value, float):
            setattr(optimizer, field, exact(value, recipe.engine.array_dtype))
    if recipe.optimizer.kind == "adamw":
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    rates.track(optimizer)
    if recipe.engine.precision != "float16":
        return optimizer
    assert isinstance(recipe.engine, KerasChoice)
    return FixedOrDynamicScale(optimizer, recipe.engine.loss_scale)


class RuleOptimizer(keras.optimizers.Optimizer):
    """An optimizer by one of `RULES`.

    Parameters
    ----------
    recipe : Recipe
    rates : Rates
    common : dict
        What every optimizer of Keras takes.
    """

    def __init__(self, recipe: Recipe, rates: Rates, common: dict[str, Any]) -> None:
        spec = recipe.optimizer
        own_decay = spec.weight_decay if isinstance(spec, AdamW) else None
        decays = recipe.weight_decay_schedule is not None
        super().__init__(weight_decay=None if decays else own_decay, name=spec.kind, **common)
        self.spec, self.rule, self.table = spec, RULES[spec.kind], rates
        self.decays = decays
        self.cycles = _cycles(recipe)
        self.memory: list[list[Any]] = []

    def build(self, variables: list[Any]) -> None:
        """Make the memory of all variables, at zero."""
        if self.built:
            return
        super().build(variables)
        self.memory = [self.add_optimizer_variables(variables, name) for name in self.rule.slots]

    def update_step(self, gradient: Tensor, variable: Any, learning_rate: Tensor) -> None:
        """Change one variable and its memory."""
        index = self._get_variable_index(variable)
        slots = [slot[index] for slot in self.memory]
        momentum = self.table.momentum(self.iterations) if self.cycles else own_momentum(self.spec)
        count = ops.cast(self.iterations + 1, variable.dtype)
        at = Step(learning_rate, momentum, count, self.spec)
        change, memory = self.rule.apply(
            ops.cast(gradient, variable.dtype), [slot.value for slot in slots], at
        )
        for slot, value in zip(slots, memory, strict=True):
            self.assign(slot, value)
        if self.decays and self._use_weight_decay(variable):
            decay = ops.cast(self.table.weight_decay(self.iterations), variable.dtype)
            change = change + learning_rate * decay * variable
        self.assign_sub(variable, change)


class FixedOrDynamicScale(keras.optimizers.LossScaleOptimizer):
    """Keras' loss scaling, with a factor that may stay as it is.

    Parameters
    ----------
    inner : keras.optimizers.Optimizer
    scale : "dynamic" or float
        As the recipe has it.
    """

    def __init__(self, inner: Any, scale: str | float) -> None:
        fixed = isinstance(scale, float)
        growth = {"initial_scale": scale, "dynamic_growth_steps": 2**31 - 1} if fixed else {}
        super().__init__(inner, **growth)
        self.fixed = fixed

    def _stateful_handle_non_finite_grads(self) -> None:
        super()._stateful_handle_non_finite_grads()
        if self.fixed:
            self.dynamic_scale.assign(self.initial_scale)

    def _stateless_handle_non_finite_grads(
        self, optimizer_variables: list[Tensor], trainable_variables: list[Tensor]
    ) -> tuple[list[Tensor], list[Tensor]]:
        trained, state = super()._stateless_handle_non_finite_grads(optimizer_variables, trainable_variables)
        for index, variable in enumerate(self.variables):
            if self.fixed and variable is self.dynamic_scale:
                state[index] = optimizer_variables[index]
        return trained, state


def _cycles(recipe: Recipe) -> bool:
    return isinstance(recipe.schedule, OneCycle) and recipe.schedule.momentum is not None


def _momentum_field(recipe: Recipe) -> str:
    return "beta_1" if isinstance(recipe.optimizer, Adam | AdamW) else "momentum"


def _keras_class(recipe: Recipe) -> Callable[[Any, dict[str, Any]], Any] | None:
    """Return what makes Keras' own optimizer, if it has one with the recipe's mathematics.

    A momentum that changes from step to step has no place in Keras' own but between two calls, as on torch; and
    where it is 0, Keras' own forgets to remember. A weight decay that changes has no place there at all.
    """
    spec, schedule = recipe.optimizer, recipe.schedule
    if recipe.weight_decay_schedule is not None:
        return None
    if isinstance(schedule, OneCycle) and schedule.momentum is not None:
        ever_zero = 0.0 in {own_momentum(spec), *schedule.momentum}
        if ever_zero or keras.backend.backend() != "torch":
            return None
    if isinstance(spec, RMSProp):
        return _rmsprop if spec.epsilon_in_root else None
    if isinstance(spec, Adam | AdamW):
        return _adam if spec.epsilon_uncorrected else None
    return {"gd": _sgd, "sgd": _sgd, "momentum": _sgd, "nesterov": _sgd}.get(spec.kind)


def _sgd(spec: Any, common: dict[str, Any]) -> Any:
    momentum = spec.momentum if isinstance(spec, Momentum | Nesterov) else 0.0
    return keras.optimizers.SGD(momentum=momentum, nesterov=isinstance(spec, Nesterov), **common)


def _rmsprop(spec: RMSProp, common: dict[str, Any]) -> Any:
    return keras.optimizers.RMSprop(rho=spec.decay, epsilon=spec.epsilon, **common)


def _adam(spec: Adam | AdamW, common: dict[str, Any]) -> Any:
    betas = {"beta_1": spec.beta1, "beta_2": spec.beta2, "epsilon": spec.epsilon}
    if isinstance(spec, AdamW):
        return keras.optimizers.AdamW(weight_decay=spec.weight_decay, **betas, **common)
    return keras.optimizers.Adam(**betas, **common)
