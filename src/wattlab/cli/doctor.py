"""``wattlab doctor``: what is here, what is wrong, and the command that mends it."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from wattlab.cli.shared import INTERRUPTED, JsonFlag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wattlab.doctor import Diagnosis
    from wattlab.doctor.mending import Change

__all__ = ["add_to"]

FOUND = 2
"""Exit code where something is to be mended, as for everything that the user can mend."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(doctor)


def doctor(
    as_json: JsonFlag = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Show what can be written to your own files, ask, and write it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --fix: do not ask.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with exit code 2 for advice, too, not for problems alone.")
    ] = False,
) -> None:
    """Examine this machine: processor, GPU, CUDA, engines, libraries, Jupyter, energy sensors.

    Every finding says why it matters for what a training costs, and what mends it. Nothing is changed without --fix,
    which writes only what it showed, only to your own files, and keeps a copy of each; commands for root are printed,
    never run.

    Ends with exit code 2 if there is a problem, with 0 if there is none.
    """
    from wattlab.doctor.diagnosis import diagnose
    from wattlab.doctor.surroundings import Surroundings
    from wattlab.errors import UserError
    from wattlab.views.doctor_text import make_watcher, print_diagnosis

    if yes and not fix:
        msg = "--yes answers the question that --fix asks; give --fix too, or leave --yes out"
        raise UserError(msg)
    with _interruptible():
        watcher = make_watcher()
        try:
            diagnosis = diagnose(Surroundings(watching=watcher))
        finally:
            watcher.close()
    if not as_json:
        print_diagnosis(diagnosis)
    written = _mend(diagnosis, as_json=as_json, yes=yes) if fix else []
    if as_json:
        paths = [{"path": str(path), "backup": backup and str(backup)} for path, backup in written]
        told = {**diagnosis.to_dict(), **({"written": paths} if fix else {})}
        print(json.dumps(told, indent=1, ensure_ascii=False))
    if diagnosis.count("problem") or (strict and diagnosis.count("advice")):
        raise typer.Exit(FOUND)


def _mend(diagnosis: Diagnosis, *, as_json: bool, yes: bool) -> list[tuple[Path, Path | None]]:
    """Show the changes, ask, and write them; return what was written."""
    from wattlab.doctor.mending import changes, write
    from wattlab.views.doctor_text import print_changes, print_written

    planned = changes(diagnosis.findings)
    if not as_json:
        print()
        print_changes(planned) if planned else print("There is nothing that --fix could write.")
    if not planned or not (yes or _agreed(planned)):
        return []
    written = write(planned)
    if not as_json:
        print_written(written)
    return written


def _agreed(planned: list[Change]) -> bool:
    if not sys.stdin.isatty():
        print("nothing is written: there is nobody to ask; say it with --fix --yes", file=sys.stderr)
        return False
    count = len(planned)
    with _interruptible():
        return typer.confirm(f"Write {'this file' if count == 1 else f'these {count} files'}?", err=True)


@contextmanager
def _interruptible() -> Iterator[None]:
    """End with the shells' exit code after Ctrl-C, or where the answer is cut off."""
    try:
        yield
    except (KeyboardInterrupt, typer.Abort):
        print("\ninterrupted: nothing is written", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
