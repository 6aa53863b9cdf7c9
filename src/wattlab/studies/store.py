"""Folders of studies: create, find, go on, load."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel, ValidationError

from wattlab.errors import RunError
from wattlab.recipe.problems import nearest
from wattlab.records.files import storage_errors, write_atomically
from wattlab.records.lock import FolderLock
from wattlab.records.open_run import PARTIAL
from wattlab.records.run import Run
from wattlab.studies.plan import Plan
from wattlab.studies.row import Trial, Verification
from wattlab.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_FOLDER", "StudyFolder", "StudyStore"]

DEFAULT_FOLDER: Final = Path("wattlab-studies")
_MANY: Final = 1000
_LONGEST_NAME: Final = 100
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
Model = TypeVar("Model", bound=BaseModel)


class StudyFolder:
    """One study on disk: ``plan.json``, ``verifications``, ``trials``, ``runs``, ``logs`` and ``study.json``.

    Parameters
    ----------
    path : Path
    lock : FolderLock, optional
        Held by this process while it writes; None: the folder is only read.
    """

    def __init__(self, path: Path, lock: FolderLock | None = None) -> None:
        self.path = path
        self._lock = lock

    @property
    def id(self) -> str:
        """Name of the study: that of its folder."""
        return self.path.name

    @property
    def runs(self) -> Path:
        """Folder of the trials' runs."""
        return self.path / "runs"

    def log(self, name: str) -> Path:
        """Return where a process writes what it says."""
        return self.path / "logs" / f"{name}.log"

    def recipe(self, name: str) -> Path:
        """Return where the recipe of a process lies."""
        return self.path / "recipes" / f"{name}.toml"

    def prepare(self, plan: Plan) -> None:
        """Make the inner folders and write the plan."""
        for name in ("runs", "logs", "recipes", "trials", "verifications"):
            with storage_errors(self.path / name):
                (self.path / name).mkdir(exist_ok=True)
        self._write("plan.json", plan)

    def plan(self) -> Plan:
        """Return what the study is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return _read(self.path / "plan.json", Plan)

    def save_trial(self, trial: Trial) -> None:
        """Keep a trial that is over."""
        self._write(f"trials/{_trial_name(trial.round, trial.candidate)}.json", trial)

    def trials(self) -> dict[tuple[int, int], Trial]:
        """Return all trials that are over, by round and row."""
        found = [_read(path, Trial) for path in sorted((self.path / "trials").glob("*.json"))]
        return {(one.round, one.candidate): one for one in found}

    def save_verifications(self, candidate: int, found: tuple[Verification, ...]) -> None:
        """Keep what the verification of a candidate gave."""
        self._write(f"verifications/{candidate}.json", _Verified(found=found))

    def verifications(self) -> Mapping[int, tuple[Verification, ...]]:
        """Return what was verified, by index of the candidate."""
        files = sorted((self.path / "verifications").glob("*.json"))
        return {int(path.stem): _read(path, _Verified).found for path in files}

    def save_study(self, study: Study) -> None:
        """Write the answer."""
        write_atomically(self.path / "study.json", study.to_json().encode())

    def clear_run(self, name: str) -> None:
        """Remove what a trial that was interrupted left of its run.

        Raises
        ------
        wattlab.errors.RunError
            If a process still writes it.
        """
        partial = self.runs / f"{name}{PARTIAL}"
        if partial.is_dir() and FolderLock.is_taken(partial):
            msg = (
                f"study {self.id!r}: a process of its own still trains {name!r}; wait for its end, then go on"
            )
            raise RunError(msg)
        for path in (partial, self.runs / name):
            if path.is_dir():
                with storage_errors(path):
                    shutil.rmtree(path)

    def run(self, trial: Trial) -> Run | None:
        """Return the run of a trial; None if that failed."""
        return None if trial.run_id is None else Run(self.runs / trial.run_id)

    def close(self) -> None:
        """Let go of the folder."""
        if self._lock is not None:
            self._lock.release()

    def _write(self, name: str, model: BaseModel) -> None:
        write_atomically(self.path / name, model.model_dump_json(indent=1).encode())


class _Verified(BaseModel):
    """What the file of a verified candidate holds."""

    found: tuple[Verification, ...]


class StudyStore:
    """All studies below one folder.

    Parameters
    ----------
    folder : Path or str
        Made when the first study is created.
    """

    def __init__(self, folder: Path | str = DEFAULT_FOLDER) -> None:
        self.folder = Path(folder)

    def create(self, stem: str) -> StudyFolder:
        """Make a folder for a new study, named after `stem` and the time, locked for this process.

        Raises
        ------
        wattlab.errors.StorageError
            If the folder cannot be written.
        """
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        stem = f"{slug(stem)}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        for number in range(1, _MANY):
            path = self.folder / (stem if number == 1 else f"{stem}-{number}")
            with storage_errors(path):
                try:
                    path.mkdir()
                except FileExistsError:
                    continue
            return _locked(path)
        msg = f"{_MANY} studies were started in the same second in {str(self.folder)!r}"
        raise RunError(msg)

    def reopen(self, name: str) -> StudyFolder:
        """Take up a study, locked for this process; "last" is the newest that is not complete, if there is one.

        Raises
        ------
        wattlab.errors.RunError
            If it is unknown, or in use by another process, or if several are meant.
        """
        unfinished = [path for path in self._list() if not _is_complete(path)] if name == "last" else []
        return _locked(max(unfinished, key=_begun) if unfinished else self.find(name))

    def find(self, name: str) -> Path:
        """Return the folder of a study by its name, the beginning of its name, its folder, or "last".

        Raises
        ------
        wattlab.errors.RunError
            If there is none, or several.
        """
        for path in (Path(name), self.folder / name):
            if (path / "plan.json").is_file():
                return path
        studies = self._list()
        if name == "last" and studies:
            return max(studies, key=_begun)
        matches = [path for path in studies if path.name.startswith(name)]
        if len(matches) == 1:
            return matches[0]
        names = [path.name for path in matches or studies]
        if matches:
            msg = f"study {name!r} could be any of {', '.join(names)}; give more of its name"
        else:
            hint = nearest(name, names) or "; name its folder, or choose another one with --studies"
            msg = f"there is no study {name!r} in {str(self.folder)!r}{hint}"
        raise RunError(msg)

    def load(self, name: str) -> Study:
        """Return the answer that a study gave; see `Study.load`."""
        return Study.load(self.find(name))

    def _list(self) -> list[Path]:
        return sorted(path.parent for path in self.folder.glob("*/plan.json"))


def slug(text: str) -> str:
    """Return a text as part of a file's name.

    Examples
    --------
    >>> slug("keras:jax, float32")
    'keras-jax-float32'
    """
    return _UNSAFE.sub("-", text)[:_LONGEST_NAME].strip("-.") or "study"


def _begun(path: Path) -> float:
    """Return when a study was begun, in seconds since 1970."""
    return (path / "plan.json").stat().st_mtime


def _is_complete(path: Path) -> bool:
    """Tell whether nothing of a study is left to run; of a damaged one, too, since it cannot be gone on with."""
    try:
        return Study.load(path).complete
    except RunError:
        return (path / "study.json").exists()


def _trial_name(number: int, row: int) -> str:
    return f"round-{number + 1:03d}-row-{row:03d}"


def _locked(path: Path) -> StudyFolder:
    with storage_errors(path):
        lock = FolderLock.take(path)
    if lock is None:
        msg = f"study {path.name!r} is being run by another process; wait for its end"
        raise RunError(msg)
    return StudyFolder(path, lock)


def _read(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        msg = f"{str(path)!r} cannot be read: {error.strerror or error}"
        raise RunError(msg) from error
    except ValidationError as error:
        place = ".".join(str(key) for key in error.errors()[0]["loc"])
        msg = (
            f"{str(path)!r} is damaged at {place or 'its beginning'}: {error.errors()[0]['msg']}; begin anew"
        )
        raise RunError(msg) from error
