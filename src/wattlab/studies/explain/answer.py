"""The answer to "what bounds this training here, and what would help?": frozen and versioned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, ValidationError

from wattlab.cluster.step_report import StepReport  # noqa: TC001 (pydantic reads it)
from wattlab.errors import RunError
from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.recipe.problems import first_finding
from wattlab.studies.explain.ceilings import Ceilings  # noqa: TC001 (pydantic reads it)
from wattlab.studies.explain.part_times import PartsReport  # noqa: TC001 (pydantic reads it)
from wattlab.studies.row import Answer, Frozen

__all__ = [
    "ANSWER",
    "Bound",
    "BoundName",
    "Cause",
    "Explanation",
    "Gain",
    "Line",
    "PastRun",
    "Point",
    "Roofline",
    "Tried",
    "Verdict",
]

ANSWER = "explanation.json"
"""File that holds it, in the study's folder."""

Verdict = Literal["yes", "no", "unknown"]
"""Whether a cause costs time here; unknown: the evidence says why, or the interval of the gain holds 1."""
BoundName = Literal["input", "overhead", "memory", "arithmetic"]


class Gain(Frozen):
    """Time for a sample now over time for a sample after a change: more than 1 is faster."""

    value: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether all of its interval is on one side of 1."""
        return self.low > 1 or self.high < 1


class Bound(Frozen):
    """The time that a step could not fall below if nothing else took any."""

    name: BoundName
    seconds: float
    share: float
    """Of the measured step, from 0 to 1."""
    how: str
    """What was divided by what."""
    doubt: str = ""
    """Why it could not be determined: its figures cannot be; empty where they can."""


class Point(Frozen):
    """A step or a layer under the roof."""

    label: str
    kind: Literal["step", "affine", "other"]
    intensity: float
    """Unit: FLOP/B."""
    rate: float
    """Unit: FLOP/s."""
    seconds: float


class Line(Frozen):
    """A ceiling of the roof."""

    label: str
    rate: float
    """Of arithmetic in FLOP/s, of memory in B/s."""


class Roofline(Frozen):
    """Rates by arithmetic intensity, under what the machine reaches at best.

    References
    ----------
    S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance model for multicore
    architectures", Communications of the ACM 52 (2009).
    """

    arithmetic: tuple[Line, ...]
    memory: tuple[Line, ...]
    points: tuple[Point, ...]


class Cause(Frozen):
    """One thing that may make this training slower than it need be."""

    name: str
    title: str
    tested: str
    """How, in a sentence."""
    evidence: str
    """What was found, with its figures."""
    verdict: Verdict
    gain: Gain | None = None
    """What the change would bring, predicted from parts; None where nobody can tell."""
    change: dict[str, Any] = Field(default={})
    """Fields of the recipe; empty where the mend is none of its fields."""
    advice: str = ""
    """What to do, or what the change brings besides."""


class Tried(Frozen):
    """A change of the recipe, predicted and then timed."""

    cause: str
    change: dict[str, Any]
    predicted: Gain
    outcome: Estimate | None
    """Time for a sample before over after, in the same round; None where a trial never finished."""
    rounds: int
    before_s: Estimate | None
    """Of a step. Unit: s."""
    after_s: Estimate | None
    failures: tuple[str, ...] = ()

    @property
    def deviation(self) -> float | None:
        """How far the prediction was from the outcome, relative to it."""
        return None if self.outcome is None else self.predicted.value / self.outcome.median - 1


class PastRun(Frozen):
    """The run that is to be explained."""

    id: str
    step_s: float | None
    """Mean time of a step over its epochs. Unit: s."""
    evaluation_share: float | None
    """Of its training and evaluation together."""
    same_machine: bool
    machine: str
    phases: dict[str, float] = Field(default={})
    """Shares of a step, where it knows them."""


class Explanation(Answer):
    """All that was found."""

    listed: ClassVar[str] = "causes"
    recipe: dict[str, Any]
    trained_by: str
    """What `wattlab train` trains it by: a recipe's name or file."""
    changes: dict[str, Any]
    """Fields of that recipe that were changed before it was explained."""
    run: PastRun | None
    step: StepReport
    """The recipe's steps, timed here and now."""
    synthetic: bool = False
    """Whether they learned from made-up samples: as the data is not on this machine, or is made up itself."""
    ceilings: Ceilings | None
    parts: PartsReport | None
    overhead_s: float | None
    """A step of the same layers, narrow and with one sample: what a step costs whatever it computes. Unit: s."""
    unknown: dict[str, str]
    """What could not be measured, with the reason."""
    bounds: tuple[Bound, ...]
    bound: BoundName | None
    """What is nearest to the measured step; None where no ceiling is known."""
    sentence: str
    roofline: Roofline | None
    causes: tuple[Cause, ...]
    suggestion: str | None
    """Name of the cause whose change would bring most; None where nothing would help."""
    tried: Tried | None = None
    notes: tuple[str, ...] = ()

    @property
    def top(self) -> Cause | None:
        """The cause that is suggested."""
        return next((one for one in self.causes if one.name == self.suggestion), None)

    def to_json(self) -> str:
        """Return all of it as JSON."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False)

    @classmethod
    def load(cls, folder: Path) -> Explanation:
        """Read the answer in a folder; `wattlab.errors.RunError` if it is not there or damaged."""
        path = Path(folder) / ANSWER
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            msg = f"{str(path)!r} cannot be read ({error.strerror or error}); explain the training again"
            raise RunError(msg) from error
        except ValidationError as error:
            msg = f"{str(path)!r} is damaged {first_finding(error)}; explain the training again"
            raise RunError(msg) from error
