"""What every engine must do, whichever it is, on the processor and on a GPU.

WATTLAB_TEST_ENGINE names the engines to test, such as ``keras:jax`` or ``native,torch@cuda:0``; left out: all that can
share a process, on a GPU too where there is one. An engine may refuse a recipe, and then names the field; the base
recipe it may not refuse.
"""

from __future__ import annotations

import json
import random
import re
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from wattlab.cluster.probe import first_steps
from wattlab.data import load
from wattlab.data.preparation import prepare
from wattlab.engines.phases import PHASES, PhaseClock, PhaseTimes, Untimed
from wattlab.engines.registry import get_engine
from wattlab.errors import UnsupportedError, WeightsError
from wattlab.recipe import Recipe
from wattlab.recipe.engine import NativeChoice
from wattlab.studies.agreement import compared

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import Trainer

    Problem = Any
    Autograd = Any
    Maker = Callable[..., Problem]
    Begin = Callable[[str, Problem], Trainer]


def layers(*activations: str) -> list[dict[str, Any]]:
    *hidden, last = activations
    return [*({"units": 6, "activation": one} for one in hidden), {"activation": last}]


def ends_in(output: str, loss: str, **fields: Any) -> dict[str, Any]:
    more = {f"loss.{name}": value for name, value in fields.items()}
    return {"network.layers": layers("tanh", output), "loss.kind": loss, **more}


def optimizer(kind: str, **fields: Any) -> dict[str, Any]:
    more = {f"optimizer.{name}": value for name, value in fields.items()}
    return {"optimizer.kind": kind, "regularisation.l2": 0.05, **more}


# A rate that changes with every step, and a momentum that does too.
FALLING: dict[str, Any] = {"schedule.kind": "cosine"}
CYCLED: dict[str, Any] = {"schedule.kind": "one-cycle", "schedule.momentum": (0.8, 0.95)}
SCHEDULES: dict[str, dict[str, Any]] = {"constant": {}, "falling": FALLING, "cycled": CYCLED}

LOSSES: dict[str, dict[str, Any]] = {
    f"{loss} of {output}, {reduction}": ends_in(output, loss, reduction=reduction)
    for loss, outputs in {
        "log-loss": ("sigmoid", "softmax"),
        "cross-entropy": ("softmax",),
        "normalised-cross-entropy": ("sigmoid",),
        "mse": ("identity", "sigmoid", "softmax", "tanh", "relu"),
    }.items()
    for output in outputs
    for reduction in ("mean", "sum")
} | {"smoothed labels": ends_in("softmax", "cross-entropy", label_smoothing=0.1)}
NETWORKS: dict[str, dict[str, Any]] = {
    f"hidden {one}": {"network.layers": layers(one, "softmax")}
    for one in ("identity", "sigmoid", "tanh", "relu", "leaky-relu", "softmax")
} | {
    "no hidden layer": {"network.layers": layers("softmax")},
    "three hidden layers": {"network.layers": layers("relu", "tanh", "sigmoid", "softmax")},
    "biases like weights": {"network.initial_biases": "as-weights"},
}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "gd": {**optimizer("gd"), "training.batch_size": "all"},
    "sgd, falling": {**optimizer("sgd"), **FALLING},
    **{
        f"{kind}, {name}": {**optimizer(kind, momentum=0.85), **schedule}
        for kind in ("momentum", "nesterov", "momentum-one-step")
        for name, schedule in SCHEDULES.items()
    },
    "adagrad": {**optimizer("adagrad"), **FALLING},
    "rmsprop": {**optimizer("rmsprop", decay=0.8, epsilon=1e-3), **FALLING},
    "rmsprop, epsilon in root": optimizer("rmsprop", decay=0.8, epsilon=1e-3, epsilon_in_root=True),
    **{
        f"{kind}, {name}": {**optimizer(kind, epsilon=1e-3, **fields), **schedule}
        for kind in ("adam", "adamw")
        for name, fields, schedule in (
            ("constant", {}, {}),
            ("falling", {}, FALLING),
            ("cycled", {}, CYCLED),
            ("epsilon uncorrected", {"epsilon_uncorrected": True}, {}),
        )
    },
    "adamw, strong decay": {**optimizer("adamw", epsilon=1e-3, weight_decay=0.5), **FALLING},
    **{
        f"adamw, decay cycled, {name}": {
            **optimizer("adamw", epsilon=1e-3, weight_decay=0.5, **fields),
            **schedule,
            "weight_decay_schedule": {"kind": "one-cycle", "warm_up": 0.5},
        }
        for name, fields, schedule in (
            ("rate constant", {}, {}),
            ("momentum too", {}, CYCLED),
            ("epsilon uncorrected", {"epsilon_uncorrected": True}, {"schedule.linear_warm_up": 0.4}),
        )
    },
}
TERMS: dict[str, dict[str, Any]] = {
    "l1": {"regularisation.l1": 0.02},
    "l1 and l2": {"regularisation.l1": 0.01, "regularisation.l2": 0.03},
    "l2 of one layer": {
        "regularisation.l2": 0.1,
        "network.layers": [
            {"units": 6, "activation": "tanh", "regularised": False},
            {"activation": "softmax"},
        ],
    },
    "l1 of one layer": {
        "regularisation.l1": 0.1,
        "network.layers": [
            {"units": 6, "activation": "tanh"},
            {"activation": "softmax", "regularised": False},
        ],
    },
    "clipped": {"training.clip_norm": 0.05, "regularisation.l2": 0.1},
    "hardly clipped": {"training.clip_norm": 0.25, "regularisation.l2": 0.1},
    "clipped in one batch": {"training.clip_norm": 0.05, "training.batch_size": "all"},
}
CASES = {**LOSSES, **NETWORKS, **OPTIMIZERS, **TERMS}
IN_FLOAT32 = ("cross-entropy of softmax, mean", "log-loss of sigmoid, sum", "mse of identity, mean",
              "normalised-cross-entropy of sigmoid, mean", "momentum, cycled", "nesterov, falling", "adam, constant",
              "adamw, falling", "rmsprop", "l1 and l2", "clipped")  # fmt: skip
