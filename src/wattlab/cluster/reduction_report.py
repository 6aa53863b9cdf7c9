"""What finding clusters gave and cost, and what is asked of the process that does it; JSON in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wattlab.errors import RunError
from wattlab.meter.cost import Cost
from wattlab.recipe.problems import first_finding
from wattlab.records.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ClusterFigures", "ReductionAsked", "ReductionReport", "Silhouette", "Space"]

Space = Literal["features", "distances"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)


class _Saved(_Frozen):
    def save(self, path: Path) -> None:
        """Write it as JSON."""
        write_atomically(path, self.model_dump_json(indent=1).encode())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read it back; `wattlab.errors.RunError` if the file is not there or damaged."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            msg = f"{str(path)!r} cannot be read: {error.strerror or error}"
            raise RunError(msg) from error
        except ValidationError as error:
            msg = f"{str(path)!r} is damaged {first_finding(error)}; begin anew"
            raise RunError(msg) from error


class ReductionAsked(_Saved):
    """What is wanted besides the reduction itself."""

    silhouette_samples: Annotated[int, Field(ge=0)] = 5000
    """Samples that the silhouette is found from, with the same seed each time; 0: none."""
    space: Space = "features"
    """Where the silhouette is found: among the scaled features, or among the distances to the centres."""


class Silhouette(_Frozen):
    """The mean silhouette coefficient of samples."""

    score: float | None
    """From −1 to 1; None where it is not defined, or not asked for."""
    n_samples: int = 0
    """Samples that it was found from, each held against all the others of them."""
    exact: bool = False
    """Whether those are all samples."""
    reason: str = ""
    """Why there is none."""


class ClusterFigures(_Frozen):
    """How the clusters are."""

    inertia: float
    """Sum of the squared distances of all samples to their nearest centre."""
    n_empty: int
    """Clusters to which no sample is nearest."""
    silhouette: Silhouette


class ReductionReport(_Saved):
    """What preparing a recipe's data gave and cost, in a fresh process."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    data: str
    """Where the samples come from, in words."""
    n_samples: int
    """Samples that clusters were found among."""
    n_inputs: int
    """Features that are left."""
    preparation: Cost
    """Of all that `prepare` does: importing scikit-learn, scaling, finding clusters, distances, scaling."""
    fit: Cost | None = None
    """Of finding the clusters alone, which is a part of that; None without clusters."""
    clusters: ClusterFigures | None = None
    """None without clusters."""
