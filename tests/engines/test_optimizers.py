"""Every optimizer's trajectory against torch.optim, in float64, on a moving quadratic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from wattlab.engines.native.arrays import NUMPY, Arrays
from wattlab.engines.native.optimizers import Update, make_update
from wattlab.engines.native.torch_arrays import torch_arrays
from wattlab.recipe.optimizer import Optimizer
from wattlab.recipe.schedule import StepValue

STEPS = 60
N, N_WEIGHTS = 12, 9
RATE = 0.03

CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "gd": ({"kind": "gd"}, lambda p: torch.optim.SGD(p, RATE)),
    "sgd": ({"kind": "sgd"}, lambda p: torch.optim.SGD(p, RATE)),
    "momentum": ({"kind": "momentum", "momentum": 0.8}, lambda p: torch.optim.SGD(p, RATE, momentum=0.8)),
    "nesterov": (
        {"kind": "nesterov", "momentum": 0.8},
        lambda p: torch.optim.SGD(p, RATE, momentum=0.8, nesterov=True),
    ),
    "adagrad": ({"kind": "adagrad"}, lambda p: torch.optim.Adagrad(p, RATE)),
    "rmsprop": ({"kind": "rmsprop", "decay": 0.95}, lambda p: torch.optim.RMSprop(p, RATE, alpha=0.95)),
    "adam": (
        {"kind": "adam", "beta1": 0.85, "beta2": 0.99},
        lambda p: torch.optim.Adam(p, RATE, betas=(0.85, 0.99)),
    ),
    "adamw": (
        {"kind": "adamw", "weight_decay": 0.1},
        lambda p: torch.optim.AdamW(
            [{"params": p[:1]}, {"params": p[1:], "weight_decay": 0.0}], RATE, weight_decay=0.1
        ),
    ),
}


def gradients() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return one gradient offset for each step."""
    return np.random.default_rng(3).normal(size=(STEPS, N))


def update_of(fields: dict[str, Any], parameters: Any, xp: Arrays = NUMPY) -> Update:
    spec: Any = TypeAdapter(Optimizer).validate_python({"learning_rate": RATE, **fields})
    return make_update(xp, spec, parameters, N_WEIGHTS)


def start() -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.random.default_rng(4).normal(size=N)


