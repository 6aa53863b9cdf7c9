"""Energy sensors, one file each, and the choice among them."""

from wattlab.meter.sensors.base import Absent, Facts, Reading, Sensor, SensorLost
from wattlab.meter.sensors.discover import Sensors, discover

__all__ = ["Absent", "Facts", "Reading", "Sensor", "SensorLost", "Sensors", "discover"]
