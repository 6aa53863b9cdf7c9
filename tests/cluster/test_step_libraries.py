"""What a report of timed steps says of threads and cores, held against threadpoolctl and arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from wattlab.cluster.measuring import measure_steps
from wattlab.cluster.step_report import StepReport, StepsAsked
from wattlab.machine.threads import thread_pools

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe


def test_libraries_are_those_of_threadpoolctl() -> None:
    with threadpool_limits(1):
        assert [(pool.kind, pool.threads) for pool in thread_pools()] == [
            (one["user_api"], one["num_threads"]) for one in threadpool_info()
        ]


def test_a_report_tells_libraries_cores_and_power(tiny_recipe: Recipe, tmp_path: Path) -> None:
    recipe = tiny_recipe.with_changes({"engine.threads": 1})
    report = measure_steps(recipe, StepsAsked(steps=3, at_least_s=0.0, limit_s=0.1))
    assert report.libraries
    assert {pool.threads for pool in report.libraries if pool.kind == "blas"} == {1}
    wall, cpu, energy = report.cost.wall.value, report.cost.cpu.value, report.cost.energy.value
    assert wall is not None
    assert cpu is not None
    assert energy is not None
    assert report.cores_busy.value == pytest.approx(cpu / wall)
    assert report.cpu_per_sample.value == pytest.approx(cpu / (16 * report.n_steps))
    assert report.power.value == pytest.approx(energy / wall)
    assert report.power.unit == "W"
    report.save(tmp_path / "report.json")
    assert StepReport.load(tmp_path / "report.json") == report
