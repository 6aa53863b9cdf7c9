"""What the meter itself costs: a training of ten seconds with and without it, a window, and ``wattlab measure``.

The counters are files as the kernel shows them, two packages with cores and memory, so that reading costs what it
costs; their figures mean nothing. With and without take turns, and each pair gives a ratio of its own. What the meter's
thread used is counted by the clock of that thread, too, which no neighbour disturbs.
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _epochs import epoch_of
from _harness import WATTLAB, output_of, publish, table

from wattlab.meter import Meter
from wattlab.meter.sensors import Sensors
from wattlab.meter.sensors.domains import choose
from wattlab.meter.sensors.rapl import discover_rapl
from wattlab.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 8
TRAINING_S = 10.0
WINDOWS = 2000
ASLEEP_S = (2, 22)
RECIPE = Recipe.named("mnist-blog").with_changes({"preparation.after": "bytes", "evaluation.train": "none"})


def fake_counters(root: Path) -> Sensors:
    """Make a powercap tree of two packages, and return its sensors."""
    for number in range(2):
        parts = {"": f"package-{number}", ":0": "core", ":1": "dram"}
        for place, name in parts.items():
            folder = root / f"intel-rapl:{number}{place}"
            folder.mkdir()
            (folder / "name").write_text(f"{name}\n")
            (folder / "energy_uj").write_text("123456789\n")
            (folder / "max_energy_range_uj").write_text("262143328850\n")
    found, absent = discover_rapl(root)
    active = choose(found)
    return Sensors(active, tuple(one for one in found if one not in active), tuple(absent))


def timed(train: Callable[[], None]) -> tuple[float, float]:
    """Return wall and processor seconds of a training."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    train()
    return time.perf_counter() - wall_s, time.process_time() - cpu_s


def training(sensors: Callable[[], Sensors]) -> list[list[str]]:
    """Train with and without the meter in turn; return the rows of wall time, processor time and own share."""
    epoch = epoch_of(RECIPE)
    epoch()
    epochs = max(1, round(TRAINING_S / timed(epoch)[0]))
    shares: list[float] = []

    def without() -> None:
        for _ in range(epochs):
            epoch()

    def metered() -> None:
        with Meter(sensors()) as meter:
            for _ in range(epochs):
                with meter.window("epoch"):
                    epoch()
            wall_s = meter.total().wall.value or 1.0
        shares.append((meter.overhead.value or 0.0) / wall_s)

    spent: dict[str, list[tuple[float, float]]] = {"without": [], "with": []}
    for number in range(ROUNDS):
        both = [("without", without), ("with", metered)]
        for name, train in both if number % 2 else reversed(both):
            spent[name].append(timed(train))
    rows = []
    for index, (what, goal) in enumerate((("wall time", "≤ 1.010×"), ("CPU time", "≤ 1.005×"))):
        plain, measured = ([pair[index] for pair in spent[name]] for name in ("without", "with"))
        ratios = np.array(measured) / np.array(plain)
        low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75))
        figures = f"{np.median(plain):.2f} s → {np.median(measured):.2f} s"
        rows.append([f"training, {what}", figures, f"{middle:.4f}× ({low:.4f}–{high:.4f})", goal])
    rows.append(["… the meter's own thread", "", f"{np.median(shares):.3%} of a core", "≤ 0.5 %"])
    return rows


def window(sensors: Sensors, name: str, goal: str) -> list[str]:
    """Return the row of a window's own cost."""
    spent = []
    with Meter(sensors) as meter:
        for _ in range(WINDOWS):
            started = time.perf_counter()
            with meter.window("step"):
                pass
            spent.append(time.perf_counter() - started)
    low, middle, high = np.quantile(np.array(spent) * 1e6, (0.25, 0.5, 0.75))
    return [f"a window, {name}", "", f"{middle:.1f} µs ({low:.1f}–{high:.1f})", goal]


def measure_cpu_s(seconds: float) -> float:
    """Return the processor seconds of ``wattlab measure -- sleep``, its start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output_of([WATTLAB, "measure", "--quiet", "--", "sleep", str(seconds)])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def command() -> list[str]:
    """Return the row of ``wattlab measure``: what each further second costs, start-up taken off."""
    short, long = ASLEEP_S
    shares = [(measure_cpu_s(long) - measure_cpu_s(short)) / (long - short) for _ in range(3)]
    return [
        "`wattlab measure`, each further second", "", f"{np.median(shares):.3%} of a core", "≤ 0.5 %",
    ]  # fmt: skip


def main() -> None:
    """Measure and publish."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        made = iter(range(10**6))

        def counters() -> Sensors:
            place = root / str(next(made))
            place.mkdir()
            return fake_counters(place)

        rows = training(counters)
        rows.append(window(Sensors(()), "no counters", "< 50 µs"))
        rows.append(window(counters(), "six counters", "< 1 ms"))
        rows.append(command())
    body = table(["what", "without → with", "median (quartiles)", "goal"], rows)
    publish("What the meter costs", "make bench-meter", body)


if __name__ == "__main__":
    main()
