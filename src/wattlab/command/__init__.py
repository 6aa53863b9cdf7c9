"""Any command under the meter: started, watched with all its children, and its cost noted."""

from wattlab.command.measurement import CommandRun, Measurement
from wattlab.command.measuring import MeasurementInterrupted, measure

__all__ = ["CommandRun", "Measurement", "MeasurementInterrupted", "measure"]
