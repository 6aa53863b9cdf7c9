"""What every energy sensor is: a counter of joules that only goes forward, or an honest absence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from wattlab.errors import WattlabError
from wattlab.meter.quantity import Quantity, missing

if TYPE_CHECKING:
    from collections.abc import Iterable

STEADY_STEPS: Final = 5
"""A window of so many steps of a counter holds enough of its own to tell what its edges held."""
BELOW_RESOLUTION: Final = "below resolution"
"""How a note begins that says that a window was too short for a sensor."""


class SensorLost(WattlabError):  # noqa: N818 - a sensor that goes away in mid-run is an event, not a fault
    """A sensor that worked can no longer be trusted; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A counter at one moment.

    Attributes
    ----------
    time_s : float
        When, on the clock of `time.perf_counter`. Unit: s.
    energy_J : float
        Energy counted since the sensor was made; it never goes back. Unit: J.
    below_J, above_J : float
        By how much less or more that may be because nobody looked for too long, beside what `Facts` says of every
        figure; they never go back either. Unit: J.
    """

    time_s: float
    energy_J: float
    below_J: float = 0.0
    above_J: float = 0.0


@dataclass(frozen=True, slots=True)
class Absent:
    """Hardware that is not there or not readable: an object that says so, never a zero.

    Attributes
    ----------
    name : str
        The sensor that is absent.
    reason : str
        Why.
    remedy : str
        What the user can do about it; empty if nothing.
    closed : bool
        Whether it is there, and the remedy is all that is missing.
    """

    name: str
    reason: str
    remedy: str = ""
    closed: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}" + (f"; {self.remedy}" if self.remedy else "")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sensor is, apart from what it reads.

    Attributes
    ----------
    name : str
        Such as "rapl:package-0".
    domain : str
        The part of the machine it counts, named as in `wattlab.meter.sensors.domains`: "package-0", "gpu-…", "machine".
    provenance : {"measured", "modelled"}
        Whether the figures are counted or computed.
    resolution_s : float
        Time between two steps of the counter: a shorter window says little. Unit: s.
    max_power_W : float
        A power that the domain cannot exceed; what a window may have missed is bounded by it. Unit: W.
    spread : tuple of float
        How far a figure may be below and above the truth, as shares of it: (0.5, 0.6) is -50 % ... +60 %.
    longest_gap_s : float
        Time between two readings beyond which the figure is no longer certain. Unit: s.
    note : str
        What a reader of its figures must know.
    source : {"plug", "counter", "integrated", "battery", "model"}
        What the figure comes from, in order of trust: a wall plug, a counter of energy, samples of power, the battery,
        a model.
    sample_s : float
        Time between two readings that the meter should not exceed: for samples of power, and to notice faults. Unit: s.
    limit_W : float or None
        The highest power limit of a graphics card, as its driver tells it; None where there is none, or it does not
        tell. Unit: W.
    """

    name: str
    domain: str
    provenance: Literal["measured", "modelled"]
    resolution_s: float
    max_power_W: float
    spread: tuple[float, float] = (0.0, 0.0)
    longest_gap_s: float = float("inf")
    note: str = ""
    source: Literal["plug", "counter", "integrated", "battery", "model"] = "counter"
    sample_s: float = float("inf")
    limit_W: float | None = None


class Sensor(ABC):
    """A counter of energy.

    Attributes
    ----------
    facts : Facts
        What it is.
    """

    facts: Facts

    @abstractmethod
    def read(self) -> Reading:
        """Return the energy counted so far, in microseconds of time.

        Raises
        ------
        SensorLost
            It can no longer be read, or no longer be trusted. It stays lost.
        """

    def close(self) -> None:  # noqa: B027 (a file or a library call leaves nothing to let go of)
        """Let go of threads, sockets and files; a sensor that is closed is not read again."""


def quantity(
    facts: Facts,
    energy_J: float,
    wall_s: float,
    windows: int = 1,
    doubt_J: tuple[float, float] = (0.0, 0.0),
) -> Quantity:
    """Turn what a sensor counted in some windows into a quantity with its interval.

    Parameters
    ----------
    facts : Facts
        The sensor.
    energy_J : float
        What it counted in all windows together. Unit: J.
    wall_s : float
        How long they were together. Unit: s.
    windows : int, optional
        How many they were. Each can be off by one step of the counter; that, the sensor's own spread and `doubt_J`
        make the interval. How well the hardware's counter is calibrated is not in it.
    doubt_J : tuple of float, optional
        How much less and how much more it may be because nobody looked for too long. Unit: J.

    Returns
    -------
    Quantity
        In J. If the windows were shorter than two steps of the counter, or in none of them a step fell, with the note
        "below resolution" and an interval from 0 to what the domain could have drawn more.

    Notes
    -----
    A step that falls into a window may hold energy of the time before it, and the last step is missing. In a window of
    `STEADY_STEPS` steps or more, what they hold is taken to be at the window's own mean power; in a shorter one, which
    the change from idle to work may just precede, at anything up to the domain's largest power.

    Examples
    --------
    >>> facts = Facts("rapl:package-0", "package-0", "measured", resolution_s=0.01, max_power_W=200.0)
    >>> print(quantity(facts, energy_J=100.0, wall_s=1.0))
    100 J [99.0-101 J] measured
    >>> print(quantity(facts, energy_J=1.0, wall_s=0.03))
    1.00 J [0-3.00 J] measured
    """
    steps_s = windows * facts.resolution_s
    below, above = (energy_J * share + doubt for share, doubt in zip(facts.spread, doubt_J, strict=True))
    note, most_J = facts.note, facts.max_power_W * steps_s
    if wall_s < 2 * steps_s or (energy_J <= 0 and facts.provenance == "measured"):
        note = "; ".join(part for part in (note, f"{BELOW_RESOLUTION} ({facts.resolution_s:g} s)") if part)
        low, high = 0.0, energy_J + above + most_J
    else:
        edge_J = most_J if wall_s < STEADY_STEPS * steps_s else energy_J * steps_s / wall_s
        low, high = max(0.0, energy_J - below - edge_J), energy_J + above + edge_J
    return Quantity(energy_J, "J", facts.provenance, facts.name, (low, high), note)


def sort_out(found: Iterable[Sensor | Absent]) -> tuple[list[Sensor], list[Absent]]:
    """Return the sensors and the absent ones, each in order."""
    everything = list(found)
    absent = [one for one in everything if isinstance(one, Absent)]
    return [one for one in everything if isinstance(one, Sensor)], absent


def no_sensor(absent: Iterable[Absent]) -> Quantity:
    """Return the energy of a machine where nothing can tell it, with the reasons."""
    reasons = "; ".join(str(one) for one in absent)
    return missing("J", reasons or "no energy sensor")
