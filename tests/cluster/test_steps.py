from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from wattlab.cluster import steps
from wattlab.cluster.local import Ended, run_process
from wattlab.cluster.out_of_memory import EXIT_CODE
from wattlab.cluster.step_report import StepFailure, StepReport, StepsAsked
from wattlab.cluster.steps import main, measure_steps, run_steps
from wattlab.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wattlab.recipe import Recipe

QUICK = StepsAsked(warm_up=2, steps=5, at_least_s=0.0, limit_s=0.5)


@pytest.fixture(scope="module")
def report() -> StepReport:
    """Return the report of some steps in this process, with all that can be asked for."""
    from tests.conftest import TINY

    from wattlab.recipe import Recipe

    asked = StepsAsked(warm_up=2, steps=20, at_least_s=0.0, limit_s=2.0, evaluate=True, phases=True)
    return measure_steps(Recipe.from_toml(TINY), asked)


def test_what_a_report_says_fits_together(report: StepReport) -> None:
    assert report.batch_size == 16
    assert report.n_steps >= 20
    assert len(report.block_s) == len(report.block_steps) >= 10
    assert report.step.low <= report.step_s <= report.step.high
    assert report.samples_per_s == pytest.approx(16 / report.step_s)
    assert (report.data.synthetic, report.data.n_train, report.data.n_features) == (False, 96, 2)
    assert report.data.source
    wall_s = report.cost.wall.value
    assert wall_s is not None
    assert sum(report.block_s) <= wall_s
    energy, energy_J = report.energy_per_sample, report.cost.energy.value
    assert energy_J is not None
    assert energy.value == pytest.approx(energy_J / (report.n_steps * 16))
    assert energy.provenance == report.cost.energy.provenance
    assert report.card_use.is_missing
    assert report.facts["device"] == "cpu"
    assert report.allocation_retries is None


def test_evaluation_and_phases_come_on_request(report: StepReport, tiny_recipe: Recipe) -> None:
    assert report.evaluated_samples == 24  # the test part: a fifth of 120
    assert report.evaluation is not None
    assert report.phases is not None
    assert sum(share.value or 0.0 for share in report.phases.shares.values()) == pytest.approx(1.0)
    plain = measure_steps(tiny_recipe, QUICK)
    assert (plain.evaluation, plain.evaluated_samples, plain.phases) == (None, 0, None)


def test_it_comes_back_from_its_file(report: StepReport, tmp_path: Path) -> None:
    report.save(tmp_path / "out.json")
    assert StepReport.load(tmp_path / "out.json") == report
    (tmp_path / "out.json").write_text("{}")
    with pytest.raises(RunError, match="is damaged"):
        StepReport.load(tmp_path / "out.json")


def test_a_time_that_was_too_short_is_told(tiny_recipe: Recipe) -> None:
    asked = StepsAsked(warm_up=0, steps=10**6, at_least_s=0.0, limit_s=0.001)
    notes = measure_steps(tiny_recipe, asked).notes
    assert any("instead of 1000000: the limit was 0.001 s" in note for note in notes)


def test_a_process_of_its_own(tiny_recipe: Recipe, tmp_path: Path) -> None:
    found = run_steps(tiny_recipe, QUICK, tmp_path, "one", timeout_s=60)
    assert isinstance(found, StepReport), found
    assert {one.suffix for one in tmp_path.iterdir()} == {".toml", ".json", ".log"}
    assert (found.batch_size, found.n_steps >= 5) == (16, True)
    start_up_s = found.start_up.value
    assert start_up_s is not None
    assert start_up_s > 0.05  # the interpreter's own start is in it


@pytest.mark.parametrize(
    ("code", "cause", "said"),
    [
        ("import sys; print('error: no tf32 here', file=sys.stderr); sys.exit(2)", "refused", "no tf32 here"),
        (f"import sys; print('MemoryError: x'); sys.exit({EXIT_CODE})", "out of memory", "memory ran out"),
        ("import os; os.kill(os.getpid(), 11)", "crashed", "segmentation fault"),
        ("raise RuntimeError('shapes do not fit')", "crashed", "shapes do not fit"),
        ("print('std::bad_alloc', flush=True); import os; os.abort()", "out of memory", "aborted"),
        ("import time; time.sleep(60)", "timed out", "took longer than"),
        ("pass", "crashed", "cannot be read"),
    ],
)
def test_each_end_has_its_cause(
    code: str, cause: str, said: str, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    def run(command: Sequence[str], log: Path, timeout_s: float | None) -> Ended:
        return run_process([sys.executable, "-I", "-S", "-c", code], log, timeout_s)

    patience_s = 0.3 if cause == "timed out" else 30.0
    found = run_steps(tiny_recipe, QUICK, tmp_path, "one", patience_s, run)
    assert isinstance(found, StepFailure)
    assert found.cause == cause
    assert said in found.reason
    assert found.out_of_memory == (cause == "out of memory")


def test_of_a_long_complaint_about_memory_two_sentences_are_kept(tiny_recipe: Recipe, tmp_path: Path) -> None:
    said = (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 32.00 MiB. GPU 0 has a total capacity of "
        "139.80 GiB of which 137.35 GiB is free."
    )
    found = run_steps(
        tiny_recipe, QUICK, tmp_path, "one", None, lambda *_: Ended(said, False, 0.1, code=EXIT_CODE)
    )
    assert isinstance(found, StepFailure)
    assert found.reason == "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 32.00 MiB"


@pytest.mark.parametrize(
    ("kills", "cause"),
    [((3, 4), "out of memory"), ((None, None), "out of memory"), ((3, 3), "crashed")],
)
def test_the_kernel_knows_whom_it_killed(
    kills: tuple[int | None, int | None],
    cause: str,
    tiny_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = iter(kills)
    monkeypatch.setattr(steps, "kernel_kills", lambda: next(told))

    def run(*_: object) -> Ended:
        return Ended("it was killed from outside (SIGKILL)", False, 0.1, code=-signal.SIGKILL)

    found = run_steps(tiny_recipe, QUICK, tmp_path, "one", None, run)
    assert isinstance(found, StepFailure)
    assert found.cause == cause


def test_memory_that_runs_out_is_an_exit_code_of_its_own(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> StepReport:
        raise MemoryError

    monkeypatch.setattr(steps, "measure_steps", fail)
    files = [str(tmp_path / name) for name in ("r.toml", "asked.json", "out.json")]
    (tmp_path / "r.toml").write_text(tiny_recipe.to_toml())
    QUICK.save(tmp_path / "asked.json")
    assert main(files) == EXIT_CODE
    assert "MemoryError" in capsys.readouterr().err
    assert not os.path.exists(files[2])  # noqa: PTH110 (a text)
