"""The scikit-learn engine: what it refuses, what it knows of a call, and what it knows of scikit-learn's inside.

That its steps are right is the business of ``tests/contracts/test_engines.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from wattlab.data.batches import batch_bounds, order
from wattlab.data.preparation import Prepared, PreparedPart
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.native.engine import NativeEngine
from wattlab.engines.registry import get_engine
from wattlab.engines.sklearn import calls
from wattlab.engines.sklearn.engine import SklearnEngine
from wattlab.engines.sklearn.optimizer import OptimizerAccess
from wattlab.errors import RecipeError, UnsupportedError
from wattlab.recipe.schedule import Steps, StepValues

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.base import Engine, Trainer
    from wattlab.recipe import Recipe

    Recipes = Callable[..., Recipe]
    Data = Callable[..., Prepared]

UNCORRECTED = {"optimizer__kind": "adam", "optimizer__epsilon_uncorrected": True}


def start(engine: Engine, recipe: Recipe, data: Prepared) -> Trainer:
    inputs = Inputs(data.train.features.shape[1])
    return engine.start(recipe, data, initial_weights(recipe.network, inputs, data.n_outputs, recipe.seed))


def values(recipe: Recipe, n_samples: int) -> StepValues:
    n_batches = len(batch_bounds(n_samples, recipe.training.batch_size))
    return recipe.schedule.values(recipe.optimizer.learning_rate, Steps.of_epoch(0, n_batches, 3))


def weighted(data: Prepared, weight: Any) -> Prepared:
    weight = np.asarray(weight, np.float64)
    part = PreparedPart(data.train.features, data.train.labels, weight / weight.mean())
    return replace(data, train=part)


def layers(*activations: str) -> tuple[dict[str, Any], ...]:
    *hidden, last = activations
    return (*({"units": 5, "activation": one} for one in hidden), {"activation": last})


def test_the_registry_knows_it() -> None:
    assert isinstance(get_engine("sklearn"), SklearnEngine)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"engine__precision": "bfloat16"}, r"engine\.precision is 'bfloat16'.*float64, float32"),
        ({"engine__device": "cuda"}, r"engine\.device is 'cuda'.*set 'cpu'"),
        ({"network__layers": layers("leaky-relu", "softmax")}, r"layers\[0\]\.activation is 'leaky-relu'"),
        (
            {"network__layers": layers("tanh", "relu", "softmax")},
            r"layers\[1\]\.activation is 'relu'.*'tanh'",
        ),
        ({"loss__label_smoothing": 0.1}, r"loss\.label_smoothing is 0\.1"),
        ({"loss__kind": "log-loss"}, r"layers\[1\]\.activation is 'softmax'.*'sigmoid' outputs only"),
        (
            {"loss__kind": "normalised-cross-entropy", "network__layers": layers("tanh", "sigmoid")},
            r"loss\.kind is 'normalised-cross-entropy'",
        ),
        ({"loss__kind": "mse"}, r"'identity' outputs only"),
        ({"optimizer__kind": "momentum-one-step"}, r"optimizer\.kind is 'momentum-one-step'"),
        ({"optimizer__kind": "adamw"}, r"optimizer\.kind is 'adamw'"),
        ({"optimizer__kind": "adam"}, r"optimizer\.epsilon_uncorrected is false.*set it to true"),
        ({**UNCORRECTED, "loss__reduction": "sum"}, r"loss\.reduction is 'sum'.*'mean'"),
        ({"regularisation__l1": 0.1}, r"regularisation\.l1 is 0\.1"),
        ({"training__clip_norm": 1.0}, r"training\.clip_norm is set"),
        (
            {"regularisation__l2": 0.1, "network__layers": [{"activation": "softmax", "regularised": False}]},
            r"layers\[0\]\.regularised is false",
        ),
    ],
)
def test_what_scikit_learn_cannot_express_is_refused(
    changes: dict[str, Any], message: str, recipe: Recipes
) -> None:
    one = recipe(**changes)
    with pytest.raises(UnsupportedError, match=message):
        SklearnEngine().check(one)


def test_layers_left_out_of_no_regularisation_are_fine(recipe: Recipes) -> None:
    one = recipe(network__layers=[{"activation": "softmax", "regularised": False}])
    SklearnEngine().check(one)


def test_two_classes_have_no_softmax(recipe: Recipes, data: Data) -> None:
    with pytest.raises(UnsupportedError, match=r"2 classes.*take activation 'sigmoid'"):
        start(SklearnEngine(), recipe(), data(n_outputs=2))


def test_two_classes_have_two_sigmoid_outputs(recipe: Recipes, data: Data) -> None:
    one, samples = recipe(loss__kind="log-loss", network__layers=layers("tanh", "sigmoid")), data(n_outputs=2)
    ours, theirs = start(NativeEngine(), one, samples), start(SklearnEngine(), one, samples)
    for trainer in (ours, theirs):
        trainer.train(order(0, 0, 24), values(one, 24))
    np.testing.assert_allclose(
        theirs.predict(samples.test.features), ours.predict(samples.test.features), rtol=1e-9
    )


def test_a_loss_for_classes_needs_classes(recipe: Recipes, data: Data) -> None:
    numbers = data()
    part = PreparedPart(numbers.train.features, np.zeros((24, 3)))
    with pytest.raises(RecipeError, match="numbers to predict"):
        start(SklearnEngine(), recipe(), replace(numbers, train=part, test=part, classes=None))


# ---- calls


def test_a_call_logs_its_mean(recipe: Recipes, data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two full batches go in one call, the short one in another."""
    one, samples = recipe(training__batch_size=10, regularisation__l2=0.3), data()
    whole, single = start(SklearnEngine(), one, samples), start(SklearnEngine(), one, samples)
    log = whole.train(order(0, 0, 24), values(one, 24))
    monkeypatch.setattr(calls, "LARGEST_CALL_BYTES", 1)
    alone = single.train(order(0, 0, 24), values(one, 24))
    mean = alone.cost[:2].mean()
    np.testing.assert_allclose(log.cost, [mean, mean, alone.cost[2]], rtol=1e-12)
    assert log.regularisation[0] == log.regularisation[1]
    assert log.regularisation[0] == pytest.approx((alone.regularisation[0] + alone.regularisation[2]) / 2)
    assert log.regularisation[2] == pytest.approx(alone.regularisation[2])
    assert np.isnan(log.mean_abs_error).all()
    for name, array in single.weights().items():
        np.testing.assert_array_equal(whole.weights()[name], array)


