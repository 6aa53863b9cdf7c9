"""Counting events of the kernel: perf_event_open, which Python does not have.

References
----------
perf_event_open(2); linux/perf_event.h: the first 64 bytes of perf_event_attr are its version 0, which every kernel
takes.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from typing import Final

__all__ = ["open_event", "read_event"]

# The call's number by what `uname -m` says; each kernel's table is fixed for good.
_NUMBERS: Final = {"x86_64": 298, "aarch64": 241, "riscv64": 241, "ppc64le": 319, "s390x": 331}
# type and size as 32 bits; config, period, sample_type, read_format and flags as 64 (0: counting from the start);
# wakeup_events and bp_type as 32, and config1.
_ATTRIBUTES: Final = struct.Struct("=IIQQQQQIIQ")
_CLOSE_ON_EXEC: Final = 8
_ALL_PROCESSES: Final = -1
_NO_GROUP: Final = -1


def open_event(kind: int, config: int, cpu: int) -> int:
    """Start to count an event on one cpu, whichever process runs there.

    Parameters
    ----------
    kind, config : int
        The event source's type, and the event's code.
    cpu : int
        Where to count.

    Returns
    -------
    int
        A file descriptor for `read_event`; whoever opens it closes it.

    Raises
    ------
    OSError
        The kernel refuses, or this system has no such call.
    """
    number = _NUMBERS.get(platform.machine())
    if number is None or sys.platform != "linux" or sys.maxsize < 2**32:
        msg = f"no perf_event_open on {sys.platform} {platform.machine()}"
        raise OSError(msg)
    attributes = _ATTRIBUTES.pack(kind, _ATTRIBUTES.size, config, 0, 0, 0, 0, 0, 0, 0)
    arguments = (ctypes.c_long(one) for one in (_ALL_PROCESSES, cpu, _NO_GROUP, _CLOSE_ON_EXEC))
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    syscall.restype = ctypes.c_long
    opened = int(syscall(ctypes.c_long(number), attributes, *arguments))
    if opened < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return opened


def read_event(opened: int) -> int:
    """Return what has been counted since the event was opened; raises OSError if it cannot be read."""
    data = os.read(opened, 8)
    if len(data) != 8:
        msg = "the kernel has put the event into its error state"
        raise OSError(msg)
    return int.from_bytes(data, sys.byteorder)
