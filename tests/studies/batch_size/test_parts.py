"""What becomes of a process's report, the knee, the fit and the limits: on figures known by heart."""

from __future__ import annotations

import mmap
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from wattlab.errors import UnsupportedError
from wattlab.machine.gpu_state import Gpu, GpuState
from wattlab.meter import measured, missing, modelled
from wattlab.recipe.engine import KerasChoice, NativeChoice, TorchChoice
from wattlab.studies.batch_size.fit import fit_memory
from wattlab.studies.batch_size.knee import find_knee, recommend
from wattlab.studies.batch_size.limits import find_limits
from wattlab.studies.batch_size.probe import Probe, Seen, judge

from .invented import MiB, failure, report

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.cluster.memory_limit import Shortage
    from wattlab.cluster.step_report import StepFailure, StepReport
    from wattlab.machine.gpus import Gpus


def probe_of(
    found: StepReport | StepFailure, seen: Seen | None = None, limit_B: int | None = 300 * MiB
) -> Probe:
    seen = seen or Seen(150 * MiB, 20 * MiB, None, 3.0)
    return judge(64, 1, found, seen, limit_B, on_card=False)


@pytest.mark.parametrize(
    ("cause", "shortage", "outcome"),
    [
        ("out of memory", None, "out of memory"),
        ("crashed", "over", "out of memory"),
        ("crashed", "machine", "out of memory"),
        ("crashed", "swapping", "thrashes"),
        ("timed out", None, "too slow"),
        ("crashed", None, "crashed"),
    ],
)
def test_only_what_says_that_memory_ran_out_counts_as_that(
    cause: str, shortage: Shortage | None, outcome: str
) -> None:
    probe = probe_of(failure(cause), Seen(150 * MiB, 0, shortage, 3.0))
    assert (probe.outcome, probe.fits, probe.rate) == (outcome, False, None)
    assert probe.memory.is_missing == (shortage is None)
    assert probe.reason


def test_a_report_becomes_rates_and_a_peak_without_pages_of_files() -> None:
    probe = probe_of(report(64, 0.01, 200 * MiB))
    assert probe.fits
    assert probe.rate is not None
    assert probe.step is not None
    assert probe.rate.median == pytest.approx(64 / probe.step.median)
    assert probe.rate.low < probe.rate.median < probe.rate.high
    assert probe.memory.value == 180 * MiB  # the kernel's peak, which lay between two looks
    assert probe.host_memory.value == 200 * MiB
    assert probe.energy.value == pytest.approx(0.002)
    assert probe_of(report(64, 0.01, 160 * MiB)).memory.value == 150 * MiB


def test_a_peak_that_no_look_saw_and_that_of_the_evaluation_count() -> None:
    assert probe_of(report(64, memory_B=400 * MiB)).outcome == "out of memory"
    assert probe_of(report(64, memory_B=200 * MiB, evaluation_B=400 * MiB)).outcome == "out of memory"
    assert probe_of(report(64, memory_B=400 * MiB), limit_B=None).fits


