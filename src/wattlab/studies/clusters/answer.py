"""The answer of a study of clusters: a row for every number of them; frozen and versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from wattlab.cluster.reduction_report import ReductionReport  # noqa: TC001 (pydantic reads it)
from wattlab.meter.quantity import Quantity  # noqa: TC001 (pydantic reads it)
from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.studies.answer_file import read_answer
from wattlab.studies.clusters.elbow import Elbow  # noqa: TC001 (pydantic reads it)
from wattlab.studies.clusters.payoff import Payoff  # noqa: TC001 (pydantic reads it)
from wattlab.studies.clusters.plan import ClustersPlan  # noqa: TC001 (pydantic reads it)
from wattlab.studies.row import Answer, Frozen

__all__ = ["ANSWER", "Clusters", "ClustersRow", "Preparing"]

ANSWER = "clusters.json"
"""File that holds it, in the study's folder."""


class Preparing(Frozen):
    """One process that prepared the data of one network."""

    cell: int
    number: int
    """0-based; each has another seed."""
    report: ReductionReport | None
    """None where it failed."""
    failure: str | None = None
    """Why, in a sentence."""


class ClustersRow(Frozen):
    """What came out for one number of clusters, or for all features."""

    label: str
    n_clusters: int | None
    """None: all features."""
    n_inputs: int
    n_parameters: int
    flop: int
    """Operations of a training step. Unit: FLOP."""
    preparation: Quantity | None = None
    """Wall time of all that prepares the data, the search for clusters included; median over the seeds. Unit: s."""
    preparation_energy: Quantity | None = None
    """Gross energy of the same. Unit: J."""
    fit: Quantity | None = None
    """Wall time of finding the clusters alone. Unit: s."""
    fit_cpu: Quantity | None = None
    """Processor time of the same, all cores together. Unit: s."""
    fit_energy: Quantity | None = None
    """Gross energy of the same. Unit: J."""
    inertia: Estimate | None = None
    """Sum of squared distances to the nearest centre, over the seeds."""
    silhouette: Estimate | None = None
    """Mean silhouette coefficient, over the seeds."""
    silhouette_reason: str = ""
    """Why there is none."""
    n_empty: int = 0
    """Most clusters of a seed to which no sample is nearest."""
    step: Estimate | None = None
    """Time of a training step. Unit: s."""
    ratio: Estimate | None = None
    """Time of a step over that with all features, in the same round: below 1 is faster."""
    energy_per_sample: Quantity | None = None
    """Gross energy of a sample's training. Unit: J."""
    payoff: Payoff | None = None
    """From which number of epochs on it pays; None where no steps were timed, and for all features."""
    failures: tuple[str, ...] = ()
    """What went wrong, in sentences."""
    notes: tuple[str, ...] = ()


class Clusters(Answer):
    """Time, inertia and silhouette by the number of clusters, and what fewer inputs save."""

    question: Literal["clusters"] = "clusters"
    plan: ClustersPlan
    """What was to be done."""
    complete: bool
    """Whether nothing is left to run."""
    rows: tuple[ClustersRow, ...]
    """The first has all features."""
    elbow: Elbow
    peaks: tuple[int, ...]
    """Numbers of clusters whose silhouette is higher than their neighbours', highest first."""
    silhouette_samples: int
    """Samples that it was found from."""
    silhouette_exact: bool
    verdicts: tuple[str, ...]
    """What came out, in sentences."""
    step_times_s: dict[str, tuple[tuple[float, ...], ...]]
    """By label, for each round that was finished, the time of a step in each block. Unit: s."""
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> ClustersRow:
        """The row with all features."""
        return self.rows[0]

    @property
    def reduced(self) -> tuple[ClustersRow, ...]:
        """The rows with clusters, fewest first."""
        return self.rows[1:]

    @property
    def n_found(self) -> int:
        """Rows whose clusters were found."""
        return sum(row.inertia is not None for row in self.reduced)

    def row(self, n_clusters: int) -> ClustersRow:
        """Return the row of a number of clusters; KeyError if there is none."""
        for row in self.reduced:
            if row.n_clusters == n_clusters:
                return row
        raise KeyError(n_clusters)

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def load(cls, folder: Path | str) -> Clusters:
        """Read an answer from the study's folder.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there, damaged, or of a schema version that this wattlab does not know.
        """
        return read_answer(Path(folder) / ANSWER, cls, "study of clusters", "wattlab clusters")
