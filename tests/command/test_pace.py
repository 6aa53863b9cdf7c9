from __future__ import annotations

from itertools import pairwise

import pytest

from wattlab.command.pace import SHARE, Pace


class Clocks:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.used_s = 0.0


def looks(cost_s: float, duration_s: float, interval_s: float = 0.5) -> list[float]:
    """Return the times of all looks that cost so much each."""
    clocks, found = Clocks(), []
    pace = Pace(interval_s, lambda: clocks.now_s, lambda: clocks.used_s)

    def work() -> None:
        clocks.used_s += cost_s
        clocks.now_s += cost_s

    while (left_s := pace.left_s()) + clocks.now_s < duration_s:
        clocks.now_s += left_s
        found.append(clocks.now_s)
        pace.look(work)
    return found


def test_soon_at_first_then_every_interval() -> None:
    times = looks(0.0, 10.0)
    gaps = [second - first for first, second in pairwise(times)]
    assert times[0] == 0.0
    assert gaps[:4] == pytest.approx([0.001, 0.002, 0.004, 0.008])
    assert gaps[-1] == pytest.approx(0.5)
    assert len(times) < 30


@pytest.mark.parametrize("cost_s", [0.0001, 0.001, 0.01, 0.05])
def test_looks_take_no_more_than_their_share(cost_s: float) -> None:
    times = looks(cost_s, 1000.0)
    assert len(times) * cost_s <= SHARE * 1000 + 0.005 + cost_s
    assert len(times) > 10