@pytest.mark.parametrize("kind", ["sgd", "momentum", "nesterov", "adam"])
@pytest.mark.parametrize("batch_size", [7, 8])
def test_the_mean_cost_of_an_epoch_is_ours(kind: str, batch_size: int, recipe: Recipes, data: Data) -> None:
    extra = UNCORRECTED if kind == "adam" else {"optimizer__kind": kind}
    one = recipe(training__batch_size=batch_size, regularisation__l2=0.2, **extra)
    samples = data()
    ours, theirs = start(NativeEngine(), one, samples), start(SklearnEngine(), one, samples)
    for epoch in range(3):
        expected, found = (
            trainer.train(order(0, epoch, 24), values(one, 24)).cost.mean() for trainer in (ours, theirs)
        )
        assert found == pytest.approx(expected, rel=1e-9)


def test_a_large_epoch_is_divided(recipe: Recipes, data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    one, samples = recipe(), data()
    whole, divided = start(SklearnEngine(), one, samples), start(SklearnEngine(), one, samples)
    whole.train(order(0, 0, 24), values(one, 24))
    monkeypatch.setattr(calls, "LARGEST_CALL_BYTES", 2 * 8 * 4 * 8)  # two batches of 8 rows of 4 float64
    ticks: list[int] = []
    divided.train(order(0, 0, 24), values(one, 24), ticks.append)
    assert ticks == [2, 3]
    for name, array in whole.weights().items():
        np.testing.assert_array_equal(divided.weights()[name], array)


def test_several_outputs_cost_their_sum(recipe: Recipes, data: Data) -> None:
    """scikit-learn reports the mean of the squared errors over the outputs."""
    one = recipe(
        loss__kind="mse",
        network__layers=layers("tanh", "identity"),
        regularisation__l2=0.4,
        training__batch_size="all",
    )
    samples = data()
    expected, found = (
        start(engine, one, samples).train(order(0, 0, 24), values(one, 24))
        for engine in (NativeEngine(), SklearnEngine())
    )
    np.testing.assert_allclose(found.cost, expected.cost, rtol=1e-9)
    np.testing.assert_allclose(found.regularisation, expected.regularisation, rtol=1e-9)


def test_the_global_generator_is_left_alone(recipe: Recipes, data: Data) -> None:
    np.random.seed(3)  # noqa: NPY002 (the global one is meant)
    expected = np.random.random()  # noqa: NPY002 (as above)
    np.random.seed(3)  # noqa: NPY002 (as above)
    trainer = start(SklearnEngine(), recipe(), data())
    trainer.train(order(0, 0, 24), values(recipe(), 24))
    assert np.random.random() == expected  # noqa: NPY002 (as above)


# ---- sample weights


def test_adam_with_weighted_batches_is_refused(recipe: Recipes, data: Data) -> None:
    samples = weighted(data(), np.arange(1, 25))
    with pytest.raises(UnsupportedError, match=r"training\.batch_size = \"all\""):
        start(SklearnEngine(), recipe(**UNCORRECTED), samples)
    start(SklearnEngine(), recipe(**UNCORRECTED, training__batch_size="all"), samples)


def test_a_batch_that_could_weigh_nothing_is_refused(recipe: Recipes, data: Data) -> None:
    samples = weighted(data(), np.arange(24) >= 8)
    with pytest.raises(UnsupportedError, match="could be 0 here"):
        start(SklearnEngine(), recipe(training__batch_size=8), samples)
    start(SklearnEngine(), recipe(training__batch_size=12), samples)


def test_an_old_scikit_learn_carries_no_weights(
    recipe: Recipes, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    def partial_fit(self: object, X: object, y: object, classes: object = None) -> None: ...

    monkeypatch.setattr(MLPClassifier, "partial_fit", partial_fit)
    with pytest.raises(UnsupportedError, match=r"scikit-learn 1\.7"):
        start(SklearnEngine(), recipe(), weighted(data(), np.arange(1, 25)))


# ---- the private optimizer


@pytest.mark.parametrize(
    ("solver", "kind", "attributes"),
    [
        ("sgd", SGDOptimizer, ("learning_rate", "momentum", "velocities")),
        ("adam", AdamOptimizer, ("learning_rate_init", "beta_1", "ms", "vs", "t")),
    ],
)
def test_the_private_optimizer_is_what_we_take_it_for(
    solver: str, kind: type, attributes: tuple[str, ...]
) -> None:
    """Fails where scikit-learn changes what ``wattlab.engines.sklearn.optimizer`` relies on."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(6, 3)), np.array([0, 1, 2, 0, 1, 2])
    estimator = MLPClassifier((4,), solver=solver, batch_size=6).partial_fit(X, y, classes=[0, 1, 2])
    optimizer = estimator._optimizer
    assert type(optimizer) is kind
    assert set(attributes) <= vars(optimizer).keys()
    access = OptimizerAccess(estimator)
    assert sorted(name for name in access.state() if name != "optimizer.t") == sorted(
        f"optimizer.{slot}.{index}"
        for slot in set(attributes) & {"velocities", "ms", "vs"}
        for index in range(4)
    )
    access.clear()
    assert all(not array.any() for array in access.state().values())
    access.set(0.0, 0.5)
    before = [array.copy() for array in estimator.coefs_]
    estimator.partial_fit(X, y)
    for array, expected in zip(estimator.coefs_, before, strict=True):
        np.testing.assert_array_equal(array, expected)  # at rate 0 and without memory nothing moves
    access.set(0.1, 0.5)
    estimator.partial_fit(X, y)
    assert any((array != expected).any() for array, expected in zip(estimator.coefs_, before, strict=True))


def test_facts_say_what_the_costs_are(recipe: Recipes, data: Data) -> None:
    facts = start(SklearnEngine(), recipe(), data()).facts()
    assert facts["costs"] == "mean of each call of partial_fit"
    assert facts["compiled"] is False
