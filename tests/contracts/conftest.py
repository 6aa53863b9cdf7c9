"""For the contract of the engines: which engines, small problems, and the oracle that all are held against."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
import torch

from wattlab.data.batches import batch_bounds, order
from wattlab.data.preparation import Prepared, PreparedPart, Transform
from wattlab.data.scaling import NoScaling
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.errors import MissingExtraError, UnsupportedError
from wattlab.recipe.engine import engine_changes
from wattlab.recipe.schedule import Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.engines.base import BatchLog, Trainer, Weights
    from wattlab.recipe import Recipe
    from wattlab.recipe.schedule import StepValue, StepValues

Tensor = torch.Tensor

VARIABLE = "WATTLAB_TEST_ENGINE"
"""Environment variable that names the engines to test: one spec, or several between commas; ``torch@cuda:0`` computes
on a GPU."""
IN_PROCESS = ("native", "native:compiled", "native:torch", "torch", "torch:compiled", "sklearn")
"""What is tested where the variable does not say; Keras needs a process for each of its backends."""
ON_GPU = ("native:torch@cuda:0", "torch@cuda:0")
"""Tested too where torch sees a GPU."""
COMPILES_LONG = "torch:compiled"
COMPLETE = ("native", "native:torch", "torch", *ON_GPU)
"""These can do whatever a recipe can say."""
FIELD = re.compile(
    r"\b(network|loss|regularisation|optimizer|schedule|training|evaluation|engine|data|preparation)\.[a-z]"
    r"|sample_weight"
)

BASE: dict[str, Any] = {
    "network.layers[0].units": 6,
    "optimizer.learning_rate": 0.2,
    "training.epochs": 3,
    "evaluation.train": "none",
}
"""How the problems differ from the small recipe of all tests."""


def _specs() -> tuple[str, ...]:
    return tuple(os.environ.get(VARIABLE, ",".join(IN_PROCESS + ON_GPU)).replace(" ", "").split(","))


def _grid_specs() -> tuple[str, ...]:
    """Return the engines for the long list of cases; compiling anew for each of them takes minutes."""
    return tuple(spec for spec in _specs() if spec != COMPILES_LONG or VARIABLE in os.environ)


def _params(specs: tuple[str, ...]) -> list[Any]:
    return [pytest.param(spec, marks=_marks(spec)) for spec in specs]


def _marks(spec: str) -> list[pytest.MarkDecorator]:
    no_gpu = "@cuda" in spec and not torch.cuda.is_available()
    needs_gpu = pytest.mark.skipif(no_gpu, reason="needs a GPU that torch can use")
    return [needs_gpu, pytest.mark.slow] if spec == COMPILES_LONG else [needs_gpu]


@pytest.fixture(params=_params(_specs()))
def spec(request: pytest.FixtureRequest) -> str:
    """Return an engine in short."""
    return str(request.param)


@pytest.fixture(params=_params(_grid_specs()))
def grid_spec(request: pytest.FixtureRequest) -> str:
    """Return an engine in short that goes through the long list of cases."""
    return str(request.param)


class Problem(NamedTuple):
    """A recipe on an engine, with data and initial weights."""

    recipe: Recipe
    data: Prepared
    weights: Weights

    @property
    def n_samples(self) -> int:
        return len(self.data.train.labels)

    def bounds(self) -> list[tuple[int, int]]:
        training = self.recipe.training
        return batch_bounds(self.n_samples, training.batch_size, training.last_batch)

    def values(self, epoch: int = 0) -> StepValues:
        count = len(self.bounds())
        steps = Steps.of_epoch(epoch, count, self.recipe.training.epochs)
        return self.recipe.schedule_values(steps)

    def order(self, epoch: int = 0) -> NDArray[np.int64]:
        return order(self.recipe.seed, epoch, self.n_samples)

    def epoch(self, trainer: Trainer, epoch: int = 0) -> BatchLog:
        """Train an epoch in one call."""
        return trainer.train(self.order(epoch), self.values(epoch))


def make_data(
    n_samples: int = 24,
    n_features: int = 5,
    n_outputs: int = 3,
    *,
    task: str = "classification",
    as_bytes: bool = False,
    flat: bool = False,
    sample_weight: NDArray[np.floating] | None = None,
) -> Prepared:
    """Return random samples, float64 or bytes; `flat` gives regression labels of shape (n_samples,)."""
    rng = np.random.default_rng(1)

    def part(count: int, weight: NDArray[np.floating] | None = None) -> PreparedPart:
        features: NDArray[Any] = rng.normal(size=(count, n_features))
        if as_bytes:
            features = rng.integers(0, 256, (count, n_features), np.uint8)
        labels: NDArray[Any] = rng.integers(0, n_outputs, count)
        if task == "regression":
            labels = rng.normal(size=(count, n_outputs))
        return PreparedPart(features, labels[:, 0].copy() if flat else labels, weight)

    classes = tuple(str(index) for index in range(n_outputs)) if task == "classification" else None
    transform = Transform(NoScaling(), None, NoScaling(), n_features)
    train, test = part(n_samples, sample_weight), part(17)
    return Prepared(train, None, test, transform, 1 / 255 if as_bytes else None, n_outputs, classes)


@pytest.fixture
def data() -> Callable[..., Prepared]:
    """Return the maker of small data."""
    return make_data


@pytest.fixture
def problem(small_recipe: Recipe) -> Callable[..., Problem]:
    """Return the maker of problems: a spec, changes to the recipe, and data."""

    def make(spec: str, changes: dict[str, Any] | None = None, data: Prepared | None = None) -> Problem:
        engine, _, device = spec.partition("@")
        chosen = {**engine_changes(engine), "engine.device": device or "cpu"}
        recipe = small_recipe.with_changes(BASE).with_changes({**chosen, **(changes or {})})
        data = data or make_data()
        if recipe.engine.array_dtype == "float32" and data.train.features.dtype != np.uint8:
            data = _single(data)
        inputs = Inputs(data.train.features.shape[1])
        return Problem(recipe, data, initial_weights(recipe.network, inputs, data.n_outputs, 3))

    return make


def _single(data: Prepared) -> Prepared:
    def part(one: PreparedPart) -> PreparedPart:
        labels = one.labels.astype(np.float32) if data.classes is None else one.labels
        return PreparedPart(one.features.astype(np.float32), labels, one.sample_weight)

    train, test = part(data.train), part(data.test)
    return Prepared(train, None, test, data.transform, None, data.n_outputs, data.classes)


@pytest.fixture
def begin() -> Callable[[str, Problem], Trainer]:
    """Return a function that starts a trainer; it skips what the engine refuses, if the refusal names a field."""

    def start(spec: str, problem: Problem) -> Trainer:
        engine = get_engine(problem.recipe.engine.name)
        try:
            engine.check(problem.recipe)
            return engine.start(problem.recipe, problem.data, problem.weights)
        except MissingExtraError as error:
            refusal, excused = str(error), True
        except UnsupportedError as error:
            refusal, excused = str(error), spec not in COMPLETE and FIELD.search(str(error)) is not None
        assert excused, f"{spec} can do everything, or has to name a field: {refusal}"
        pytest.skip(refusal)

    return start


@pytest.fixture
def autograd() -> type[Autograd]:
    """Return the oracle."""
    return Autograd


class Expected(NamedTuple):
    """What a batch must give."""

    cost: float
    regularisation: float
    mean_abs_error: float
    n_correct: int


class Autograd:
    """The training of a problem in float64, every formula written out, differentiated by torch."""

    def __init__(self, problem: Problem) -> None:
        self.recipe, self.data = problem.recipe, problem.data
        self.parameters = {name: torch.tensor(array) for name, array in problem.weights.items()}
        self.memory: dict[str, dict[str, Tensor]] = {name: {} for name in self.parameters}
        self.steps = 0

    def step(self, rows: NDArray[np.int64], value: StepValue) -> Expected:
        """Take one step; costs are those before it."""
        for one in self.parameters.values():
            one.requires_grad_()
        outputs, targets = self.outputs(self.data.train, rows), self.targets(self.data.train, rows)
        weight = self.data.train.sample_weight
        losses = self.losses(outputs, targets)
        losses = losses if weight is None else losses * torch.tensor(weight[rows])
        cost = losses.sum() / (1 if self.recipe.loss.reduction == "sum" else len(rows))
        penalty = self.penalty()
        gradients = torch.autograd.grad(cost + penalty, list(self.parameters.values()))
        with torch.no_grad():
            self._apply(self._clipped(gradients), value)
        labels = self.data.train.labels[rows]
        hits = 0 if self.data.classes is None else int((outputs.argmax(1).numpy() == labels).sum())
        error = (outputs - targets).abs().mean().item()
        return Expected((cost + penalty).item(), penalty.item(), error, hits)

    def outputs(self, part: PreparedPart, rows: Any = slice(None)) -> Tensor:
        scale = self.data.byte_scale if part.features.dtype == np.uint8 else None
        a = torch.tensor(part.features[rows].astype(np.float64) * (scale or 1.0))
        for index, layer in enumerate(self.recipe.network.dense_layers or ()):
            z = a @ self.parameters[f"layers.{index}.weights"] + self.parameters[f"layers.{index}.biases"]
            a = _ACTIVATIONS[layer.activation](z)
        return a

    def targets(self, part: PreparedPart, rows: Any = slice(None)) -> Tensor:
        if self.data.classes is None:
            return torch.tensor(part.labels[rows].astype(np.float64)).reshape(-1, self.data.n_outputs)
        hot = torch.nn.functional.one_hot(torch.tensor(part.labels[rows]), self.data.n_outputs).double()
        share = getattr(self.recipe.loss, "label_smoothing", 0.0)
        return hot * (1 - share) + share / self.data.n_outputs

    def losses(self, a: Tensor, y: Tensor) -> Tensor:
        return _LOSSES[self.recipe.loss.kind](a, y).sum(1)

    def penalty(self) -> Tensor:
        terms, total = self.recipe.regularisation, torch.zeros(())
        for index, layer in enumerate(self.recipe.network.dense_layers or ()):
            if layer.regularised:
                w = self.parameters[f"layers.{index}.weights"]
                total = total + terms.l1 * w.abs().sum() + 0.5 * terms.l2 * (w * w).sum()
        return total

    def weights(self) -> dict[str, NDArray[np.float64]]:
        return {name: one.detach().numpy() for name, one in self.parameters.items()}

    def _clipped(self, gradients: tuple[Tensor, ...]) -> list[Tensor]:
        longest = self.recipe.training.clip_norm
        norm = torch.cat([one.flatten() for one in gradients]).norm().item()
        factor = 1.0 if longest is None or norm <= longest else longest / norm
        return [factor * one for one in gradients]

    def _apply(self, gradients: list[Tensor], value: StepValue) -> None:
        self.steps += 1
        spec, (rate, momentum, decay) = self.recipe.optimizer, value
        for (name, theta), gradient in zip(self.parameters.items(), gradients, strict=True):
            if spec.kind == "adamw" and name.endswith("weights"):
                theta.mul_(1 - rate * (spec.weight_decay if decay is None else decay))
            gamma = (
                momentum if momentum is not None else getattr(spec, "momentum", getattr(spec, "beta1", 0.0))
            )
            theta.sub_(_RULES[spec.kind](self.memory[name], gradient, rate, gamma, spec, self.steps))


_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky-relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01),
    "softmax": lambda z: torch.softmax(z, 1),
}
_LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "log-loss": lambda a, y: -(y * a.log() + (1 - y) * (1 - a).log()),
    "cross-entropy": lambda a, y: -y * a.log(),
    "normalised-cross-entropy": lambda a, y: -y * (a / a.sum(1, keepdim=True)).log(),
    "mse": lambda a, y: 0.5 * (y - a) ** 2,
}
Memory = dict[str, Any]


def _plain(memory: Memory, g: Tensor, rate: float, gamma: float, spec: Any, steps: int) -> Any:
    return rate * g


def _momentum(memory: Memory, g: Tensor, rate: float, gamma: float, spec: Any, steps: int) -> Any:
    memory["v"] = gamma * memory.get("v", torch.zeros_like(g)) + rate * g
    return memory["v"]


def _nesterov(memory: Memory, g: Tensor, rate: float, gamma: float, spec: Any, steps: int) -> Any:
    return gamma * _momentum(memory, g, rate, gamma, spec, steps) + rate * g


def _one_step(memory: Memory, g: Tensor, rate: float, gamma: float, spec: Any, steps: int) -> Any:
    step = rate * g + gamma * memory.get("previous", torch.zeros_like(g))
    memory["previous"] = rate * g
    return step


def _adagrad(memory: Memory, g: Tensor, rate: float, gamma: float, spec: Any, steps: int) -> Any:
    memory["s"] = memory.get("s", torch.zeros_like(g)) + g * g
    return rate * g / (memory["s"].sqrt() + spec.epsilon)


def _rmsprop(memory: Memory, g: Tensor, rate: float, gamma: float, spec: Any, steps: int) -> Any:
    memory["s"] = s = spec.decay * memory.get("s", torch.zeros_like(g)) + (1 - spec.decay) * g * g
    return rate * g / ((s + spec.epsilon).sqrt() if spec.epsilon_in_root else s.sqrt() + spec.epsilon)


def _adam(memory: Memory, g: Tensor, rate: float, gamma: float, spec: Any, steps: int) -> Any:
    zero = torch.zeros_like(g)
    memory["m"] = gamma * memory.get("m", zero) + (1 - gamma) * g
    memory["s"] = spec.beta2 * memory.get("s", zero) + (1 - spec.beta2) * g * g
    mean, correction = memory["m"] / (1 - gamma**steps), 1 - spec.beta2**steps
    if spec.epsilon_uncorrected:
        return rate * mean * correction**0.5 / (memory["s"].sqrt() + spec.epsilon)
    return rate * mean / ((memory["s"] / correction).sqrt() + spec.epsilon)


_RULES: dict[str, Callable[[Memory, Tensor, float, float, Any, int], Any]] = {
    "gd": _plain,
    "sgd": _plain,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "momentum-one-step": _one_step,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adam": _adam,
    "adamw": _adam,
}