IN_LOW_FORMATS = ("cross-entropy of softmax, mean", "nesterov, falling", "adam, constant", "clipped")

TOLERANCE: dict[str, dict[str, Any]] = {
    "float64": {"rtol": 1e-9, "atol": 1e-11},
    "float32": {"rtol": 1e-4, "atol": 1e-5},
    "tf32": {"rtol": 5e-3, "atol": 5e-3},
    "float16": {"rtol": 5e-3, "atol": 5e-3},
    "bfloat16": {"rtol": 0.04, "atol": 0.04},
}


def follow(trainer: Trainer, oracle: Autograd, problem: Problem, epochs: int = 2) -> None:
    """Hold an engine against the oracle, batch by batch, each in a call of its own; all batches are full."""
    tolerance = TOLERANCE[problem.recipe.engine.precision]
    for epoch in range(epochs):
        rows, values = problem.order(epoch), problem.values(epoch)
        for index, (start, stop) in enumerate(problem.bounds()):
            log = trainer.train(rows[start:stop], values.part(index, index + 1))
            expected = oracle.step(rows[start:stop], values.each()[index])
            np.testing.assert_allclose(log.cost, [expected.cost], **tolerance)
            assert log.n_skipped == 0
            np.testing.assert_allclose(log.regularisation, [expected.regularisation], **tolerance)
            if not unknown(log.mean_abs_error, problem):
                np.testing.assert_allclose(log.mean_abs_error, [expected.mean_abs_error], **tolerance)
    same_weights(trainer, oracle, problem)


def unknown(mean_abs_error: NDArray[np.float64], problem: Problem) -> bool:
    """Tell whether an engine says by NaN that it does not know the error on the way; ours has to."""
    return problem.recipe.engine.name not in {"native", "torch"} and bool(np.isnan(mean_abs_error).all())


def same_weights(trainer: Trainer, oracle: Autograd, problem: Problem) -> None:
    found, expected = trainer.weights(), oracle.weights()
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(
            found[name], array, **TOLERANCE[problem.recipe.engine.precision], err_msg=name
        )


# ---- the same mathematics


def test_the_base_recipe_is_refused_by_none(spec: str, problem: Maker, autograd: Autograd) -> None:
    base = problem(spec)
    engine = get_engine(base.recipe.engine.name)
    engine.check(base.recipe)
    follow(engine.start(base.recipe, base.data, base.weights), autograd(base), base)


@pytest.mark.parametrize("case", CASES)
def test_steps_are_those_of_autograd(
    grid_spec: str, case: str, problem: Maker, begin: Begin, autograd: Autograd
) -> None:
    one = problem(grid_spec, CASES[case])
    follow(begin(grid_spec, one), autograd(one), one)


