"""What a stretch of a training cost, as quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 (pydantic reads the annotations of a record's costs)
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from wattlab.meter.quantity import Quantity, measured, missing, modelled

NOT_WATCHED: Final = "not watched"
NO_DEVICE: Final = "no device memory in use"


@dataclass(frozen=True, slots=True)
class Cost:
    """What the windows of one name cost together.

    Attributes
    ----------
    wall : Quantity
        Wall time. Unit: s.
    cpu : Quantity
        Processor time of this process and its children, those that still run included. Unit: s.
    energy : Quantity
        Gross energy: all that the sensors counted. Unit: J.
    idle : Quantity
        What the machine would have drawn doing nothing. Unit: J.
    net : Quantity
        Gross less idle. Unit: J.
    peak_memory : Quantity
        The largest resident set of the process and its children together, from its start to the end of the last
        window. Unit: B.
    domains : mapping of str to Quantity
        What each sensor counted, by its name: those that `energy` adds up, and those inside them. Unit: J.
    foreign : Quantity
        Share of all cores that other processes kept busy, from 0 to 1. Unit: 1.
    shared : str
        Why the energy is not this program's alone, as a sentence; empty if nothing was seen.
    device_memory, device_reserved : Quantity
        Most memory of a GPU that was allocated, and that the library kept for itself. Unit: B.
    """

    wall: Quantity
    cpu: Quantity
    energy: Quantity
    idle: Quantity
    net: Quantity
    peak_memory: Quantity
    domains: Mapping[str, Quantity] = field(default_factory=dict)
    foreign: Quantity = field(default_factory=lambda: missing("1", NOT_WATCHED))
    shared: str = ""
    device_memory: Quantity = field(default_factory=lambda: missing("B", NO_DEVICE))
    device_reserved: Quantity = field(default_factory=lambda: missing("B", NO_DEVICE))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON knows them."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        found = {name: one.to_dict() for name, one in values.items() if isinstance(one, Quantity)}
        domains = {name: energy.to_dict() for name, energy in self.domains.items()}
        return {**found, "domains": domains, "shared": self.shared}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Cost:
        """Restore a cost from the result of `to_dict`; what an older version did not note is left at its default."""
        domains = {name: Quantity.from_dict(energy) for name, energy in values.get("domains", {}).items()}
        rest = {name: one for name, one in values.items() if name not in {"domains", "shared"}}
        quantities = {name: Quantity.from_dict(quantity) for name, quantity in rest.items()}
        return cls(**quantities, domains=domains, shared=values.get("shared", ""))

    def __add__(self, other: Cost) -> Cost:
        """Add two stretches: all quantities but peaks of memory, of which the larger counts."""
        return Cost(
            wall=self.wall + other.wall,
            cpu=self.cpu + other.cpu,
            energy=self.energy + other.energy,
            idle=self.idle + other.idle,
            net=self.net + other.net,
            peak_memory=_largest(self.peak_memory, other.peak_memory),
            domains=_added(self.domains, other.domains),
            foreign=_mean(self, other),
            shared="; ".join(dict.fromkeys(filter(None, (self.shared, other.shared)))),
            device_memory=_largest(self.device_memory, other.device_memory),
            device_reserved=_largest(self.device_reserved, other.device_reserved),
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

    def preceded_by(self, wall_s: float, cpu_s: float, like: Cost | None = None) -> Cost:
        """Return this cost with a short stretch before it that no sensor saw, taken at some mean power.

        Parameters
        ----------
        wall_s, cpu_s : float
            How long the stretch took, by the clocks. Unit: s.
        like : Cost, optional
            Whose mean power that is, such as that of the beginning; left out: this one's.

        Returns
        -------
        Cost
            Provenance and sensor stay those of this cost; the interval holds all that the stretch may have
            taken, from nothing to twice the mean power.
        """
        like = like or self
        share = wall_s / like.wall.value if like.wall.value else 0.0
        return replace(
            self,
            wall=self.wall + measured(wall_s, "s", "clock:wall"),
            cpu=self.cpu + measured(cpu_s, "s", "clock:cpu"),
            energy=with_unseen(self.energy, share, like.energy),
            idle=with_unseen(self.idle, share, like.idle),
            net=with_unseen(self.net, share, like.net),
            domains={
                name: with_unseen(energy, share, like.domains.get(name))
                for name, energy in self.domains.items()
            },
        )

    def _share(self, wall_s: float) -> float:
        return wall_s / self.wall.value if self.wall.value else 0.0

    def __str__(self) -> str:
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        known = {
            name: one for name, one in values.items() if isinstance(one, Quantity) and not _is_default(one)
        }
        lines = [f"{name.replace('_', ' ')}: {one}" for name, one in known.items()]
        return "\n".join([*lines, *([f"shared machine: {self.shared}"] if self.shared else [])])


def _is_default(quantity: Quantity) -> bool:
    return quantity.is_missing and quantity.note in {NOT_WATCHED, NO_DEVICE}


def _largest(*peaks: Quantity) -> Quantity:
    return max(peaks, key=lambda memory: memory.value or 0.0)


def _added(one: Mapping[str, Quantity], other: Mapping[str, Quantity]) -> dict[str, Quantity]:
    absent = missing("J", "not there all the time")
    return {name: one.get(name, absent) + other.get(name, absent) for name in dict.fromkeys([*one, *other])}


def _mean(one: Cost, other: Cost) -> Quantity:
    """Return the foreign load of both stretches, each by its length; of one alone if only that was watched."""
    watched = [cost for cost in (one, other) if not cost.foreign.is_missing]
    whole_s = sum(cost.wall.value or 0.0 for cost in watched)
    if len(watched) < 2 or not whole_s:
        return watched[0].foreign if watched else one.foreign
    first, last = (cost.foreign.times((cost.wall.value or 0.0) / whole_s, "1") for cost in watched)
    return first + last


def _at_mean_power(energy: Quantity, share: float) -> Quantity:
    """Return a share of an energy: a model's figure scales; a counter's becomes a model of what it did not see."""
    note = "before the meter ran: mean power of the rest"
    if energy.value is None or energy.provenance == "modelled":
        return energy.times(share, "J", note)
    value = energy.value * share
    low, high = sorted((0.0, 2 * value))
    return modelled(value, "J", "model:mean-power", (low, high), note)


def with_unseen(energy: Quantity, share: float, like: Quantity | None = None) -> Quantity:
    """Add what a stretch took that no sensor saw, such as the start-up before the meter ran.

    Parameters
    ----------
    energy : Quantity
        What was seen.
    share : float
        Length of the unseen stretch, as a share of that of `like`.
    like : Quantity, optional
        The energy of a stretch that was seen, at whose mean power the other one is taken; left out, or missing:
        `energy` itself.

    Returns
    -------
    Quantity
        Its provenance and sensor are those of `energy`. To a model's interval that of `like` is added in the same
        share; a counter's grows by nothing below and by twice the addition above.
    """
    if energy.value is None or share == 0:
        return energy
    taken, note = energy, "start-up before the meter: mean power of the rest"
    if like is not None and like.value is not None and like is not energy:
        taken, note = like, "start-up before the meter: mean power of what followed it"
    if energy.provenance == "modelled":
        return energy + taken.times(share, energy.unit, note)
    assert taken.value is not None
    unseen = taken.value * share
    low, high = energy.interval or (energy.value, energy.value)
    widened = (low + min(0.0, 2 * unseen), high + max(0.0, 2 * unseen))
    return replace(energy, value=energy.value + unseen, interval=widened).with_note(note)


def median_cost(costs: Sequence[Cost], each: str = "windows") -> Cost:
    """Return the median of the costs of repeated stretches, quantity by quantity.

    Parameters
    ----------
    costs : sequence of Cost
        At least one; ``peak_memory`` is the largest of them, as a peak is, and of other people's work the worst tells.
    each : str, optional
        What the stretches are, in the plural.

    Returns
    -------
    Cost
        Each interval holds both the sensors' own and how the stretches differ.
    """
    from wattlab.meter.statistics import median_quantity  # asked for by who repeats something

    def of(name: str, unit: str) -> Quantity:
        return median_quantity([getattr(cost, name) for cost in costs], unit)

    names = dict.fromkeys(name for cost in costs for name in cost.domains)
    return Cost(
        wall=of("wall", "s"),
        cpu=of("cpu", "s"),
        energy=of("energy", "J"),
        idle=of("idle", "J"),
        net=of("net", "J"),
        peak_memory=_largest(*(cost.peak_memory for cost in costs)),
        domains={
            name: median_quantity([cost.domains[name] for cost in costs if name in cost.domains], "J")
            for name in names
        },
        foreign=of("foreign", "1"),
        shared=_shared_by(costs, each),
        device_memory=_largest(*(cost.device_memory for cost in costs)),
        device_reserved=_largest(*(cost.device_reserved for cost in costs)),
    )


def unknown_cost(reason: str) -> Cost:
    """Return the cost of a stretch that nobody saw: all of it missing, with the reason."""
    return Cost(
        wall=missing("s", reason),
        cpu=missing("s", reason),
        energy=missing("J", reason),
        idle=missing("J", reason),
        net=missing("J", reason),
        peak_memory=missing("B", reason),
    )


def _shared_by(costs: Sequence[Cost], each: str) -> str:
    """Return in how many of the stretches others were at work, and what was seen in the worst of them."""
    shared = [cost for cost in costs if cost.shared]
    if not shared or len(costs) == 1:
        return costs[0].shared
    worst = max(shared, key=lambda cost: cost.foreign.value or 0.0)
    return f"in {len(shared)} of {len(costs)} {each}; at worst {worst.shared}"


def net_energy(gross: Quantity, idle: Quantity) -> Quantity:
    """Subtract the idle energy; work cannot give energy back, so a positive net has no negative bound.

    A negative value stays as it is: it tells that the baseline was too high.
    """
    net = gross - idle
    if net.value is None or net.interval is None or net.value < 0:
        return net
    return replace(net, interval=(max(0.0, net.interval[0]), net.interval[1]))
