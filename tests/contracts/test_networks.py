"""What every engine that runs networks beyond dense chains must do: the same numbers, layer by layer.

Each case is a small recipe's network, and the same network written by hand with torch's functions, images as (samples,
channels, rows, columns), paddings as plain numbers. WATTLAB_TEST_ENGINE names the engines to test, such as
``keras:jax``; left out: torch, on a GPU too where there is one.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)

from wattlab.data.batches import batch_bounds
from wattlab.data.preparation import Prepared, PreparedPart, Transform
from wattlab.data.scaling import NoScaling
from wattlab.engines.devices import limit_torch_threads
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.recipe import Recipe
from wattlab.recipe.engine import engine_changes
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from wattlab.engines.base import Trainer, Weights

    Tensor = torch.Tensor
    By_hand = Callable[["Hand", Tensor], Tensor]

VARIABLE = "WATTLAB_TEST_ENGINE"
HERE = "torch,torch@cuda:0" if torch.cuda.is_available() else "torch"
SPECS = tuple(
    one
    for one in os.environ.get(VARIABLE, HERE).replace(" ", "").split(",")
    if one.partition(":")[0].partition("@")[0] in {"torch", "keras"}
)
CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}
N_SAMPLES, BATCH, RATE = 20, 8, 0.05
"""Two full batches and one of 4."""
BASE = """
name = "network"
[data]
dataset = "moons"
[network]
layers = [{ activation = "softmax" }]
[loss]
kind = "cross-entropy"
[optimizer]
kind = "sgd"
learning_rate = 0.05
[training]
batch_size = 8
[evaluation]
train = "none"
[engine]
precision = "float64"
"""


def conv(filters: int, kernel: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "conv2d", "filters": filters, "kernel": kernel, **more}


def transposed(filters: int, kernel: Any, stride: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "conv2d-transpose", "filters": filters, "kernel": kernel, "stride": stride, **more}


def norm(**more: Any) -> dict[str, Any]:
    return {"kind": "batch-norm", **more}


def pool(kind: str, size: Any, **more: Any) -> dict[str, Any]:
    return {"kind": f"{kind}-pool", "size": size, **more}


FLAT: dict[str, Any] = {"kind": "flatten"}
MEAN: dict[str, Any] = {"kind": "global-average-pool"}
LAST: dict[str, Any] = {"activation": "softmax"}


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


class Case(NamedTuple):
    """A network in a recipe and by hand; the latter gives what goes into the last activation, flat."""

    layers: list[dict[str, Any]]
    by_hand: By_hand
    image: tuple[int, int, int] = (6, 5, 2)
    reconstructs: bool = False
    loss: str = "cross-entropy"


def ended(h: Hand, x: Tensor, place: int | str) -> Tensor:
    return h.dense(flat(x), f"{place}")


def residual(h: Hand, x: Tensor, place: str, stride: int) -> Tensor:
    y = torch.relu(h.norm(x, f"{place}.layers.0"))
    y = h.conv(F.pad(y, (1, 1, 0, 1) if stride == 2 else (1, 1, 1, 1)), f"{place}.layers.2", stride=stride)
    return torch.relu(y + (h.conv(x, f"{place}.shortcut.0", stride=2) if stride == 2 else x))


BRANCH = [norm(), {"kind": "activation", "activation": "relu"}, conv(3, 3, padding="same", bias=False)]
SHORTCUT = conv(3, 1, stride=2, padding="same")


def autoencoder(h: Hand, x: Tensor) -> Tensor:
    x = torch.relu(h.conv(F.pad(x, (0, 1, 0, 1)), "0", stride=2))
    x = torch.tanh(h.dense(flat(x), "2"))
    x = shaped(torch.relu(h.dense(x, "3")), 3, 2, 3)
    return flat(h.transposed(x, "5", stride=2)[:, :, :6, :4])


def variational(h: Hand, x: Tensor) -> Tensor:
    x = h.dense(torch.relu(h.dense(flat(x), "1")), "2")
    mean, log_variance = x[:, :2], x[:, 2:]
    h.added = -0.5 * 0.7 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1)
    return h.dense(mean, "4")


CASES: dict[str, Case] = {
    "conv valid": Case(
        [conv(3, 3, activation="relu"), FLAT, LAST], lambda h, x: ended(h, torch.relu(h.conv(x, "0")), 2)
    ),
    "conv same": Case(
        [conv(3, 3, padding="same", activation="tanh"), FLAT, LAST],
        lambda h, x: ended(h, torch.tanh(h.conv(x, "0", padding=1)), 2),
    ),
    "conv same, even kernel": Case(
        [conv(3, (2, 4), padding="same", activation="sigmoid"), FLAT, LAST],
        lambda h, x: ended(h, torch.sigmoid(h.conv(F.pad(x, (1, 2, 0, 1)), "0")), 2),
    ),
    "conv same, stride 2, even and odd": Case(
        [conv(3, 3, stride=2, padding="same", bias=False, activation="leaky-relu"), FLAT, LAST],
        lambda h, x: ended(h, F.leaky_relu(h.conv(F.pad(x, (1, 1, 0, 1)), "0", stride=2)), 2),
    ),
    "conv valid, stride (2, 1)": Case(
        [conv(4, (3, 2), stride=(2, 1)), FLAT, LAST], lambda h, x: ended(h, h.conv(x, "0", stride=(2, 1)), 2)
    ),
    "conv same, stride wider than kernel": Case(
        [conv(4, 1, stride=3, padding="same"), FLAT, LAST],
        lambda h, x: ended(h, h.conv(x, "0", stride=3), 2),
    ),
    "one channel": Case(
        [conv(3, 3, padding="same", activation="relu"), pool("max", 2), FLAT, LAST],
        lambda h, x: ended(h, F.max_pool2d(torch.relu(h.conv(x, "0", padding=1)), 2), 3),
        (6, 6, 1),
    ),
    "max-pool valid": Case([pool("max", 2), FLAT, LAST], lambda h, x: ended(h, F.max_pool2d(x, 2), 2)),
    "max-pool same": Case(
        [pool("max", 3, stride=2, padding="same"), FLAT, LAST],
        lambda h, x: ended(h, F.max_pool2d(F.pad(x, (1, 1, 0, 1), value=-torch.inf), 3, 2), 2),
    ),
    "max-pool same, even, stride 1": Case(
        [pool("max", 2, stride=1, padding="same"), FLAT, LAST],
        lambda h, x: ended(h, F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-torch.inf), 2, 1), 2),
    ),
    "average-pool valid": Case(
        [pool("average", (3, 2), stride=(1, 2)), FLAT, LAST],
        lambda h, x: ended(h, F.avg_pool2d(x, (3, 2), (1, 2)), 2),
    ),
    "average-pool same": Case(
        [pool("average", 3, stride=2, padding="same"), FLAT, LAST],
        lambda h, x: ended(
            h,
            F.avg_pool2d(F.pad(x, (1, 1, 0, 1)), 3, 2)
            / F.avg_pool2d(F.pad(torch.ones_like(x), (1, 1, 0, 1)), 3, 2),
            2,
        ),
    ),
    "average-pool same, even, stride 1": Case(
        [pool("average", 4, stride=1, padding="same"), FLAT, LAST],
        lambda h, x: ended(
            h,
            F.avg_pool2d(F.pad(x, (1, 2, 1, 2)), 4, 1)
            / F.avg_pool2d(F.pad(torch.ones_like(x), (1, 2, 1, 2)), 4, 1),
            2,
        ),
    ),
    "global pools": Case(
        [
            {**conv(3, 3, activation="tanh"), "name": "c"},
            {**MEAN, "name": "m"},
            {"kind": "global-max-pool", "inputs": ["c"], "name": "x"},
            {"kind": "concatenate", "inputs": ["m", "x"]},
            LAST,
        ],
        lambda h, x: h.dense(
            torch.cat([(y := torch.tanh(h.conv(x, "0"))).mean((2, 3)), y.amax((2, 3))], 1), "4"
        ),
    ),
    "transposed valid": Case(
        [transposed(3, 3, 2, activation="relu"), FLAT, LAST],
        lambda h, x: ended(h, torch.relu(h.transposed(x, "0", stride=2)), 2),
        (3, 2, 2),
    ),
    "transposed same, kernel 4": Case(
        [transposed(3, 4, 2, padding="same"), FLAT, LAST],
        lambda h, x: ended(h, h.transposed(x, "0", stride=2)[:, :, 1:-1, 1:-1], 2),
        (3, 2, 2),
    ),
    "transposed same, kernel 3": Case(
        [transposed(3, 3, 2, padding="same", bias=False), FLAT, LAST],
        lambda h, x: ended(h, h.transposed(x, "0", stride=2)[:, :, :-1, :-1], 2),
        (3, 2, 2),
    ),
    "transposed same, stride 1": Case(
        [transposed(3, 3, 1, padding="same"), FLAT, LAST],
        lambda h, x: ended(h, h.transposed(x, "0")[:, :, 1:-1, 1:-1], 2),
        (3, 2, 2),
    ),
    "transposed, kernel smaller than stride": Case(
        [transposed(3, 2, 3), FLAT, LAST],
        lambda h, x: ended(h, h.transposed(x, "0", stride=3, output_padding=1), 2),
        (3, 2, 2),
    ),
    "batch-norm of flat numbers": Case(
        [
            FLAT,
            {"units": 5},
            norm(momentum=0.8, epsilon=0.01),
            {"kind": "activation", "activation": "relu"},
            LAST,
        ],
        lambda h, x: h.dense(torch.relu(h.norm(h.dense(flat(x), "1"), "2", 0.8, 0.01)), "4"),
    ),
    "batch-norm of images": Case(
        [
            norm(),
            conv(3, 3, bias=False),
            norm(momentum=0.9),
            {"kind": "activation", "activation": "relu"},
            MEAN,
            LAST,
        ],
        lambda h, x: h.dense(torch.relu(h.norm(h.conv(h.norm(x, "0"), "1"), "2", 0.9)).mean((2, 3)), "5"),
    ),
    "dropout of nothing": Case(
        [FLAT, {"units": 4, "activation": "tanh"}, {"kind": "dropout", "rate": 0.0}, LAST],
        lambda h, x: h.dense(torch.tanh(h.dense(flat(x), "1")), "3"),
    ),
    "residual, two blocks, and one with a shortcut": Case(
        [
            conv(3, 1),
            {"kind": "residual", "repeat": 2, "activation": "relu", "layers": BRANCH},
            {
                "kind": "residual",
                "activation": "relu",
                "layers": [*BRANCH[:2], {**BRANCH[2], "stride": 2}],
                "shortcut": [SHORTCUT],
            },
            MEAN,
            LAST,
        ],
        lambda h, x: h.dense(
            residual(h, residual(h, residual(h, h.conv(x, "0"), "1.0", 1), "1.1", 1), "2.0", 2).mean((2, 3)),
            "4",
        ),
    ),
    "slide 40": Case(
        [
            {"kind": "flatten", "name": "x"},
            {"units": 4, "activation": "tanh"},
            {"units": 3, "name": "z3"},
            {"units": 3, "activation": "tanh", "inputs": ["x"], "name": "z5"},
            {"kind": "add", "inputs": ["z3", "z5"]},
            {"kind": "activation", "activation": "softmax"},
        ],
        lambda h, x: h.dense(torch.tanh(h.dense(flat(x), "1")), "2") + torch.tanh(h.dense(flat(x), "3")),
    ),
    "channels side by side, and a product": Case(
        [
            {**conv(3, 3, padding="same", activation="relu"), "name": "a"},
            {**conv(2, 1, activation="sigmoid"), "inputs": ["input"], "name": "b"},
            {"kind": "concatenate", "inputs": ["a", "b"], "name": "c"},
            {**conv(5, 1), "name": "d"},
            {"kind": "multiply", "inputs": ["c", "d", "c"]},
            MEAN,
            LAST,
        ],
        lambda h, x: h.dense(
            (
                (c := torch.cat([torch.relu(h.conv(x, "0", padding=1)), torch.sigmoid(h.conv(x, "1"))], 1))
                * h.conv(c, "3")
                * c
            ).mean((2, 3)),
            "6",
        ),
    ),
    "autoencoder": Case(
        [
            conv(3, 3, stride=2, padding="same", activation="relu"),
            FLAT,
            {"units": 4, "activation": "tanh"},
            {"units": 18, "activation": "relu"},
            {"kind": "reshape", "shape": (3, 2, 3)},
            transposed(2, 3, 2, padding="same", activation="sigmoid"),
        ],
        autoencoder,
        (6, 4, 2),
        reconstructs=True,
        loss="log-loss",
    ),
    "variational autoencoder": Case(
        [
            FLAT,
            {"units": 6, "activation": "relu"},
            {"units": 4},
            {"kind": "sampling", "kl_weight": 0.7, "noise": 0.0},
            {"activation": "identity"},
        ],
        variational,
        (3, 3, 1),
        reconstructs=True,
        loss="mse",
    ),
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Let torch compute with one thread: what is this small is slower with more."""
    with limit_torch_threads(1):
        yield


