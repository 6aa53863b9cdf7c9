"""Parameters: refused by their own name, and turned into the recipe that they mean."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
import pytest
from sklearn import neural_network

import wattlab
from wattlab.errors import ParameterError, RecipeError, UserError
from wattlab.estimators.parameters import Parameters, Problem, read_parameters

Arrays = tuple[np.ndarray, np.ndarray]


def recipe(n_samples: int = 1000, mean_weight: float = 1.0, **changes: Any) -> wattlab.Recipe:
    values = wattlab.MLPClassifier(**changes).get_params()
    problem = Problem(
        n_samples=n_samples, mean_weight=mean_weight, is_classification=True, dtype="float64", seed=3
    )
    return read_parameters("MLPClassifier", values).recipe("MLPClassifier", problem)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"hidden_layer_sizes": (4, 0)},
            r"hidden_layer_sizes\[1\] is 0; expected a whole number of at least 1",
        ),
        ({"hidden_layer_sizes": 2.5}, r"hidden_layer_sizes\[0\] is 2\.5; expected a whole number"),
        ({"activation": "sigmoid"}, "activation is 'sigmoid'; expected one of 'identity', 'logistic'"),
        ({"solver": "lbfgs"}, "solver is 'lbfgs'; expected one of 'sgd', 'adam'"),
        ({"alpha": -1.0}, "alpha is -1.0; expected a number of at least 0"),
        ({"batch_size": 0}, "batch_size is 0; expected .*at least 1"),
        ({"batch_size": "all"}, "batch_size is 'all'; expected .*'auto'"),
        ({"learning_rate": "adaptive"}, "learning_rate is 'adaptive'; expected one of 'constant', 'cosine'"),
        ({"learning_rate_init": 0}, "learning_rate_init is 0; expected a number of more than 0"),
        ({"max_iter": 2.0}, "max_iter is 2.0; expected a whole number"),
        ({"shuffle": "yes"}, "shuffle is 'yes'; expected true or false"),
        ({"tol": float("nan")}, "tol is nan; expected"),
        ({"momentum": 1.0}, "momentum is 1.0; expected a number of less than 1"),
        ({"validation_fraction": 1}, "validation_fraction is 1; expected a number of less than 1"),
        ({"n_iter_no_change": 0}, "n_iter_no_change is 0; expected a whole number of at least 1"),
        ({"precision": "float8"}, "precision is 'float8'; expected one of"),
        ({"compiled": 1}, "compiled is 1; expected true or false"),
    ],
)
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_a_wrong_value_is_named(name: str, changes: dict[str, Any], message: str, blobs: Arrays) -> None:
    with pytest.raises(ParameterError, match=f"^{name}: {message}") as caught:
        getattr(wattlab, name)(**changes).fit(*blobs)
    assert isinstance(caught.value, (ValueError, RecipeError))
    assert isinstance(caught.value, UserError)


def test_a_number_format_that_the_machine_lacks_is_named_as_the_parameter(blobs: Arrays) -> None:
    with pytest.raises(ParameterError, match=r"^MLPClassifier: precision is 'tf32'"):
        wattlab.MLPClassifier(precision="tf32").fit(*blobs)


def test_all_findings_come_at_once(blobs: Arrays) -> None:
    with pytest.raises(ParameterError) as caught:
        wattlab.MLPClassifier(alpha=-1, tol=-1).fit(*blobs)
    assert [line.split()[1] for line in str(caught.value).splitlines()] == ["alpha", "tol"]


def test_the_defaults_are_scikit_learns() -> None:
    for ours, theirs in (
        (wattlab.MLPClassifier, neural_network.MLPClassifier),
        (wattlab.MLPRegressor, neural_network.MLPRegressor),
    ):
        mine, other = ours().get_params(), theirs().get_params()
        shared = mine.keys() & other.keys()
        assert {name: mine[name] for name in shared} == {name: other[name] for name in shared}
        assert other.keys() - mine.keys() == {"power_t", "max_fun", "verbose"} | (other.keys() & {"loss"})
        assert mine.keys() - other.keys() == {"weight_decay", "precision", "compiled"}


def test_every_parameter_is_checked() -> None:
    assert Parameters.model_fields.keys() | {"random_state"} == wattlab.MLPClassifier().get_params().keys()


def test_partial_fit_takes_its_arguments_in_scikit_learns_order() -> None:
    for ours, theirs in (
        (wattlab.MLPClassifier, neural_network.MLPClassifier),
        (wattlab.MLPRegressor, neural_network.MLPRegressor),
    ):
        assert list(signature(ours.partial_fit).parameters) == list(signature(theirs.partial_fit).parameters)


@pytest.mark.parametrize(
    ("n_samples", "batch_size", "expected"),
    [(1000, "auto", 200), (90, "auto", 90), (90, 32, 32), (20, 32, 20)],
)
def test_batches(n_samples: int, batch_size: int | str, expected: int) -> None:
    assert recipe(n_samples, batch_size=batch_size).training.batch_size == expected


def test_alpha_counts_per_sample() -> None:
    assert recipe(1000, alpha=0.5, batch_size=50).regularisation.l2 == 0.01
    assert recipe(1000, 2.0, alpha=0.5, batch_size=50).regularisation.l2 == 0.005


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "nesterov"),
        ({"momentum": 0.0}, "sgd"),
        ({"nesterovs_momentum": False}, "momentum"),
    ],
)
def test_sgd_is_descent_with_the_momentum_asked_for(changes: dict[str, Any], kind: str) -> None:
    assert recipe(solver="sgd", **changes).optimizer.kind == kind


def test_the_recipe_says_what_was_asked_for() -> None:
    one = recipe(
        hidden_layer_sizes=[3, 2], activation="logistic", solver="adamw", weight_decay=0.2, epsilon=1e-6, beta_1=0.7,
        learning_rate="one-cycle", learning_rate_init=0.01, max_iter=7, shuffle=False, compiled=True,
        precision="bfloat16",
    )  # fmt: skip
    assert [(layer.units, layer.activation) for layer in one.network.dense_layers or ()] == [
        (3, "sigmoid"), (2, "sigmoid"), (None, "softmax"),
    ]  # fmt: skip
    optimizer = one.optimizer
    assert optimizer.kind == "adamw"
    assert optimizer.epsilon_uncorrected
    assert (optimizer.weight_decay, optimizer.epsilon, optimizer.beta1) == (0.2, 1e-6, 0.7)
    assert one.schedule.kind == "one-cycle"
    assert (one.training.epochs, one.training.shuffle, one.seed) == (7, False, 3)
    assert one.engine.name == "native"
    assert (one.engine.precision, one.engine.compiled) == ("bfloat16", True)
    assert wattlab.Recipe.from_toml(one.to_toml()) == one
