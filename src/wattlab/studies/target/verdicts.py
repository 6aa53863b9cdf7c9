"""What came out of a study of a target, in sentences; and what to do where nobody reached it."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.units import format_count, format_interval, format_quantity, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.target.answer import TargetRow
    from wattlab.studies.target.plan import TargetPlan
    from wattlab.studies.trainings.censored import CensoredMedian, CensoredRatio
    from wattlab.studies.trainings.to_target import ToTarget
    from wattlab.studies.trainings.trained import Trained

__all__ = ["verdict_sentences"]

_LATE: Final = 0.7
"""Share of its epochs from which on a best score says that more of them may help."""


def verdict_sentences(
    plan: TargetPlan, rows: Sequence[TargetRow], trainings: Sequence[Trained]
) -> tuple[str, ...]:
    """Return what each recipe took, how it compares with the first, and what to do where nobody reached the target.

    Parameters
    ----------
    plan : TargetPlan
        What was to be done.
    rows : sequence of TargetRow
        What came out.
    trainings : sequence of Trained
        All that are over.
    """
    told = [_outcome(plan, row) for row in rows if row.outcome is not None]
    baseline = next((row for row in rows if row.verdict == "baseline"), None)
    if baseline is not None:
        told += [text for row in rows for text in _comparisons(row, baseline.label)]
    if trainings and not any(one.reached for one in trainings):
        told += _advice(plan, trainings)
    return tuple(told)


def _outcome(plan: TargetPlan, row: TargetRow) -> str:
    outcome = row.outcome
    assert outcome is not None
    name, seeds = f"{row.label}: {plan.target:g}", _seeds(outcome)
    if not outcome.rate.n_reached:
        return f"{name} was not reached by {seeds}; {_best(row, plan)}."
    if outcome.time.median is None:
        return (
            f"{name} was not reached by half of the trainings or more, so the median time is infinite: {seeds} did; "
            f"{_best(row, plan)}."
        )
    parts = [_median(outcome.time)]
    if outcome.energy is not None:
        parts.append(_median(outcome.energy, outcome.energy_provenance))
    return f"{name} is reached after {', '.join(parts)} and {_epochs(outcome.epochs)}; {seeds} did."


def _seeds(outcome: ToTarget) -> str:
    rate = outcome.rate
    count = "the one training" if rate.n == 1 else f"{rate.n_reached} of {rate.n} seeds"
    if rate.n > 1 and not rate.n_reached:
        count = f"any of {rate.n} seeds"
    if rate.n == 1:
        return count
    return f"{count} ({rate.low:.0%} to {rate.high:.0%} of all seeds, with {rate.level:.0%} probability)"


def _best(row: TargetRow, plan: TargetPlan) -> str:
    """Return what those that missed came to."""
    if not row.missed_best:
        return "no score is known"
    low, high = format_score(row.missed_best[0]), format_score(row.missed_best[-1])
    scores = low if low == high else f"{low} to {high}"
    return f"at best those that missed had {scores} on the {plan.part} part"


def _median(one: CensoredMedian, origin: str = "") -> str:
    """Return a median with its interval, unless that is one training's."""
    assert one.median is not None
    text = f"{format_quantity(one.median, one.unit)} {origin}".strip()
    if one.n < 2 or one.low is None:
        return text
    if one.high is None:
        return f"{text} ({format_quantity(one.low, one.unit)} to infinite)"
    return f"{text} ({format_interval(one.low, one.high, one.unit)})"


def _epochs(one: CensoredMedian) -> str:
    assert one.median is not None
    return f"{format_count(one.median)} epoch{'' if one.median == 1 else 's'}"


def _comparisons(row: TargetRow, baseline: str) -> list[str]:
    found = []
    for what, ratio, verdict in (
        ("time", row.time_ratio, row.verdict),
        ("energy", row.energy_ratio, row.energy_verdict),
    ):
        if ratio is None or verdict in {"none", "baseline"}:
            continue
        if verdict == "no difference":
            found.append(
                f"No difference in {what} between {row.label} and {baseline} can be told: {_ratio(ratio)}."
            )
        else:
            found.append(f"{row.label} is {verdict} than {baseline} in {what}: {_ratio(ratio)}.")
    return found


def _ratio(ratio: CensoredRatio) -> str:
    high = "infinite" if ratio.high is None else significant(ratio.high)
    # Where both medians are infinite nothing is known, not even a lower end.
    unknown = "infinite" if ratio.low is None or ratio.low > 0 else "unknown"
    text = unknown if ratio.ratio is None else significant(ratio.ratio)
    if ratio.low is None:
        return f"ratio {text}"
    return f"ratio {text}, from {significant(ratio.low)} to {high}"


def _advice(plan: TargetPlan, trainings: Sequence[Trained]) -> list[str]:
    """Return what was tried, and what to do next."""
    names = ", ".join(one.label for one in plan.candidates if not one.refusal)
    tried = f"Tried: {names}, {len(trainings)} training{'' if len(trainings) == 1 else 's'} in all."
    known = [(one.best, one) for one in trainings if one.best is not None]
    if not known:
        return [f"{tried} None came to a score; see the failures."]
    best, one = max(known, key=lambda pair: pair[0])
    recipe = plan.candidates[one.candidate].read()
    steps = [f"another recipe: wattlab tune {recipe.name} --target {plan.target:g}"]
    # Cut, not rounded: what was reached can be reached.
    less = floor(best * 1000) / 1000
    if less > 0:
        steps.insert(0, f"less: --accuracy {less:g}")
    if _best_epoch(one) >= _LATE * one.epochs:
        steps.insert(0, f"more epochs: --epochs {2 * recipe.training.epochs}")
    where = (
        f"{plan.candidates[one.candidate].label}, seed {one.seed}, epoch {_best_epoch(one)} of {one.epochs}"
    )
    return [f"{tried} The best was {format_score(best)} ({where}). Ask for {'; or for '.join(steps)}."]


def _best_epoch(one: Trained) -> int:
    """Return the 1-based epoch of a training's best score; the last where it was evaluated at the end only."""
    return one.scores.index(one.best) + 1 if one.best in one.scores else one.epochs