def test_thrashing_is_not_fitting() -> None:
    assert probe_of(report(64, retries=0)).fits
    assert (
        probe_of(report(64, retries=3)).reason == "the allocator had to empty its cache 3 times in 10 steps"
    )
    pages = 200 * MiB // mmap.PAGESIZE
    assert probe_of(report(64, faults=pages // 20)).fits  # 0.5 % of it in each of 10 steps
    assert probe_of(report(64, faults=pages // 2)).outcome == "thrashes"


def probe(size: int, rate: float, memory_B: float, energy_J: float = 1.0, width: float = 0.01) -> Probe:
    found = probe_of(report(64))
    assert found.rate is not None
    own = found.rate.model_copy(
        update={"median": rate, "low": rate * (1 - width), "high": rate * (1 + width)}
    )
    memory, energy = measured(memory_B, "B", "x"), measured(energy_J, "J", "x")
    return found.model_copy(update={"size": size, "rate": own, "memory": memory, "energy": energy})


CURVE = [probe(8, 500, 10, 5), probe(16, 930, 20, 4), probe(32, 960, 40, 3), probe(64, 1000, 80, 2.5)]


def test_the_knee_is_the_smallest_with_95_percent() -> None:
    knee = find_knee(CURVE, spread=0.0)
    assert knee is not None
    assert (knee.size, knee.best, knee.share, knee.least_energy) == (32, 64, 0.96, 64)
    assert (knee.perhaps, knee.alike) == ((), ())
    assert find_knee([], 0.0) is None


def test_modelled_energy_ranks_nothing() -> None:
    guessed = [
        one.model_copy(update={"energy": modelled(2.0, "J", "model:tdp", (1.0, 3.0))}) for one in CURVE
    ]
    knee = find_knee(guessed, 0.0)
    assert knee is not None
    assert knee.least_energy is None


def test_two_processes_that_differ_make_neighbours_alike() -> None:
    knee = find_knee(CURVE, spread=0.05)
    assert knee is not None
    assert (knee.size, knee.perhaps, knee.alike) == (32, (16,), (16, 32))


@pytest.mark.parametrize(
    ("limit_B", "size", "words"),
    [
        (None, 32, "the smallest tested size with 95% of the best throughput or more: 96%"),
        (100, 32, "60 B of memory (60%) stay free"),
        (42, 16, "the knee, 32, leaves less than 10% of the memory; here 22 B of memory (52%) stay free"),
        (10, 32, "hardly any memory stays free"),
    ],
)
def test_the_knee_is_recommended_if_it_leaves_some_memory(limit_B: int | None, size: int, words: str) -> None:
    knee = find_knee(CURVE, 0.0)
    assert knee is not None
    choice = recommend(CURVE, knee, limit_B)
    assert choice.size == size
    assert words in choice.reason


def test_where_memory_is_not_known_nothing_is_said_of_it() -> None:
    silent = [one.model_copy(update={"memory": missing("B", "nobody tells")}) for one in CURVE]
    knee = find_knee(silent, 0.0)
    assert knee is not None
    choice = recommend(silent, knee, 100)
    assert (choice.size, "how much memory it takes is not known" in choice.reason) == (32, True)


def test_the_line_is_that_of_numpy_s_least_squares() -> None:
    sizes = np.array([8, 16, 32, 64, 128])
    peaks = 1000 + 10 * sizes + np.array([1, -1, 2, 0, 1])
    fit = fit_memory(probe(int(size), 1, float(peak)) for size, peak in zip(sizes, peaks, strict=True))
    assert fit is not None
    slope, base = np.linalg.lstsq(np.stack([sizes, np.ones(5)], 1), peaks, rcond=None)[0]
    assert fit.per_sample_B == pytest.approx(slope)
    assert fit.base_B == pytest.approx(base)
    assert fit.memory_B(fit.largest(5000)) <= 5000 < fit.memory_B(fit.largest(5000) + 1)
    assert fit.largest(10) == 0


@pytest.mark.parametrize("peaks", [[100.0, 100.0], [100.0, 90.0, 80.0], [100.0, 900.0, 150.0, 1000.0]])
def test_no_line_is_made_of_too_few_of_falling_or_of_crooked_peaks(peaks: list[float]) -> None:
    assert fit_memory(probe(8 * (place + 1), 1, peak) for place, peak in enumerate(peaks)) is None


def cards(*free_GiB: int | None) -> Callable[[], Gpus]:
    def state(index: int, free: int | None) -> GpuState:
        gpu = Gpu("nvidia", index, f"GPU-{index}", "made up")
        used = None if free is None else (16 - free) * 2**30
        return GpuState(gpu, memory_used_B=used, memory_total_B=16 * 2**30)

    states = tuple(state(index, free) for index, free in enumerate(free_GiB))
    return lambda: cast("Gpus", SimpleNamespace(states=lambda: states, close=lambda: None))


def test_on_the_host_the_tighter_limit_counts() -> None:
    def free() -> int:
        return 10 * 2**30

    room = round(9.5 * 2**30)
    choice = NativeChoice()
    assert find_limits(choice, None, free)[:3] == (room, None, room)
    assert find_limits(choice, 2**30, free)[:3] == (2**30, None, 2**30)
    asked = find_limits(choice, 20 * 2**30, free)
    assert asked[:3] == (room, None, room)
    assert "--memory-limit asked for more: 20.0 GiB" in asked.source


def test_on_a_card_its_memory_counts() -> None:
    def free() -> int:
        return 10 * 2**30

    room = round(9.5 * 2**30)
    choice = TorchChoice(name="torch", device="cuda:1")
    assert find_limits(choice, None, free, cards(1, 12))[:3] == (room, None, 12 * 2**30)
    assert find_limits(choice, 2**30, free, cards(1, 12))[:3] == (room, 2**30, 2**30)
    assert find_limits(choice, 2**34, free, cards(1, 12))[:3] == (room, None, 12 * 2**30)
    assert find_limits(choice, None, free, cards(1, None)).counts_B is None
    keras = KerasChoice(name="keras", backend="jax", device="cuda")
    with pytest.raises(UnsupportedError, match="kept by torch's allocator"):
        find_limits(keras, 2**30, free, cards(8))


def test_what_a_card_s_library_kept_counts_before_what_its_tensors_took() -> None:
    def on_card(**facts: Any) -> float | None:
        found = report(64)
        cost = SimpleNamespace(**{**{name: getattr(found.cost, name) for name in _COST}, **facts})
        made = found.model_copy(update={"cost": cost})
        seen = Seen(0, 0, None, 1.0)
        return judge(64, 1, made, seen, None, on_card=True).memory.value

    taken, kept = measured(5.0, "B", "torch:allocated"), measured(9.0, "B", "torch:reserved")
    assert on_card(device_memory=taken, device_reserved=kept) == 9.0
    assert on_card(device_memory=taken, device_reserved=missing("B", "nobody tells")) == 5.0


_COST = ("energy", "peak_memory", "foreign", "device_memory", "device_reserved")
