"""How busy a graphics card is while steps are timed, asked now and then beside them."""

from __future__ import annotations

import threading
from statistics import fmean
from typing import TYPE_CHECKING, Final, Self

from wattlab.cluster.step_report import CardReadings
from wattlab.machine.gpus import Gpus
from wattlab.meter.clock import wall_s
from wattlab.meter.quantity import Quantity, measured, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.machine.gpu_state import GpuState

__all__ = ["CardWatch", "readings", "utilisation"]

_EVERY_S: Final = 0.3
"""Drivers renew their figures a few times a second, and each question takes some milliseconds. Unit: s."""
_LOOKS_BACK_S: Final = 1.0
"""A driver's utilisation is that of up to the last second. Unit: s."""
_ON_PROCESSOR: Final = "the training runs on the processor"
_SILENT: Final = "no driver tells how busy a card is"


class CardWatch:
    """Asks how the cards are from a thread of its own; use it as a context manager around what is timed.

    Parameters
    ----------
    device : str
        Where the recipe computes; nothing is asked for "cpu".
    open_cards : callable, optional
        Returns the cards.
    every_s : float, optional
        Time between two questions; the last one is asked at the end. Unit: s.
    looks_back_s : float, optional
        Over how much of the past a driver's utilisation goes. Unit: s.
    """

    def __init__(
        self,
        device: str,
        open_cards: Callable[[], Gpus] = Gpus,
        every_s: float = _EVERY_S,
        looks_back_s: float = _LOOKS_BACK_S,
    ) -> None:
        self._on_card, self._open = device != "cpu", open_cards
        self._every_s, self._looks_back_s = every_s, looks_back_s
        self._over = threading.Event()
        self._samples: list[tuple[GpuState, ...]] = []
        self._early = 0
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start to ask."""
        if self._on_card:
            self._gpus = self._open()
            self._thread = threading.Thread(target=self._ask, name="wattlab-cards", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        if self._thread:
            self._over.set()
            self._thread.join()
            self._gpus.close()

    def _ask(self) -> None:
        started_s, over = wall_s(), False
        while not over:
            over = self._over.wait(self._every_s)
            self._early += wall_s() - started_s < self._looks_back_s
            self._samples.append(tuple(one for one in self._gpus.states() if one.visible))

    @property
    def utilisation(self) -> Quantity:
        """How busy the busiest of the visible cards was, from 0 to 1. Unit: 1.

        The first readings tell of what was before as well: they count only where there are no others.
        """
        if not self._on_card:
            return missing("1", _ON_PROCESSOR)
        return utilisation(self._samples[self._early :] or self._samples)

    @property
    def readings(self) -> CardReadings | None:
        """How that card was; None if none told."""
        return readings(self._samples)


def utilisation(samples: Sequence[Sequence[GpuState]]) -> Quantity:
    """Return the mean utilisation of the busiest card.

    Parameters
    ----------
    samples : sequence of sequence of GpuState
        All cards, at each moment.
    """
    known = [state.utilisation for state in _busiest(samples) if state.utilisation is not None]
    if not known:
        return missing("1", _SILENT)
    return measured(
        fmean(known), "1", "driver:utilisation", (min(known), max(known)), f"mean of {len(known)} readings"
    )


def readings(samples: Sequence[Sequence[GpuState]]) -> CardReadings | None:
    """Return clocks, temperature and throttling of the busiest card; None if there is none.

    Parameters
    ----------
    samples : sequence of sequence of GpuState
        All cards, at each moment.
    """
    states = _busiest(samples)
    if not states:
        return None
    clocks = [state.core_clock_MHz for state in states if state.core_clock_MHz is not None]
    warmth = [state.temperature_C for state in states if state.temperature_C is not None]
    return CardReadings(
        name=states[0].gpu.name,
        samples=len(states),
        clock_MHz=(min(clocks), max(clocks)) if clocks else None,
        temperature_C=max(warmth, default=None),
        power_limit_W=states[-1].limits.enforced_W,
        throttle=tuple(dict.fromkeys(reason for state in states for reason in state.throttle or ())),
    )


def _busiest(samples: Sequence[Sequence[GpuState]]) -> list[GpuState]:
    """Return the states of the card that was busiest in all."""
    by_card: dict[str, list[GpuState]] = {}
    for state in (one for moment in samples for one in moment):
        by_card.setdefault(state.gpu.id, []).append(state)
    return max(by_card.values(), key=lambda states: sum(one.utilisation or 0.0 for one in states), default=[])
