"""Other programs asked with a time limit: whatever becomes of them is an answer."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattlab.cluster.ending import explain
from wattlab.cluster.local import end_group
from wattlab.meter.clock import wall_s
from wattlab.units import format_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Ran", "Runner", "remembering", "run_program"]


@dataclass(frozen=True, slots=True)
class Ran:
    """A program that is over.

    Attributes
    ----------
    out, err : str
        What it printed.
    failure : str or None
        Why it failed, in a sentence; None if it succeeded.
    wall_s : float
        How long it took. Unit: s.
    """

    out: str = ""
    err: str = ""
    failure: str | None = None
    wall_s: float = 0.0


if TYPE_CHECKING:
    Runner = Callable[[Sequence[str], Mapping[str, str], float], Ran]
    """Runs a command with an environment and a time limit in seconds."""


def run_program(command: Sequence[str], environ: Mapping[str, str], timeout_s: float) -> Ran:
    """Run a command to its end, or to the time limit; what it started ends with it.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    environ : mapping of str
        Its whole environment.
    timeout_s : float
        When to end it. Unit: s.
    """
    started_s = wall_s()
    try:
        process = subprocess.Popen(  # noqa: S603 (commands of the doctor's own making)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environ),
            start_new_session=True,
        )
    except OSError as error:
        return Ran(failure=f"it could not be started: {error.strerror or error}")
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        failure = f"it was ended because it took longer than {format_seconds(timeout_s)}"
        return Ran(failure=failure, wall_s=wall_s() - started_s)
    finally:
        end_group(process)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    said = err.decode(errors="replace")
    failure_or_none = explain(process.returncode, said)
    return Ran(out.decode(errors="replace"), said, failure_or_none, wall_s() - started_s)


def remembering(run: Runner) -> Runner:
    """Return a runner that runs each command once and gives its answer again."""
    known: dict[tuple[str, ...], Ran] = {}

    def ask(command: Sequence[str], environ: Mapping[str, str], timeout_s: float) -> Ran:
        key = tuple(command)
        if key not in known:
            known[key] = run(command, environ, timeout_s)
        return known[key]

    return ask
