"""What a study tells whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wattlab.studies.row import Verification

__all__ = ["StudyObserver", "StudyPlan", "TrialState"]

TrialState = Literal["waiting", "running", "finished", "failed"]


@dataclass(frozen=True)
class StudyPlan:
    """What lies ahead when a study starts or is resumed.

    Parameters
    ----------
    title : str
        One line, such as "mnist-blog: native, torch".
    labels : tuple of str
        All candidates; the first is the baseline.
    refused : mapping of str to str
        By label, why a candidate cannot run at all.
    rounds : int
        0 where nothing is timed, only verified.
    n_trials : int
        Trials of all rounds, the control's included, if every candidate passes the verification.
    n_done : int
        Those that an interrupted study has already finished.
    folder : Path or None
        Where all is kept; None where nothing is.
    """

    title: str
    labels: tuple[str, ...]
    refused: Mapping[str, str]
    rounds: int
    n_trials: int
    n_done: int
    folder: Path | None


class StudyObserver:
    """Watches a study; every method may be overridden, none has to be."""

    def started(self, plan: StudyPlan) -> None:
        """Verification, then the trials, are about to begin."""

    def preparing(self, text: str) -> None:
        """Take note of what is done before the first trial, such as writing files; `text` has no full stop."""

    def verifying(self, label: str, precision: str) -> None:
        """Take note that the first steps of a candidate are being computed in a number format."""

    def verified(self, verification: Verification) -> None:
        """Take note that a candidate was held against the reference."""

    def timing(self, n_trials: int) -> None:
        """Take note that the verification is over: of the planned trials, `n_trials` are to be run or are done.

        Fewer than `StudyPlan.n_trials` where a candidate was not verified.
        """

    def trial(self, label: str, number: int, rounds: int, state: TrialState, seconds: float | None) -> None:
        """Take note of a trial in the 1-based round `number` of `rounds`.

        Its states: waiting (for a quiet machine), running, finished or failed; with the last two, `seconds` is
        the wall time of its process, else None.
        """

    def warning(self, text: str) -> None:
        """Take note of something that went wrong, but does not end the study; `text` is a sentence."""

    def ended(self) -> None:
        """Nothing more will come, whether the study finished, failed or was interrupted."""
