"""Folders of studies, whatever their question: how they are made, found, locked, written and read."""

from __future__ import annotations

import re
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from wattlab.errors import RunError
from wattlab.recipe.problems import first_finding, nearest
from wattlab.records.files import storage_errors, write_atomically
from wattlab.records.lock import FolderLock
from wattlab.records.open_run import PARTIAL

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DEFAULT_FOLDER",
    "Folder",
    "Shelf",
    "StudyKind",
    "lock_folder",
    "make_folder",
    "read_model",
    "slug",
]

DEFAULT_FOLDER: Final = Path("wattlab-studies")
_MANY: Final = 1000
_FEW: Final = 5
_LONGEST_NAME: Final = 100
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
Model = TypeVar("Model", bound=BaseModel)
AnyFolder = TypeVar("AnyFolder", bound="Folder")


class Folder(ABC):
    """One study on disk.

    Parameters
    ----------
    path : Path
    lock : FolderLock, optional
        Held by this process while it writes; None: the folder is only read.
    """

    def __init__(self, path: Path, lock: FolderLock | None = None) -> None:
        self.path = path
        self._lock = lock

    @abstractmethod
    def plan(self) -> BaseModel:
        """Return what the study is going to do; `wattlab.errors.RunError` if it cannot be read."""

    @property
    def id(self) -> str:
        """Name of the study: that of its folder."""
        return self.path.name

    @property
    def runs(self) -> Path:
        """Folder of the runs that belong to it."""
        return self.path / "runs"

    def log(self, name: str) -> Path:
        """Return where a process writes what it says."""
        return self.path / "logs" / f"{name}.log"

    def make_inner(self, *names: str) -> None:
        """Make folders in it."""
        for name in names:
            with storage_errors(self.path / name):
                (self.path / name).mkdir(exist_ok=True)

    def write(self, name: str, model: BaseModel) -> None:
        """Write a model to a file of the folder."""
        write_atomically(self.path / name, model.model_dump_json(indent=1).encode())

    def read_all(self, name: str, model: type[Model]) -> list[Model]:
        """Return what the files of an inner folder hold, in the order of their names."""
        return [read_model(path, model) for path in sorted((self.path / name).glob("*.json"))]

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

    def discard(self) -> None:
        """Let go of the folder and remove all of it, where there is nothing to go on with."""
        self.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def close(self) -> None:
        """Let go of the folder."""
        if self._lock is not None:
            self._lock.release()


@dataclass(frozen=True, slots=True)
class StudyKind:
    """How the studies of one kind are told from the others that lie beside them.

    Attributes
    ----------
    title : str
        Such as "study".
    plan, answer : str
        The files that hold what it is going to do, and what came out.
    is_complete : callable
        Tells of the answer in a folder whether nothing is left to run; raises RunError if it cannot be read.
    """

    title: str
    plan: str
    answer: str
    is_complete: Callable[[Path], bool]

    def find(self, studies: Path, name: str) -> Path:
        """Return the folder of a study.

        Parameters
        ----------
        studies : Path
            Folder of all studies.
        name : str
            Its name, the beginning of it, its folder, or "last": the newest.

        Raises
        ------
        wattlab.errors.RunError
            If there is none, or several.
        """
        for path in (Path(name), studies / name):
            if (path / self.plan).is_file():
                return path
        every = self._list(studies)
        if name == "last" and every:
            return max(every, key=self._begun)
        matches = [path for path in every if path.name.startswith(name)]
        if len(matches) == 1:
            return matches[0]
        raise RunError(self._not_found(studies, name, matches, every))

    def find_unfinished(self, studies: Path, name: str) -> Path:
        """Return what `find` does, but for "last" the newest that is not complete, if there is one."""
        left = [path for path in self._list(studies) if not self._is_over(path)] if name == "last" else []
        return max(left, key=self._begun) if left else self.find(studies, name)

    def _list(self, studies: Path) -> list[Path]:
        return sorted(path.parent for path in studies.glob(f"*/{self.plan}"))

    def _begun(self, path: Path) -> float:
        """Return when a study was begun, in seconds since 1970."""
        return (path / self.plan).stat().st_mtime

    def _is_over(self, path: Path) -> bool:
        """Tell whether nothing is left to run; of a damaged one, too, since it cannot be gone on with."""
        try:
            return self.is_complete(path)
        except RunError:
            return (path / self.answer).exists()

    def _not_found(self, studies: Path, name: str, matches: list[Path], every: list[Path]) -> str:
        if matches:
            several = ", ".join(path.name for path in matches)
            return f"{self.title} {name!r} could be any of {several}; give more of its name"
        names = [path.name for path in every]
        known = f"; there are {', '.join(names[:_FEW])}{', …' if len(names) > _FEW else ''}" if names else ""
        hint = nearest(name, names) or f"{known}; name its folder, or choose another one with --studies"
        return f"there is no {self.title} {name!r} in {str(studies)!r}{hint}"


