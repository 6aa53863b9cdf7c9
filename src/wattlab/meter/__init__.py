"""At what cost: time, memory and energy, as quantities that say where they come from."""

from wattlab.meter.cost import Cost
from wattlab.meter.meter import Meter
from wattlab.meter.quantity import Provenance, Quantity, measured, missing, modelled, total
from wattlab.meter.window import Window

__all__ = ["Cost", "Meter", "Provenance", "Quantity", "Window", "measured", "missing", "modelled", "total"]
