"""The search on machines that are made up: limits anywhere, failures of every kind, processes that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattlab.studies.batch_size.search import Bounds, search

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.batch_size.search import Found, Outcome


class Probe(NamedTuple):
    size: int
    outcome: Outcome
    attempt: int


class Machine:
    """Answers by a rule, and notes what it was asked."""

    def __init__(self, rule: Callable[[int, int], Outcome]) -> None:
        self.rule = rule
        self.asked: list[Probe] = []

    def __call__(self, size: int, attempt: int) -> Probe:
        self.asked.append(Probe(size, self.rule(size, attempt), attempt))
        return self.asked[-1]

    @property
    def first(self) -> list[int]:
        return [one.size for one in self.asked if one.attempt == 1]


def limited(limit: int, reason: Outcome = "out of memory") -> Machine:
    return Machine(lambda size, _: "fits" if size <= limit else reason)


def found_size(found: Found[Probe]) -> int | None:
    return found.largest.size if found.largest else None


@pytest.mark.parametrize(
    ("limit", "bounds", "largest", "first"),
    [
        (100, Bounds(1000), 96, [8, 16, 32, 64, 128, 96, 112, 104]),
        (10**9, Bounds(1437), 1437, [8, 16, 32, 64, 128, 256, 512, 1024, 1437]),
        (7, Bounds(1000), 4, [8, 4]),
        (1, Bounds(1000), 1, [8, 4, 2, 1]),
        (0, Bounds(1000), None, [8, 4, 2, 1]),
        (10**9, Bounds(6), 6, [6]),
        (3, Bounds(6), 2, [6, 4, 2]),
        (50, Bounds(1000, least=12), 48, [12, 24, 48, 96, 72, 56]),
        (10, Bounds(1000, least=12), None, [12]),
        (20, Bounds(20, least=20), 20, [20]),
    ],
)
def test_double_then_bisect(limit: int, bounds: Bounds, largest: int | None, first: list[int]) -> None:
    machine = limited(limit)
    assert found_size(search(machine, bounds)) == largest
    assert machine.first == first


def test_a_large_size_is_found_to_a_64th_in_few_probes() -> None:
    machine = limited(50_001)
    found = search(machine, Bounds(10**6))
    assert found.largest is not None
    assert found.above is not None
    assert found.above.size - found.largest.size <= found.largest.size / 64
    assert len(machine.asked) <= 14 + 6 + 1


@pytest.mark.parametrize("reason", ["too slow", "crashed"])
def test_what_is_no_lack_of_memory_ends_the_doubling(reason: Outcome) -> None:
    machine = limited(100, reason)
    found = search(machine, Bounds(1000))
    assert machine.first == [8, 16, 32, 64, 128]
    assert (found_size(found), found.above) == (64, Probe(128, reason, 1))


def test_a_crash_at_once_is_not_looked_for_below() -> None:
    machine = limited(0, "crashed")
    found = search(machine, Bounds(1000))
    assert (found.largest, machine.first) == (None, [8])


def test_where_the_second_process_fails_the_gap_below_is_halved_and_each_size_must_fit_twice() -> None:
    machine = Machine(lambda size, n: "fits" if size <= (100 if n == 1 else 70) else "out of memory")
    found = search(machine, Bounds(1000))
    assert [one.size for one in machine.asked if one.attempt == 2] == [96, 64, 80, 72]
    assert (found_size(found), found.above) == (64, Probe(72, "out of memory", 2))


def test_a_failed_confirmation_of_the_end_of_the_doubling_does_not_halve_the_answer() -> None:
    machine = Machine(lambda size, n: "fits" if size <= (1000 if n == 1 else 500) else "out of memory")
    found = search(machine, Bounds(512))
    assert [one.size for one in machine.asked if one.attempt == 2] == [512, 256, 384, 448, 480, 496, 504]
    assert (found_size(found), found.above) == (496, Probe(504, "out of memory", 2))


def test_nothing_is_looked_for_below_a_crash_of_the_second_process() -> None:
    machine = Machine(lambda size, n: "crashed" if (size, n) == (512, 2) else "fits")
    found = search(machine, Bounds(512))
    assert (found_size(found), found.above) == (256, Probe(512, "crashed", 2))


@given(
    most=st.integers(1, 5000),
    least=st.none() | st.integers(1, 5000),
    failing=st.sets(st.integers(1, 5000), max_size=4),
    limit=st.integers(0, 6000),
    shaken=st.floats(0.5, 1.0),
    reason=st.sampled_from(["out of memory", "thrashes", "too slow", "crashed"]),
)
def test_the_result_was_tested_twice_and_the_next_tested_size_fails(
    most: int, least: int | None, failing: set[int], limit: int, shaken: float, reason: Outcome
) -> None:
    def rule(size: int, attempt: int) -> Outcome:
        if size > limit * (1 if attempt == 1 else shaken):
            return "out of memory"
        return reason if size in failing else "fits"

    bounds = Bounds(most, None if least is None else min(least, most))
    machine = Machine(rule)
    found = search(machine, bounds)
    assert all((bounds.least or 1) <= one.size <= most for one in machine.asked)
    assert len({(one.size, one.attempt) for one in machine.asked}) == len(machine.asked)
    failed = {one.size for one in machine.asked if one.outcome != "fits"}
    if found.largest is None:
        assert failed == {one.size for one in machine.asked}
        return
    size = found.largest.size
    assert [one.outcome for one in machine.asked if one.size == size] == ["fits", "fits"]
    larger = sorted(one for one in machine.first if one > size)
    assert set(larger) <= failed
    assert found.above is None if not larger else (found.above and found.above.size) == larger[0]
    assert found.above is not None or size == most
    if found.above is not None and found.above.outcome == "out of memory":
        assert found.above.size - size <= max(8, size // 64)
