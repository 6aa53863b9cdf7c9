"""The course of every study: its plan on disk first, then the work, then the answer; Ctrl-C loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from wattlab import __version__
from wattlab.studies.plan import Planned, check_conditions
from wattlab.training.signals import termination_as_interrupt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.machine.fingerprint import Machine

__all__ = ["StudyInterrupted", "answer_head", "begin", "carry_out", "go_on", "plan_head"]

AnyPlan = TypeVar("AnyPlan", bound=Planned)
AnyAnswer = TypeVar("AnyAnswer")


class StudyFolder(Protocol[AnyPlan]):
    """What every study's folder can do."""

    @property
    def id(self) -> str:
        """Name of the study."""

    def prepare(self, plan: AnyPlan) -> None:
        """Make the inner folders and write the plan."""

    def plan(self) -> AnyPlan:
        """Return what the study is going to do."""

    def discard(self) -> None:
        """Let go of the folder and remove it."""

    def close(self) -> None:
        """Let go of the folder."""


AnyFolder = TypeVar("AnyFolder", bound=StudyFolder[Any])


class Work(Protocol):
    """What a study still lacks."""

    @property
    def n_done(self) -> int:
        """Trials that are over."""

    def run(self) -> None:
        """Do what is missing, and keep each trial as soon as it is over."""


class Ending(Protocol):
    """Who watches a study."""

    def ended(self) -> None:
        """Take note that nothing more will be told."""


class StudyInterrupted(KeyboardInterrupt, Generic[AnyAnswer]):
    """Ctrl-C during a study; what was over is kept.

    Parameters
    ----------
    folder : Path
        What to resume.
    answer : AnyAnswer
        What is known so far.
    n_done : int
        Trials that were over.
    """

    verb: ClassVar[str]
    """Of the command that goes on with it."""
    noun: ClassVar[str] = "trial"
    """What it counts."""

    def __init__(self, folder: Path, answer: AnyAnswer, n_done: int) -> None:
        super().__init__(f"study {folder.name!r} was interrupted after {n_done} {self.noun}s")
        self.folder, self.answer, self.n_done = folder, answer, n_done


class Headed(Planned, Protocol):
    """What every plan says of itself."""

    @property
    def title(self) -> str:
        """The study in one line."""

    @property
    def created_utc(self) -> str:
        """When it was begun."""


def begin(
    folder: AnyFolder,
    make_plan: Callable[[str], AnyPlan],
    run: Callable[[AnyFolder, AnyPlan], AnyAnswer],
) -> AnyAnswer:
    """Write the plan of a new study, run it, and let go of its folder; without a plan there is none to keep.

    Parameters
    ----------
    folder : StudyFolder
        New, and locked.
    make_plan : callable
        From the study's name to its plan.
    run : callable
        From folder and plan to the answer.
    """
    try:
        plan = make_plan(folder.id)
        folder.prepare(plan)
    except BaseException:
        folder.discard()
        raise
    try:
        return run(folder, plan)
    finally:
        folder.close()


def go_on(folder: StudyFolder[AnyPlan], run: Callable[[Any, AnyPlan], AnyAnswer]) -> AnyAnswer:
    """Run what an interrupted study still lacks, and let go of its folder.

    Parameters
    ----------
    folder : StudyFolder
        Reopened, and locked.
    run : callable
        From folder and plan to the answer.

    Raises
    ------
    wattlab.errors.RunError
        If the study was begun on another machine, with other cores or by another version of wattlab.
    """
    try:
        plan = folder.plan()
        check_conditions(plan)
        return run(folder, plan)
    finally:
        folder.close()


def carry_out(
    work: Work,
    folder: Path,
    write: Callable[[], AnyAnswer],
    observer: Ending,
    interrupted: type[StudyInterrupted[AnyAnswer]],
) -> AnyAnswer:
    """Do the work of a study and write its answer, also after Ctrl-C.

    Parameters
    ----------
    work : Work
        What is missing.
    folder : Path
        What to resume.
    write : callable
        Writes what is known, and returns it.
    observer : Ending
        Told of the end, whatever it is.
    interrupted : type
        Raised after Ctrl-C.
    """
    try:
        with termination_as_interrupt():
            work.run()
    except KeyboardInterrupt:
        raise interrupted(folder, write(), work.n_done) from None
    finally:
        observer.ended()
    return write()


def plan_head(study_id: str, title: str, machine: Machine) -> dict[str, Any]:
    """Return what every plan begins with: which wattlab, which study, when, on which machine."""
    return {
        "wattlab_version": __version__,
        "id": study_id,
        "title": title,
        "created_utc": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "machine": {**machine.to_dict(), "line": machine.one_line()},
    }


def answer_head(plan: Headed) -> dict[str, Any]:
    """Return what every answer begins with, from its plan."""
    return {
        "wattlab_version": plan.wattlab_version,
        "id": plan.id,
        "title": plan.title,
        "created_utc": plan.created_utc,
        "machine": plan.machine,
    }