@pytest.mark.parametrize("case", IN_FLOAT32)
def test_steps_in_float32_are_nearly_those(
    grid_spec: str, case: str, problem: Maker, begin: Begin, autograd: Autograd
) -> None:
    one = problem(grid_spec, {**CASES[case], "engine.precision": "float32"})
    trainer = begin(grid_spec, one)
    follow(trainer, autograd(one), one)
    assert {array.dtype for array in trainer.weights().values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("case", IN_LOW_FORMATS)
@pytest.mark.parametrize("precision", ["tf32", "bfloat16", "float16"])
def test_steps_in_low_formats_are_about_those(
    grid_spec: str, precision: str, case: str, problem: Maker, begin: Begin, autograd: Autograd
) -> None:
    one = problem(grid_spec, {**CASES[case], "engine.precision": precision, "engine.emulated": True})
    if precision == "tf32" and one.recipe.engine.device == "cpu":
        pytest.skip("no processor has tf32")
    trainer = begin(grid_spec, one)
    follow(trainer, autograd(one), one)
    assert {array.dtype for array in trainer.weights().values()} == {np.dtype(np.float32)}
    assert trainer.facts()["precision"] == precision


def test_steps_whose_gradient_overflows_are_left_out(spec: str, problem: Maker, begin: Begin) -> None:
    if not hasattr(problem(spec).recipe.engine, "loss_scale"):
        pytest.skip(f"{spec} has no float16")
    low = {"engine.precision": "float16", "engine.emulated": True, "engine.loss_scale": 1e30}
    one = problem(spec, {**low, **OPTIMIZERS["adam, constant"]})
    trainer = begin(spec, one)
    log = one.epoch(trainer)
    assert log.n_skipped == 3
    assert np.isfinite(log.cost).all()
    for name, array in one.weights.items():
        np.testing.assert_array_equal(trainer.weights()[name], array.astype(np.float32))


@pytest.mark.parametrize("kind", ["nesterov", "adam"])
def test_a_step_that_is_left_out_takes_nothing_from_the_schedule(
    spec: str, kind: str, problem: Maker, begin: Begin, autograd: Autograd, data: Callable[..., Prepared]
) -> None:
    """The updates that are applied have the first values, and Adam counts them alone."""
    if not hasattr(problem(spec).recipe.engine, "loss_scale"):
        pytest.skip(f"{spec} has no float16")
    fields: dict[str, Any] = {"epsilon": 1e-3} if kind == "adam" else {}
    changes = {**optimizer(kind, **fields), **CYCLED, "loss.reduction": "sum", "training.batch_size": 2}
    low = {"engine.precision": "float16", "engine.emulated": True, "optimizer.learning_rate": 0.02}
    one = problem(spec, {**changes, **low}, data(40))
    trainer, scout, oracle = begin(spec, one), begin(spec, one), autograd(one)
    # With the first factor gradients overflow, until it has been halved often enough.
    log, rows, values = one.epoch(trainer), one.order(), one.values()
    for start, stop in one.bounds():
        value = values.part(oracle.steps, oracle.steps + 1)
        if not scout.train(rows[start:stop], value).n_skipped:
            oracle.step(rows[start:stop], *value.each())
    assert 0 < log.n_skipped < 10
    assert oracle.steps == len(one.bounds()) - log.n_skipped
    for name, array in oracle.weights().items():
        np.testing.assert_allclose(trainer.weights()[name], array, **TOLERANCE["float16"])


def test_much_at_once(spec: str, problem: Maker, begin: Begin, autograd: Autograd) -> None:
    """For engines that do not go through the long list."""
    changes = {**OPTIMIZERS["nesterov, cycled"], **TERMS["l2 of one layer"], "training.clip_norm": 0.5}
    one = problem(spec, {**changes, "regularisation.l1": 0.01})
    follow(begin(spec, one), autograd(one), one)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_its_first_steps_are_found_to_be_those_of_native(spec: str, schedule: str, problem: Maker) -> None:
    changes = {"data.dataset": "blobs", "engine.precision": "float64", **optimizer("nesterov")}
    recipe = problem(spec, changes | SCHEDULES[schedule]).recipe
    reference = first_steps(recipe.model_copy(update={"engine": NativeChoice(precision="float64")}), 7)
    try:
        found = first_steps(recipe, 7)
    except UnsupportedError as refusal:
        pytest.skip(str(refusal))
    assert len(reference.costs) == 7
    assert compared(spec, "float64", found, reference).message == ""


@pytest.mark.parametrize("batch_size", [8, 10, 24, "all"])
@pytest.mark.parametrize("last_batch", ["keep", "drop"])
def test_an_epoch_in_one_call_is_the_same_steps(
    grid_spec: str, batch_size: int | str, last_batch: str, problem: Maker, begin: Begin, autograd: Autograd
) -> None:
    one = problem(
        grid_spec, {"training.batch_size": batch_size, "training.last_batch": last_batch, **FALLING}
    )
    trainer, oracle = begin(grid_spec, one), autograd(one)
    log = one.epoch(trainer)
    rows, values = one.order(), one.values().each()
    bounds = one.bounds()
    expected = [
        oracle.step(rows[start:stop], value) for (start, stop), value in zip(bounds, values, strict=True)
    ]
    same_weights(trainer, oracle, one)
    costs = np.array([step.cost for step in expected])
    if (
        len(set(log.cost.tolist())) == 1
    ):  # an engine may know no more than the mean of a call, over its samples
        costs = np.full(len(bounds), np.average(costs, weights=[stop - start for start, stop in bounds]))
    np.testing.assert_allclose(log.cost, costs, rtol=1e-9)


@pytest.mark.parametrize("output", ["identity", "tanh"])
@pytest.mark.parametrize(("n_outputs", "flat"), [(2, False), (1, False), (1, True)])
def test_regression(
    grid_spec: str,
    output: str,
    n_outputs: int,
    flat: bool,
    problem: Maker,
    begin: Begin,
    autograd: Autograd,
    data: Callable[..., Prepared],
) -> None:
    samples = data(task="regression", n_outputs=n_outputs, flat=flat)
    one = problem(grid_spec, {**ends_in(output, "mse"), "regularisation.l2": 0.01}, samples)
    trainer, oracle = begin(grid_spec, one), autograd(one)
    follow(trainer, oracle, one)
    a, y = (make(samples.test).detach().numpy() for make in (oracle.outputs, oracle.targets))
    found = trainer.evaluate(samples.test)
    assert found.score == pytest.approx(1 - ((y - a) ** 2).sum() / ((y - y.mean(0)) ** 2).sum(), rel=1e-8)
    assert found.loss == pytest.approx(0.5 * ((y - a) ** 2).sum() / len(y), rel=1e-8)


def test_bytes_are_scaled_when_gathered(
    spec: str, problem: Maker, begin: Begin, autograd: Autograd, data: Callable[..., Prepared]
) -> None:
    one = problem(spec, {}, data(as_bytes=True))
    trainer, oracle = begin(spec, one), autograd(one)
    follow(trainer, oracle, one)
    outputs = oracle.outputs(one.data.test).detach().numpy()
    np.testing.assert_allclose(trainer.predict(one.data.test.features), outputs, rtol=1e-8)
    losses = oracle.losses(oracle.outputs(one.data.test), oracle.targets(one.data.test))
    assert trainer.evaluate(one.data.test).loss == pytest.approx(losses.mean().item(), rel=1e-8)


def test_a_real_epoch_is_that_of_the_native_engine(spec: str, problem: Maker, begin: Begin) -> None:
    """Digits, 45 batches of which the last is short, by the recipe that ships."""
    shipped = Recipe.named("digits")
    changes = {
        name: getattr(shipped, name).model_dump() for name in ("network", "optimizer", "schedule", "training")
    }
    samples = prepare(load("digits"), shipped.preparation, np.float64)
    one, ours = (problem(name, changes, samples) for name in (spec, "native"))
    trainer, native = begin(spec, one), begin("native", ours)
    np.testing.assert_allclose(one.epoch(trainer).cost.mean(), ours.epoch(native).cost.mean(), rtol=5e-3)
    for name, array in native.weights().items():
        np.testing.assert_allclose(trainer.weights()[name], array, rtol=1e-9, atol=1e-11, err_msg=name)
    scores = [each.evaluate(samples.test) for each in (trainer, native)]
    assert scores[0].score == scores[1].score > 0.8
    assert scores[0].loss == pytest.approx(scores[1].loss, rel=1e-9)


# ---- sample weights


def test_weighted_steps_are_those_of_autograd(
    spec: str, problem: Maker, begin: Begin, autograd: Autograd, data: Callable[..., Prepared]
) -> None:
    weight = np.random.default_rng(5).uniform(0.1, 2, 24)
    one = problem(spec, {"regularisation.l2": 0.05}, data(sample_weight=weight / weight.mean()))
    follow(begin(spec, one), autograd(one), one)


@pytest.mark.parametrize(
    "changes", [{}, ends_in("sigmoid", "log-loss"), ends_in("identity", "mse"), OPTIMIZERS["adam, constant"]]
)
def test_a_weight_is_worth_so_many_repetitions(
    grid_spec: str, changes: dict[str, Any], problem: Maker, begin: Begin, data: Callable[..., Prepared]
) -> None:
    counts = np.random.default_rng(6).integers(1, 4, 24)
    single = data(sample_weight=counts / counts.mean())
    repeated = type(single)(
        type(single.train)(*(array.repeat(counts, axis=0) for array in (single.train.features, single.train.labels))),
        None, single.test, single.transform, None, single.n_outputs, single.classes,
    )  # fmt: skip
    weighted, plain = (
        problem(grid_spec, {**changes, "training.batch_size": "all"}, one) for one in (single, repeated)
    )
    one, other = begin(grid_spec, weighted), begin(grid_spec, plain)
    for epoch in range(3):
        costs = [problem.epoch(trainer, epoch).cost for problem, trainer in ((weighted, one), (plain, other))]
        np.testing.assert_allclose(costs[0], costs[1], rtol=1e-9)
    for name, array in other.weights().items():
        np.testing.assert_allclose(one.weights()[name], array, rtol=1e-9, atol=1e-12)


# ---- weights and state


def test_it_begins_from_the_weights_it_was_given(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec, {"network.initial_biases": "as-weights"})
    found = begin(spec, one).weights()
    assert list(found) == list(one.weights)
    for name, array in one.weights.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-12)
        assert found[name].shape == array.shape


