"""A learning-rate ramp: its steps are those of a training, and nothing of it is left behind."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import wattlab
from wattlab.cluster.local import Ended
from wattlab.cluster.ramp import main, measure_ramp, run_ramp
from wattlab.cluster.ramp_curve import SmoothedLoss
from wattlab.cluster.ramp_report import RampAsked, RampFailure, RampReport
from wattlab.cluster.ramp_steps import take_ramp, take_step, whole_batches
from wattlab.cluster.ramp_subject import opened
from wattlab.data.batches import order
from wattlab.engines.base import BatchLog
from wattlab.meter.quantity import measured
from wattlab.recipe.engine import engine_changes
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe

EXACT = {"engine.precision": "float64", "optimizer.kind": "sgd"}
ASKED = RampAsked(low=1e-4, high=1.0, steps=24)
NORMALISED: dict[str, Any] = {
    "network.layers": [
        {"units": 6, "activation": "identity"},
        {"kind": "batch-norm"},
        {"kind": "activation", "activation": "relu"},
        {"kind": "dropout", "rate": 0.3},
        {"activation": "softmax"},
    ],
}


def test_smoothing_is_the_weighted_mean_of_all_values_so_far() -> None:
    values, beta = [3.0, 1.0, 4.0, 1.0, 5.0], 0.7
    smooth = SmoothedLoss(beta)
    for n, value in enumerate(values, 1):
        weights = beta ** np.arange(n)[::-1]
        assert smooth.add(value) == pytest.approx(np.average(values[:n], weights=weights))
    assert smooth.best == min(smooth.values)


def test_its_steps_are_those_of_a_training_with_such_rates(tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes({"engine.precision": "float64"})
    found = measure_ramp(recipe, ASKED)
    with opened(recipe) as subject:
        rates, costs = np.geomspace(1e-4, 1.0, 24), []
        for epoch in range(4):
            part = StepValues(rates[6 * epoch : 6 * epoch + 6])
            costs.append(subject.trainer.train(order(recipe.seed, epoch, 96), part, epoch=epoch).cost)
    np.testing.assert_allclose(found.rates, rates, rtol=1e-15)
    np.testing.assert_allclose(found.losses, np.concatenate(costs), rtol=1e-11)
    assert (found.ending, found.has_validation, found.energy.is_missing) == ("end of the range", False, False)


@pytest.mark.parametrize("engine", ["native:torch", "torch", "sklearn"])
def test_every_engine_draws_the_same_curve(engine: str, tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes(EXACT)
    expected = measure_ramp(recipe.with_changes({"training.batch_size": 40}), ASKED)
    found = measure_ramp(recipe.with_changes({**engine_changes(engine), "training.batch_size": 40}), ASKED)
    assert len(found.losses) == 24
    np.testing.assert_allclose(found.losses, expected.losses, rtol=1e-6)


@pytest.mark.slow
def test_keras_does_too_in_a_process_of_its_own(tiny_recipe: Recipe, tmp_path: Path) -> None:
    pytest.importorskip("keras")
    recipe = tiny_recipe.with_changes(EXACT)
    found = run_ramp(recipe.with_changes(engine_changes("keras:torch")), ASKED, tmp_path, "one")
    assert isinstance(found, RampReport)
    np.testing.assert_allclose(found.losses, measure_ramp(recipe, ASKED).losses, rtol=1e-5)
    names = sorted(path.name for path in tmp_path.glob("one*"))
    assert names == ["one.asked.json", "one.json", "one.log", "one.toml"]


def test_a_summed_loss_is_told_per_sample(tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes({**EXACT, "training.batch_size": "all"})
    mean = measure_ramp(recipe, ASKED)
    summed = measure_ramp(
        recipe.with_changes({"loss.reduction": "sum"}),
        ASKED.model_copy(update={"low": 1e-4 / 96, "high": 1.0 / 96}),
    )
    np.testing.assert_allclose(summed.losses, mean.losses, rtol=1e-9)
    assert summed.batch_size == 96


@pytest.mark.parametrize("engine", ["native", "torch", "sklearn"])
def test_it_ends_where_the_loss_rises_or_is_no_number(engine: str, tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes(
        {**engine_changes(engine), "loss": {"kind": "mse"}, "network.layers": [{"activation": "identity"}]}
        if engine != "sklearn"
        else engine_changes(engine)
    )
    found = measure_ramp(recipe, RampAsked(low=1e-3, high=1e30, steps=60))
    assert found.ending in {"loss rose", "loss is no finite number"}
    assert len(found.rates) == len(found.losses) == len(found.smoothed) < 60
    if found.ending == "loss rose":
        assert found.smoothed[-1] > 4 * min(found.smoothed)
        assert all(
            one <= 4 * min(found.smoothed[: place + 1]) for place, one in enumerate(found.smoothed[:-1])
        )


def test_the_trainer_is_where_it_was(tiny_recipe: Recipe) -> None:
    half = {"engine.name": "torch", "engine.precision": "float16", "engine.emulated": True}
    for changes in (
        {"engine.name": "native", "optimizer.kind": "adam"},
        {"engine.name": "torch", "optimizer.kind": "adam", **NORMALISED},
        {**half, **NORMALISED},
    ):
        recipe = tiny_recipe.with_changes(changes)
        with opened(recipe) as subject:
            for batch, _ in zip(whole_batches(recipe, 96), range(3), strict=False):
                take_step(subject.trainer, batch, 0.01)
            before = subject.trainer.state()
            ramp = take_ramp(subject.trainer, recipe, 96, ASKED)
            after = subject.trainer.state()
        assert len(ramp.losses) > 10
        assert before.keys() == after.keys()
        for name, array in before.items():
            np.testing.assert_array_equal(after[name], array, err_msg=name)


def generators() -> tuple[Any, ...]:
    import torch

    kind, keys, *rest = np.random.get_state()  # noqa: NPY002 (that nobody touched it is what is tested)
    return random.getstate(), (kind, np.asarray(keys).tolist(), *rest), torch.get_rng_state().tolist()


@pytest.mark.parametrize("engine", ["native", "torch"])
def test_it_leaves_no_trace_in_what_follows(engine: str, tiny_recipe: Recipe, tmp_path: Path) -> None:
    recipe = tiny_recipe.with_changes(
        {"engine.name": engine, "training.epochs": 2, **(NORMALISED if engine == "torch" else {})}
    )
    first = wattlab.train(recipe, name="before", runs=tmp_path).model.weights()
    drawn = generators()
    measure_ramp(recipe, ASKED)
    assert generators() == drawn
    second = wattlab.train(recipe, name="after", runs=tmp_path).model.weights()
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(second[name], array, err_msg=name)


class Reluctant:
    """Leaves out so many updates before its loss scale fits."""

    def __init__(self, skips: int) -> None:
        self.skips, self.calls = skips, 0

    def train(self, order: object, values: StepValues, *, epoch: int) -> BatchLog:
        self.calls += 1
        cost = np.array([2.0])
        return BatchLog(cost, cost, cost, None, n_skipped=int(self.calls <= self.skips))


def test_a_step_that_float16_leaves_out_is_taken_again(tiny_recipe: Recipe) -> None:
    batch = next(whole_batches(tiny_recipe, 96))
    trainer: Any = Reluctant(3)
    assert take_step(trainer, batch, 0.1) == (2.0, 3)
    trainer = Reluctant(10**6)
    assert np.isnan(take_step(trainer, batch, 0.1)[0])
    assert trainer.calls < 100


def test_short_batches_are_left_out_and_epochs_go_on(tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes({"training.batch_size": 40})
    found = [batch for batch, _ in zip(whole_batches(recipe, 96), range(5), strict=False)]
    assert [(len(batch.rows), batch.epoch) for batch in found] == [
        (40, 0),
        (40, 0),
        (40, 1),
        (40, 1),
        (40, 2),
    ]
    np.testing.assert_array_equal(np.concatenate([one.rows for one in found[2:4]]), order(0, 1, 96)[:80])


def test_a_process_that_fails_is_told_from_one_that_refuses(tiny_recipe: Recipe, tmp_path: Path) -> None:
    def ends(failure: str | None, *, refused: bool) -> Any:
        return lambda *_: Ended(failure, refused, 1.0)

    wall = measured(1.0, "s", "perf_counter")
    run = ends("it crashed", refused=False)
    assert run_ramp(tiny_recipe, ASKED, tmp_path, "a", run=run) == RampFailure(
        refused=False, reason="it crashed", wall=wall
    )
    run = ends("no such thing", refused=True)
    assert run_ramp(tiny_recipe, ASKED, tmp_path, "a", run=run) == RampFailure(
        refused=True, reason="no such thing", wall=wall
    )
    silent = run_ramp(tiny_recipe, ASKED, tmp_path, "a", run=ends(None, refused=False))
    assert isinstance(silent, RampFailure)
    assert "cannot be read" in silent.reason


def test_what_the_user_can_mend_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ASKED.save(tmp_path / "asked.json")
    assert main(["no-such-recipe", str(tmp_path / "asked.json"), str(tmp_path / "out.json")]) == 2
    assert capsys.readouterr().err.startswith("error: ")
    (tmp_path / "asked.json").write_text("{}")
    assert main(["digits", str(tmp_path / "asked.json"), str(tmp_path / "out.json")]) == 2
    assert "is damaged" in capsys.readouterr().err
