"""Jupyter's kernels: whether their interpreters exist and have wattlab, and what the shell has and they lack.

A notebook server that was started from a menu or by a hub has none of the variables that a shell sets; a kernel has
what its ``kernel.json`` says under ``env``.

References
----------
jupyter_client documentation, "Kernel specs". jupyter_core documentation, "Data files".
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wattlab.doctor.finding import Fix, advice, ok, problem
from wattlab.doctor.libraries import check_libraries
from wattlab.doctor.threads import THREAD_VARIABLES, check_threads
from wattlab.doctor.variables import WATCHED, check_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_kernels"]

_HAS_WATTLAB: Final = "import importlib.util, sys; sys.exit(0 if importlib.util.find_spec('wattlab') else 7)"
_SYSTEM: Final = ("/usr/local/share/jupyter", "/usr/share/jupyter")


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kernel.

    Attributes
    ----------
    name : str
    file : Path
        Its ``kernel.json``.
    spec : dict
        What that says.
    """

    name: str
    file: Path
    spec: dict[str, Any]


def check_kernels(surroundings: Surroundings) -> list[Finding]:
    """Look at every kernel of Python."""
    found: list[Finding] = []
    seen: set[str] = set()
    for folder in _folders(surroundings):
        for file in sorted(folder.glob("kernels/*/kernel.json")):
            if file.parent.name not in seen:  # the first of a name is the one that starts
                seen.add(file.parent.name)
                found += _file(surroundings, file)
    return found or [ok("kernels.none", "no Jupyter kernel is installed")]


def _folders(surroundings: Surroundings) -> list[Path]:
    environ = surroundings.environ
    given = [Path(part) for part in environ.get("JUPYTER_PATH", "").split(os.pathsep) if part]
    home = Path("Library/Jupyter") if sys.platform == "darwin" else Path(".local/share/jupyter")
    own = Path(environ["JUPYTER_DATA_DIR"]) if environ.get("JUPYTER_DATA_DIR") else surroundings.home / home
    system = [surroundings.at(folder) for folder in _SYSTEM]
    return [*given, own, surroundings.prefix / "share" / "jupyter", *system]


def _file(surroundings: Surroundings, file: Path) -> Iterator[Finding]:
    name = file.parent.name
    try:
        spec = json.loads(file.read_text(encoding="utf-8"))
        argv, environ = list(spec["argv"]), dict(spec.get("env") or {})
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield problem(
            f"kernels.{name}.damaged",
            f"the Jupyter kernel {name!r} cannot be read",
            f"{file}: {error}",
            "Jupyter does not show it, and notebooks run in another environment than meant",
            (f"jupyter kernelspec remove {name}",),
        )
        return
    if str(spec.get("language", "python")).lower() == "python" and argv:
        kernel = Kernel(name, file, spec)
        yield from _python(surroundings, kernel, str(argv[0]), environ)


def _python(
    surroundings: Surroundings, kernel: Kernel, program: str, environ: dict[str, Any]
) -> Iterator[Finding]:
    interpreter = program if "/" in program or "\\" in program else surroundings.which(program)
    if interpreter is None or not surroundings.at(interpreter).exists():
        yield problem(
            f"kernels.{kernel.name}.interpreter",
            f"the Jupyter kernel {kernel.name!r} starts an interpreter that does not exist",
            f"{kernel.file}: {program}",
            "its notebooks do not run",
            (
                f"jupyter kernelspec remove {kernel.name}",
                f"{surroundings.python} -m ipykernel install --user --name {kernel.name}",
            ),
        )
        return
    yield from _without_wattlab(surroundings, kernel, interpreter)
    sound = {name for name in (*WATCHED, *THREAD_VARIABLES) if name in surroundings.environ} - _faulty(
        surroundings
    )
    lacking = {name: surroundings.environ[name] for name in sorted(sound) if name not in environ}
    if lacking:
        yield _lacks(kernel, environ, lacking)
    else:
        yield ok(f"kernels.{kernel.name}", f"Jupyter kernel {kernel.name!r}", f"{interpreter}, {kernel.file}")


def _faulty(surroundings: Surroundings) -> set[str]:
    """Return the variables that another finding mends: a kernel must not inherit what is wrong."""
    checks = (check_threads, check_variables, check_libraries)
    findings = [one for check in checks for one in check(surroundings) if one.status != "ok"]
    commands = "\n".join(command for one in findings for command in one.mend)
    return set(re.findall(r"(?:export|unset) (\w+)", commands))


def _without_wattlab(surroundings: Surroundings, kernel: Kernel, interpreter: str) -> Iterator[Finding]:
    ran = surroundings.ask((interpreter, "-P", "-c", _HAS_WATTLAB))
    if ran.failure and "exit code 7" in ran.failure:
        yield advice(
            f"kernels.{kernel.name}.wattlab",
            f"the Jupyter kernel {kernel.name!r} has no wattlab",
            interpreter,
            "a notebook there cannot measure what a training costs",
            (f"{interpreter} -m pip install wattlab",),
        )


def _lacks(kernel: Kernel, environ: dict[str, Any], lacking: dict[str, str]) -> Finding:
    new = {**kernel.spec, "env": {**environ, **lacking}}
    text = json.dumps(new, indent=1, ensure_ascii=False) + "\n"
    fix = Fix(kernel.file, text) if os.access(kernel.file, os.W_OK) else None
    listed = "\n".join(f"{name}={value}" for name, value in lacking.items())
    entry = json.dumps({"env": lacking}, ensure_ascii=False)[1:-1]
    return advice(
        f"kernels.{kernel.name}.variables",
        f"the Jupyter kernel {kernel.name!r} lacks variables that this shell has",
        listed,
        "a notebook started elsewhere computes with other threads or without the GPU, and its figures differ",
        (f"add to {kernel.file}: {entry}",),
        fix,
    )
