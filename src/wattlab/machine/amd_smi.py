"""AMD's management library (amdsmi): asked for nothing but the energy that a card counts.

References
----------
AMD SMI Python API: ``amdsmi_get_energy_count`` gives ``energy_accumulator`` (``power`` before ROCm 6.1), to be
multiplied by ``counter_resolution`` in µJ. The counter stood still on MI100 (ROCm/amdsmi issues 22 and 38) and went
back (issue 115): whoever reads it must check it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AmdSmi", "open_amd_smi"]


class AmdSmi:
    """AMD's library, initialised. It does not count its users, and torch may be one: it is never shut down.

    Parameters
    ----------
    library : module
        ``amdsmi``, or what answers like it.
    """

    def __init__(self, library: Any) -> None:
        library.amdsmi_init()
        self._library = library
        self._handles = {
            str(library.amdsmi_get_gpu_device_bdf(handle)).lower(): handle
            for handle in library.amdsmi_get_processor_handles()
        }

    def energy_J(self, pci: str) -> float:
        """Return the energy that a card has counted since its driver was loaded. Unit: J.

        Parameters
        ----------
        pci : str
            The card's PCI address.

        Raises
        ------
        OSError, ValueError
            The library does not know the card, or its energy.
        """
        if pci not in self._handles:
            msg = f"amdsmi does not know {pci}"
            raise OSError(msg)
        try:
            count = self._library.amdsmi_get_energy_count(self._handles[pci])
        except self._library.AmdSmiException as error:
            raise OSError(f"amdsmi says: {error}") from error
        accumulated = count["energy_accumulator"] if "energy_accumulator" in count else count["power"]
        return float(accumulated) * float(count["counter_resolution"]) / 1e6


def open_amd_smi(library: Any = None, load: Callable[[str], Any] = importlib.import_module) -> AmdSmi | None:
    """Open AMD's library; None where it is not installed or cannot be used.

    Parameters
    ----------
    library : module, optional
        ``amdsmi``, or what answers like it; by default it is imported.
    load : callable, optional
        Imports a module by its name.
    """
    try:
        return AmdSmi(library or load("amdsmi"))
    except Exception:  # noqa: BLE001 (an amdsmi of another ROCm fails in many ways; the kernel's files remain)
        return None
