"""Mixed precision and convolutions: what they gain here, at what accuracy.

``python bench/precision.py [PART …] [--seeds=N] [--record]``; left out: the parts that suit this machine, three seeds.

- ``cpu-steps``: imagenette-cnn at 128 × 128 in batches of 32, float32 against bfloat16 in both layouts, three rounds.
- ``cifar10-cnn``: whole process to the end of the recipe, float32 and bfloat16.
- ``gpu-steps``: the source's table, 256 × 256, batches of 32 to 512, all number formats.
- ``resnet56``: cifar10-resnet56 to the end, float32 and bfloat16: epochs to 92 %, seconds, joules.

Steps are timed in fresh processes, the candidates of a round in turn; where the images are not here, on synthetic ones.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _harness import WATTLAB, output_of, publish, ratio_cells, rotated, table

from wattlab.cluster.step_report import StepReport, StepsAsked
from wattlab.cluster.steps import run_steps
from wattlab.recipe import Recipe
from wattlab.records.run import Run
from wattlab.units import format_bytes, format_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COMMAND = "make bench-precision"
CPU_ROUNDS, SEEDS = 3, 3
CPU_STEPS = StepsAsked(warm_up=3, steps=10, at_least_s=4.0, limit_s=20.0)
GPU_STEPS = StepsAsked(warm_up=10, steps=40, at_least_s=1.0, limit_s=10.0)
GPU_FORMATS = ("float32", "tf32", "bfloat16", "float16")
GPU_BATCHES = (32, 64, 128, 256, 512)

Reports = dict[str, list[StepReport]]


def timed(candidates: Mapping[str, Recipe], rounds: int, asked: StepsAsked) -> tuple[Reports, dict[str, str]]:
    """Time all candidates in turn, round after round; return the reports, and why others gave none."""
    reports: Reports = {name: [] for name in candidates}
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            for name in rotated(list(candidates), number):
                found = run_steps(candidates[name], asked, Path(folder), f"{len(failures)}-{number}")
                if isinstance(found, StepReport):
                    reports[name].append(found)
                    said = f"{1e3 * found.step_s:.2f} ms a step"
                else:
                    said = failures[name] = "OOM" if found.out_of_memory else found.reason
                print(f"round {number + 1} of {rounds}: {name}: {said}", file=sys.stderr)
    return reports, failures


def cells(reports: list[StepReport], baseline: list[StepReport]) -> list[str]:
    """Return the columns that every table of steps has."""
    step_s = [one.step_s for one in reports]
    energies = [one.energy_per_sample for one in reports]
    known = [one.value for one in energies if one.value is not None]
    energy = format_quantity(statistics.median(known), "J") if known else "missing"
    return [
        f"{1e3 * statistics.median(step_s):.1f}",
        f"{statistics.median(one.samples_per_s for one in reports):,.0f}",
        *ratio_cells([one.step_s for one in baseline], step_s, "×"),
        f"{energy} ({energies[0].provenance})",
    ]


def data_text(report: StepReport) -> str:
    """Say what the steps learned from."""
    return without_place(report.data.source)


def without_place(source: str) -> str:
    """Return where data comes from without where it lies on this machine."""
    return source.partition(", from ")[0]


COLUMNS = ["ms a step", "samples/s", "times as fast as float32", "quartiles", "energy a sample"]


def cpu_steps() -> None:
    """Time imagenette-cnn on the processor."""
    recipe = Recipe.named("imagenette-cnn").with_changes(
        {"data.options.size": 128, "training.batch_size": 32}
    )
    candidates = {
        f"{precision}, {layout}": recipe.with_changes(
            {"engine.precision": precision, "engine.layout": layout}
        )
        for precision, layout in product(("float32", "bfloat16"), ("channels-last", "channels-first"))
    }
    reports, failures = timed(candidates, CPU_ROUNDS, CPU_STEPS)
    rows = []
    for name, found in reports.items():
        layout = name.partition(", ")[2]
        if found:
            rows.append([name, *cells(found, reports[f"float32, {layout}"]), _goal(name)])
        else:
            rows.append([name, failures[name], *[""] * len(COLUMNS)])
    first = next(found[0] for found in reports.values() if found)
    note = f"\n\nData: {data_text(first)}. Goal: bfloat16, channels last, at least 2.0 × float32."
    publish(
        "Mixed precision on the processor: imagenette-cnn at 128 × 128, batch 32",
        f"{COMMAND} (part cpu-steps)",
        table(["torch", *COLUMNS, "goal"], rows) + note,
    )


def _goal(name: str) -> str:
    return "≥ 2.0 ×" if name == "bfloat16, channels-last" else ""


def gpu_steps() -> None:
    """Time the source's table on a graphics card."""
    recipe = Recipe.named("imagenette-cnn").with_changes({"engine.device": "cuda"})
    candidates = {
        f"{size}, {precision}": recipe.with_changes(
            {"engine.precision": precision, "training.batch_size": size}
        )
        for size, precision in product(GPU_BATCHES, GPU_FORMATS)
    }
    reports, failures = timed(candidates, 1, GPU_STEPS)
    rows = []
    for name, found in reports.items():
        size, _, precision = name.partition(", ")
        if not found:
            rows.append([size, precision, failures[name], *[""] * (len(COLUMNS) + 1)])
            continue
        use, memory = found[0].card_use, found[0].device_memory
        rows.append(
            [
                size,
                precision,
                *_gpu_cells(found, reports[f"{size}, float32"]),
                "?" if use.value is None else f"{100 * use.value:.0f} %",
                "?" if memory.value is None else format_bytes(memory.value),
            ]
        )
    first = next(found[0] for found in reports.values() if found)
    note = (
        f"\n\n{first.facts['device_name']}, torch {first.facts['torch']}. Data: {data_text(first)}. "
        "Goal: bfloat16 or float16 at least 2.5 × float32 from batch 128 on, utilisation at least 95 %."
    )
    publish(
        "Mixed precision on a graphics card: imagenette-cnn at 256 × 256",
        f"{COMMAND} (part gpu-steps)",
        table(["batch", "format", *COLUMNS[:3], COLUMNS[4], "utilisation", "memory"], rows) + note,
    )