def test_weights_out_and_in(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec)
    taught, fresh = begin(spec, one), begin(spec, one)
    one.epoch(taught)
    fresh.load(taught.weights())
    features = one.data.test.features
    np.testing.assert_array_equal(fresh.predict(features), taught.predict(features))
    fresh.weights()["layers.0.weights"][...] = 0  # a copy, so this changes nothing
    np.testing.assert_array_equal(fresh.predict(features), taught.predict(features))


def test_weights_that_do_not_fit_are_refused(spec: str, problem: Maker, begin: Begin) -> None:
    trainer = begin(spec, problem(spec))
    before = trainer.weights()
    with pytest.raises(WeightsError, match=r"layers.0.biases has shape \(3,\)"):
        trainer.load({**before, "layers.0.biases": np.zeros(3)})
    with pytest.raises(WeightsError, match=r"no 'layers\.1\.biases'"):
        trainer.load({name: array for name, array in before.items() if name != "layers.1.biases"})
    with pytest.raises(WeightsError, match=r"hold layers\.2\.weights"):
        trainer.load({**before, "layers.2.weights": np.zeros((3, 3))})
    for name, array in trainer.weights().items():
        np.testing.assert_array_equal(array, before[name])


STATEFUL: dict[str, dict[str, Any]] = {"sgd": {}} | {
    name: OPTIMIZERS[name]
    for name in ("momentum, falling", "nesterov, cycled", "momentum-one-step, constant", "adagrad", "rmsprop",
                 "adam, falling", "adamw, cycled")
}  # fmt: skip


