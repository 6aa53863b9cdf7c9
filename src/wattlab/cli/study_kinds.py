"""The kinds of studies: how each is found, read, and called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Kind", "all_kinds"]


@dataclass(frozen=True)
class Kind:
    """How the studies of one kind are found, read and called, and whether they have a page of their own.

    Parameters
    ----------
    plan : str
        File by which its folders are known.
    find : callable
        From a name to the folder; `wattlab.errors.RunError` if there is none.
    answer : type
        What it found.
    load : callable
        From the folder to that.
    noun : str
        Such as "a sweep".
    has_page : bool
        Whether it has a page of its own; else it is shown together with others.
    figure : str
        Name of its figure.
    """

    plan: str
    find: Callable[[str], Path]
    answer: type
    load: Callable[[Path], Any]
    noun: str = ""
    has_page: bool = False
    figure: str = ""


class _Home(NamedTuple):
    """Where a kind of study lies: its folder, its answer, what it is called, its figure."""

    folder: str
    answer: str
    noun: str
    figure: str


_HOMES: Final = (
    _Home("loading", "Loading", "a loading study", "loading"),
    _Home("sweep", "Sweep", "a sweep", "sweep"),
    _Home("batch_size", "BatchSizes", "a batch-size study", "batch-size"),
    _Home("explain", "Explanation", "an explanation", "roofline"),
    _Home("lr_range", "LrRange", "a range test", "lr-range"),
    _Home("clusters", "Clusters", "a study of clusters", "clusters"),
    _Home("target", "Target", "a study of a target", "target"),
    _Home("superconvergence", "Superconvergence", "a study of super-convergence", "superconvergence"),
    _Home("warm_start", "WarmStarts", "a study of warm starts", "warm-start"),
    _Home("threads", "Threads", "a study of threads", "threads"),
    _Home("tune", "Tune", "a tuning study", "tune"),
)
"""Below ``wattlab.studies``; comparisons, which share a page, are not among them."""


def all_kinds(studies: Path) -> list[Kind]:
    """Return every kind of study.

    Parameters
    ----------
    studies : Path
        Folder of all studies.
    """
    from wattlab.studies.store import StudyStore
    from wattlab.studies.study import Study

    comparisons = StudyStore(studies)
    comparison = Kind("plan.json", comparisons.find, Study, lambda folder: comparisons.load(str(folder)))
    return [comparison, *(_kind(home, studies) for home in _HOMES)]


def _kind(home: _Home, studies: Path) -> Kind:
    store = import_module(f"wattlab.studies.{home.folder}.store")
    answer = getattr(import_module(f"wattlab.studies.{home.folder}.answer"), home.answer)
    return Kind(
        plan=store.PLAN,
        find=partial(store.find, studies),
        answer=answer,
        load=answer.load,
        noun=home.noun,
        has_page=True,
        figure=home.figure,
    )
