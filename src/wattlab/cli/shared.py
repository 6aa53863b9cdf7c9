"""Arguments and endings that several verbs share."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.records.run import Run

__all__ = [
    "ENGINES",
    "INTERRUPTED",
    "Baseline",
    "JsonFlag",
    "QuietFlag",
    "RunsFolder",
    "StudiesFolder",
    "finish",
    "interruptible",
    "say_interrupted",
]

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""

ENGINES = (
    "native, native:compiled, native:torch, torch, torch:compiled, "
    "keras:tensorflow, keras:jax, keras:torch, sklearn"
)
"""Engines in short, for help texts."""

RunsFolder = Annotated[Path, typer.Option("--runs", help="Folder of all runs.", envvar="WATTLAB_RUNS")]
StudiesFolder = Annotated[
    Path, typer.Option("--studies", help="Folder of all studies.", envvar="WATTLAB_STUDIES")
]
Baseline = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        min=0.0,
        max=3600.0,
        help="Do nothing for so long first, and measure the idle power; 0: it is modelled.",
    ),
]
JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, nothing else.")
]
QuietFlag = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no card; errors still show.")]


@contextmanager
def interruptible(folder: Path) -> Iterator[None]:
    """Say how to go on after Ctrl-C."""
    from wattlab.training import TrainingInterrupted

    try:
        yield
    except TrainingInterrupted as interrupt:
        elsewhere = "" if folder == Path("wattlab-runs") else f" --runs {folder}"
        say_interrupted(interrupt.epochs, "epoch", f"wattlab resume {interrupt.run_id}{elsewhere}")
        raise typer.Exit(INTERRUPTED) from None


def say_interrupted(count: int, noun: str, command: str) -> None:
    """Say what an interrupt left, and the command that goes on from there."""
    saved = {0: f"before the first {noun} was over", 1: f"after 1 {noun}, which is saved"}
    when = saved.get(count, f"after {count} {noun}s, which are saved")
    print(f"interrupted {when}; go on with: {command}", file=sys.stderr)


def finish(run: Run, *, as_json: bool, quiet: bool) -> None:
    """Print a finished run as asked; a training that diverged ends with exit code 2."""
    if as_json:
        print(run.record.to_json())
    elif not quiet:
        from wattlab.views.text import print_card

        print_card(run.record)
    if run.record.stop_reason == "diverged":
        print(f"error: {run.record.message}", file=sys.stderr)
        raise typer.Exit(2)
