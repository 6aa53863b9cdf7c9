"""Where a training runs: the machine's facts, and how many of its cores may be used."""

from wattlab.machine.fingerprint import Machine, describe_machine
from wattlab.machine.threads import blas_threads, limit_threads, usable_cores

__all__ = ["Machine", "blas_threads", "describe_machine", "limit_threads", "usable_cores"]
