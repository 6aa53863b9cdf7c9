"""Folders of loading studies, beside those of comparisons: create, find, go on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel, ValidationError

from wattlab.errors import RunError
from wattlab.records.files import storage_errors, write_atomically
from wattlab.records.lock import FolderLock
from wattlab.studies.loading.answer import ANSWER, Loading, LoadingTrial
from wattlab.studies.loading.plan import LoadingPlan
from wattlab.studies.row import Frozen
from wattlab.studies.store import StudyStore

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LoadingFolder", "TrainingTrial", "create", "reopen"]

_PLAN: Final = "loading-plan.json"
Model = TypeVar("Model", bound=BaseModel)


class TrainingTrial(Frozen):
    """A short training, to know what it consumes."""

    round: int
    samples_per_s: float | None
    failure: str | None = None


class LoadingFolder:
    """One study on disk: ``loading-plan.json``, ``trials``, ``training``, ``logs`` and ``loading.json``.

    Parameters
    ----------
    path : Path
    release : callable
        Lets go of the folder's lock.
    """

    def __init__(self, path: Path, release: Callable[[], None]) -> None:
        self.path = path
        self.close = release

    @property
    def id(self) -> str:
        """Name of the study: that of its folder."""
        return self.path.name

    @property
    def files(self) -> Path:
        """Folder for files that are made, if nobody names another."""
        return self.path / "files"

    @property
    def runs(self) -> Path:
        """Folder of the short trainings."""
        return self.path / "runs"

    def log(self, name: str) -> Path:
        """Return where a process writes what it says."""
        return self.path / "logs" / f"{name}.log"

    def prepare(self, plan: LoadingPlan) -> None:
        """Make the inner folders and write the plan."""
        for name in ("runs", "logs", "trials", "training", "specs"):
            with storage_errors(self.path / name):
                (self.path / name).mkdir(exist_ok=True)
        self.write(_PLAN, plan)

    def plan(self) -> LoadingPlan:
        """Return what the study is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / _PLAN, LoadingPlan)

    def write(self, name: str, model: BaseModel) -> None:
        """Write a model to a file of the folder."""
        write_atomically(self.path / name, model.model_dump_json(indent=1).encode())

    def save_trial(self, trial: LoadingTrial) -> None:
        """Keep a trial that is over."""
        self.write(f"trials/round-{trial.round + 1:03d}-row-{trial.variant:03d}.json", trial)

    def trials(self) -> dict[tuple[int, int], LoadingTrial]:
        """Return all trials that are over, by round and row."""
        found = [read_model(path, LoadingTrial) for path in sorted((self.path / "trials").glob("*.json"))]
        return {(one.round, one.variant): one for one in found}

    def save_training(self, trial: TrainingTrial) -> None:
        """Keep a short training that is over."""
        self.write(f"training/round-{trial.round + 1:03d}.json", trial)

    def trainings(self) -> dict[int, TrainingTrial]:
        """Return all short trainings that are over, by round."""
        found = [read_model(path, TrainingTrial) for path in sorted((self.path / "training").glob("*.json"))]
        return {one.round: one for one in found}

    def save(self, answer: Loading) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())

    def discard(self) -> None:
        """Remove the whole folder: nothing was measured."""
        self.close()
        shutil.rmtree(self.path, ignore_errors=True)


def create(studies: Path | str, stem: str) -> LoadingFolder:
    """Make a folder for a new study, locked for this process; raises as `StudyStore.create`."""
    made = StudyStore(studies).create(f"loading-{stem}")
    return LoadingFolder(made.path, made.close)


def reopen(studies: Path | str, name: str) -> LoadingFolder:
    """Take up a study, locked for this process.

    Parameters
    ----------
    studies : path
        Folder of all studies.
    name : str
        Its name, the beginning of it, its folder, or "last": the newest that is not complete, if there is one.

    Raises
    ------
    wattlab.errors.RunError
        If it is unknown, or in use by another process, or if several are meant.
    """
    path = _find(Path(studies), name)
    with storage_errors(path):
        lock = FolderLock.take(path)
    if lock is None:
        msg = f"study {path.name!r} is being run by another process; wait for its end"
        raise RunError(msg)
    return LoadingFolder(path, lock.release)


def _find(studies: Path, name: str) -> Path:
    for path in (Path(name), studies / name):
        if (path / _PLAN).is_file():
            return path
    every = sorted(path.parent for path in studies.glob(f"*/{_PLAN}"))
    if name == "last" and every:
        return max([path for path in every if not _is_complete(path)] or every, key=_begun)
    matches = [path for path in every if path.name.startswith(name)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        msg = f"loading study {name!r} could be any of {', '.join(one.name for one in matches)}; give more of its name"
        raise RunError(msg)
    known = f"; there are {', '.join(one.name for one in every)}" if every else ""
    msg = (
        f"there is no loading study {name!r} in {str(studies)!r}{known}; name its folder, or choose --studies"
    )
    raise RunError(msg)


def _begun(path: Path) -> float:
    return (path / _PLAN).stat().st_mtime


def _is_complete(path: Path) -> bool:
    try:
        return Loading.load(path).complete
    except RunError:
        return (path / ANSWER).exists()


def read_model(path: Path, model: type[Model]) -> Model:
    """Return what a file holds; `wattlab.errors.RunError` if it cannot be read."""
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        msg = f"{str(path)!r} cannot be read: {error.strerror or error}"
        raise RunError(msg) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(key) for key in first["loc"])
        msg = f"{str(path)!r} is damaged at {place or 'its beginning'}: {first['msg']}; begin anew"
        raise RunError(msg) from error
