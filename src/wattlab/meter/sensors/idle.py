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
# Cards idle at 2 to 20 % of their power limit, and mostly near 8 %.
CARD_SHARE: Final = 0.08
CARD_RANGE: Final = (0.02, 0.2)
# Of all that these hold, no model knows the idle power.
_WIDE: Final = {"machine", "board", "psys"}


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
        Missing where a sensor counts more than a processor, memory or a card (a machine, a board, a platform), or
        where a card does not tell its power limit.
    """
    wide = [one.facts.name for one in sensors if kind_of(one.facts.domain) in _WIDE]
    if wide:
        reason = (
            f"what the machine draws idle as a whole, as {wide[0]} counts it, is not modelled; {MEASURE_IT}"
        )
        return missing("W", reason)
    parts = [processor.idle()] if covers_processor(sensors) else []
    parts += [_card(one) for one in sensors if kind_of(one.facts.domain) == "gpu"]
    return total(parts, "W") if parts else missing("W", "no idle baseline")


def _card(sensor: Sensor) -> Quantity:
    limit_W = sensor.facts.limit_W
    if not limit_W:
        reason = (
            f"{sensor.facts.name} does not tell its power limit, so its idle power is unknown; {MEASURE_IT}"
        )
        return missing("W", reason)
    low, high = (limit_W * share for share in CARD_RANGE)
    note = "idle baseline of the card modelled by its power limit"
    return modelled(CARD_SHARE * limit_W, "W", "model:card-idle", (low, high), note)