@pytest.mark.parametrize("name", CASES)
def test_trajectory_is_that_of_torch(name: str) -> None:
    fields, make = CASES[name]
    ours = start()
    update = update_of(fields, ours)
    theirs = [
        torch.tensor(start()[:N_WEIGHTS], requires_grad=True),
        torch.tensor(start()[N_WEIGHTS:], requires_grad=True),
    ]
    optimizer = make(theirs)
    for offset in gradients():
        update.step(2 * ours + offset, StepValue(RATE))
        for part, shift in zip(theirs, (offset[:N_WEIGHTS], offset[N_WEIGHTS:]), strict=True):
            part.grad = 2 * part.detach() + torch.tensor(shift)
        optimizer.step()
    found = np.concatenate([part.detach().numpy() for part in theirs])
    np.testing.assert_allclose(ours, found, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_chunks_change_nothing(name: str) -> None:
    fields, _ = CASES[name]
    whole, in_chunks = start(), start()
    update = update_of(fields, whole)
    chunked = update_of(
        fields, in_chunks, replace(NUMPY, chunk=5)
    )  # the second chunk holds weights and biases
    for offset in gradients():
        update.step(2 * whole + offset, StepValue(RATE))
        chunked.step(2 * in_chunks + offset, StepValue(RATE))
    np.testing.assert_array_equal(in_chunks, whole)


def test_one_step_momentum_is_the_blogs_formula() -> None:
    ours, expected = start(), start()
    update = update_of({"kind": "momentum-one-step", "momentum": 0.4}, ours)
    previous = np.zeros(N)
    for offset in gradients():
        update.step(2 * ours + offset, StepValue(RATE))
        change = RATE * (2 * expected + offset)
        expected = expected - (change + 0.4 * previous)
        previous = change
    np.testing.assert_allclose(ours, expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["momentum", "nesterov", "adam", "adamw"])
def test_a_momentum_given_for_a_step_replaces_the_recipes(name: str) -> None:
    fields, _ = CASES[name]
    given, fixed = start(), start()
    with_given, with_fixed = (
        update_of(fields, given),
        update_of({**fields, "beta1" if name.startswith("adam") else "momentum": 0.3}, fixed),
    )
    for offset in gradients():
        with_given.step(2 * given + offset, StepValue(RATE, 0.3))
        with_fixed.step(2 * fixed + offset, StepValue(RATE))
    np.testing.assert_array_equal(given, fixed)
    untouched = start()
    plain = update_of(fields, untouched)
    for offset in gradients():
        plain.step(2 * untouched + offset, StepValue(RATE))
    assert np.abs(untouched - given).max() > 1e-6


@pytest.mark.parametrize("precision", ["numpy", "torch"])
def test_a_weight_decay_that_changes_is_torchs_with_its_groups_set_by_hand(precision: str) -> None:
    fields = {"kind": "adamw", "weight_decay": 0.3}
    theirs = [torch.tensor(part, requires_grad=True) for part in np.split(start(), [N_WEIGHTS])]
    groups = [{"params": [one], "weight_decay": 0.0} for one in theirs]
    optimizer = torch.optim.AdamW(groups)
    ours: Any = start() if precision == "numpy" else torch.tensor(start())
    update = update_of(fields, ours, NUMPY if precision == "numpy" else torch_arrays(torch.device("cpu")))
    for number, offset in enumerate(gradients()):
        value = StepValue(RATE / (1 + number), 0.85, 0.5 / (1 + number))
        for group in optimizer.param_groups:
            group.update(lr=value.learning_rate, betas=(0.85, 0.999))
        optimizer.param_groups[0]["weight_decay"] = value.weight_decay
        update.step(2 * ours + (offset if precision == "numpy" else torch.tensor(offset)), value)
        for part, shift in zip(theirs, np.split(offset, [N_WEIGHTS]), strict=True):
            part.grad = 2 * part.detach() + torch.tensor(shift)
        optimizer.step()
    found = np.concatenate([part.detach().numpy() for part in theirs])
    np.testing.assert_allclose(np.asarray(ours), found, rtol=1e-12, atol=1e-12)


def test_classical_momentum_with_a_changing_rate_keeps_the_old_steps_as_they_were() -> None:
    ours, velocity, expected = start(), np.zeros(N), start()
    update = update_of({"kind": "momentum", "momentum": 0.9}, ours)
    for number, offset in enumerate(gradients()):
        rate = RATE / (1 + number)
        update.step(2 * ours + offset, StepValue(rate))
        velocity = 0.9 * velocity + rate * (2 * expected + offset)
        expected = expected - velocity
    np.testing.assert_allclose(ours, expected, rtol=1e-12)


def test_epsilon_in_the_root() -> None:
    ours, squares, expected = start(), np.zeros(N), start()
    update = update_of({"kind": "rmsprop", "decay": 0.9, "epsilon": 0.05, "epsilon_in_root": True}, ours)
    for offset in gradients():
        gradient = 2 * expected + offset
        update.step(2 * ours + offset, StepValue(RATE))
        squares = 0.9 * squares + 0.1 * gradient**2
        expected = expected - RATE * gradient / np.sqrt(squares + 0.05)
    np.testing.assert_allclose(ours, expected, rtol=1e-11)


@pytest.mark.parametrize("kind", ["adam", "adamw"])
def test_epsilon_before_the_correction(kind: str) -> None:
    decay = {"weight_decay": 0.1} if kind == "adamw" else {}
    ours, mean, squares, expected = start(), np.zeros(N), np.zeros(N), start()
    update = update_of({"kind": kind, "epsilon": 0.05, "epsilon_uncorrected": True, **decay}, ours)
    for step, offset in enumerate(gradients(), start=1):
        gradient = 2 * expected + offset
        update.step(2 * ours + offset, StepValue(RATE))
        mean, squares = 0.9 * mean + 0.1 * gradient, 0.999 * squares + 0.001 * gradient**2
        expected[:N_WEIGHTS] *= 1 - RATE * decay.get("weight_decay", 0.0)
        rate = RATE * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        expected = expected - rate * mean / (np.sqrt(squares) + 0.05)
    np.testing.assert_allclose(ours, expected, rtol=1e-11)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "rmsprop", "epsilon": 0.05, "epsilon_in_root": True},
        {"kind": "adam", "epsilon": 0.05, "epsilon_uncorrected": True},
    ],
)
def test_where_epsilon_is_added_matters(fields: dict[str, Any]) -> None:
    plain, changed = start(), start()
    for parameters, chosen in ((plain, {**fields, list(fields)[-1]: False}), (changed, fields)):
        update = update_of(chosen, parameters)
        for offset in gradients():
            update.step(2 * parameters + offset, StepValue(RATE))
    assert np.abs(plain - changed).max() > 1e-4
