"""What a name stands for: a run, or data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wattlab.data import load
from wattlab.data.catalog import dataset_names
from wattlab.errors import ParameterError, RunError

if TYPE_CHECKING:
    from wattlab.data import Dataset
    from wattlab.records.run import Run
    from wattlab.records.store import RunStore

__all__ = ["find_source"]


def find_source(target: str, store: RunStore, label: str | None = None) -> Run | Dataset:
    """Return the run or the data set that is meant.

    Parameters
    ----------
    target : str
        Name of a run in full, or its folder; else a data set's name, or a file's path; else the beginning of a run's
        name, or "last".
    store : RunStore
        Where runs are.
    label : str, optional
        Column or array of the labels, for files.

    Raises
    ------
    wattlab.errors.UserError
        If it is none of them.
    """
    if (store.folder / target / "record.json").is_file() or (Path(target) / "record.json").is_file():
        return _labelled_already(store.find(target), label)
    options = {} if label is None else {"label": label}
    if target in dataset_names() or Path(target).expanduser().exists():
        return load(target, **options)
    try:
        return _labelled_already(store.find(target), label)
    except RunError as error:
        if "could be any of" in str(error):
            raise
        msg = f"{target!r} is no data set (see `wattlab data`), no file, and {error}"
        raise RunError(msg) from error


def _labelled_already(run: Run, label: str | None) -> Run:
    if label is not None:
        msg = f"{run.id!r} is a run, whose recipe says where its labels are; leave --label {label} out, or name a file"
        raise ParameterError(msg)
    return run