@pytest.mark.parametrize("case", STATEFUL)
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_saved_state_is_resumed_bit_for_bit(
    grid_spec: str, case: str, precision: str, problem: Maker, begin: Begin
) -> None:
    one = problem(grid_spec, {**STATEFUL[case], "engine.precision": precision})
    straight, resumed = begin(grid_spec, one), begin(grid_spec, one)
    one.epoch(straight, 0)
    state = straight.state()
    assert all(isinstance(array, np.ndarray) for array in state.values())
    expected = [one.epoch(straight, epoch).cost for epoch in (1, 2)]
    resumed.restore(state)
    np.testing.assert_array_equal([one.epoch(resumed, epoch).cost for epoch in (1, 2)], expected)
    for name, array in straight.weights().items():
        np.testing.assert_array_equal(resumed.weights()[name], array)


def test_a_state_is_a_copy(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec)
    trainer = begin(spec, one)
    one.epoch(trainer)
    kept = trainer.state()
    copied = {name: array.copy() for name, array in kept.items()}
    one.epoch(trainer, 1)
    trainer.restore(copied)
    one.epoch(trainer, 1)
    for name, array in kept.items():
        np.testing.assert_array_equal(array, copied[name])


def test_a_state_of_another_network_is_refused(spec: str, problem: Maker, begin: Begin) -> None:
    trainer = begin(spec, problem(spec))
    other = begin(spec, problem(spec, {"network.layers": layers("tanh", "tanh", "softmax")}))
    wider = begin(spec, problem(spec, {"network.layers[0].units": 9}))
    for state in (other.state(), wider.state(), {}):
        with pytest.raises(WeightsError):
            trainer.restore(state)


