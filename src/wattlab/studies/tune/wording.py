"""What a tuning study found, in sentences: for its views, and for the comments above the recipe that it writes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.units import format_interval, format_quantity, format_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattlab.studies.trainings.censored import CensoredMedian
    from wattlab.studies.tune.answer import Finalist, Goal, Tune

__all__ = [
    "candidate",
    "cost_text",
    "counts_text",
    "goal_text",
    "listed",
    "question_text",
    "ranking_sentence",
    "share_text",
    "span_text",
    "spent_sentence",
    "tried_text",
]

UNITS: Final[dict[Goal, str]] = {"time": "s", "energy": "J", "memory": "B", "accuracy": ""}
_NAMES: Final[dict[Goal, str]] = {"time": "time", "energy": "energy", "memory": "peak memory"}
_NEGLIGIBLE_S: Final = 0.05
_STATES: Final = {
    "reached": "reached the target",
    "missed": "missed the target",
    "done": "came to their end",
    "stopped": "ended early",
    "too slow": "too slow to start to win here",
    "refused": "refused",
    "failed": "failed",
}


def candidate(finalist: Finalist) -> str:
    """Return what a candidate is called, such as "trial 17"."""
    return "base recipe" if finalist.is_base else f"trial {finalist.trial}"


def goal_text(goal: Goal, answer: Tune) -> str:
    """Return what is made small, or the score's name."""
    return _NAMES.get(goal, answer.score_name or "score")


def cost_text(goal: Goal, value: float) -> str:
    """Return a cost with its unit; a score with four digits.

    Examples
    --------
    >>> cost_text("time", 2.314), cost_text("memory", 2.0**29), cost_text("accuracy", 0.9784)
    ('2.31 s', '512 MiB', '0.9784')
    """
    return format_score(value) if goal == "accuracy" else format_quantity(value, UNITS[goal])


def span_text(span: CensoredMedian) -> str:
    """Return a median with its interval in words; a miss is infinite."""
    if span.median is None:
        return f"no median, as {span.n - span.n_reached} of {span.n} seeds missed"
    middle = format_quantity(span.median, span.unit)
    if not span.level or span.low is None:
        return f"{middle}, of one training"
    if span.high is None:
        ends = f"from {format_quantity(span.low, span.unit)}, without an end"
    else:
        ends = format_interval(span.low, span.high, span.unit)
    return f"median {middle} ({span.level:.0%} interval {ends})"


def share_text(finalist: Finalist, answer: Tune) -> str:
    """Return how many trainings of a candidate reached the target, with the interval of the true share."""
    if finalist.rate is None or answer.target is None:
        return f"{finalist.n_reached} of {finalist.n} trainings came to their end"
    low, high = finalist.rate.low, finalist.rate.high
    return (
        f"{finalist.n_reached} of {finalist.n} seeds reached {answer.target:g} ({finalist.rate.level:.0%} interval of "
        f"the share {low:.0%}-{high:.0%})"
    )


def question_text(answer: Tune) -> str:
    """Return what was asked, such as "least time to an accuracy of 0.978"."""
    small = [goal_text(goal, answer) for goal in answer.goals if goal != "accuracy"]
    score = answer.score_name or "score"
    least = f"least {listed(small)}" if small else ""
    if answer.target is not None:
        return f"{least} to {score} {answer.target:g}"
    return " and ".join(filter(None, (least, f"highest {score}" if "accuracy" in answer.goals else "")))


def ranking_sentence(answer: Tune) -> str:
    """Return by what was ranked, and why not by what was asked."""
    names = [goal_text(goal, answer) for goal in answer.goals]
    lost = [goal_text(goal, answer) for goal in answer.asked_goals if goal not in answer.goals]
    score = answer.score_name or "score"
    where = f" {score[0].upper()}{score[1:]} counts on the validation part ({answer.n_validation:,} samples)."
    if lost:
        return f"Ranked by {listed(names)}, not by {listed(lost)} as was asked: that is modelled here.{where}"
    measured = ", which a sensor measured" if "energy" in answer.goals else ""
    if len(names) > 1:
        return f"The front is by {listed(names)}{measured}: none comes first.{where}"
    return f"Ranked by {listed(names)}{measured}.{where}"


def counts_text(answer: Tune) -> str:
    """Return how the trials of the search ended."""
    found = Counter(one.state for one in answer.trials)
    parts = [f"{found[state]} {words}" for state, words in _STATES.items() if found[state]]  # type: ignore[index]
    n = len(answer.trials)
    return f"{n} trial{'' if n == 1 else 's'}{': ' if parts else ''}{', '.join(parts)}"


def spent_sentence(answer: Tune) -> str:
    """Return where the budget went."""
    spent = answer.spent
    parts = {
        "Adam and range tests": spent.preparing_s,
        "search": spent.search_s,
        "repetitions": spent.finals_s,
        "test": spent.opening_s,
    }
    told = ", ".join(
        f"{name} {format_seconds(seconds)}" for name, seconds in parts.items() if seconds > _NEGLIGIBLE_S
    )
    left = f" ({told})" if told else ""
    return (
        f"Of a budget of {format_seconds(spent.budget_s)}, {format_seconds(spent.total_s)} were spent{left}."
    )


def tried_text(answer: Tune) -> str:
    """Return all that varied, such as "batch_size 32, 64; learning_rate 0.01 … 1 (log)"."""
    return "; ".join(f"{one.name} {one.text}" for one in answer.settings)


def listed(texts: Iterable[str]) -> str:
    """Join words as in a sentence."""
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last
