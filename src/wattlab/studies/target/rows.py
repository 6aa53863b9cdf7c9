"""From the trainings of a study of a target to its rows: censored medians, ratios to the first recipe, verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.meter.quantity import missing, total
from wattlab.meter.statistics import estimate
from wattlab.studies.target.answer import TargetRow
from wattlab.studies.trainings.censored import censored_ratio
from wattlab.studies.trainings.survival import survival_band
from wattlab.studies.trainings.to_target import to_target, worst_provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wattlab.meter.quantity import Quantity
    from wattlab.studies.target.answer import State, TargetVerdict
    from wattlab.studies.target.plan import TargetPlan
    from wattlab.studies.trainings.censored import CensoredRatio
    from wattlab.studies.trainings.rounds import Candidate
    from wattlab.studies.trainings.to_target import ToTarget
    from wattlab.studies.trainings.trained import Trained

__all__ = ["add_up", "make_rows"]

_FOR_GOOD: Final = {"refused", "crashed", "out of memory"}


@dataclass(frozen=True)
class _Seeds:
    """The trainings of one candidate, by 0-based round."""

    candidate: Candidate
    by_round: Mapping[int, Trained]

    @classmethod
    def of(cls, candidate: Candidate, place: int, trainings: Sequence[Trained]) -> _Seeds:
        first = candidate.read().seed
        return cls(candidate, {one.seed - first: one for one in trainings if one.candidate == place})

    @property
    def all(self) -> list[Trained]:
        return [self.by_round[number] for number in sorted(self.by_round)]

    @property
    def state(self) -> State:
        if self.candidate.refusal:
            return "refused"
        if not self.all:
            return "not run"
        if any(one.reached for one in self.all):
            return "reached"
        return "missed" if any(one.has_result for one in self.all) else "failed"

    @property
    def energy_is_measured(self) -> bool:
        """Whether the energies may rank: those to the target, and those of the whole processes as far as known."""
        known = [one.energy for one in self.all if one.energy is not None]
        reached = [one.energy_to_target for one in self.all if one.reached]
        return worst_provenance([*known, *reached]) == "measured"


def make_rows(plan: TargetPlan, trainings: Sequence[Trained]) -> tuple[TargetRow, ...]:
    """Return what came out for every recipe.

    Parameters
    ----------
    plan : TargetPlan
        With the recipes.
    trainings : sequence of Trained
        All that are over.
    """
    every = [_Seeds.of(one, place, trainings) for place, one in enumerate(plan.candidates)]
    baseline = next((one for one in every if not one.candidate.refusal), None)
    return tuple(_row(plan, one, baseline) for one in every)


def add_up(
    trainings: Sequence[Trained], quantity: Callable[[Trained], Quantity | None], unit: str
) -> Quantity:
    """Return the sum of what all trainings took; where it is missing for some, the note counts them.

    Parameters
    ----------
    trainings : sequence of Trained
        All that are to be added up.
    quantity : callable
        Returns that of one training.
    unit : str
        "s" or "J".
    """
    found = [quantity(one) for one in trainings]
    known = [one for one in found if one is not None and not one.is_missing]
    if not known:
        reasons = dict.fromkeys(one.note for one in found if one is not None)
        return missing(unit, "; ".join(reasons) or "nothing was trained")
    lost = len(found) - len(known)
    whole = total(known, unit)
    return whole.with_note(f"at least: missing for {lost} of {len(found)} trainings") if lost else whole


def _row(plan: TargetPlan, own: _Seeds, baseline: _Seeds | None) -> TargetRow:
    recipe, trainings = own.candidate.read(), own.all
    row = TargetRow(
        label=own.candidate.label,
        recipe=recipe.name,
        state=own.state,
        epochs=recipe.training.epochs,
        failures=_failures(own),
        notes=_notes(plan, own),
    )
    outcome = to_target(trainings)
    if outcome is None:
        return row
    missed = (one.best for one in trainings if not one.reached)
    found = {
        "outcome": outcome,
        "best": max((one.best for one in trainings if one.best is not None), default=None),
        "missed_best": tuple(sorted(best for best in missed if best is not None)),
        "wall": add_up(trainings, lambda one: one.wall, "s"),
        "energy": add_up(trainings, lambda one: one.energy, "J"),
        **_curves(trainings, outcome),
        **_against(own, baseline),
    }
    if plan.part == "validation":
        found["test_score"] = estimate((one.test_score for one in trainings if one.reached), "")
    return row.model_copy(update=found)


def _curves(trainings: Sequence[Trained], outcome: ToTarget) -> dict[str, object]:
    """Return both survivals, by the fields of a row."""
    known = outcome.energy is not None
    return {
        "survival_time": survival_band([_time(one) for one in trainings]),
        "survival_energy": survival_band([_energy(one) for one in trainings]) if known else (),
    }


def _against(own: _Seeds, baseline: _Seeds | None) -> dict[str, object]:
    """Return ratios and verdicts, by the fields of a row."""
    if baseline is None or baseline is own:
        return {"verdict": "baseline", "energy_verdict": "baseline" if own.energy_is_measured else "none"}
    time, verdict = _ratio(own, baseline, _time)
    found: dict[str, object] = {"time_ratio": time, "verdict": verdict}
    if own.energy_is_measured and baseline.energy_is_measured:
        found["energy_ratio"], found["energy_verdict"] = _ratio(own, baseline, _energy)
    return found


def _ratio(
    own: _Seeds, baseline: _Seeds, value: Callable[[Trained], float | None]
) -> tuple[CensoredRatio | None, TargetVerdict]:
    both = sorted(own.by_round.keys() & baseline.by_round.keys())
    if not any(one.by_round[number].reached for one in (own, baseline) for number in both):
        return None, "none"
    found = censored_ratio(
        [value(own.by_round[number]) for number in both],
        [value(baseline.by_round[number]) for number in both],
    )
    return found, found.verdict if found.n > 1 else "none"


def _time(trained: Trained) -> float | None:
    return None if trained.time_to_target is None else trained.time_to_target.value


def _energy(trained: Trained) -> float | None:
    return None if trained.energy_to_target is None else trained.energy_to_target.value


def _failures(own: _Seeds) -> tuple[str, ...]:
    if own.candidate.refusal:
        return (own.candidate.refusal,)
    return tuple(f"seed {one.seed} {one.cause}: {one.failure}" for one in own.all if one.failure is not None)


def _notes(plan: TargetPlan, own: _Seeds) -> tuple[str, ...]:
    trainings = own.all
    notes = []
    lost = sum(one.failure is not None for one in trainings)
    if lost and lost < len(trainings):
        notes.append(f"{lost} of {len(trainings)} trainings failed, and count as misses")
    given_up = trainings and all(one.cause in _FOR_GOOD for one in trainings) and len(trainings) < plan.seeds
    if given_up:
        notes.append("given up: its other seeds would fail in the same way, and were not trained")
    return tuple(notes)
