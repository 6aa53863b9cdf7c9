"""What is here, what is wrong, and the command that mends it."""

from wattlab.doctor.diagnosis import Diagnosis, diagnose
from wattlab.doctor.finding import Finding

__all__ = ["Diagnosis", "Finding", "diagnose"]