def test_a_state_in_another_number_format_is_refused(spec: str, problem: Maker, begin: Begin) -> None:
    wide, narrow = problem(spec), problem(spec, {"engine.precision": "float32"})
    trainer, other = begin(spec, narrow), begin(spec, wide)
    for one, each in ((narrow, trainer), (wide, other)):
        one.epoch(each)
    before = trainer.state()
    with pytest.raises(WeightsError, match=r"is float64 of .*, not float32 of .*precision; resume with"):
        trainer.restore(other.state())
    for name, array in trainer.state().items():
        np.testing.assert_array_equal(array, before[name])


def test_the_same_work_gives_the_same_bits(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec)
    first, second = begin(spec, one), begin(spec, one)
    for epoch in range(2):
        np.testing.assert_array_equal(one.epoch(first, epoch).cost, one.epoch(second, epoch).cost)
    for name, array in first.weights().items():
        np.testing.assert_array_equal(array, second.weights()[name])


def test_a_warm_up_changes_nothing(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec, {"training.batch_size": 10})
    trainer, cold = begin(spec, one), begin(spec, one)
    before = trainer.state()
    draws = (np.random.get_state(legacy=False), random.getstate(), torch.get_rng_state())  # noqa: NPY002 (the global one is meant)
    trainer.warm_up()
    assert np.random.get_state(legacy=False)["state"]["pos"] == draws[0]["state"]["pos"]  # noqa: NPY002 (as above)
    assert random.getstate() == draws[1]
    assert torch.equal(torch.get_rng_state(), draws[2])
    after = trainer.state()
    assert before.keys() == after.keys()
    for name, array in before.items():
        np.testing.assert_array_equal(after[name], array)
    np.testing.assert_array_equal(one.epoch(trainer).cost, one.epoch(cold).cost)


# ---- the phases of a step

INSIDE = ("native", "native:torch", "torch", "torch@cuda:0", "sklearn")
"""These show their steps to the clock; all others time the parts apart, and say that it is a model."""
CLOCKED: dict[str, dict[str, Any]] = {"sgd": {}, "momentum": OPTIMIZERS["nesterov, falling"]}


def random_states() -> tuple[Any, ...]:
    """Return where the generators stand that a library could draw from."""
    own = np.random.get_state(legacy=False)["state"]  # noqa: NPY002 (the global one is meant)
    return own["pos"], own["key"].tobytes(), random.getstate(), torch.get_rng_state().numpy().tobytes()


def keeps_to_no_budget(trainer: Trainer, clock: PhaseClock, *, inside: bool) -> bool:
    """Return whether a budget of nothing gives what the clock saw, or a reason why parts cannot be timed apart."""
    times = trainer.phase_times(clock, budget_s=0.0)
    if isinstance(times, PhaseTimes):
        return inside and times.how == "measured"
    return not inside and bool(
        re.search(r"takes about [\d.e-]+ s, for which the training was too short$", times.reason)
    )


@pytest.mark.parametrize("case", CLOCKED)
def test_phases_are_timed_and_nothing_changes(spec: str, case: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec, {**CLOCKED[case], "training.batch_size": 10})
    watched, alone = begin(spec, one), begin(spec, one)
    clock = PhaseClock(watched.synchronize)
    clock.choose([0, 1])
    for epoch in range(3):
        log = watched.train(one.order(epoch), one.values(epoch), None, clock)
        np.testing.assert_array_equal(log.cost, one.epoch(alone, epoch).cost)
        draws = random_states()
        assert keeps_to_no_budget(watched, clock, inside=spec in INSIDE)
        times = watched.phase_times(clock, budget_s=60.0)
        assert random_states() == draws
        for name, array in alone.state().items():
            np.testing.assert_array_equal(watched.state()[name], array, err_msg=name)
    if isinstance(times, Untimed):
        assert one.recipe.engine.name == "keras"  # where a call takes longer than such small parts
        assert "too short" in times.reason
        return
    assert times.how == ("measured" if spec in INSIDE else "modelled")
    assert list(times.seconds) == [name for name in PHASES if name in times.seconds]
    assert {*times.seconds} - {"other"} == {"data", "forward", "backward", "optimizer"}
    assert all((array > 0).all() for array in times.seconds.values())
    assert sum(times.shares().values()) == pytest.approx(1)


