"""What a stretch of a training cost, as quantities."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from wattlab.meter.quantity import Quantity, measured, modelled

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Cost:
    """What the windows of one name cost together.

    Attributes
    ----------
    wall : Quantity
        Wall time. Unit: s.
    cpu : Quantity
        Processor time of this process and its ended children. Unit: s.
    energy : Quantity
        Gross energy: all that the sensors counted. Unit: J.
    idle : Quantity
        What the machine would have drawn doing nothing. Unit: J.
    net : Quantity
        Gross less idle. Unit: J.
    peak_memory : Quantity
        The process's largest resident set from its start to the end of the last window. Unit: B.
    """

    wall: Quantity
    cpu: Quantity
    energy: Quantity
    idle: Quantity
    net: Quantity
    peak_memory: Quantity

    def to_dict(self) -> dict[str, dict[str, object]]:
        """Return the quantities as JSON knows them."""
        return {field.name: getattr(self, field.name).to_dict() for field in fields(self)}

    @classmethod
    def from_dict(cls, quantities: Mapping[str, Mapping[str, object]]) -> Cost:
        """Restore a cost from the result of `to_dict`."""
        return cls(**{name: Quantity.from_dict(quantity) for name, quantity in quantities.items()})

    def __add__(self, other: Cost) -> Cost:
        """Add two stretches: all quantities but the peak of memory, of which the larger counts."""
        peak = max(self.peak_memory, other.peak_memory, key=lambda memory: memory.value or 0.0)
        return Cost(
            wall=self.wall + other.wall,
            cpu=self.cpu + other.cpu,
            energy=self.energy + other.energy,
            idle=self.idle + other.idle,
            net=self.net + other.net,
            peak_memory=peak,
        )

    def extended_by(self, wall_s: float, cpu_s: float) -> Cost:
        """Return the cost of a stretch that no sensor saw, at this one's mean power.

        Parameters
        ----------
        wall_s, cpu_s : float
            How long the stretch took, by the clocks. Unit: s.

        Returns
        -------
        Cost
            Times are measured; energies are modelled, between nothing and twice the mean power.
        """
        share = self._share(wall_s)
        return Cost(
            wall=measured(wall_s, "s", "clock:wall"),
            cpu=measured(cpu_s, "s", "clock:cpu"),
            energy=_at_mean_power(self.energy, share),
            idle=_at_mean_power(self.idle, share),
            net=_at_mean_power(self.net, share),
            peak_memory=self.peak_memory,
        )

    def preceded_by(self, wall_s: float, cpu_s: float) -> Cost:
        """Return this cost with a short stretch before it that no sensor saw, taken at this one's mean power.

        Parameters
        ----------
        wall_s, cpu_s : float
            How long the stretch took, by the clocks. Unit: s.

        Returns
        -------
        Cost
            Provenance and sensor stay those of this cost; the interval holds all that the stretch may have
            taken, from nothing to twice the mean power.
        """
        share = self._share(wall_s)
        return replace(
            self,
            wall=self.wall + measured(wall_s, "s", "clock:wall"),
            cpu=self.cpu + measured(cpu_s, "s", "clock:cpu"),
            energy=with_unseen(self.energy, share),
            idle=with_unseen(self.idle, share),
            net=with_unseen(self.net, share),
        )

    def _share(self, wall_s: float) -> float:
        return wall_s / self.wall.value if self.wall.value else 0.0

    def __str__(self) -> str:
        return "\n".join(
            f"{field.name.replace('_', ' ')}: {getattr(self, field.name)}" for field in fields(self)
        )


def _at_mean_power(energy: Quantity, share: float) -> Quantity:
    """Return a share of an energy: a model's figure scales; a counter's becomes a model of what it did not see."""
    note = "before the meter ran: mean power of the rest"
    if energy.value is None or energy.provenance == "modelled":
        return energy.times(share, "J", note)
    value = energy.value * share
    low, high = sorted((0.0, 2 * value))
    return modelled(value, "J", "model:mean-power", (low, high), note)


def with_unseen(energy: Quantity, share: float) -> Quantity:
    """Add what a stretch took that no sensor saw, such as the start-up before the meter ran.

    Parameters
    ----------
    energy : Quantity
        What was seen.
    share : float
        Length of the unseen stretch, as a share of the seen one.

    Returns
    -------
    Quantity
        At the mean power; its provenance and sensor are those of `energy`. A model's figure scales with its
        interval; a counter's interval grows by nothing below and by twice the addition above.
    """
    note = "start-up before the meter: mean power of the rest"
    if energy.value is None or share == 0:
        return energy
    if energy.provenance == "modelled":
        return energy.times(1 + share, energy.unit, note)
    unseen = energy.value * share
    low, high = energy.interval or (energy.value, energy.value)
    widened = (low + min(0.0, 2 * unseen), high + max(0.0, 2 * unseen))
    return replace(energy, value=energy.value + unseen, interval=widened).with_note(note)


def net_energy(gross: Quantity, idle: Quantity) -> Quantity:
    """Subtract the idle energy; work cannot give energy back, so a positive net has no negative bound.

    A negative value stays as it is: it tells that the baseline was too high.
    """
    net = gross - idle
    if net.value is None or net.interval is None or net.value < 0:
        return net
    return replace(net, interval=(max(0.0, net.interval[0]), net.interval[1]))
