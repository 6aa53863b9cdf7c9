"""The chips that Linux lists under hwmon: their names, and their channels by label.

References
----------
Linux kernel, Documentation/hwmon/sysfs-interface.rst: ``in`` in mV, ``curr`` in mA, ``power`` in µW, ``energy`` in µJ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wattlab.machine.system_files import read_text

__all__ = ["HWMON", "Chip", "chips"]

HWMON: Final = Path("/sys/class/hwmon")


@dataclass(frozen=True, slots=True)
class Chip:
    """One chip.

    Attributes
    ----------
    folder : Path
        Where its files are.
    name : str
        What its driver calls it, such as "ina3221".
    """

    folder: Path
    name: str

    def labelled(self, kind: str) -> dict[str, int]:
        """Return the numbers of a kind's channels by their labels: {"VDD_IN": 1} for a file ``in1_label``.

        Parameters
        ----------
        kind : str
            "in", "energy", ...
        """
        numbers = sorted(
            int(match[1])
            for file in self.folder.glob(f"{kind}*_label")
            if (match := re.fullmatch(rf"{kind}(\d+)_label", file.name))
        )
        return {read_text(self.folder / f"{kind}{number}_label"): number for number in numbers}

    @property
    def device(self) -> str:
        """The name of the device it belongs to, such as a PCI address; empty if it does not say."""
        link = self.folder / "device"
        return link.resolve().name if link.exists() else ""


def chips(root: Path = HWMON) -> list[Chip]:
    """Return all chips.

    Parameters
    ----------
    root : Path, optional
        Where they are listed.
    """
    return [Chip(folder, read_text(folder / "name")) for folder in sorted(root.glob("hwmon*"))]