def test_phases_add_up_to_the_step(
    spec: str, problem: Maker, begin: Begin, data: Callable[..., Prepared]
) -> None:
    samples = data(n_samples=2048, n_features=200)
    one = problem(spec, {"training.batch_size": 256, "network.layers[0].units": 200}, samples)
    trainer = begin(spec, one)
    trainer.warm_up()
    clock = PhaseClock(trainer.synchronize)
    clock.choose(range(8))
    epochs_s = []
    for epoch in range(3):
        clock.clear()
        started_s = perf_counter()
        trainer.train(one.order(epoch), one.values(epoch), None, clock)
        epochs_s.append(perf_counter() - started_s)
    found = (trainer.phase_times(clock, budget_s=60.0) for _ in range(5))
    # Who times parts apart may find none while others have the cores, says so, and is asked again.
    times = next((one for one in found if isinstance(one, PhaseTimes)), None)
    assert times is not None
    if spec in INSIDE:
        assert times.n_steps == 8
        assert 0.2 * epochs_s[-1] < sum(np.mean(one) for one in times.seconds.values()) * 8 < epochs_s[-1]
    else:  # others may have the cores at one time and not at the other
        found_s = sum(float(np.median(array)) for array in times.seconds.values())
        assert 0.1 * min(epochs_s) < found_s * 8 < 20 * min(epochs_s)


def test_the_device_is_waited_for_at_chosen_steps_only(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec)
    trainer, waits = begin(spec, one), list[int]()
    clock = PhaseClock(lambda: waits.append(1))
    trainer.train(one.order(), one.values(), None, clock)
    assert waits == []
    clock.choose([1])
    trainer.train(one.order(1), one.values(1), None, clock)
    if spec in INSIDE and spec != "sklearn":  # of which a call has several steps
        assert len(waits) == 5
        assert clock.n_steps == 1


def test_phases_that_nobody_timed_have_a_reason(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec)
    trainer = begin(spec, one)
    one.epoch(trainer)
    times = trainer.phase_times(PhaseClock(), budget_s=0.0)
    assert isinstance(times, Untimed)
    assert "too short" in times.reason or "before a step was timed" in times.reason


# ---- what it tells


def test_predictions_and_scores_go_together(
    grid_spec: str, problem: Maker, begin: Begin, autograd: Autograd
) -> None:
    for reduction in ("mean", "sum"):
        changes = ends_in("softmax", "cross-entropy", reduction=reduction)
        one = problem(grid_spec, {**changes, "regularisation.l2": 0.1})
        trainer, oracle, part = begin(grid_spec, one), autograd(one), one.data.test
        outputs = trainer.predict(part.features)
        assert isinstance(outputs, np.ndarray)
        np.testing.assert_allclose(outputs, oracle.outputs(part).numpy(), rtol=1e-9)
        losses, score = oracle.losses(oracle.outputs(part), oracle.targets(part)), trainer.evaluate(part)
        assert score.score == pytest.approx((outputs.argmax(1) == part.labels).mean())
        assert score.loss == pytest.approx((losses.mean() if reduction == "mean" else losses.sum()).item())
        assert score.regularisation == pytest.approx(oracle.penalty().item())


@pytest.mark.parametrize("case", [name for name in LOSSES if name.endswith(("mean", "labels"))])
def test_evaluated_losses_are_those_of_autograd(
    grid_spec: str, case: str, problem: Maker, begin: Begin, autograd: Autograd
) -> None:
    one = problem(grid_spec, LOSSES[case])
    trainer, oracle = begin(grid_spec, one), autograd(one)
    for part in (one.data.test, one.data.train):
        losses = oracle.losses(oracle.outputs(part), oracle.targets(part))
        assert trainer.evaluate(part).loss == pytest.approx(losses.mean().item(), rel=1e-9)


def test_an_evaluation_changes_nothing(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec)
    trainer = begin(spec, one)
    before = trainer.state()
    first = trainer.evaluate(one.data.test)
    assert trainer.evaluate(one.data.test) == first
    trainer.predict(one.data.train.features[:1])
    for name, array in trainer.state().items():
        np.testing.assert_array_equal(before[name], array)


