from __future__ import annotations

import time
from dataclasses import replace

from wattlab.cluster.card_watch import CardWatch, readings, utilisation
from wattlab.machine.gpu_state import Gpu, GpuState, PowerLimits

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


def test_nothing_is_asked_where_the_processor_computes() -> None:
    with CardWatch("cpu", lambda: 1 / 0) as watch:  # type: ignore[arg-type,return-value]
        pass
    assert watch.utilisation.note == "the training runs on the processor"
    assert watch.readings is None
