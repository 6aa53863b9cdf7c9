"""What a machine draws with nothing to do, modelled: for want of a measured baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.meter.quantity import Quantity, missing, modelled, total
from wattlab.meter.sensors.domains import covers_processor, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.sensors.base import Sensor
    from wattlab.meter.sensors.model import ModelPower

__all__ = ["idle_power"]

MEASURE_IT: Final = "measure it: --baseline SECONDS, or Meter(baseline_s=...)"
# Of the most that a card's sensor believes, which is 1.5 times its limit. Cards idle at 2 to 20 % of their limit, and
# mostly near 8 %.
CARD_SHARE: Final = 0.05
CARD_RANGE: Final = (0.013, 0.14)
# A card that does not tell its limit could draw this much, which says nothing about it.
UNKNOWN_W: Final = 2000.0


def idle_power(sensors: Sequence[Sensor], processor: ModelPower) -> Quantity:
    """Return the modelled idle power of what some sensors count. Unit: W.

    Parameters
    ----------
    sensors : sequence of Sensor
        Those that are added up.
    processor : ModelPower
        The model's figures for the processor.

    Returns
    -------
    Quantity
        Missing where a sensor counts a whole machine, of which no model knows the idle power.
    """
    if any(kind_of(one.facts.domain) in {"machine", "board"} for one in sensors):
        return missing("W", f"what the whole machine draws idle is not modelled; {MEASURE_IT}")
    parts = [processor.idle()] if covers_processor(sensors) else []
    parts += [_card(one) for one in sensors if kind_of(one.facts.domain) == "gpu"]
    return total(parts, "W") if parts else missing("W", "no idle baseline")


def _card(sensor: Sensor) -> Quantity:
    most_W = sensor.facts.max_power_W
    if most_W >= UNKNOWN_W:
        reason = (
            f"{sensor.facts.name} does not tell its power limit, so its idle power is unknown; {MEASURE_IT}"
        )
        return missing("W", reason)
    low, high = (most_W * share for share in CARD_RANGE)
    note = "idle baseline of the card modelled by its power limit"
    return modelled(CARD_SHARE * most_W, "W", "model:card-idle", (low, high), note)
