"""Any command under the meter: started, watched with all its children, and its cost noted."""

from wattlab.command.ending import MeasurementCutShortError, MeasurementInterrupted
from wattlab.command.measurement import CommandRun, Measurement
from wattlab.command.measuring import MeasureObserver, measure

__all__ = [
    "CommandRun",
    "MeasureObserver",
    "Measurement",
    "MeasurementCutShortError",
    "MeasurementInterrupted",
    "measure",
]
