"""The batteries that the kernel lists: which of them feed the machine, whether alone, and with what power.

References
----------
Linux kernel, Documentation/ABI/testing/sysfs-class-power: power_now in µW, current_now in µA (negative where a driver
counts what leaves the battery so), voltage_now in µV; scope "Device" for the batteries of mice and keyboards.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wattlab.machine.system_files import read_number, read_text
from wattlab.meter.sensors.base import SensorLost
from wattlab.meter.sensors.polled import Sample

__all__ = ["SUPPLIES", "Batteries"]

SUPPLIES: Final = Path("/sys/class/power_supply")
_RESTING: Final = ("Not charging", "Full", "Unknown")


@dataclass(frozen=True, slots=True)
class Batteries:
    """All power supplies of a machine.

    Attributes
    ----------
    root : Path
        Where they are listed.
    """

    root: Path = SUPPLIES

    def folders(self) -> list[Path]:
        """Return the batteries that feed the machine."""
        return [
            folder
            for folder in self._of_machine()
            if read_text(folder / "type") == "Battery" and read_text(folder / "present") != "0"
        ]

    def obstacle(self) -> str:
        """Return why the batteries do not tell what the machine draws; empty if they do."""
        states = {folder.name: read_text(folder / "status") for folder in self.folders()}
        if any(read_text(folder / "online") == "1" for folder in self._of_machine()):
            return "a charger is connected"
        if "Discharging" not in states.values():
            return "no battery is discharging"
        # Of two batteries one may rest; one that charges takes from the other.
        odd = [name for name, state in states.items() if state not in {"Discharging", *_RESTING}]
        return f"{odd[0]} is {states[odd[0]].lower() or 'in no known state'}" if odd else ""

    def sample(self) -> Sample:
        """Return the power of all batteries together; SensorLost where something else feeds the machine too."""
        if obstacle := self.obstacle():
            raise SensorLost(obstacle)
        return Sample(sum(map(_power_W, self.folders())))

    def _of_machine(self) -> list[Path]:
        return [folder for folder in sorted(self.root.glob("*")) if read_text(folder / "scope") != "Device"]


def _power_W(battery: Path) -> float:
    if (battery / "power_now").exists():
        return abs(read_number(battery / "power_now")) / 1e6
    return abs(read_number(battery / "current_now")) * read_number(battery / "voltage_now") / 1e12