class Problem(NamedTuple):
    """A case with data and initial weights."""

    case: Case
    recipe: Recipe
    data: Prepared
    weights: Weights

    def begin(self) -> Trainer:
        engine = get_engine(self.recipe.engine.name)
        engine.check(self.recipe)
        return engine.start(self.recipe, self.data, self.weights)

    def epoch(self, trainer: Trainer, epoch: int = 0) -> NDArray[np.float64]:
        """Train an epoch in one call, and return the cost of each batch."""
        rows = np.random.default_rng(epoch).permutation(N_SAMPLES)
        n_batches = len(batch_bounds(N_SAMPLES, BATCH))
        return trainer.train(rows, StepValues(np.full(n_batches, RATE)), epoch=epoch).cost

    def epoch_by_hand(self, hand: Hand, epoch: int = 0) -> NDArray[np.float64]:
        rows = np.random.default_rng(epoch).permutation(N_SAMPLES)
        hand.training, costs = True, []
        for start, stop in batch_bounds(N_SAMPLES, BATCH):
            loss = self.losses(hand, self.data.train, rows[start:stop]).mean()
            hand.step(loss)
            costs.append(loss.item())
        return np.array(costs)

    def z(self, hand: Hand, part: PreparedPart, rows: Any = slice(None)) -> Tensor:
        return self.case.by_hand(hand, shaped(torch.tensor(part.features[rows]), *self.case.image))

    def losses(self, hand: Hand, part: PreparedPart, rows: Any = slice(None)) -> Tensor:
        """Return the loss of each sample, by formula."""
        z, x, y = self.z(hand, part, rows), torch.tensor(part.features[rows]), torch.tensor(part.labels[rows])
        if self.case.loss == "cross-entropy":
            return -torch.log_softmax(z, 1)[torch.arange(len(z)), y]
        if self.case.loss == "mse":
            return (0.5 * (x - z).square().sum(1)).add(hand.added)
        return F.binary_cross_entropy(z.sigmoid(), x, reduction="none").sum(1)

    def outputs(self, hand: Hand, part: PreparedPart) -> Tensor:
        z = self.z(hand, part)
        if self.case.loss == "cross-entropy":
            return z.softmax(1)
        return z.sigmoid() if self.case.loss == "log-loss" else z


