"""A process of its own on this machine: started, watched, ended, and its last words kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattlab.cluster.ending import REFUSED, explain
from wattlab.cluster.environment import child_environment
from wattlab.meter.clock import wall_s
from wattlab.records.files import storage_errors
from wattlab.units import format_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["Ended", "end_group", "module_command", "run_process"]


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
    """

    failure: str | None
    refused: bool
    wall_s: float


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of wattlab with this interpreter.

    The present folder stays out of the search path (-P): a file ``torch.py`` there is not to be imported.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def run_process(command: Sequence[str], log: Path, timeout_s: float | None = None) -> Ended:
    """Run a command to its end, in a process group of its own.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    log : Path
        File that gets what it prints on standard output and standard error.
    timeout_s : float, optional
        When to end it; left out: it may take as long as it likes.

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
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            limit = format_seconds(timeout_s or 0.0)
            return Ended(f"it was ended because it took longer than {limit}", False, wall_s() - started_s)
        finally:
            end_group(process)
    taken_s = wall_s() - started_s
    return Ended(explain(code, _text(log)), code == REFUSED, taken_s)


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
