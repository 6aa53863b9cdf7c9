"""An explanation that is made up: ceilings, parts and steps are known by heart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wattlab.meter import measured
from wattlab.meter.statistics import Estimate
from wattlab.records.phases import StepPhases
from wattlab.studies.explain.ceilings import Bandwidth, Ceilings, Product
from wattlab.studies.explain.findings import Findings, Overhead
from wattlab.studies.explain.part_times import (
    AS_IT_IS,
    LayerWork,
    PartsReport,
    PartTimes,
    Rounding,
    StepWork,
)
from wattlab.studies.explain.variants import plan_variants

from ..batch_size.invented import report  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.cluster.step_report import StepReport
    from wattlab.recipe import Recipe

STEP_S = 0.010
FORMATS = ("float64", "float32", "bfloat16")


def exactly(value: float, unit: str = "s", spread: float = 0.0) -> Estimate:
    """Return an estimate from seven measurements, `spread` of it to both sides."""
    return Estimate(
        median=value, low=value * (1 - spread), high=value * (1 + spread), unit=unit, n=7, level=0.98
    )


def make_ceilings(foreign: float = 0.0) -> Ceilings:
    """100, 200 and 400 GFLOP/s; 100 GB/s within 1 MB, 20 GB/s beyond."""
    rates = {"float64": 100e9, "float32": 200e9, "bfloat16": 400e9}
    return Ceilings(
        library="torch 2.0",
        device="cpu",
        device_name="processor",
        threads=2,
        products=tuple(
            Product(precision=name, m=size, k=size, n=size, rate=exactly(rate * share, "FLOP/s"))  # type: ignore[arg-type]
            for name, rate in rates.items()
            for size, share in ((64, 0.3), (1024, 1.0))
        ),
        bandwidths=tuple(
            Bandwidth(size_B=size, rate=exactly(rate, "B/s"))
            for size, rate in ((10**6, 100e9), (10**8, 20e9))
        ),
        lacking={"float16": "the device has no instructions for it"},
        foreign_load=foreign,
        measured_utc="2026-01-02T03:04:05+00:00",
    )


def make_step(
    phases: Mapping[str, float] | None = None, foreign: float = 0.0, step_s: float = STEP_S
) -> StepReport:
    """Return steps of 128 samples, of which the phases take these shares."""
    made = report(128, step_s)
    shares = phases or {"data": 0.05, "forward": 0.4, "backward": 0.5, "optimizer": 0.05}
    second = measured(1.0, "s", "clock:wall")
    found = StepPhases(
        shares={name: measured(one, "1", "clock:steps", (one, one)) for name, one in shares.items()},
        wall=dict.fromkeys(shares, second),
        energy={},
        n_steps=5,
        sampling=second,
    )
    cost = replace(made.cost, foreign=measured(foreign, "1", "load"))
    return made.model_copy(update={"cost": cost, "phases": found, "facts": {"threads": 2}})


def make_work(**changes: Any) -> StepWork:
    """Return 400 MFLOP and 20 MB in a step: a product above the ridge of float32, and a layer below it."""
    layers = (
        LayerWork(
            name="layers.0", kind="dense", shape=(72,), flop=390_000_000, moved_B=10_000_000, affine=True
        ),
        LayerWork(
            name="layers.1", kind="activation", shape=(72,), flop=10_000_000, moved_B=8_000_000, affine=False
        ),
    )
    facts = {
        "batch_size": 128,
        "n_train": 10_000,
        "n_parameters": 1000,
        "flop": 400_000_000,
        "affine_flop": 390_000_000,
        "moved_B": 20_000_000,
        "layers": layers,
        "sample_B": 784,
        "bytes_kept": True,
        "bytes_given": True,
        "synthetic": False,
    }
    return StepWork.model_validate({**facts, **changes})


def make_times(ratio: float | None = None, spread: float = 0.01, batch_size: int = 128) -> PartTimes:
    """Return parts that take 8 ms, 6 of them in the product, or `ratio` times as long."""
    factor = 1.0 if ratio is None else ratio
    return PartTimes(
        batch_size=batch_size,
        threads=2,
        layers={"layers.0": exactly(0.006 * factor), "layers.1": exactly(0.001 * factor)},
        all_layers=exactly(0.007 * factor),
        data=exactly(0.0005 * factor),
        update=exactly(0.0005 * factor),
        whole=exactly(0.008 * factor),
        ratio=None if ratio is None else exactly(ratio, "", spread),
    )


def make_parts(
    variants: Mapping[str, PartTimes] | None = None,
    bits: int = 23,
    refused: Mapping[str, str] | None = None,
    **work: Any,
) -> PartsReport:
    """Return the parts of a step as it is, and of variants."""
    return PartsReport(
        work=make_work(**work),
        times={AS_IT_IS: make_times(), **(variants or {})},
        refused=dict(refused or {}),
        rounding=Rounding(bits=bits, result="float32"),
        foreign_load=0.0,
        n_rounds=7,
        measured_utc="2026-01-02T03:04:05+00:00",
    )


def make_findings(recipe: Recipe, **changes: Any) -> Findings:
    """Return what was found of a recipe on two cores; nothing but the step and its parts is slow."""
    facts: dict[str, Any] = {
        "recipe": recipe,
        "step": make_step(),
        "ceilings": make_ceilings(),
        "parts": make_parts(),
        "variants": plan_variants(recipe, FORMATS, 2, 10_000),
        "overhead": Overhead(0.0005, 0.0002, {"engine.compiled": True}),
        "formats": FORMATS,
        "evaluation_share": 0.02,
    }
    return Findings(**{**facts, **changes})
