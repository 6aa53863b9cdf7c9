"""A whole search: on a machine that is made up, interrupted and resumed; and for real, within a limit that bites."""

from __future__ import annotations

import re
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.cluster.local import run_process
from wattlab.cluster.memory_limit import MemoryLimit
from wattlab.cluster.step_report import StepFailure, StepReport, StepsAsked
from wattlab.errors import RecipeError, UnsupportedError, UserError
from wattlab.recipe import Recipe
from wattlab.studies.batch_size import probing, study
from wattlab.studies.batch_size.answer import BatchSizes
from wattlab.studies.batch_size.asked import BatchSizeAsked

from .invented import BASE_B, SAMPLE_B, Machine, MiB

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_B = 500 * MiB


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return the machine that all probes run on."""
    made = Machine()
    monkeypatch.setattr(study, "Prober", partial(probing.Prober, run=made, quiet=lambda _: None))
    return made


def asked(recipe: Recipe, **facts: Any) -> BatchSizeAsked:
    return BatchSizeAsked(recipe, **{"memory_limit_B": LIMIT_B, **facts})


@pytest.fixture
def recipe() -> Recipe:
    """Return a recipe of 8,000 training samples."""
    return Recipe.named("digits").with_changes(
        {"data.dataset": "blobs", "data.options": {"samples": 10_000, "classes": 10}}
    )


def test_every_size_is_told_and_the_maximum_was_tested_twice(
    machine: Machine, recipe: Recipe, tmp_path: Path
) -> None:
    found = study.find_batch_size(asked(recipe))
    assert [row.size for row in found.rows] == [8, 16, 32, 64, 128, 256, 384, 400, 408, 416, 448, 512]
    assert (found.maximum, found.above, found.complete) == (400, 408, True)
    assert found[400].n_probes == 2
    assert found[400].left.value == LIMIT_B - BASE_B - 400 * SAMPLE_B
    assert found[512].outcome == "out of memory"
    assert found.spread == 0
    assert found.knee is not None
    rates = {row.size: row.rate.median for row in found.rows if row.rate}
    assert found.knee.size == min(size for size in rates if rates[size] >= 0.95 * max(rates.values()))
    assert found.recommended is not None
    assert found.recommended.size in rates
    assert found.fit is not None
    assert found.fit.base_B == pytest.approx(BASE_B)
    assert found.fit.per_sample_B == pytest.approx(SAMPLE_B)
    said = " ".join(found.verdicts)
    assert (
        "Maximum: 400, which fitted in two processes and leaves 0 B (0%) of the memory; 408 does not" in said
    )
    assert re.search(r"Fitted, not tested: .* sizes above 400 would not fit", said)
    (folder,) = (tmp_path / "wattlab-studies").iterdir()
    assert BatchSizes.load(folder) == found


def test_an_interrupted_search_goes_on_without_trying_anything_twice(
    machine: Machine, recipe: Recipe, tmp_path: Path
) -> None:
    whole = study.find_batch_size(asked(recipe), studies=tmp_path / "whole")
    everything = list(machine.asked)
    machine.asked.clear()
    machine.interrupt_at = 6
    with pytest.raises(study.SearchInterrupted) as interrupt:
        study.find_batch_size(asked(recipe))
    assert (len(interrupt.value.answer.probes), interrupt.value.answer.complete) == (5, False)
    machine.asked.pop()
    machine.interrupt_at = None
    gone_on = study.resume("last")
    assert machine.asked == everything
    assert [row.outcome for row in gone_on.rows] == [row.outcome for row in whole.rows]
    assert (gone_on.maximum, gone_on.knee, gone_on.complete) == (whole.maximum, whole.knee, True)


@pytest.mark.parametrize(("cause", "words"), [("timed out", "too slow"), ("crashed", "crashes, and not for")])
def test_what_is_no_lack_of_memory_is_told_as_what_it_is(
    machine: Machine, recipe: Recipe, cause: str, words: str
) -> None:
    machine.causes = {64: cause}
    found = study.find_batch_size(asked(recipe))
    assert (found.maximum, found.above) == (32, 64)
    assert any(words in one for one in found.verdicts)


def test_the_training_part_is_the_end(machine: Machine, recipe: Recipe) -> None:
    small = recipe.with_changes({"data.options.samples": 100})
    found = study.find_batch_size(asked(small, most=1000))
    assert found.maximum == 80
    assert found.above is None
    assert any("whole training part" in one for one in found.verdicts)
    assert any("--max 1000 is more than the 80 samples" in one for one in found.notes)


def test_none_fits_is_an_error_that_says_what_was_tried_and_what_is_needed(
    machine: Machine, recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(
        UserError, match=r"no batch size fits .* tried 8: out of memory .* 1: out of memory"
    ) as one:
        study.find_batch_size(asked(recipe, memory_limit_B=50 * MiB))
    assert "A batch of 1 holds 101 MiB: give --memory-limit more than that" in str(one.value)
    (folder,) = (tmp_path / "wattlab-studies").iterdir()
    answer = BatchSizes.load(folder)
    assert (answer.maximum, answer.knee, answer.complete, len(answer.rows)) == (None, None, True, 4)


def test_none_fits_is_told_alike_after_an_interrupt(machine: Machine, recipe: Recipe) -> None:
    machine.interrupt_at = 3
    with pytest.raises(study.SearchInterrupted):
        study.find_batch_size(asked(recipe, memory_limit_B=50 * MiB))
    machine.interrupt_at = None
    with pytest.raises(UserError, match=r"tried 8: .* 4: .* 2: .* 1: .* A batch of 1 holds 101 MiB"):
        study.resume("last")


def test_steps_that_take_too_long_are_too_slow_but_a_long_start_is_not(
    monkeypatch: pytest.MonkeyPatch, recipe: Recipe, tmp_path: Path
) -> None:
    code = "import pathlib, sys, time; time.sleep({}); pathlib.Path(sys.argv[1]).touch(); time.sleep({})"
    stepping = str(tmp_path / "one.stepping")

    def in_a_process(start_s: float, steps_s: float) -> StepFailure:
        command = [sys.executable, "-I", "-S", "-c", code.format(start_s, steps_s), stepping]
        monkeypatch.setattr(
            probing,
            "run_process",
            lambda _, log, timeout_s, watch: run_process(command, log, timeout_s, watch),
        )
        found = probing.in_a_process(recipe, StepsAsked(), tmp_path, "one", 0.3, MemoryLimit(10**12))
        assert isinstance(found, StepFailure)
        return found

    slow = in_a_process(0.0, 60.0)
    assert (slow.cause, slow.reason) == ("timed out", "its steps and evaluation took longer than 300 ms")
    # It comes to its end, without a report.
    assert in_a_process(0.6, 0.0).cause == "crashed"


@pytest.mark.parametrize(
    ("cause", "words"), [("crashed", "no lack of memory: mend it first"), ("timed out", "--limit 240")]
)
def test_none_fits_for_another_reason(machine: Machine, recipe: Recipe, cause: str, words: str) -> None:
    machine.causes = dict.fromkeys((8, 4, 2, 1), cause)
    with pytest.raises(UserError, match=words):
        study.find_batch_size(asked(recipe))


def test_what_an_engine_refuses_ends_the_search_at_once(machine: Machine, recipe: Recipe) -> None:
    machine.causes = {16: "refused"}
    with pytest.raises(UnsupportedError, match="it failed"):
        study.find_batch_size(asked(recipe))
    assert len(machine.asked) == 2


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"least": 64, "most": 32}, "--min 64 is above --max 32"),
        ({"least": 0}, "--min is 0; expected a whole number of at least 1"),
        ({"least": 9000}, "--min is 9000, but the training part has 8000 samples"),
        ({"steps": 2}, "--steps is 2; expected at least 3"),
        ({"limit_s": 0.0}, "--limit is 0 s; expected more than 0"),
        ({"memory_limit_B": 0}, "--memory-limit is 0 B; expected more than 0"),
        ({"changes": {"training.batch_size": 5}}, "that is what is looked for"),
        ({"engine": "abacus"}, "there is no engine 'abacus'"),
    ],
)
def test_bad_questions_leave_no_folder(
    facts: dict[str, Any], words: str, machine: Machine, recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=words):
        study.find_batch_size(asked(recipe, **facts))
    assert not machine.asked
    assert not (tmp_path / "wattlab-studies").exists()


def test_a_recipe_without_batches_is_refused(recipe: Recipe) -> None:
    with pytest.raises(RecipeError, match="takes all samples in each step"):
        study.find_batch_size(asked(recipe.with_changes({"training.batch_size": "all"})))


@pytest.mark.slow
def test_a_real_search_within_a_limit_that_bites(tmp_path: Path) -> None:
    # Each sample of a batch takes 160 kB an array of the wide layer; a batch is larger than the part evaluated.
    wide = Recipe.named("digits").with_changes(
        {
            "network.layers[0].units": 20_000,
            "training.last_batch": "drop",  # the arrays of a short one would hide what eight samples take
            "data.test_fraction": 0.05,
            "engine.precision": "float64",
            "engine.threads": 1,
        }
    )
    once = StepsAsked(warm_up=0, steps=3, at_least_s=1.0, limit_s=30.0, evaluate=True)
    peaks_B = {}
    for size in (56, 112):
        free = MemoryLimit(10**12)
        recipe = wide.with_changes({"training.batch_size": size})
        found = probing.in_a_process(recipe, once, tmp_path, f"free-{size}", 60.0, free)
        assert isinstance(found, StepReport)
        peaks_B[size] = free.peak_B
    # What a process holds differs by some MiB from the next, so the size at the limit is not known to eight samples.
    limit_B = sum(peaks_B.values()) // 2
    answer = study.find_batch_size(
        BatchSizeAsked(wide, steps=3, limit_s=30.0, least=56, most=112, memory_limit_B=limit_B)
    )
    assert answer.maximum is not None
    assert answer.above is not None
    assert 56 <= answer.maximum < answer.above <= 112
    assert {row.outcome for row in answer.rows} == {"fits", "out of memory"}
    assert answer[answer.maximum].n_probes >= 2
    assert 0 <= (answer[answer.maximum].left.value or -1) < limit_B
