"""Paths against torch.optim, against the native engine's own training, and at the edges."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from wattlab.data.preparation import Prepared, PreparedPart, Transform
from wattlab.data.scaling import NoScaling
from wattlab.engines.native.engine import NativeEngine
from wattlab.errors import ParameterError, UserError
from wattlab.insight.theory import Formula, LeastSquares, descend, make_optimizer, mini_batches, talk
from wattlab.recipe import Recipe
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from wattlab.engines.base import Weights

ROSENBROCK = "(1 - x)**2 + 5*(y - x**2)**2"
REFERENCES: dict[str, tuple[Any, dict[str, Any]]] = {
    "gd": (torch.optim.SGD, {}),
    "sgd": (torch.optim.SGD, {}),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "nesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "adagrad": (torch.optim.Adagrad, {}),
    "rmsprop": (torch.optim.RMSprop, {}),
    "adam": (torch.optim.Adam, {}),
    "adamw": (torch.optim.AdamW, {}),
}


def _by_torch(kind: str, rate: float, steps: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    point = torch.tensor([-0.5, 1.0], dtype=torch.float64, requires_grad=True)
    make, settings = REFERENCES[kind]
    optimizer, points = make([point], lr=rate, **settings), [point.detach().numpy().copy()]
    for _ in range(steps):
        optimizer.zero_grad()
        x, y = point
        ((1 - x) ** 2 + 5 * (y - x**2) ** 2).backward()
        optimizer.step()
        points.append(point.detach().numpy().copy())
    return np.array(points)


@pytest.mark.parametrize("kind", sorted(REFERENCES))
def test_paths_are_those_of_torch(kind: str) -> None:
    path = descend(Formula.of(ROSENBROCK), [-0.5, 1.0], make_optimizer(kind, 0.01), 40)
    np.testing.assert_allclose(path.points, _by_torch(kind, 0.01, 40), rtol=1e-9, atol=1e-12)
    x, y = path.points.T
    np.testing.assert_allclose(path.losses, (1 - x) ** 2 + 5 * (y - x**2) ** 2, rtol=1e-12)


def test_one_step_momentum_adds_a_share_of_the_step_before() -> None:
    path = descend(Formula.of("x**2"), [1.0], make_optimizer("momentum-one-step", 0.1, 0.5), 2)
    # Steps 0.1 · 2 · 1, then 0.1 · 2 · 0.8 + 0.5 · 0.2.
    np.testing.assert_allclose(path.points.ravel(), [1.0, 0.8, 0.8 - 0.16 - 0.1])


def test_decay_leaves_the_last_parameter_of_a_regression_alone() -> None:
    loss = LeastSquares(np.zeros((1, 1)), np.ones(1))
    path = descend(loss, [1.0, 1.0], make_optimizer("adamw", 0.5), 1)
    np.testing.assert_allclose(path.points[-1], [1.0 - 0.5 * 0.01, 1.0])


def test_the_path_is_that_of_the_engine_in_training() -> None:
    loss, start = talk(seed=3)
    recipe = Recipe.named("linear-regression").with_changes(
        {"optimizer.learning_rate": 1e-3, "engine.precision": "float64"}
    )
    part = PreparedPart(loss.features, loss.targets[:, None])
    transform = Transform(NoScaling(), None, NoScaling(), 3)
    weights: Weights = {"layers.0.weights": start[:3, None], "layers.0.biases": start[3:]}
    trainer = NativeEngine().start(recipe, Prepared(part, None, part, transform, None, 1, None), weights)
    for _ in range(20):
        trainer.train(np.arange(50), StepValues(np.array([1e-3])))
    trained = trainer.weights()
    found = np.append(trained["layers.0.weights"], trained["layers.0.biases"])
    # The recipe's squared error has a factor of ½, so its rate is twice the talk's.
    path = descend(loss, start, make_optimizer("gd", 0.5e-3), 20)
    np.testing.assert_allclose(path.points[-1], found, rtol=1e-10)


def test_mini_batches_divide_every_epoch() -> None:
    loss, start = talk(seed=0)
    parts = list(islice(mini_batches(loss, 20, seed=1), 6))
    assert [len(part.targets) for part in parts] == [20, 20, 10] * 2
    for epoch in (parts[:3], parts[3:]):
        np.testing.assert_allclose(sum(part.gradient(start) for part in epoch), loss.gradient(start))
    assert not np.array_equal(parts[0].targets, parts[3].targets)


def test_a_path_takes_the_gradients_of_the_parts() -> None:
    loss, start = talk(seed=0)
    path = descend(loss, start, make_optimizer("sgd", 1e-4), 3, mini_batches(loss, 10, seed=0))
    point = start.copy()
    for part in islice(mini_batches(loss, 10, seed=0), 3):
        point = point - 1e-4 * 2 * part.design.T @ (part.design @ point - part.targets)
    np.testing.assert_allclose(path.points[-1], point)
    np.testing.assert_allclose(path.losses[-1], loss.values(point[None])[0])


def test_a_path_ends_where_numbers_do() -> None:
    path = descend(Formula.of("x**4"), [10.0], make_optimizer("gd", 1.0), 50)
    assert path.diverged
    assert path.n_taken < 50
    assert np.isfinite(path.points).all()
    assert np.isfinite(path.losses).all()


def test_a_path_ends_where_the_domain_does() -> None:
    path = descend(Formula.of("x - log(x)"), [0.1], make_optimizer("gd", 10.0), 5)
    assert (path.points > 0).all()
    assert path.diverged == (path.n_taken < 5 or path.losses[-1] > path.losses[0])


def test_the_start_is_not_changed() -> None:
    start = np.array([2.0, 1.5])
    descend(Formula.of("x**2 + y**2"), start, make_optimizer("adam", 0.1), 3)
    np.testing.assert_array_equal(start, [2.0, 1.5])


@pytest.mark.parametrize(
    ("text", "start", "message"),
    [
        ("log(x)", [-1.0], "the loss of log(x) is nan"),
        ("sqrt(x)", [0.0], "its gradient (inf)"),
        ("x**2", [1.0, 2.0], "the start has 2 numbers; expected 1 number, for x"),
        ("x**2 + y", [1.0], "expected 2 numbers, for x, y"),
        ("x**2", [np.inf], "expected finite numbers"),
    ],
)
def test_starts_that_are_none(text: str, start: list[float], message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        descend(Formula.of(text), start, make_optimizer("gd", 0.1), 5)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "rate", "momentum", "message"),
    [
        ("admw", 0.1, None, "did you mean 'adamw'"),
        ("lbfgs", 0.1, None, "known are gd, sgd, momentum"),
        ("gd", 0.0, None, "the learning rate is 0"),
        ("gd", np.nan, None, "the learning rate is nan"),
        ("momentum", 0.1, 1.0, "the momentum is 1"),
    ],
)
def test_optimizers_that_are_none(kind: str, rate: float, momentum: float | None, message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        make_optimizer(kind, rate, momentum)
    assert message in str(refused.value)


@pytest.mark.parametrize("text", ["3 + pi", "x + z", "x**2 +"])
def test_expressions_that_are_no_loss(text: str) -> None:
    with pytest.raises(UserError):
        Formula.of(text)


def test_a_loss_may_depend_on_y_alone() -> None:
    assert Formula.of("y**2").names == ("y",)
    assert descend(Formula.of("y**2"), [1.0], make_optimizer("gd", 0.25), 1).points.ravel().tolist() == [
        1.0,
        0.5,
    ]