@dataclass(frozen=True, slots=True)
class Shelf(Generic[AnyFolder]):
    """The folders of one kind of study, beside those of others: create, find, go on.

    Attributes
    ----------
    kind : StudyKind
    opened : callable (path, lock) -> Folder
        Makes the object for a folder that this process has locked.
    prefix : str
        Their names begin with it.
    """

    kind: StudyKind
    opened: Callable[[Path, FolderLock], AnyFolder]
    prefix: str

    def create(self, studies: Path | str, stem: str) -> AnyFolder:
        """Make a folder for a new study, named after `stem` and the time, locked for this process.

        Raises
        ------
        wattlab.errors.StorageError
            If it cannot be written.
        """
        path = make_folder(Path(studies), f"{self.prefix}-{stem}")
        return self.opened(path, lock_folder(path))

    def find(self, studies: Path | str, name: str) -> Path:
        """Return the folder of a study, to read what came out; see `StudyKind.find`."""
        return self.kind.find(Path(studies), name)

    def reopen(self, studies: Path | str, name: str) -> AnyFolder:
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
        path = self.kind.find_unfinished(Path(studies), name)
        return self.opened(path, lock_folder(path))


def make_folder(studies: Path, stem: str) -> Path:
    """Make a folder for a new study, named after `stem` and the time.

    Raises
    ------
    wattlab.errors.StorageError
        If the folder cannot be written.
    """
    with storage_errors(studies):
        studies.mkdir(parents=True, exist_ok=True)
    stem = f"{slug(stem)}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    for number in range(1, _MANY):
        path = studies / (stem if number == 1 else f"{stem}-{number}")
        with storage_errors(path):
            try:
                path.mkdir()
            except FileExistsError:
                continue
        return path
    msg = f"{_MANY} studies were started in the same second in {str(studies)!r}"
    raise RunError(msg)


def lock_folder(path: Path) -> FolderLock:
    """Lock the folder of a study for this process; `wattlab.errors.RunError` if another one holds it."""
    with storage_errors(path):
        lock = FolderLock.take(path)
    if lock is None:
        msg = f"study {path.name!r} is being run by another process; wait for its end"
        raise RunError(msg)
    return lock


def read_model(path: Path, model: type[Model]) -> Model:
    """Return what a file holds; `wattlab.errors.RunError` if it cannot be read."""
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        msg = f"{str(path)!r} cannot be read: {error.strerror or error}"
        raise RunError(msg) from error
    except ValidationError as error:
        msg = f"{str(path)!r} is damaged {first_finding(error)}; begin anew"
        raise RunError(msg) from error


def slug(text: str) -> str:
    """Return a text as part of a file's name.

    Examples
    --------
    >>> slug("keras:jax, float32")
    'keras-jax-float32'
    """
    return _UNSAFE.sub("-", text)[:_LONGEST_NAME].strip("-.") or "study"
