from __future__ import annotations

from itertools import count

import pytest

from wattlab.cluster.load import foreign_load, quiet_load, read
from wattlab.meter.load import Load


def load_between(before: Load, after: Load) -> float:
    readings = iter([before, after])
    slept: list[float] = []
    found = foreign_load(0.25, lambda: next(readings), slept.append)
    assert slept == [0.25]
    return found


def test_the_share_is_of_all_cores_without_this_process() -> None:
    # Two cores for one second: 0.9 s busy, 0.3 s of it by us.
    assert load_between(Load(10.0, 50.0, 1.0), Load(10.9, 52.0, 1.3)) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (Load(10.0, 50.0, 1.0), 0.0),  # the counters stand still
        (Load(10.1, 52.0, 1.2), 0.0),  # coarse counters show less than our own
        (Load(13.0, 52.0, 1.0), 1.0),
    ],
)
def test_coarse_counters_never_leave_the_range(after: Load, expected: float) -> None:
    assert load_between(Load(10.0, 50.0, 1.0), after) == expected


def test_the_system_counts() -> None:
    before, after = read(), read()
    assert 0 < before.busy_s < before.all_s
    assert after.all_s >= before.all_s
    assert after.own_s >= before.own_s > 0


def wait_through(loads: list[float]) -> tuple[float, int, int]:
    """Return the load, how often was measured, and how often waiting was told; a second passes with each look."""
    seconds, seen, told = count(), iter(loads), []
    left = len(loads)

    def measure() -> float:
        nonlocal left
        left -= 1
        return next(seen)

    found = quiet_load(lambda: told.append("waiting"), 3.0, measure, lambda: float(next(seconds)))
    return found, len(loads) - left, len(told)


def test_a_quiet_machine_is_measured_once() -> None:
    assert wait_through([0.1, 0.9]) == (0.1, 1, 0)


def test_a_busy_one_is_waited_for() -> None:
    assert wait_through([0.9, 0.5, 0.05, 0.9]) == (0.05, 3, 1)


def test_patience_ends() -> None:
    assert wait_through([0.9, 0.8, 0.7, 0.6, 0.5]) == (0.7, 3, 1)
