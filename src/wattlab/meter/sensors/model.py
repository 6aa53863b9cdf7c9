"""The labelled model: what a processor would draw by its makers' figures, where no sensor can be read.

power = idle + (TDP - idle) x utilisation, where utilisation is the processor time of this process and its
children, divided by wall time and by the cores that the TDP stands for. Other people's programs are not
counted. The figure is always ``modelled``, with a wide interval, and unfit for ranking: rank by time instead.

References
----------
Estimators without sensors err by up to 40 % (arXiv 2509.22092), and a model of processor power from the
operating system's figures explains little off its calibration. The bounds are assumptions with room for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.meter import clock
from wattlab.meter.quantity import Quantity, modelled
from wattlab.meter.sensors.base import Facts, Reading, Sensor, SensorLost
from wattlab.meter.sensors.tdp import thermal_power

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.machine import Machine
    from wattlab.settings import MachineSettings

NAME: Final = "model:tdp"
UNFIT: Final = "unfit for ranking"
# A maker's TDP is known, or only watts per thread are: -50 % ... +60 %, or -60 % ... +100 %.
SPREAD: Final = (0.5, 0.6)
SPREAD_UNKNOWN: Final = (0.6, 1.0)
# Laptops idle near a tenth of their TDP, servers near a third or more: 6 % ... 50 %, 20 % in the middle.
IDLE_SHARE: Final = 0.2
IDLE_SPREAD: Final = (0.7, 1.5)
IDLE_SPREAD_SET: Final = (0.25, 0.25)
# The scheduler books processor time in steps of up to 10 ms.
RESOLUTION_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class ModelPower:
    """What the model takes for this machine, or for the share of it that a container or virtual machine has.

    Attributes
    ----------
    tdp_W, idle_W : float
        Power with every core busy, and with none. Unit: W.
    cores : int
        Hardware threads that `tdp_W` stands for.
    spread, idle_spread : tuple of float
        How far the energy and the idle power may be below and above the truth, as shares.
    note : str
        Where the figures come from.
    """

    tdp_W: float
    idle_W: float
    cores: int
    spread: tuple[float, float]
    idle_spread: tuple[float, float]
    note: str

    def idle(self) -> Quantity:
        """Return the modelled idle power. Unit: W."""
        below, above = self.idle_spread
        interval = (self.idle_W * (1 - below), self.idle_W * (1 + above))
        return modelled(self.idle_W, "W", f"{NAME}-idle", interval, f"idle baseline modelled ({self.note})")


def model_power(machine: Machine, settings: MachineSettings | None = None) -> ModelPower:
    """Find the model's figures for a machine.

    Parameters
    ----------
    machine : Machine
        What this process runs on.
    settings : MachineSettings, optional
        The user's own figures, which stand before the table's.

    Returns
    -------
    ModelPower
        For the whole machine; in a container or virtual machine, for the cores this process may use.
    """
    chip = thermal_power(machine.cpu_model, max(1, machine.logical_cores // machine.packages))
    cores = machine.usable_cores if machine.virtual else machine.logical_cores
    # A virtual machine's cores are threads of a larger chip; how many sockets it shows means nothing.
    threads = chip.threads if machine.hypervisor else machine.logical_cores / machine.packages
    tdp_W, known = chip.tdp_W * cores / threads, chip.known
    note = f"{tdp_W:.3g} W for {cores} threads, " + (
        "makers' TDP" if known else "its rated power is not in the table: watts per thread"
    )
    if settings and settings.tdp_W is not None:
        tdp_W, known, note = settings.tdp_W, True, f"{settings.tdp_W:g} W from the settings"
    idle_W, idle_spread = min(IDLE_SHARE * tdp_W, tdp_W), IDLE_SPREAD
    if settings and settings.idle_W is not None:
        idle_W, idle_spread = min(settings.idle_W, tdp_W), IDLE_SPREAD_SET
    return ModelPower(tdp_W, idle_W, cores, SPREAD if known else SPREAD_UNKNOWN, idle_spread, note)


class ModelSensor(Sensor):
    """A counter that is computed from processor time.

    Parameters
    ----------
    power : ModelPower
        The machine's figures.
    cpu_s : callable, optional
        Processor seconds of this process and its children; raises OSError if it cannot tell.
    wall_s : callable, optional
        The clock.
    """

    def __init__(
        self,
        power: ModelPower,
        cpu_s: Callable[[], float] | None = None,
        wall_s: Callable[[], float] = clock.wall_s,
    ) -> None:
        self.facts = Facts(
            name=NAME,
            domain="cpu",
            provenance="modelled",
            resolution_s=RESOLUTION_S,
            max_power_W=power.tdp_W * (1 + power.spread[1]),
            spread=power.spread,
            note=f"{UNFIT}; {power.note}",
            source="model",
        )
        self._power = power
        self._cpu_s, self._wall_s = cpu_s or clock.ProcessTree().cpu_s, wall_s
        self._start_cpu_s, self._start_s = self._cpu_s(), wall_s()
        self._counted_J = 0.0
        self._lost = ""

    def read(self) -> Reading:
        """Return the energy computed since the sensor was made."""
        if self._lost:
            raise SensorLost(self._lost)
        try:
            used_s = self._cpu_s() - self._start_cpu_s
        except OSError as error:
            self._lost = f"{NAME}: the processor time can no longer be read ({error})"
            raise SensorLost(self._lost) from error
        now_s = self._wall_s()
        busy_W = self._power.tdp_W - self._power.idle_W
        energy_J = self._power.idle_W * (now_s - self._start_s) + busy_W * used_s / self._power.cores
        self._counted_J = max(self._counted_J, energy_J)
        return Reading(now_s, self._counted_J)
