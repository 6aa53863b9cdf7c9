"""The record of a run: what came out, what it cost, where, from what; frozen and versioned."""

from __future__ import annotations

import json
from math import isfinite, nan
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError

from wattlab.errors import RunError
from wattlab.meter.cost import Cost
from wattlab.meter.quantity import Quantity
from wattlab.recipe.problems import first_finding
from wattlab.records.phases import StepPhases
from wattlab.records.starting_point import StartingPoint

__all__ = ["MOST_FEATURE_NAMES", "SCHEMA_VERSION", "DatasetFacts", "RunCost", "RunRecord", "StopReason"]

SCHEMA_VERSION = 1
MOST_FEATURE_NAMES = 2000
"""A record keeps no more names of features than these; beyond, columns count by their position."""

StopReason = Literal["epochs", "target", "patience", "time budget", "energy budget", "diverged"]


Score = Annotated[
    float,
    BeforeValidator(lambda score: nan if score is None else score),
    PlainSerializer(lambda score: score if isfinite(score) else None, float | None, when_used="json"),
]
"""An accuracy or R²; one that is no finite number, as after a divergence, or that nobody asked for, is null in JSON
and NaN here."""


def _named_and_seeded(recipe: dict[str, Any]) -> dict[str, Any]:
    """Refuse a recipe without what every list of runs shows of it."""
    if not isinstance(recipe.get("name"), str) or type(recipe.get("seed")) is not int:
        msg = "it needs a name, which is text, and a seed, which is a whole number"
        raise ValueError(msg)
    return recipe


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)


class DatasetFacts(_Frozen):
    """Which data a run learned from."""

    name: str
    source: str
    fingerprint: str
    """SHA-256 of all arrays."""
    n_train: int
    n_validation: int
    n_test: int
    n_features: int
    """Features of the data set."""
    n_features_used: int
    """Features that feed the network, after the reduction."""
    classes: tuple[str, ...] | None
    """Names of the classes; None where outputs are numbers."""
    image_shape: tuple[int, int, int] | None = None
    """Rows, columns and channels, where a sample is an image."""
    feature_names: tuple[str, ...] | None = None
    """Names of the features, in order; None where the source has none of its own, or too many to keep."""


class RunCost(_Frozen):
    """What a run cost, in all and by phase; phases add up to the total but for bookkeeping between them."""

    total: Cost
    start_up: Cost
    data: Cost
    compile: Cost | None = None
    """What the engine compiled before the first epoch; None in runs that did not note it."""
    training: Cost
    evaluation: Cost
    price: Quantity
    """Of the energy and the surcharges."""
    co2e: Quantity
    """As `price`."""
    surcharges: dict[str, Quantity] = {}
    """Energy beside the total's, by name: lost in the power supply, spent by the building; empty where off."""

    def phases(self) -> dict[str, Cost]:
        """Return the phases by their names; compiling only where there was any."""
        compiling = {} if self.compile is None else {"compile": self.compile}
        return {
            "start-up": self.start_up,
            "data": self.data,
            **compiling,
            "training": self.training,
            "evaluation": self.evaluation,
        }


class RunRecord(_Frozen):
    """All facts about a finished run, except weights and history.

    Scores are accuracies for classification and R² for regression; `score_name` says which.
    """

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    recipe: Annotated[dict[str, Any], AfterValidator(_named_and_seeded)]
    created_utc: str
    """When the run began, ISO 8601."""
    stop_reason: StopReason
    epochs: int
    """Finished epochs."""
    steps: int
    """Updates applied."""
    n_parameters: int
    score_name: Literal["accuracy", "R²"]
    test_score: Score
    train_score: float | None
    validation_score: float | None
    target: float | None
    target_part: Literal["test", "validation"]
    """Part on which target and patience were judged."""
    reached_target: bool | None
    """None where no target was set."""
    target_epoch: int | None
    """1-based epoch in which the target was reached."""
    time_to_target_s: float | None
    """Seconds from the start of the process to the evaluation that reached the target."""
    energy_to_target: Quantity | None
    confusion: tuple[tuple[int, ...], ...] | None
    """Test samples by true class (row) and predicted class (column); None for regression and a closed test part."""
    samples_per_s: float
    """Training samples per second of training time, evaluation excluded."""
    cost: RunCost
    phases: StepPhases | None = None
    """Where the training's time went inside its steps; None in runs that did not look."""
    dataset: DatasetFacts
    machine: dict[str, Any]
    engine: dict[str, str | int | float | bool | None] = {}
    """What the engine really used: versions, threads, device, number formats, what was compiled."""
    skipped_steps: int = 0
    """Steps that were left out because a gradient overflowed in float16; counted in `steps`, too."""
    start_from: str | None = None
    """Run whose weights this one began with."""
    start: StartingPoint | None = None
    """How those were carried over, and what they had cost; None without such a run, or where nobody noted it."""
    sessions: int = 1
    """How often the training was started or resumed; costs are summed over all."""
    message: str = ""
    """What a reader must know, such as why a training diverged."""

    @property
    def recipe_name(self) -> str:
        """Name of the recipe."""
        return str(self.recipe["name"])

    @property
    def test_closed(self) -> bool:
        """Whether the recipe left the test part closed, so that nobody knows `test_score`."""
        return not self.recipe.get("evaluation", {}).get("test", True)

    @property
    def test_accuracy(self) -> float | None:
        """Share of test samples classified correctly; None for regression."""
        return self.test_score if self.score_name == "accuracy" else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; ``test_accuracy`` is added."""
        values = self.model_dump(mode="json")
        return {**values, "test_accuracy": values["test_score"] if self.score_name == "accuracy" else None}

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, source: str) -> RunRecord:
        """Read a record back.

        Raises
        ------
        wattlab.errors.RunError
            If it is damaged, or of a schema version that this wattlab does not know.
        """
        try:
            values = json.loads(text)
        except ValueError as error:
            msg = f"{source} is not valid JSON ({error}); the run is damaged: delete its folder"
            raise RunError(msg) from error
        if not isinstance(values, dict) or values.get("schema_version") != SCHEMA_VERSION:
            version = values.get("schema_version") if isinstance(values, dict) else None
            msg = f"{source} has schema version {version!r}; this wattlab reads version {SCHEMA_VERSION}"
            raise RunError(msg)
        values.pop("test_accuracy", None)
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            msg = f"{source} is damaged {first_finding(error)}; delete the run's folder"
            raise RunError(msg) from error