def make(case: str, spec: str, **changes: Any) -> Problem:
    one, (engine, _, device) = CASES[case], spec.partition("@")
    recipe = Recipe.from_toml(BASE).with_changes(
        {
            "network.layers": one.layers,
            "loss.kind": one.loss,
            "data.task": "reconstruction" if one.reconstructs else "auto",
            **engine_changes(engine),
            "engine.device": device or "cpu",
            **changes,
        }
    )
    rng, n_features = np.random.default_rng(7), int(np.prod(one.image))
    n_outputs = n_features if one.reconstructs else 3

    def part(count: int) -> PreparedPart:
        features = (
            rng.uniform(size=(count, n_features))
            if one.reconstructs
            else rng.normal(size=(count, n_features))
        )
        return PreparedPart(features, rng.integers(0, 3, count))

    transform = Transform(NoScaling(), None, NoScaling(), n_features)
    classes = None if one.reconstructs else ("a", "b", "c")
    data = Prepared(
        part(N_SAMPLES), None, part(7), transform, None, n_outputs, classes, one.image, one.reconstructs
    )
    start = initial_weights(recipe.network, Inputs.of(data), n_outputs, 3)
    weights: Weights = {name: array + rng.uniform(0, 0.3, array.shape) for name, array in start.items()}
    return Problem(one, recipe, data, weights)


