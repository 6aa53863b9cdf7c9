from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from wattlab.cluster import card_watch
from wattlab.cluster.card_watch import CardWatch, readings, utilisation
from wattlab.machine.gpu_state import Gpu, GpuState, PowerLimits

if TYPE_CHECKING:
    import pytest

FIRST = Gpu("nvidia", 0, "GPU-1", "first")
SECOND = Gpu("nvidia", 1, "GPU-2", "second")


def state(gpu: Gpu, busy: float | None, **facts: object) -> GpuState:
    return replace(GpuState(gpu, utilisation=busy), **facts)  # type: ignore[arg-type]


def test_the_busiest_card_counts() -> None:
    moments = [
        (state(FIRST, 0.05), state(SECOND, 0.9, core_clock_MHz=1400.0, temperature_C=60.0)),
        (
            state(FIRST, 0.01),
            state(
                SECOND,
                1.0,
                core_clock_MHz=1200.0,
                temperature_C=71.0,
                throttle=("heat",),
                limits=PowerLimits(enforced_W=400.0),
            ),
        ),
    ]
    use = utilisation(moments)
    assert (use.value, use.interval, use.provenance) == (0.95, (0.9, 1.0), "measured")
    card = readings(moments)
    assert card is not None
    assert (card.name, card.clock_MHz, card.temperature_C) == ("second", (1200.0, 1400.0), 71.0)
    assert (card.throttle, card.power_limit_W, card.samples) == (("heat",), 400.0, 2)


def test_what_no_driver_tells_is_missing_and_never_zero() -> None:
    assert utilisation([]).is_missing
    assert utilisation([(state(FIRST, None),)]).is_missing
    assert readings([]) is None


class Cards:
    """Answers like `Gpus`."""

    def __init__(self) -> None:
        self.closed = False

    def states(self) -> tuple[GpuState, ...]:
        return (state(FIRST, 0.5), state(SECOND, 1.0, visible=False))

    def close(self) -> None:
        self.closed = True


def test_cards_are_asked_in_the_background_and_only_those_that_may_be_used() -> None:
    cards = Cards()
    with CardWatch("cuda", lambda: cards, every_s=0.001) as watch:  # type: ignore[arg-type,return-value]
        for _ in range(500):
            if not watch.utilisation.is_missing:
                break
            time.sleep(0.01)
    assert watch.utilisation.value == 0.5
    assert watch.readings is not None
    assert cards.closed


class Warming(Cards):
    """Is idle at first, since a driver's figures are those of the last second; then busy."""

    def __init__(self, clock: list[float], idle: int) -> None:
        super().__init__()
        self.asked, self._clock, self._idle = 0, clock, idle

    def states(self) -> tuple[GpuState, ...]:
        self.asked += 1
        self._clock[0] += 0.3
        return (state(FIRST, 0.0 if self.asked <= self._idle else 1.0),)


def watched(cards: Warming, clock: list[float], monkeypatch: pytest.MonkeyPatch, asked: int) -> CardWatch:
    monkeypatch.setattr(card_watch, "wall_s", lambda: clock[0])
    with CardWatch("cuda", lambda: cards, every_s=0.001) as watch:  # type: ignore[arg-type,return-value]
        while cards.asked < asked:
            time.sleep(0.001)
    return watch


def test_readings_that_look_back_before_the_steps_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    # Asked 0, 0.3, 0.6 and 0.9 s after the start: those look back further.
    watch = watched(Warming(clock, idle=4), clock, monkeypatch, asked=8)
    assert watch.utilisation.value == 1.0
    assert watch.readings is not None
    assert watch.readings.samples >= 8


def test_where_there_are_no_others_they_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    cards = Warming(clock, idle=0)
    monkeypatch.setattr(card_watch, "wall_s", lambda: clock[0])
    with CardWatch("cuda", lambda: cards, every_s=60.0) as watch:  # type: ignore[arg-type,return-value]
        pass
    assert (watch.utilisation.value, cards.asked) == (1.0, 1)  # asked at the end in any case


def test_nothing_is_asked_where_the_processor_computes() -> None:
    with CardWatch("cpu", lambda: 1 / 0) as watch:  # type: ignore[arg-type,return-value]
        pass
    assert watch.utilisation.note == "the training runs on the processor"
    assert watch.readings is None
