"""The answer of a study of threads: a row for every engine and number of threads; frozen and versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import Field

from wattlab.cluster.step_report import DataUsed, StepsAsked  # noqa: TC001 (pydantic reads it)
from wattlab.machine.threads import ThreadPool  # noqa: TC001 (pydantic reads it)
from wattlab.meter.quantity import Quantity  # noqa: TC001 (pydantic reads it)
from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.studies.answer_file import read_answer
from wattlab.studies.data_kind import DataKind  # noqa: TC001 (pydantic reads it)
from wattlab.studies.row import Answer, Frozen
from wattlab.studies.sweep.answer import State, SweepVerdict  # noqa: TC001 (pydantic reads it)
from wattlab.studies.sweep.statistics import Mean  # noqa: TC001 (pydantic reads it)
from wattlab.studies.trainings.censored import CensoredMedian, CensoredRatio  # noqa: TC001 (pydantic reads it)
from wattlab.studies.trainings.trained import Trained  # noqa: TC001 (pydantic reads it)

__all__ = ["ANSWER", "Best", "Measure", "Suggestion", "Threads", "ThreadsRow", "WholeTraining"]

ANSWER = "threads.json"
"""File that holds it, in the study's folder."""

Measure = Literal["time", "energy", "processor time"]


class WholeTraining(Frozen):
    """What whole trainings with one number of threads gave, over their seeds."""

    n: int
    """Trainings that are over."""
    n_finished: int
    """Those that reached the target, or came to their end where there is none."""
    time: CensoredMedian
    """Of the whole process until the target, or until its end; what did not get there is infinite. Unit: s."""
    time_ratio: CensoredRatio | None = None
    """Over that with all threads and the same seeds: below 1 is faster."""
    energy_ratio: CensoredRatio | None = None
    """As `time_ratio`; None unless all energies are measured."""
    cpu: Quantity
    """Processor time of the whole process, of those that came to their end. Unit: s."""
    energy: Quantity
    """Gross energy of the whole process, of those that came to their end. Unit: J."""
    score: Mean | None = None
    """Last score on the judged part, of those that came to their end."""
    score_change: Mean | None = None
    """Score less that with all threads and the same seed: rounding only."""
    failures: tuple[str, ...] = ()
    """Why trainings failed, in sentences."""


class ThreadsRow(Frozen):
    """What came out for one engine with one number of threads, over all rounds."""

    series: str
    """The engine, with what else tells it from others."""
    threads: int
    """As it was asked for."""
    label: str
    """Both in words."""
    state: State
    oversubscribed: bool = False
    """Whether these are more threads than cores that the process may use."""
    engine: dict[str, str | int | float | bool | None] = Field(default={})
    """What the engine said that it really used."""
    libraries: tuple[ThreadPool, ...] = ()
    """BLAS and OpenMP libraries of its process."""
    step: Estimate | None = None
    """Time of a step. Unit: s."""
    samples: Estimate | None = None
    """Training samples per second at that time."""
    ratio: Estimate | None = None
    """Time of a step over that with all threads in the same round: below 1 is faster."""
    verdict: SweepVerdict = "none"
    """better or worse: the whole interval of that ratio is on one side of 1."""
    speed_up: Estimate | None = None
    """Time of a step with one thread over this one's, in the same round; None where one thread was not timed."""
    cores_busy: Quantity | None = None
    """Processor time over wall time: how many cores the process kept busy. Unit: 1."""
    cpu: Quantity | None = None
    """Processor time of a sample's training, all cores together. Unit: s."""
    cpu_ratio: Estimate | None = None
    """The same over that with all threads, in the same round."""
    energy: Quantity | None = None
    """Gross energy of a sample's training. Unit: J."""
    energy_ratio: Estimate | None = None
    """The same over that with all threads, in the same round; None unless both are measured."""
    power: Quantity | None = None
    """Gross mean power while steps were timed. Unit: W."""
    peak_memory: Quantity | None = None
    """Largest resident memory of the process. Unit: B."""
    compiling: Quantity | None = None
    """What an engine does once before the first step; not in `step`. Unit: s."""
    n_steps: int = 0
    """Steps that were timed, in all rounds."""
    training: WholeTraining | None = None
    """Whole trainings; None where nobody asked for them."""
    limits: tuple[str, ...] = ()
    """In what the limit was not obeyed, a sentence each; empty where it was."""
    failures: tuple[str, ...] = ()
    """Why it was refused or failed, in sentences."""
    notes: tuple[str, ...] = ()

    @property
    def efficiency(self) -> float | None:
        """Parallel efficiency: the speed-up over the number of threads; 1 is ideal."""
        return None if self.speed_up is None else self.speed_up.median / self.threads


