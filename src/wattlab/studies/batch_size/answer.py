"""The answer of a search for a batch size: every size tested, knee, maximum, margin; frozen and versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from wattlab.cluster.step_report import DataUsed  # noqa: TC001 (pydantic reads it)
from wattlab.meter.quantity import Quantity  # noqa: TC001 (pydantic reads it)
from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.studies.answer_file import read_answer
from wattlab.studies.batch_size.fit import MemoryFit  # noqa: TC001 (pydantic reads it)
from wattlab.studies.batch_size.knee import Choice, Knee  # noqa: TC001 (pydantic reads it)
from wattlab.studies.batch_size.plan import BatchSizePlan  # noqa: TC001 (pydantic reads it)
from wattlab.studies.batch_size.probe import Probe  # noqa: TC001 (pydantic reads it)
from wattlab.studies.batch_size.search import Outcome  # noqa: TC001 (pydantic reads it)
from wattlab.studies.data_kind import DataKind  # noqa: TC001 (pydantic reads it)
from wattlab.studies.row import Answer, Frozen

__all__ = ["ANSWER", "BatchSizes", "Mark", "SizeRow"]

ANSWER = "batch-size.json"
"""File that holds it, in the study's folder."""

Mark = Literal["recommended", "knee", "maximum", "recipe"]


class SizeRow(Frozen):
    """What came out for one size."""

    size: int
    outcome: Outcome
    """Of the last process: one that failed the second time does not fit."""
    n_probes: int
    """Processes that tried it."""
    reason: str = ""
    """Why it does not fit."""
    step: Estimate | None = None
    """Time of a step. Unit: s."""
    rate: Estimate | None = None
    """Training samples per second."""
    share: float | None = None
    """Median throughput over the best; None where it does not fit."""
    memory: Quantity
    """The most that any of its processes held of what the limit is about. Unit: B."""
    left: Quantity
    """What the limit leaves beside it. Unit: B."""
    use: Quantity
    """How busy the processor was, or the card where that computes. Unit: 1."""
    energy: Quantity
    """Gross energy of a sample's training. Unit: J."""
    marks: tuple[Mark, ...] = ()
    """What the size is."""


class BatchSizes(Answer):
    """Which sizes fit, how fast each is, and how much memory each leaves."""

    plan: BatchSizePlan
    complete: bool
    """Whether the search came to its end."""
    rows: tuple[SizeRow, ...]
    """Every size that was tested, smallest first."""
    probes: tuple[Probe, ...]
    """Every process, by size and attempt."""
    data: DataUsed | None = None
    """What the steps learned from; None where no process came to tell."""
    data_kind: DataKind | None = None
    """Whether those samples are real or synthetic, be it that the recipe asks for such; None as above."""
    maximum: int | None = None
    """The largest size that fitted, and fitted again in a second process; None if none did, or none was confirmed."""
    above: int | None = None
    """The next larger tested size, which did not fit; None where the largest size allowed fits."""
    knee: Knee | None = None
    recommended: Choice | None = None
    fit: MemoryFit | None = None
    """Memory as a line over the size; None where it is no line."""
    spread: float | None = None
    """How far the throughputs of the two processes of the maximum lie apart, as a share."""
    verdicts: tuple[str, ...] = ()
    """What came out, in sentences."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""

    def __getitem__(self, size: int) -> SizeRow:
        """Return the row of a size; KeyError if it was not tested."""
        for row in self.rows:
            if row.size == size:
                return row
        raise KeyError(size)

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def load(cls, folder: Path | str) -> BatchSizes:
        """Read an answer from the study's folder.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there, damaged, or of a schema version that this wattlab does not know.
        """
        return read_answer(Path(folder) / ANSWER, cls, "batch-size study", "wattlab batch-size")
