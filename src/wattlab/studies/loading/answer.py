"""The answer of a loading study: rows, trials, verdicts, caches; frozen and versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from wattlab.errors import RunError
from wattlab.meter.quantity import Quantity  # noqa: TC001 (pydantic reads it)
from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.recipe.problems import first_finding
from wattlab.studies.loading.plan import Cache, FileSet, Kind, Variant  # noqa: TC001 (pydantic reads it)
from wattlab.studies.loading.trial import Measured  # noqa: TC001 (pydantic reads it)
from wattlab.studies.row import Answer, Frozen

__all__ = ["ANSWER", "Bound", "CacheAdvice", "Loading", "LoadingRow", "LoadingTrial", "Training"]

ANSWER = "loading.json"
"""File that holds it, in the study's folder."""

Bound = Literal["input", "compute", "unknown"]


class LoadingTrial(Frozen):
    """One reading of all files of a set."""

    variant: int
    """Index of its row."""
    round: int
    """0-based."""
    measured: Measured | None
    """None where it failed."""
    failure: str | None = None
    foreign_load: float
    """Share of all cores that other processes kept busy just before, from 0 to 1."""


class Training(Frozen):
    """What the loading is held against."""

    label: str
    rate: Estimate | None
    """Training samples per second, loading excluded; None where the training failed."""
    failures: tuple[str, ...] = ()


class LoadingRow(Frozen):
    """What came out for one way to read, over all rounds."""

    place: str
    """Where the files lie, such as "network (nfs4)"; "memory" where they are read from there."""
    variant: Variant
    n_files: int
    size_B: int
    """All files together, as they are stored."""
    seconds: Estimate | None = None
    """To read all files."""
    rate: Estimate | None = None
    """Stored bytes per second."""
    file_s: Estimate | None = None
    """Seconds a file: those of all files over their number, so more workers make it shorter."""
    cpu_per_GB: Estimate | None = None
    """Processor seconds of all workers per 10⁹ stored bytes."""
    energy_per_GB: Quantity | None = None
    """Gross energy of the machine meanwhile, per 10⁹ stored bytes, median over the trials. Unit: J."""
    delivered_B: int | None = None
    """What came out of the readers."""
    ratio: Estimate | None = None
    """Seconds over those from memory, by the same reader and workers in the same round."""
    samples: Estimate | None = None
    """Samples per second; None where nobody said how many samples the files hold."""
    bound: Bound | None = None
    """What a training would wait for, if it read so in every epoch; None without a training."""
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class CacheAdvice(Frozen):
    """What keeping, converting or copying the files would give."""

    name: str
    """Such as "page cache", "decoded in memory" or "npz"."""
    needs_B: int
    """Memory, or room on a disk, for all files of the target."""
    room_B: int
    """What is available of it."""
    saved: Estimate | None
    """Seconds saved in each epoch over all files of the target; None where it was not measured."""
    cost_s: float
    """Seconds that it costs once."""
    pays_after: int | None
    """Epochs until it has saved what it cost; None where it may never."""
    verdict: Literal["pays", "does not pay", "does not fit", "unknown"]
    basis: Literal["measured", "modelled"]


class Loading(Answer):
    """Where input comes from, how fast, and whether a training here waits for it."""

    rounds: int
    """Rounds that were planned."""
    complete: bool
    """Whether every trial was run."""
    sets: tuple[FileSet, ...]
    n_whole: int
    whole_B: int
    """Files of the target and their size, those that a limit left out included."""
    samples: int | None
    """In the files that were read."""
    rows: tuple[LoadingRow, ...]
    trials: tuple[LoadingTrial, ...]
    training: Training | None
    caches: tuple[CacheAdvice, ...]
    verdicts: tuple[str, ...]
    """What came out, in sentences."""
    notes: tuple[str, ...]

    def row(self, reader: str, cache: Cache, workers: int = 1, kind: Kind = "alone") -> LoadingRow:
        """Return the first row of that kind; KeyError if there is none."""
        for row in self.rows:
            one = row.variant
            if (one.reader, one.cache, one.workers, one.kind) == (reader, cache, workers, kind):
                return row
        raise KeyError(f"{reader} {cache}, {workers} {kind}")

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def load(cls, folder: Path | str) -> Loading:
        """Read an answer from the study's folder.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there, damaged, or of a schema version that this wattlab does not know.
        """
        path = Path(folder) / ANSWER
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            msg = f"{str(path)!r} cannot be read ({error}); a study that was killed is finished by: "
            raise RunError(f"{msg}wattlab loading --resume {folder}") from error
        except ValidationError as error:
            msg = f"{str(path)!r} is no loading study that this wattlab can read, {first_finding(error)}"
            raise RunError(msg) from error