# ---- the same numbers


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("spec", SPECS)
def test_a_network_is_the_one_by_hand(spec: str, case: str) -> None:
    problem = make(case, spec)
    trainer, hand, test = problem.begin(), Hand(problem.weights), problem.data.test
    for epoch in range(2):
        hand.training = False
        outputs = problem.outputs(hand, test).detach().numpy()
        np.testing.assert_allclose(trainer.predict(test.features), outputs, **CLOSE)
        assert trainer.evaluate(test).loss == pytest.approx(
            problem.losses(hand, test).mean().item(), rel=1e-9
        )
        np.testing.assert_allclose(problem.epoch(trainer, epoch), problem.epoch_by_hand(hand, epoch), **CLOSE)
    found = trainer.weights()
    assert found.keys() == hand.values.keys()
    for name, array in hand.values.items():
        np.testing.assert_allclose(found[name], array.detach().numpy(), **CLOSE, err_msg=name)


@pytest.mark.parametrize("case", ["conv same, even kernel", "batch-norm of images", "autoencoder"])
@pytest.mark.parametrize("spec", SPECS)
def test_in_float32_it_is_nearly_the_one_by_hand(spec: str, case: str) -> None:
    exact = make(case, spec, **{"engine.precision": "float32"})
    train, test = (
        PreparedPart(part.features.astype(np.float32), part.labels)
        for part in (exact.data.train, exact.data.test)
    )
    trainer = exact._replace(data=replace(exact.data, train=train, test=test)).begin()
    hand = Hand(exact.weights)
    costs = exact.epoch(trainer), exact.epoch_by_hand(hand)
    np.testing.assert_allclose(*costs, rtol=1e-4)
    for name, array in trainer.weights().items():
        assert array.dtype == np.float32
        expected = hand.values[name].detach().numpy()
        np.testing.assert_allclose(array, expected, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("spec", SPECS)
def test_the_score_of_a_reconstruction_is_that_of_all_outputs(spec: str) -> None:
    problem = make("autoencoder", spec)
    trainer, x = problem.begin(), problem.data.train.features
    whole = ((x - x.mean(0)) ** 2).sum()
    expected = 1 - ((x - trainer.predict(x)) ** 2).sum() / whole
    assert trainer.evaluate(problem.data.train).score == pytest.approx(expected, rel=1e-9)


# ---- weights and state


STATEFUL = (
    "batch-norm of images",
    "residual, two blocks, and one with a shortcut",
    "variational autoencoder",
)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("spec", SPECS)
def test_weights_go_in_and_come_out(spec: str, case: str) -> None:
    problem = make(case, spec)
    trainer = problem.begin()
    other = {name: array + 0.1 for name, array in problem.weights.items()}
    for weights in (problem.weights, other):
        trainer.load(weights)
        found = trainer.weights()
        assert list(found) == list(weights)
        for name, array in weights.items():
            np.testing.assert_array_equal(found[name], array, err_msg=name)


@pytest.mark.parametrize("kind", ["sgd", "adam"])
@pytest.mark.parametrize("case", STATEFUL)
@pytest.mark.parametrize("spec", SPECS)
def test_a_restored_training_goes_on_bit_for_bit(spec: str, case: str, kind: str) -> None:
    problem = make(case, spec, **{"optimizer.kind": kind})
    straight, resumed = problem.begin(), problem.begin()
    problem.epoch(straight)
    resumed.restore(straight.state())
    np.testing.assert_array_equal(problem.epoch(straight, 1), problem.epoch(resumed, 1))
    for name, array in straight.weights().items():
        np.testing.assert_array_equal(array, resumed.weights()[name], err_msg=name)


@pytest.mark.parametrize("spec", SPECS)
def test_an_evaluation_changes_no_statistics(spec: str) -> None:
    problem = make("batch-norm of images", spec)
    trainer = problem.begin()
    before = trainer.state()
    trainer.evaluate(problem.data.train)
    trainer.predict(problem.data.test.features)
    for name, array in trainer.state().items():
        np.testing.assert_array_equal(before[name], array, err_msg=name)


# ---- noise


NOISY = [FLAT, {"units": 40, "activation": "tanh"}, {"kind": "dropout", "rate": 0.5}, LAST]
SAMPLING = [FLAT, {"units": 8}, {"kind": "sampling"}, {"activation": "identity"}]


@pytest.mark.parametrize(
    ("case", "layers"), [("dropout of nothing", NOISY), ("variational autoencoder", SAMPLING)]
)
@pytest.mark.parametrize("spec", SPECS)
def test_noise_belongs_to_seed_and_epoch_and_to_training_alone(
    spec: str, case: str, layers: list[dict[str, Any]]
) -> None:
    problem = make(case, spec, **{"network.layers": layers})
    first, second = problem.begin(), problem.begin()
    still = StepValues(np.zeros(1))

    def cost(trainer: Trainer, epoch: int) -> float:
        return float(trainer.train(np.arange(BATCH), still, epoch=epoch).cost[0])

    ours = [cost(first, epoch) for epoch in (0, 1)]
    assert ours[0] != ours[1]
    assert [cost(second, epoch) for epoch in (1, 0)] == ours[::-1]
    other = make(case, spec, **{"network.layers": layers, "seed": 5})
    assert cost(other._replace(weights=problem.weights).begin(), 0) != ours[0]
    assert first.evaluate(problem.data.test) == first.evaluate(problem.data.test)


@pytest.mark.parametrize("spec", SPECS)
def test_dropout_leaves_out_the_share_it_names_and_makes_up_for_it(spec: str) -> None:
    """Costs of a linear output average to that without dropout, plus the variance that it brings."""
    layers = [FLAT, {"kind": "dropout", "rate": 0.25}, {"activation": "identity"}]
    problem = make(
        "variational autoencoder", spec, **{"network.layers": layers, "training.batch_size": "all"}
    )
    trainer, x = problem.begin(), problem.data.train.features
    still, rows = StepValues(np.zeros(1)), np.arange(N_SAMPLES)
    found = np.mean([trainer.train(rows, still, epoch=epoch).cost[0] for epoch in range(60)])
    w = problem.weights["layers.2.weights"]
    plain = 0.5 * ((x @ w + problem.weights["layers.2.biases"] - x) ** 2).sum(1).mean()
    brought = 0.5 * ((x**2) @ (w**2)).sum(1).mean() * 0.25 / 0.75
    assert found == pytest.approx(plain + brought, rel=0.05)
    assert abs(found - plain) > 0.2 * brought