def _gpu_cells(found: list[StepReport], baseline: list[StepReport]) -> list[str]:
    step, samples, _, _, energy = cells(found * 2, baseline * 2 or found * 2)
    times = f"{baseline[0].step_s / found[0].step_s:.2f}×" if baseline else "?"
    return [step, samples, times, energy]


def trained(name: str, changes: Mapping[str, Any], folder: str) -> tuple[Run, float]:
    """Train by the command, and return the run and the seconds of the whole process."""
    options = [text for path, value in changes.items() for text in ("--set", f"{path}={value}")]
    output_of([WATTLAB, "train", name, "--name", "run", "--runs", folder, "--quiet", *options])
    run = Run(Path(folder) / "run")
    seconds = run.record.cost.total.wall.value
    assert seconds is not None
    return run, seconds


def n_seeds() -> int:
    """Return how many seeds were asked for."""
    asked = [one.partition("=")[2] for one in sys.argv[1:] if one.startswith("--seeds=")]
    return int(asked[-1]) if asked else SEEDS


def cifar10_cnn() -> None:
    """Train cifar10-cnn to its end."""
    rows = []
    for precision in ("float32", "bfloat16"):
        scores, seconds, joules = [], [], []
        for seed in range(n_seeds()):
            with tempfile.TemporaryDirectory() as folder:
                run, wall_s = trained("cifar10-cnn", {"engine.precision": precision, "seed": seed}, folder)
            scores.append(run.record.test_score)
            seconds.append(wall_s)
            joules.append(run.record.cost.total.energy)
            source = without_place(run.record.dataset.source)
            print(
                f"cifar10-cnn, {precision}, seed {seed}: {scores[-1]:.4f} in {wall_s:.0f} s", file=sys.stderr
            )
        known = [one.value for one in joules if one.value is not None]
        rows.append(
            [
                precision,
                f"{100 * statistics.median(scores):.1f} %",
                f"{100 * min(scores):.1f} – {100 * max(scores):.1f} %",
                f"{statistics.median(seconds):.0f} s",
                f"{min(seconds):.0f} – {max(seconds):.0f} s",
                f"{format_quantity(statistics.median(known), 'J')} ({joules[0].provenance})"
                if known
                else "missing",
            ]
        )
    note = f"\n\n{n_seeds()} seed{'s' * (n_seeds() > 1)} each. Data: {source}. Goal: at least 70 % in under 180 s."
    header = ["format", "test accuracy, median", "range", "whole process, median", "range", "energy"]
    publish("cifar10-cnn on the processor", f"{COMMAND} (part cifar10-cnn)", table(header, rows) + note)


def resnet56() -> None:
    """Train cifar10-resnet56 to its end on a graphics card."""
    rows = []
    for precision in ("bfloat16", "float32"):
        changes = {"engine.precision": precision, "engine.cuda_graphs": "true"}
        with tempfile.TemporaryDirectory() as folder:
            run, wall_s = trained("cifar10-resnet56", changes, folder)
        record = run.record
        energy = record.cost.total.energy
        to_target = record.energy_to_target
        rows.append(
            [
                precision,
                f"{100 * record.test_score:.2f} %",
                str(record.target_epoch or "not reached"),
                "–" if record.time_to_target_s is None else f"{record.time_to_target_s:.0f} s",
                f"{wall_s:.0f} s",
                "missing"
                if energy.value is None
                else f"{format_quantity(energy.value, 'J')} ({energy.provenance})",
                "–"
                if to_target is None or to_target.value is None
                else format_quantity(to_target.value, "J"),
            ]
        )
        print(f"resnet56, {precision}: {record.test_score:.4f}", file=sys.stderr)
    name = run.record.engine["device_name"]
    note = (
        f"\n\n{name}; CUDA graphs; one seed each. Data: {without_place(run.record.dataset.source)}. "
        "Goal: 92 % in at most 20 epochs."
    )
    header = [
        "format",
        "test accuracy",
        "epoch of 92 %",
        "time to it",
        "whole process",
        "energy",
        "energy to 92 %",
    ]
    publish("cifar10-resnet56 on a graphics card", f"{COMMAND} (part resnet56)", table(header, rows) + note)


PARTS: dict[str, Callable[[], None]] = {
    "cpu-steps": cpu_steps,
    "cifar10-cnn": cifar10_cnn,
    "gpu-steps": gpu_steps,
    "resnet56": resnet56,
}


def main() -> None:
    """Measure and publish."""
    import torch

    asked = [one for one in sys.argv[1:] if not one.startswith("-")]
    suits = ["gpu-steps", "resnet56"] if torch.cuda.is_available() else ["cpu-steps", "cifar10-cnn"]
    for name in asked or suits:
        PARTS[name]()


if __name__ == "__main__":
    main()
