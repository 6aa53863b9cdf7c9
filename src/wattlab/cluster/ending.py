"""How a process ended, in a sentence: exit codes, signals, and the last thing it said."""

from __future__ import annotations

import re
import signal
import sys
from typing import TYPE_CHECKING, Final

from wattlab.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MEMORY_RAN_OUT", "REFUSED", "exit_code", "explain"]

REFUSED: Final = 2
"""Exit code for what the user can mend, as everywhere in wattlab; the message follows "error: "."""

MEMORY_RAN_OUT: Final = "memory ran out"
"""How the sentence begins about a process that said so."""
_ERROR: Final = "error: "
_LONGEST: Final = 600
_CRASHES: Final = {
    "SIGKILL": "it was killed from outside (SIGKILL), most likely because memory ran out",
    "SIGSEGV": "it crashed with a segmentation fault (SIGSEGV)",
    "SIGBUS": "it crashed with a bus error (SIGBUS)",
    "SIGILL": "it crashed with an instruction that this processor does not have (SIGILL)",
    "SIGFPE": "it crashed with an arithmetic error (SIGFPE)",
    "SIGABRT": "it aborted itself (SIGABRT)",
    "SIGTERM": "it was ended from outside (SIGTERM)",
}
_WINDOWS_CRASHES: Final = {
    0xC0000005: "it crashed with an access violation",
    0xC000001D: "it crashed with an instruction that this processor does not have",
    0xC0000017: MEMORY_RAN_OUT,
}
_OUT_OF_MEMORY: Final = (
    "MemoryError",
    "OutOfMemoryError",
    "ResourceExhaustedError",
    "RESOURCE_EXHAUSTED",
    "OOM when allocating",
    "can't allocate memory",
)
_EXCEPTION: Final = re.compile(
    r"^(?:[A-Za-z_][\w.]*\.)?\w*(?:Error|Exception|Exit|Interrupt)(?::.*)?$", re.MULTILINE
)
"""The line of a traceback that names the exception; JAX and TensorFlow say more behind it."""


def exit_code(work: Callable[[], object]) -> int:
    """Do the work of a process and return its exit code; what the user can mend goes to standard error."""
    try:
        work()
    except UserError as error:
        print(f"{_ERROR}{error}", file=sys.stderr)  # noqa: T201 (how a process tells its parent)
        return REFUSED
    return 0


def explain(code: int, said: str) -> str | None:
    r"""Return in a sentence why a process ended; None if it succeeded.

    Parameters
    ----------
    code : int
        Its exit code; negative for the number of a signal.
    said : str
        What it printed on standard output and standard error.

    Examples
    --------
    >>> explain(-11, "")
    'it crashed with a segmentation fault (SIGSEGV)'
    >>> explain(2, "loading\nerror: data set 'x' is unknown")
    "data set 'x' is unknown"
    """
    if code == 0:
        return None
    if code < 0:
        return _with_last_line(_signal(-code), said)
    if code in _WINDOWS_CRASHES:
        return _with_last_line(_WINDOWS_CRASHES[code], said)
    if code == REFUSED and f"\n{_ERROR}" in f"\n{said}":
        return _shortened(f"\n{said}".rpartition(f"\n{_ERROR}")[2].strip())
    last, rest = _last_exception(said)
    if any(name in rest for name in _OUT_OF_MEMORY):
        return f"{MEMORY_RAN_OUT}: {last}"
    return f"it ended with exit code {code}" + (f": {last}" if last else "")


def _signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return _CRASHES.get(name, f"it was ended by {name}")


def _with_last_line(sentence: str, said: str) -> str:
    last = _last_line(said)
    return f"{sentence}; the last it said was: {last}" if last else sentence


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return _shortened(lines[-1]) if lines else ""


def _last_exception(said: str) -> tuple[str, str]:
    """Return the head of the last exception and all from there on; the last line twice where there is none."""
    heads = list(_EXCEPTION.finditer(said))
    if not heads:
        return _last_line(said), _last_line(said)
    return _shortened(heads[-1].group().strip()), said[heads[-1].start() :]


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
