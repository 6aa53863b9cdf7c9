"""Short trainings at constant rates: each from the same weights, judged on what nobody trains on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.cluster.local import Ended
from wattlab.cluster.ramp_report import ShortRuns, ShortRunsAsked
from wattlab.cluster.ramp_runs import main, measure_short_runs, run_short_runs
from wattlab.cluster.ramp_steps import take_step, take_steps, whole_batches
from wattlab.cluster.ramp_subject import opened
from wattlab.data import load
from wattlab.recipe.engine import engine_changes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wattlab.engines.base import Score
    from wattlab.recipe import Recipe

EXACT = {"engine.precision": "float64"}


def asked(*rates: float, steps: int = 15, held_out: float = 0.1) -> ShortRunsAsked:
    return ShortRunsAsked(rates=rates, steps=steps, held_out=held_out)


def test_each_begins_anew(tiny_recipe: Recipe) -> None:
    alone = measure_short_runs(tiny_recipe, asked(0.05))
    after_others = measure_short_runs(tiny_recipe, asked(1e6, 0.5, 0.05))
    assert after_others.runs[2] == alone.runs[0]
    assert alone.runs[0].steps == 15


@pytest.mark.parametrize("engine", ["native", "torch", "sklearn"])
def test_many_steps_in_one_call_are_the_same_steps(engine: str, tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes({**EXACT, **engine_changes(engine)})
    with opened(recipe) as subject:
        start = subject.trainer.state()
        for batch, _ in zip(whole_batches(recipe, 96), range(15), strict=False):
            take_step(subject.trainer, batch, 0.05)
        alone = subject.trainer.weights()
        subject.trainer.restore(start)
        assert take_steps(subject.trainer, whole_batches(recipe, 96), 15, 0.05) == 15
        for name, array in subject.trainer.weights().items():
            np.testing.assert_allclose(array, alone[name], rtol=1e-10, atol=1e-12)


def test_a_share_of_the_training_part_judges_and_the_test_part_never(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tiny_recipe.with_changes({"data.validation_fraction": 0.5})
    whole, own = load(tiny_recipe.data), load(recipe.data)
    sizes: list[int] = []

    def look(subject: Any) -> None:
        evaluate = subject.trainer.evaluate

        def evaluated(part: Any) -> Score:
            sizes.append(len(part.labels))
            score: Score = evaluate(part)
            return score

        subject.trainer.evaluate = evaluated

    spied(monkeypatch, look)
    found = measure_short_runs(tiny_recipe, asked(0.01, 0.1))
    assert (found.held_out, found.n_held_out) == ("held-out 10% of the training part", 10)
    assert found.score_name == "accuracy"
    given = measure_short_runs(recipe, asked(0.01, 0.1, held_out=0.0))
    assert own.validation is not None
    assert (given.held_out, given.n_held_out) == ("validation part", own.validation.n_samples)
    assert sizes == [10, 10, own.validation.n_samples, own.validation.n_samples]
    assert whole.test.n_samples not in sizes


def spied(monkeypatch: pytest.MonkeyPatch, look: Any) -> None:
    from contextlib import contextmanager

    @contextmanager
    def watched(recipe: Recipe) -> Any:
        with opened(recipe) as subject:
            look(subject)
            yield subject

    monkeypatch.setattr("wattlab.cluster.ramp_runs.opened", watched)


def test_one_that_diverges_has_no_score(tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes(
        {"loss": {"kind": "mse"}, "network.layers": [{"activation": "identity"}], **EXACT}
    )
    found = measure_short_runs(recipe, asked(1e200, 0.01))
    assert found.runs[0].score is found.runs[0].loss is None
    assert found.runs[0].steps < 15
    assert found.runs[1].score is not None


def test_a_summed_loss_is_told_per_sample(tiny_recipe: Recipe) -> None:
    mean = measure_short_runs(tiny_recipe.with_changes(EXACT), asked(0.16))
    summed = tiny_recipe.with_changes({**EXACT, "loss.reduction": "sum"})
    found = measure_short_runs(summed, asked(0.01))
    assert found.runs[0].loss == pytest.approx(mean.runs[0].loss, rel=1e-9)


def test_the_process_writes_what_was_measured(tiny_recipe: Recipe, tmp_path: Path) -> None:
    def here(command: Sequence[str], log: Path, timeout_s: float | None) -> Ended:
        assert command[1:4] == ["-P", "-m", "wattlab.cluster.ramp_runs"]
        return Ended(None, False, 1.0, main(command[4:]))

    found = run_short_runs(tiny_recipe, asked(0.05), tmp_path, "one", run=here)
    assert isinstance(found, ShortRuns)
    assert found.runs == measure_short_runs(tiny_recipe, asked(0.05)).runs
    assert main(["no-such-recipe", str(tmp_path / "one.asked.json"), "out.json"]) == 2
