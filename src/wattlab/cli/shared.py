"""Arguments and endings that several verbs share."""

from __future__ import annotations

import re
import shlex
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import typer

from wattlab.errors import ParameterError, UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from wattlab.records.run import Run

__all__ = [
    "ENGINES",
    "INTERRUPTED",
    "Baseline",
    "Changes",
    "DeviceName",
    "EngineName",
    "JsonFlag",
    "OrderSeed",
    "PartName",
    "PlotOutput",
    "QuietFlag",
    "RecipeName",
    "ResumedStudy",
    "RunName",
    "RunsFolder",
    "StudiesFolder",
    "StudyOutput",
    "ThemeOption",
    "check_least",
    "check_resume",
    "finish",
    "finish_study",
    "interruptible",
    "read_baseline",
    "read_word",
    "resumable",
    "say_interrupted",
]

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""

ENGINES = (
    "native, native:compiled, native:torch, torch, torch:compiled, "
    "keras:tensorflow, keras:jax, keras:torch, sklearn"
)
"""Engines in short, for help texts."""

RecipeName = Annotated[
    str | None, typer.Argument(metavar="RECIPE", help="A recipe's name, or the path of its TOML file.")
]
RunName = Annotated[str, typer.Argument(help='Name of a run, the beginning of it, its folder, or "last".')]
PartName = Annotated[
    str, typer.Option("--part", metavar="test|train|validation", help="Samples that are looked at.")
]
EngineName = Annotated[
    str | None, typer.Option("--engine", metavar="NAME", help=f"{ENGINES}; left out: the recipe's own.")
]
DeviceName = Annotated[str | None, typer.Option("--device", help="cpu, cuda, or cuda:1 for the second GPU.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="FIELD=VALUE", help="Change a field for all alike; nothing after = unsets it."
    ),
]
RunsFolder = Annotated[Path, typer.Option("--runs", help="Folder of all runs.", envvar="WATTLAB_RUNS")]
StudiesFolder = Annotated[
    Path, typer.Option("--studies", help="Folder of all studies.", envvar="WATTLAB_STUDIES")
]
Baseline = Annotated[
    str,
    typer.Option(
        metavar="DURATION",
        help="Do nothing for so long first, such as 10 (seconds) or 1m, and measure the idle power; 0: it is modelled.",
    ),
]
JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, nothing else.")
]
QuietFlag = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no card; errors still show.")]
OrderSeed = Annotated[int, typer.Option(help="Decides the order within each round.")]
ResumedStudy = Annotated[
    str | None,
    typer.Option(
        "--resume", metavar="STUDY", help='Go on with an interrupted study: name, folder or "last".'
    ),
]
StudyOutput = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write a .html page, a .png figure or .json."),
]
PlotOutput = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Draw it: .png, .svg, .pdf, or a .html page; .json: all numbers.",
    ),
]
ThemeOption = Annotated[
    str, typer.Option("--theme", metavar="light|dark", help="Of a figure; a page follows its reader's.")
]
_AT_ANY_TIME = {"resume", "output", "studies", "as_json", "quiet"}
"""Parameters that may be said anew when a study is resumed; all others are in its plan."""

_NOUGHT = re.compile(r"0+(\.0*)?\s*(ms|min|[smhd])?")


class Reported(Protocol):
    """What every study's answer can be turned into."""

    def to_json(self) -> str:
        """Return one JSON object."""


Answer = TypeVar("Answer", bound=Reported)
Word = TypeVar("Word", bound=str)


def read_baseline(text: str) -> float:
    """Return how long to measure the idle machine first, in seconds; 0: its power is modelled."""
    from wattlab.units import parse_seconds

    return 0.0 if _NOUGHT.fullmatch(text.strip()) else parse_seconds(text, "--baseline")


def read_word(text: str, name: str, allowed: Sequence[Word]) -> Word:
    """Return one of some words; `wattlab.errors.ParameterError`, which calls the option `name`, for any other."""
    from wattlab.recipe.problems import nearest

    for one in allowed:
        if one == text:
            return one
    msg = f"{name} is {text!r}; expected one of {', '.join(allowed)}{nearest(text, list(allowed))}"
    raise ParameterError(msg)


def check_least(value: int, name: str, least: int = 1) -> None:
    """Raise `wattlab.errors.ParameterError`, which calls the option `name`, for fewer than `least`."""
    if value < least:
        raise ParameterError(f"{name} is {value}; expected a whole number of at least {least}")


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


@contextmanager
def resumable() -> Iterator[None]:
    """Say how to go on with a study after Ctrl-C."""
    from wattlab.studies.course import StudyInterrupted

    try:
        yield
    except StudyInterrupted as interrupt:
        command = f"wattlab {interrupt.verb} --resume {shlex.quote(str(interrupt.folder))}"
        say_interrupted(interrupt.n_done, interrupt.noun, command)
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


def check_resume(context: typer.Context, argument: str, also: Iterable[str] = ()) -> None:
    """Refuse what the plan of a resumed study holds already.

    `argument` is what to call an argument without a name of its own; `also` are parameters that this verb takes at any
    time, too.
    """
    at_any_time = _AT_ANY_TIME.union(also)
    sources = {one: context.get_parameter_source(str(one.name)) for one in context.command.params}
    given = [
        _called(one.metavar, argument) if one.param_type_name == "argument" else one.opts[0]
        for one, source in sources.items()
        if one.name not in at_any_time and source is not None and source.name == "COMMANDLINE"
    ]
    if given:
        them = "it" if len(given) == 1 else "them"
        msg = (
            f"--resume goes on as it was planned, so {', '.join(given)} cannot be said anew; leave {them} out"
        )
        raise UserError(msg)


def _called(metavar: str | None, otherwise: str) -> str:
    """Return the name of an argument as messages have it: without the brackets of a help text."""
    return (metavar or otherwise).strip("[].")


def finish_study(
    answer: Answer,
    show: Callable[[Answer], None],
    failures: Iterable[tuple[str, str]],
    *,
    some_finished: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print a finished study as asked, what failed in any case; the exit code is 2 if nothing finished that counts."""
    if as_json:
        print(answer.to_json())
    elif not quiet:
        show(answer)
    if quiet or not some_finished:
        for label, failure in failures:
            print(f"error: {label}: {failure}", file=sys.stderr)
    if not some_finished:
        raise typer.Exit(2)
