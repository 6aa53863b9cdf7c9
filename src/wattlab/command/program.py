"""The program of a command: looked up as a shell does, and started with the files, folder and group of this process."""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from wattlab.errors import CommandError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["NOT_EXECUTABLE", "NOT_FOUND", "find_program", "start"]

NOT_FOUND: Final = 127
NOT_EXECUTABLE: Final = 126
_SHELL: Final = "/bin/sh"
_SHELL_SIGNS: Final = re.compile(r"[|<>;]|&&")
# What Python ignores from its start, and every other program does not.
_PYTHONS_OWN: Final = ("SIGPIPE", "SIGXFSZ")


def find_program(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the path of a program, looked up in the PATH of `environ` unless it has a slash.

    Raises
    ------
    wattlab.errors.CommandError
        If it is not there, or cannot be executed.
    wattlab.errors.UnsupportedError
        On Windows, which starts and ends programs in another way.

    Examples
    --------
    >>> find_program("no-such-program")
    Traceback (most recent call last):
        ...
    wattlab.errors.CommandError: command 'no-such-program' was not found in PATH; check the spelling, or give ...
    """
    if sys.platform == "win32":
        msg = "commands are measured on Linux and macOS only; on Windows, use WSL 2"
        raise UnsupportedError(msg)
    folders = [""] if "/" in name else environ.get("PATH", os.defpath).split(os.pathsep)
    found = [path for folder in folders if name and (path := Path(folder, name)).exists()]
    usable = [path for path in found if path.is_file() and os.access(path, os.X_OK)]
    if usable:
        # A path keeps its slash, or it would be looked up once more.
        return os.path.join(usable[0].parent, usable[0].name)  # noqa: PTH118 (pathlib drops a leading ./)
    if found:
        _refuse_to_execute(name, found[0])
    where = "" if "/" in name else " in PATH"
    msg = f"command {name!r} was not found{where}; {_advice(name, environ)}"
    raise CommandError(msg, NOT_FOUND)


def _advice(name: str, environ: Mapping[str, str]) -> str:
    """Return what somebody who gave this name most likely meant."""
    if _SHELL_SIGNS.search(name):
        return f"to have a shell read it, write: sh -c {shlex.quote(name)}"
    first = name.partition(" ")[0]
    if first != name and shutil.which(first, path=environ.get("PATH", os.defpath)):
        return f"it is one word with spaces; leave out the quotes: {name}"
    if "/" not in name and Path(name).is_file():
        path = shlex.quote(name)
        return f"to run the file in this folder, write: {f'python {path}' if name.endswith('.py') else f'./{path}'}"
    return "check the spelling, or give the path of the program"


def _refuse_to_execute(name: str, path: Path) -> NoReturn:
    if path.is_dir():
        msg = f"command {name!r} is a folder; name the program in it"
    else:
        file = shlex.quote(name if "/" in name else str(path))
        msg = f"command {name!r} is not executable; make it so with: chmod +x {file}"
    raise CommandError(msg, NOT_EXECUTABLE)


def start(program: str, command: Sequence[str], environ: Mapping[str, str], mask: Iterable[int]) -> int:
    """Start a program in this process group, with the same files, folder and ignored signals.

    Parameters
    ----------
    program : str
        Its path.
    command : sequence of str
        Its name and its arguments.
    environ : mapping of str
        All its variables.
    mask : iterable of int
        Signals that it shall find blocked.

    Returns
    -------
    int
        The number of the process.

    Raises
    ------
    wattlab.errors.CommandError
        If the system refuses it.
    """
    try:
        return _spawn(program, command, environ, mask)
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            # A script without a first line that names its interpreter: as execvp(3), leave it to the shell.
            return _spawn(_SHELL, [_SHELL, program, *command[1:]], environ, mask)
        _explain(program, error)


def _spawn(program: str, command: Sequence[str], environ: Mapping[str, str], mask: Iterable[int]) -> int:
    own = [signal.Signals[name] for name in _PYTHONS_OWN]
    return os.posix_spawn(program, list(command), environ, setsigmask=mask, setsigdef=own)


def _explain(program: str, error: OSError) -> NoReturn:
    code = NOT_FOUND if error.errno == errno.ENOENT else NOT_EXECUTABLE
    reason = error.strerror or str(error)
    if error.errno == errno.ENOENT and Path(program).exists():
        reason = "the interpreter that its first line names, or its loader, is not there"
    msg = f"command {program!r} cannot be executed: {reason}; try it alone first"
    raise CommandError(msg, code) from error
