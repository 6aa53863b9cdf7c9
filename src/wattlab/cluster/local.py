"""A process of its own on this machine: started, watched, ended, and its last words kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.cluster.ending import REFUSED, explain
from wattlab.cluster.environment import child_environment
from wattlab.meter.clock import wall_s
from wattlab.records.files import storage_errors
from wattlab.units import format_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["Ended", "end_group", "module_command", "run_process"]

_LOOK_S: Final = 0.03


@dataclass(frozen=True)
class Ended:
    """A process that is over.

    Parameters
    ----------
    failure : str or None
        Why it failed, in a sentence; None if it succeeded.
    refused : bool
        It ended with an error that the user can mend, such as what an engine cannot do.
    wall_s : float
        How long it took.
    code : int, optional
        Its exit code, negative for the number of a signal; None if it did not come to its own end.
    timed_out : bool, optional
        It was ended because it took too long.
    """

    failure: str | None
    refused: bool
    wall_s: float
    code: int | None = None
    timed_out: bool = False


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of wattlab with this interpreter.

    The present folder stays out of the search path (-P): a file ``torch.py`` there is not to be imported.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def run_process(
    command: Sequence[str],
    log: Path,
    timeout_s: float | None = None,
    watch: Callable[[int], str | None] | None = None,
) -> Ended:
    """Run a command to its end, in a process group of its own.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    log : Path
        File that gets what it prints on standard output and standard error.
    timeout_s : float, optional
        When to end it; left out: it may take as long as it likes.
    watch : callable, optional
        Asked some tens of times a second, with the number of the process; a sentence from it is why to end it.

    Returns
    -------
    Ended
        Whatever happened to it; its children are ended with it.

    Raises
    ------
    wattlab.errors.StorageError
        If the log cannot be written.
    KeyboardInterrupt
        On Ctrl-C, after the whole group has been ended.
    """
    started_s = wall_s()
    with storage_errors(log):
        output = log.open("wb")
    with output:
        try:
            process = _start(command, output)
        except OSError as error:
            return Ended(f"it could not be started: {error.strerror or error}", False, wall_s() - started_s)
        try:
            if watch is not None and (reason := _watched(process, watch, started_s, timeout_s)):
                return Ended(reason, False, wall_s() - started_s)
            left_s = None if timeout_s is None else max(0.0, timeout_s - (wall_s() - started_s))
            code = process.wait(left_s)
        except subprocess.TimeoutExpired:
            limit = format_seconds(timeout_s or 0.0)
            reason = f"it was ended because it took longer than {limit}"
            return Ended(reason, False, wall_s() - started_s, timed_out=True)
        finally:
            end_group(process)
    taken_s = wall_s() - started_s
    return Ended(explain(code, _text(log)), code == REFUSED, taken_s, code)


def _watched(
    process: subprocess.Popen[bytes],
    watch: Callable[[int], str | None],
    started_s: float,
    timeout_s: float | None,
) -> str | None:
    """Look at a process until it ends, its time is over, or there is a reason to end it, which is returned."""
    while timeout_s is None or wall_s() - started_s < timeout_s:
        reason = watch(process.pid)
        if reason is not None:
            return reason
        if process.poll() is not None:
            return None
        time.sleep(_LOOK_S)
    return None


def _start(command: Sequence[str], output: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 (a command of wattlab's own making)
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=child_environment(),
        start_new_session=True,
    )


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a session of its own, if it still runs, and all that it started."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _text(log: Path) -> str:
    with storage_errors(log):
        return log.read_text(encoding="utf-8", errors="replace")
