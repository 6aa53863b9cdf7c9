"""Folders of runs: create, finish, find, list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wattlab.errors import RunError, UserError
from wattlab.recipe.problems import nearest
from wattlab.records.files import storage_errors
from wattlab.records.lock import FolderLock
from wattlab.records.open_run import PARTIAL, OpenRun
from wattlab.records.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.recipe import Recipe

__all__ = ["DEFAULT_FOLDER", "Damaged", "OpenRun", "RunStore", "Unfinished"]

DEFAULT_FOLDER = Path("wattlab-runs")
_MANY = 1000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Damaged:
    """A folder that cannot be read as a run, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Unfinished:
    """A training that was interrupted, or still goes on.

    Parameters
    ----------
    path : Path
    resumable : bool
        It has a checkpoint, or lacks nothing but its name.
    in_use : bool
        A process is writing it now.
    """

    path: Path
    resumable: bool
    in_use: bool

    @property
    def id(self) -> str:
        """Name of the run to be."""
        return self.path.name.removesuffix(PARTIAL)


class RunStore:
    """All runs below one folder.

    Parameters
    ----------
    folder : Path or str
        Made when the first run is created.
    """

    def __init__(self, folder: Path | str = DEFAULT_FOLDER) -> None:
        self.folder = Path(folder)

    def create(self, recipe: Recipe, name: str | None = None) -> OpenRun:
        """Start a run, named after the recipe and the time unless `name` is given.

        Raises
        ------
        wattlab.errors.RunError
            If a run of that name exists, or another process is writing it.
        wattlab.errors.StorageError
            If the folder cannot be written.
        """
        self.check_name(name)
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        path = self._claim(name) if name else self._claim_new(recipe.name)
        run = OpenRun(path, _lock(path))
        try:
            run.write("recipe.toml", recipe.to_toml().encode())
        except BaseException:
            run.discard()
            raise
        return run

    def check_name(self, name: str | None) -> None:
        """Raise `wattlab.errors.RunError` for a name that a new run cannot have; None is a name to be made."""
        if not name:
            return
        if not _NAME.fullmatch(name) or name.endswith(PARTIAL):
            msg = (
                f"run name {name!r} is not allowed; expected ASCII letters, digits, '.', '-' and '_', beginning "
                f"with a letter or digit and not ending in {PARTIAL!r}"
            )
            raise RunError(msg)
        if (self.folder / name).exists():
            raise RunError(self._taken(name))

    def _claim(self, name: str) -> Path:
        path = self.folder / f"{name}{PARTIAL}"
        with storage_errors(path):
            try:
                path.mkdir()
            except FileExistsError:
                if FolderLock.is_taken(path):
                    raise RunError(_in_use(name)) from None
                msg = f"run {name!r} was interrupted: go on with `wattlab resume {name}`, or choose another name"
                raise RunError(msg) from None
            if (self.folder / name).exists():
                path.rmdir()
                raise RunError(self._taken(name))
        return path

    def _taken(self, name: str) -> str:
        return f"run {name!r} exists already in {str(self.folder)!r}; choose another name"

    def _claim_new(self, recipe_name: str) -> Path:
        stem = f"{recipe_name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        for number in range(1, _MANY):
            name = stem if number == 1 else f"{stem}-{number}"
            path = self.folder / f"{name}{PARTIAL}"
            with storage_errors(path):
                try:
                    path.mkdir()
                except FileExistsError:
                    continue
            if not (self.folder / name).exists():
                return path
            path.rmdir()
        msg = f"{_MANY} runs were started in the same second in {str(self.folder)!r}; name them yourself"
        raise RunError(msg)

    def reopen(self, name: str) -> OpenRun:
        """Take up an interrupted run.

        Parameters
        ----------
        name : str
            Its name, the beginning of its name, its folder, or "last" for the newest that can be resumed.

        Raises
        ------
        wattlab.errors.RunError
            If it is unknown, finished, or in use by another process, or if several are meant.
        """
        path = self.find_unfinished(name)
        if path is None:
            run = self.find(name)
            msg = (
                f"run {run.id!r} is finished; there is nothing to resume. Begin a new one with its weights: "
            )
            msg += f"wattlab train {run.path}/recipe.toml --start-from {run.id}"
            raise RunError(msg)
        return OpenRun(path, _lock(path))

    def find_unfinished(self, name: str) -> Path | None:
        """Return the folder of the unfinished run that is meant, named as for `reopen`; None if there is none.

        Raises
        ------
        wattlab.errors.RunError
            If several are meant.
        """
        stem = name.rstrip("/\\").removesuffix(PARTIAL)
        inside, given = self.folder / f"{stem}{PARTIAL}", Path(f"{stem}{PARTIAL}")
        if inside.is_dir():
            return inside
        if (given / "recipe.toml").is_file():
            return given
        if (self.folder / stem / "record.json").is_file():
            return None
        _, unfinished, _ = self.list()
        if name == "last" and unfinished:
            ready = [one for one in unfinished if one.resumable and not one.in_use]
            return max(ready or unfinished, key=_begun).path
        matches = [one for one in unfinished if one.id.startswith(name)]
        if len(matches) > 1:
            msg = (
                f"run {name!r} could be any of {', '.join(one.id for one in matches)}; give more of its name"
            )
            raise RunError(msg)
        return matches[0].path if matches else None

    def list(self) -> tuple[list[Run], list[Unfinished], list[Damaged]]:
        """Return all finished runs, oldest first, all unfinished ones, and all damaged folders.

        Raises
        ------
        wattlab.errors.RunError
            If the folder is there but cannot be listed, or is a file.
        """
        runs, unfinished, damaged = [], [], []
        for path in self._entries():
            if not path.is_dir() or path.name.startswith("."):
                continue
            if path.name.endswith(PARTIAL):
                unfinished.append(_look_at(path))
                continue
            try:
                run = Run(path)
                run.record  # noqa: B018 (reading it is the check)
            except UserError as error:
                damaged.append(Damaged(path, str(error)))
            else:
                runs.append(run)
        runs.sort(key=lambda run: run.record.created_utc)
        return runs, unfinished, damaged

    def _entries(self) -> Sequence[Path]:
        try:
            return sorted(self.folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            msg = (
                f"the folder of runs {str(self.folder)!r} cannot be read: {error.strerror or error}; "
                "choose another one with --runs"
            )
            raise RunError(msg) from error

    def find(self, name: str) -> Run:
        """Return a finished run by its name, the beginning of its name, its folder, or "last".

        Raises
        ------
        wattlab.errors.RunError
            If there is none, or several.
        """
        for path in (Path(name), self.folder / name):
            if (path / "record.json").is_file() and not path.name.endswith(PARTIAL):
                return Run(path)
        runs, unfinished, damaged = self.list()
        if name == "last" and runs:
            return runs[-1]
        matches = [run for run in runs if run.id.startswith(name)]
        if len(matches) == 1:
            return matches[0]
        raise RunError(self._not_found(name, matches or runs, unfinished, damaged, several=bool(matches)))

    def _not_found(
        self,
        name: str,
        runs: Sequence[Run],
        unfinished: Sequence[Unfinished],
        damaged: Sequence[Damaged],
        *,
        several: bool,
    ) -> str:
        if several:
            return f"run {name!r} could be any of {', '.join(run.id for run in runs)}; give more of its name"
        for one in damaged:
            if one.path.name == name:
                return one.reason
        if any(one.id == name.removesuffix(PARTIAL) for one in unfinished):
            return f"run {name!r} is unfinished; go on with `wattlab resume {name}`"
        hint = nearest(name, [run.id for run in runs]) or "; see `wattlab runs`"
        return f"there is no run {name!r} in {str(self.folder)!r}{hint}"


def _lock(path: Path) -> FolderLock:
    """Lock a temporary folder for this process."""
    with storage_errors(path):
        lock = FolderLock.take(path)
    if lock is None:
        raise RunError(_in_use(path.name.removesuffix(PARTIAL)))
    return lock


def _in_use(name: str) -> str:
    return f"run {name!r} is being written by another process; wait for it, or choose another name"


def _look_at(path: Path) -> Unfinished:
    """Say what a temporary folder is; one that cannot be looked into, or locked, is nobody's."""
    try:
        resumable = any((path / name).is_file() for name in ("checkpoint.safetensors", "record.json"))
    except OSError:
        resumable = False
    try:
        in_use = FolderLock.is_taken(path)
    except OSError:
        in_use = False
    return Unfinished(path, resumable, in_use)


def _begun(one: Unfinished) -> float:
    """Return when a run began: its recipe is written first, and never again."""
    try:
        return (one.path / "recipe.toml").stat().st_mtime
    except OSError:
        return 0.0
