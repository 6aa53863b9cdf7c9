from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattlab.meter.sensors.base import Facts, Reading, Sensor
from wattlab.meter.sensors.domains import KINDS, choose, contains, covers_processor, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class Named(Sensor):
    """A sensor that is nothing but its facts: "source:domain"."""

    def __init__(self, name: str) -> None:
        source, _, domain = name.partition(":")
        provenance = "modelled" if source == "model" else "measured"
        self.facts = Facts(name, domain, provenance, 0.01, 100.0, source=source)  # type: ignore[arg-type]

    def read(self) -> Reading:
        return Reading(0.0, 0.0)


def model() -> Sensor:
    return Named("model:cpu")


PLUG, BATTERY, MODEL = "plug:machine", "battery:machine", "model:cpu"
PACKAGE, OTHER_PACKAGE, DRAM, CORE = (
    f"counter:{name}" for name in ("package-0", "package-1", "dram-0", "core-0")
)
UNCORE, PSYS = "counter:uncore-0", "counter:psys"
CARD, OTHER_CARD = "counter:gpu-GPU-1", "integrated:gpu-0000:03:00.0"
BOARD, RAIL = "integrated:board", "integrated:rail-VDD_SOC"

# What can be read, and what may be added up.
CASES = {
    "nothing": ([], {MODEL}),
    "a processor": ([PACKAGE], {PACKAGE}),
    "a processor with its memory and parts": ([PACKAGE, DRAM, CORE, UNCORE], {PACKAGE, DRAM}),
    "two processors": ([PACKAGE, OTHER_PACKAGE, DRAM], {PACKAGE, OTHER_PACKAGE, DRAM}),
    "the platform": ([PSYS, PACKAGE, DRAM, CORE], {PSYS}),
    "the platform and a card": ([PSYS, PACKAGE, DRAM, CARD], {PACKAGE, DRAM, CARD}),
    "the platform alone and a card": ([PSYS, CARD], {PSYS, CARD}),
    "two cards": ([PACKAGE, CARD, OTHER_CARD], {PACKAGE, CARD, OTHER_CARD}),
    "a card alone": ([CARD], {CARD, MODEL}),
    "memory alone": ([DRAM], {MODEL}),
    "memory and a card": ([DRAM, CARD], {CARD, MODEL}),
    "cores alone": ([CORE, UNCORE], {MODEL}),
    "a plug": ([PLUG, PACKAGE, DRAM, CARD, PSYS], {PLUG}),
    "a plug and a battery": ([BATTERY, PLUG, PACKAGE], {PLUG}),
    "a plug and a board": ([PLUG, BOARD, RAIL], {PLUG}),
    "a battery": ([BATTERY], {BATTERY}),
    "a battery and a processor": ([BATTERY, PACKAGE, DRAM], {PACKAGE, DRAM}),
    "a battery and a card": ([BATTERY, CARD], {BATTERY}),
    "a battery and cores": ([BATTERY, CORE], {BATTERY}),
    "a battery, a processor and a card": ([BATTERY, PACKAGE, CARD], {PACKAGE, CARD}),
    "a board with its rails": ([BOARD, RAIL], {BOARD}),
    "a board and a card on it": ([BOARD, RAIL, CARD], {BOARD}),
    "rails alone": ([RAIL], {MODEL}),
    "dies": (
        ["counter:package-0-die-0", "counter:package-0-die-1"],
        {"counter:package-0-die-0", "counter:package-0-die-1"},
    ),
}


def names(sensors: Sequence[Sensor]) -> set[str]:
    return {sensor.facts.name for sensor in sensors}


@pytest.mark.parametrize("case", CASES)
def test_what_may_be_added_up(case: str) -> None:
    readable, expected = CASES[case]
    for order in list(permutations(readable))[:24]:
        chosen = choose([Named(name) for name in order], model)
        assert names(chosen) == expected
        assert len(chosen) == len(expected)


def test_one_domain_through_two_ways_is_counted_once() -> None:
    powercap, perf = Named("counter:package-0"), Named("counter:package-0")
    assert choose([powercap, perf]) == (powercap,)
    assert choose([perf, powercap]) == (perf,)


def test_a_counter_comes_before_samples_of_the_same_domain() -> None:
    sampled, counted = Named("integrated:gpu-GPU-1"), Named("counter:gpu-GPU-1")
    assert names(choose([sampled, counted], model)) == {"counter:gpu-GPU-1", MODEL}


def test_without_a_model_only_what_is_readable_is_chosen() -> None:
    assert choose([]) == ()
    assert names(choose([Named(CARD), Named(CORE)])) == {CARD}


def test_a_model_is_not_made_where_the_processor_is_counted() -> None:
    def made() -> Sensor:
        pytest.fail("a model was made")

    for counted in (PACKAGE, PSYS, BOARD, PLUG, BATTERY):
        choose([Named(counted)], made)


_ANY = [PLUG, BATTERY, PACKAGE, OTHER_PACKAGE, DRAM, CORE, UNCORE, PSYS, CARD, OTHER_CARD, BOARD, RAIL]


@given(st.lists(st.sampled_from(_ANY), max_size=12))
def test_nothing_is_ever_counted_twice_and_the_processor_is_always_in(readable: list[str]) -> None:
    chosen = choose([Named(name) for name in readable], model)
    domains = [sensor.facts.domain for sensor in chosen]
    assert len(domains) == len(set(domains))
    assert not any(contains(one, other) for one in domains for other in domains)
    assert covers_processor(chosen)


@pytest.mark.parametrize(
    ("outer", "inner", "inside"),
    [
        ("machine", "board", True),
        ("machine", "rail-VDD_SOC", True),
        ("board", "gpu-GPU-1", True),
        ("board", "package-3", True),
        ("psys", "dram-0", True),
        ("psys", "uncore-1", True),
        ("psys", "gpu-GPU-1", False),
        ("package-0", "core-0", True),
        ("package-0", "core-1", False),
        ("package-1", "core-10", False),
        ("package-0-die-1", "core-0-die-1", True),
        ("package-0-die-1", "core-0-die-0", False),
        ("package-0", "dram-0", False),
        ("dram-0", "package-0", False),
        ("gpu-1", "gpu-1", False),
        ("machine", "unheard-of", False),
    ],
)
def test_which_domain_lies_in_which(outer: str, inner: str, inside: bool) -> None:
    assert contains(outer, inner) is inside


def test_every_kind_but_the_machine_lies_in_the_machine() -> None:
    assert all(contains("machine", kind) for kind in KINDS - {"machine"})
    assert kind_of("gpu-0000:03:00.0") == "gpu"
