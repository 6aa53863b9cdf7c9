"""The recipe: all that defines a training."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictInt, model_validator

from wattlab.recipe.augmentation import Augmentation
from wattlab.recipe.base import Count, Flag, Part, Positive, Real, Whole
from wattlab.recipe.engine import EngineChoice, NativeChoice
from wattlab.recipe.library import find_text
from wattlab.recipe.network import Network
from wattlab.recipe.objective import Loss, Regularisation
from wattlab.recipe.optimizer import MOMENTUM_KINDS, AdamW, Optimizer
from wattlab.recipe.override import changed_tables
from wattlab.recipe.preparation import Preparation
from wattlab.recipe.schedule import Constant, OneCycle, Schedule, Steps, StepValues
from wattlab.recipe.text import format_part, parse, validate

__all__ = ["Checkpoint", "Data", "Evaluation", "Recipe", "Stop", "Training"]

Option = Annotated[Flag | StrictInt | Real | str, Field(union_mode="left_to_right")]
Share = Annotated[float, Field(strict=True, gt=0, lt=1)]


class Data(Part):
    """Which data set, and how it is divided."""

    dataset: str
    """A name of `wattlab data`, or the path of a .npz, .csv, .parquet or IDX file, or of a folder (IDX, pictures)."""
    label: str | None = None
    """Column or array that holds the labels, by name; left out: "label", "y" or "target", whichever exists."""
    task: Literal["auto", "classification", "regression", "reconstruction"] = "auto"
    """auto: floating-point labels mean regression, all others classification; reconstruction: the inputs themselves."""
    test_fraction: Share = 0.2
    """Share of samples set aside for the test, where the data has no test part of its own."""
    validation_fraction: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.0
    """Share of the training samples set aside for decisions."""
    split_seed: Whole = 0
    """Seed of both divisions, apart from the recipe's seed; classes keep their shares in every part."""
    options: dict[str, Option] = Field(default={})
    """What the data set itself takes, such as samples and noise of the moons."""


class Training(Part):
    """The loop over epochs and batches."""

    batch_size: Count | Literal["all"] = 128
    """Samples per update, or "all"."""
    epochs: Count = 10
    """Passes over the training part, unless something stops the training earlier."""
    shuffle: Flag = True
    """Draw a new order for every epoch."""
    last_batch: Literal["keep", "drop"] = "keep"
    """What happens to the last batch of an epoch where it is short."""
    clip_norm: Positive | None = None
    """Largest Euclidean norm of the whole gradient; longer gradients are scaled down to it."""


class Evaluation(Part):
    """When and how accuracy is found (R² for regression)."""

    train: Literal["none", "batches", "full"] = "batches"
    """Training accuracy: not at all, from the outputs of each batch, or by a full pass after the epoch."""
    train_every: Count = 1
    """Epochs between two full passes over the training part."""
    test: Flag = True
    """Whether the test part is looked at; false: it stays closed, at the end too, for trials among which is chosen."""
    test_every: Whole = 1
    """Epochs between two evaluations of the test part, which is evaluated at the end, too; 0: only then."""
    validation_every: Count = 1
    """Epochs between two evaluations of the validation part, where there is one."""


class Stop(Part):
    """What ends a training before its last epoch, and on which part that is decided."""

    target: Real | None = None
    """Accuracy (R² for regression) to reach."""
    part: Literal["auto", "test", "validation"] = "auto"
    """Where target and patience are judged; auto: on the validation part if there is one, else on the test part."""
    at_target: Flag = True
    """Stop at the target; false: go on and only note when it was reached."""
    patience: Count | None = None
    """Evaluations without a better one that end the training."""
    time_budget_s: Positive | None = None
    """Longest wall time of the whole training, in seconds."""
    energy_budget_J: Positive | None = None
    """Largest gross energy of the whole training, in joules."""


class Checkpoint(Part):
    """What is kept while a training runs, so that nothing finished is lost."""

    every: Whole = 0
    """Epochs between two checkpoints; 0: by time only, and when interrupted."""
    every_s: Positive | None = 30.0
    """Seconds after which the next finished epoch is saved in any case, so that a crash loses little."""