def test_more_samples_than_a_block(
    spec: str, problem: Maker, begin: Begin, data: Callable[..., Prepared]
) -> None:
    one = problem(spec, {"training.batch_size": "all"}, data(n_samples=5003))
    trainer, part = begin(spec, one), one.data.train
    outputs = trainer.predict(part.features)
    assert outputs.shape == (5003, 3)
    expected = -np.log(outputs[np.arange(5003), part.labels]).mean()
    score = trainer.evaluate(part)
    assert score.loss == pytest.approx(expected, rel=1e-9)
    assert score.score == pytest.approx((outputs.argmax(1) == part.labels).mean())
    np.testing.assert_allclose(one.epoch(trainer).cost, [expected], rtol=1e-9)


@pytest.mark.parametrize("last_batch", ["keep", "drop"])
def test_the_log_has_an_entry_a_batch(spec: str, last_batch: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec, {"training.batch_size": 10, "training.last_batch": last_batch})
    log = one.epoch(begin(spec, one))
    n_batches = 3 if last_batch == "keep" else 2
    for array in (log.cost, log.regularisation, log.mean_abs_error):
        assert array.shape == (n_batches,)
        assert array.dtype == np.float64
    assert np.isfinite([log.cost, log.regularisation]).all()
    assert unknown(log.mean_abs_error, one) or np.isfinite(log.mean_abs_error).all()
    assert log.n_correct is None  # evaluation.train is "none"
    assert log.n_skipped == 0
    assert log.forward_s.shape == log.backward_s.shape == (0,)


def test_hits_are_counted_on_the_way(spec: str, problem: Maker, begin: Begin, autograd: Autograd) -> None:
    one = problem(spec, {"evaluation.train": "batches"})
    trainer, oracle = begin(spec, one), autograd(one)
    rows, values = one.order(), one.values().each()
    hits = [
        oracle.step(rows[start:stop], value).n_correct
        for (start, stop), value in zip(one.bounds(), values, strict=True)
    ]
    found = one.epoch(trainer).n_correct
    assert found == sum(hits) or (found is None and one.recipe.engine.name not in {"native", "torch"})


def test_the_tick_counts_all_batches(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec)
    trainer = begin(spec, one)
    seen: list[int] = []
    trainer.train(one.order(), one.values(), seen.append)
    assert seen
    assert seen == sorted(seen)
    assert seen[-1] == 3
    trainer.synchronize()


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value", "ignore:divide by zero")
def test_a_loss_without_end_is_logged_as_such(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec, {"optimizer.learning_rate": 1e300, "regularisation.l2": 0.1})
    log = one.epoch(begin(spec, one))
    assert not np.isfinite(log.cost[-1])
    lost = int(np.argmin(np.isfinite(log.cost)))
    assert np.isnan(log.cost[lost + 1 :]).all()


def test_facts_say_what_is_in_use(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec)
    facts = begin(spec, one).facts()
    assert json.loads(json.dumps(facts)) == facts
    assert isinstance(facts["threads"], int)
    assert facts["threads"] >= 1
    assert facts["device"] == one.recipe.engine.device
    assert facts["precision"] == "float64"
    packages = {"native": "numpy", "sklearn": "scikit-learn"}
    package = packages.get(one.recipe.engine.name, one.recipe.engine.name)
    assert facts[package], f"the version of {package} is missing"


def test_it_learns(spec: str, problem: Maker, begin: Begin) -> None:
    one = problem(spec, {"training.epochs": 200, "optimizer.learning_rate": 1.0})
    trainer, part = begin(spec, one), one.data.train
    before = trainer.evaluate(part)
    for epoch in range(200):
        one.epoch(trainer, epoch)
    after = trainer.evaluate(part)
    assert before.score < 0.6
    assert after.score > 0.95
    assert after.loss < 0.3 * before.loss


def test_a_device_that_is_not_there_is_refused(spec: str, problem: Maker) -> None:
    one = problem(spec, {"engine.device": "cuda:63"})
    with pytest.raises(UnsupportedError, match=r"engine\.device is 'cuda:63'"):
        get_engine(one.recipe.engine.name).check(one.recipe)


def test_a_number_format_that_the_device_lacks_is_refused(spec: str, problem: Maker) -> None:
    one = problem(spec, {"engine.device": "cpu", "engine.precision": "tf32"})
    with pytest.raises(UnsupportedError, match=r"engine\.precision is 'tf32'.*float64, float32"):
        get_engine(one.recipe.engine.name).check(one.recipe)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="no engine 'abacus'; engines: native"):
        get_engine("abacus")
