"""What a training in another process has finished so far: a line of JSON for each epoch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from wattlab.training.observer import Observer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.training.observer import EpochReport

__all__ = ["EpochSeen", "EpochWatch", "EpochWriter"]


@dataclass(frozen=True)
class EpochSeen:
    """A finished epoch of a training in another process.

    Parameters
    ----------
    epoch : int
        1-based.
    elapsed_s : float
        Since its process began. Unit: s.
    energy_J : float or None
        Gross energy since then; None if it is missing. Unit: J.
    score : float or None
        Accuracy or R² on the part on which the target is judged; None where it was not evaluated, or
        is no finite number.
    """

    epoch: int
    elapsed_s: float
    energy_J: float | None
    score: float | None


class EpochWriter(Observer):
    """Appends each finished epoch to a file, at once.

    Parameters
    ----------
    path : Path
        Written by this process alone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def epoch(self, report: EpochReport) -> None:
        """Write a line."""
        score = report.judged_score
        known = None if score is None or not isfinite(score) else score
        seen = EpochSeen(report.epoch, report.elapsed_s, report.energy.value, known)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(seen)) + "\n")


class EpochWatch:
    """Reads what such a file gains, and asks about each epoch whether the training is to go on.

    Parameters
    ----------
    path : Path
        Of the file, which need not be there yet.
    judge : callable
        Told of each epoch, also of those that follow one that ends the training; a sentence is why to end it.
    """

    def __init__(self, path: Path, judge: Callable[[EpochSeen], str | None]) -> None:
        self._path, self._judge = path, judge
        self._read = 0

    def __call__(self, pid: int) -> str | None:  # noqa: ARG002 (as `run_process` asks it)
        """Return why the process must end, or None."""
        # All of them are told, as none is read again.
        return next(filter(None, [self._judge(seen) for seen in self._new()]), None)

    def _new(self) -> list[EpochSeen]:
        """Return the epochs that were written since the last look; a line that is not complete waits for the next."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                text = file.read()
        except FileNotFoundError:
            return []
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        return [_seen(json.loads(line)) for line in whole.splitlines()]


def _seen(values: dict[str, Any]) -> EpochSeen:
    return EpochSeen(**values)