class Recipe(Part):
    """All that defines a training; frozen, validated, TOML in and out.

    Examples
    --------
    >>> recipe = Recipe.named("digits")
    >>> recipe.training.epochs
    30
    >>> recipe.with_changes({"training.epochs": 3}).training.epochs
    3
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    """Letters, digits, dots, dashes and underscores; runs are named after it."""
    description: str = ""
    """One line for people."""
    seed: Whole = 0
    """Decides initial weights and the order of the samples."""
    data: Data
    preparation: Preparation = Preparation()
    augmentation: Augmentation = Augmentation()
    network: Network
    loss: Loss
    regularisation: Regularisation = Regularisation()
    optimizer: Optimizer
    schedule: Schedule = Constant()
    weight_decay_schedule: Schedule | None = None
    """How optimizer.weight_decay changes, as `schedule` says it of the learning rate; left out: it does not."""
    training: Training = Training()
    evaluation: Evaluation = Evaluation()
    stop: Stop = Stop()
    checkpoint: Checkpoint = Checkpoint()
    engine: EngineChoice = NativeChoice()

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Recipe:
        problems = _misfits(self)
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @classmethod
    def named(cls, name: str) -> Recipe:
        """Return a recipe that ships with wattlab, or read one from a TOML file.

        Parameters
        ----------
        name : str
            A name listed by ``wattlab recipes``, or the path of a ``.toml`` file.

        Raises
        ------
        wattlab.errors.RecipeError
            If it is unknown (the nearest names are offered), unreadable or invalid.
        """
        return parse(cls, find_text(name), name)

    @classmethod
    def from_toml(cls, text: str, source: str = "recipe") -> Recipe:
        """Read a recipe from TOML text; `source` names it in error messages."""
        return parse(cls, text, source)

    def to_toml(self) -> str:
        """Return the recipe as TOML in which every field is explained by a comment."""
        return format_part(self)

    def with_changes(self, changes: dict[str, Any]) -> Recipe:
        """Return a copy with fields changed, given as {"optimizer.learning_rate": 0.05, …}."""
        return validate(type(self), changed_tables(self, changes), self.name)

    def schedule_values(self, steps: Steps) -> StepValues:
        """Return learning rate, momentum and weight decay of some steps, counted in updates applied.

        Examples
        --------
        >>> recipe = Recipe.named("digits")
        >>> recipe.schedule_values(Steps(first=0, count=3, per_epoch=3, total=9)).weight_decay is None
        True
        """
        values = self.schedule.values(self.optimizer.learning_rate, steps)
        if self.weight_decay_schedule is None or not isinstance(self.optimizer, AdamW):
            return values
        decay = self.weight_decay_schedule.values(self.optimizer.weight_decay, steps).learning_rate
        return StepValues(values.learning_rate, values.momentum, decay)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.to_toml())}</pre>"


_OUTPUTS: Final = {
    "log-loss": (
        {"sigmoid", "softmax"},
        "needs outputs between 0 and 1: give the last of network.layers the activation 'sigmoid' or 'softmax'",
    ),
    "cross-entropy": (
        {"softmax"},
        "needs softmax outputs: give the last of network.layers the activation 'softmax'",
    ),
    "normalised-cross-entropy": (
        {"sigmoid"},
        (
            "divides outputs between 0 and 1 by their sum: give the last of network.layers the activation 'sigmoid', "
            "or take 'cross-entropy' with softmax"
        ),
    ),
}
"""Which activations of the last layer suit a loss, and what to say of others; a loss that is not here takes any."""


def _misfits(recipe: Recipe) -> list[str]:
    """Return what is wrong between parts that are each right on their own."""
    loss, activation = recipe.loss.kind, recipe.network.output_activation
    fitting, advice = _OUTPUTS.get(loss, ({activation}, ""))
    needs_classes = recipe.data.task == "reconstruction" and loss not in {"mse", "log-loss"}
    cycled = _cycles_momentum(recipe.schedule)
    checks = {
        f"loss.kind {loss!r} {advice}": activation not in fitting and not needs_classes,
        "optimizer.kind 'gd' uses the whole training set in every step: "
        "set training.batch_size = \"all\", or take optimizer.kind 'sgd'": recipe.optimizer.kind == "gd"
        and recipe.training.batch_size != "all",
        "schedule.momentum cycles the momentum, which "
        f"optimizer.kind {recipe.optimizer.kind!r} does not have: leave it out": cycled
        and recipe.optimizer.kind not in MOMENTUM_KINDS,
        "weight_decay_schedule changes optimizer.weight_decay, which "
        f"optimizer.kind {recipe.optimizer.kind!r} does not have: take 'adamw', or leave it out": (
            recipe.weight_decay_schedule is not None and not isinstance(recipe.optimizer, AdamW)
        ),
        "weight_decay_schedule.momentum is set, but weight decay has none, and schedule.momentum is what cycles the "
        "optimizer's: leave it out": _cycles_momentum(recipe.weight_decay_schedule),
        f"data.task is 'reconstruction', which needs loss.kind 'mse' or 'log-loss', not {loss!r}": needs_classes,
        "stop.part is 'test', which evaluation.test = false leaves closed: judge on the validation part, "
        "or open the test part": recipe.stop.part == "test" and not recipe.evaluation.test,
        "stop.part is 'validation', but data.validation_fraction is 0: give it a share, "
        "or leave stop.part out": recipe.stop.part == "validation" and recipe.data.validation_fraction == 0,
    }
    return [problem for problem, broken in checks.items() if broken]


def _cycles_momentum(schedule: Schedule | None) -> bool:
    return isinstance(schedule, OneCycle) and schedule.momentum is not None