class Best(Frozen):
    """Which number of threads costs least of one thing, for one engine."""

    series: str
    by: Measure
    threads: int
    """With the smallest median."""
    equal: tuple[int, ...] = ()
    """Others that cost at most 5 % more: the whole interval of their ratio to it says so."""
    undecided: tuple[int, ...] = ()
    """Others of which neither that nor a difference was shown."""


class Suggestion(Frozen):
    """What to set in the recipe, for one engine."""

    series: str
    threads: int
    lines: tuple[str, ...]
    """Of the recipe, such as "engine.threads = 2"."""
    reason: str
    """A sentence."""


class Threads(Answer):
    """Time, processor time and energy of a training's steps against the number of threads."""

    question: Literal["threads"] = "threads"
    recipe: str
    """Name of the recipe."""
    series: tuple[str, ...]
    """Engines, with what else tells them apart."""
    counts: tuple[int, ...]
    """Numbers of threads, rising."""
    all_threads: int
    """What ratios are to."""
    usable_cores: int
    """Logical cores that this process may keep busy."""
    asked: StepsAsked
    rounds: int
    """Rounds that were planned."""
    complete: bool
    """Whether every trial was run."""
    data: DataUsed | None
    """What the steps learned from; None where none was timed."""
    data_kind: DataKind | None = None
    """Whether those samples are real or synthetic; None as above."""
    epoch_samples: int | None
    """Samples that an epoch trains on; None where others stood in for the data."""
    ranked_by_energy: bool
    """Whether the cheapest number of threads is told: only where all energies are measured."""
    rows: tuple[ThreadsRow, ...]
    best: tuple[Best, ...]
    verdicts: tuple[str, ...]
    """What came out, in sentences."""
    suggestions: tuple[Suggestion, ...]
    """What to set in the recipe; none for an engine for which no other number was shown to be better."""
    step_times_s: dict[str, tuple[tuple[float, ...], ...]]
    """By label, for each round that was finished, the time of a step in each block. Unit: s."""
    target: float | None = None
    """Accuracy or R² at which whole trainings ended; None: after so many epochs, or there are none."""
    epochs: int | None = None
    """Of whole trainings; None: as the recipe says, or there are none."""
    score_name: Literal["accuracy", "R²"] | None = None
    trainings: tuple[Trained, ...] = ()
    """All whole trainings that are over; `candidate` is the place of their row."""
    notes: tuple[str, ...] = ()

    @property
    def n_timed(self) -> int:
        """Rows of which a step was timed."""
        return sum(row.step is not None for row in self.rows)

    def row(self, series: str, threads: int) -> ThreadsRow:
        """Return one row; KeyError if there is none."""
        for row in self.rows:
            if (row.series, row.threads) == (series, threads):
                return row
        raise KeyError((series, threads))

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def load(cls, folder: Path | str) -> Threads:
        """Read an answer from the study's folder.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there, damaged, or of a schema version that this wattlab does not know.
        """
        return read_answer(Path(folder) / ANSWER, cls, "study of threads", "wattlab threads")
