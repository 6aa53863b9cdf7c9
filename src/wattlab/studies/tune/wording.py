"""What a tuning study found, in sentences: for its views, and for the comments above the recipe that it writes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.units import format_interval, format_quantity, format_seconds, significant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattlab.studies.trainings.censored import CensoredMedian
    from wattlab.studies.tune.answer import Baseline, Finalist, Goal, Tune, TunedTrial, TunedVerdict

__all__ = [
    "adam_sentence",
    "candidate",
    "cost_text",
    "counts_text",
    "goal_text",
    "opened_sentence",
    "question_text",
    "ranking_sentence",
    "share_text",
    "span_text",
    "spent_sentence",
    "tried_text",
    "verdict_sentences",
]

UNITS: Final[dict[Goal, str]] = {"time": "s", "energy": "J", "memory": "B", "accuracy": ""}
_NAMES: Final[dict[Goal, str]] = {"time": "time", "energy": "energy", "memory": "peak memory"}
_STATES: Final = {
    "reached": "reached the target",
    "missed": "missed it",
    "done": "came to their end",
    "stopped": "ended early, as they could not win",
    "refused": "refused",
    "failed": "failed",
}
_OTHERS: Final[dict[TunedVerdict, str]] = {
    "no difference": "No difference: {} cannot be told from it.",
    "worse": "Worse, and not only by chance: {}.",
    "missed": "Missed the target with more than half of the seeds: {}.",
    "unknown": "Too few rounds for a verdict on {}.",
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
    least = f"least {_listed(small)}" if small else ""
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
        return (
            f"Ranked by {_listed(names)}, not by {_listed(lost)} as was asked: that is modelled here.{where}"
        )
    measured = ", which a sensor measured" if "energy" in answer.goals else ""
    first = f", {names[0]} first" if len(names) > 1 else ""
    return f"Ranked by {_listed(names)}{first}{measured}.{where}"


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
    told = ", ".join(f"{name} {format_seconds(seconds)}" for name, seconds in parts.items() if seconds > 0)
    left = f" ({told})" if told else ""
    return (
        f"Of a budget of {format_seconds(spent.budget_s)}, {format_seconds(spent.total_s)} were spent{left}."
    )


def tried_text(answer: Tune) -> str:
    """Return all that varied, such as "batch_size 32, 64; learning_rate 0.01 … 1 (log)"."""
    return "; ".join(f"{one.name} {one.text}" for one in answer.settings)


def verdict_sentences(answer: Tune) -> tuple[str, ...]:
    """Return which recipe won, or why none did."""
    written = answer.written
    if written is not None:
        return (_winner(written, answer), *_compared(answer))
    if len(answer.goals) > 1 and answer.finalists:
        return (_several(answer),)
    if answer.finalists:
        missed = f"No candidate reached {answer.target:g} with more than half of its seeds"
        return (f"{missed}, so no recipe is written: lower the target, or give more budget.",)
    return (_nothing(answer),)


def _winner(written: Finalist, answer: Tune) -> str:
    goal = answer.goals[0]
    costs = [
        f"{goal_text(one, answer)} {span_text(span)}"
        for one, span in written.spans.items()
        if one in answer.goals
    ]
    if goal == "accuracy" and written.score is not None:
        costs = [f"{answer.score_name or 'score'} {format_score(written.score.median)}"]
    name = candidate(written)
    return f"{name[0].upper()}{name[1:]} is written: {share_text(written, answer)}; {', '.join(costs)}."


def _compared(answer: Tune) -> tuple[str, ...]:
    others = [one for place, one in enumerate(answer.finalists) if place != answer.winner]
    if not others:
        return ("No other candidate was repeated, so there is nothing to hold it against.",)
    if answer.distinguishable:
        return ("It is better than every other candidate, and not only by chance.",)
    told = {kind: [candidate(one) for one in others if one.verdict == kind] for kind in _OTHERS}
    return tuple(_OTHERS[kind].format(_listed(names)) for kind, names in told.items() if names)


def _several(answer: Tune) -> str:
    names = _listed(f"{one.trial}" for one in answer.finalists if one.verdict == "on the front")
    goals = _listed(goal_text(goal, answer) for goal in answer.goals)
    return (
        f"Of several goals ({goals}) none decides alone, so you choose: on the front are the trials {names}."
    )


def _nothing(answer: Tune) -> str:
    best = answer.best
    if best is not None:
        cost = cost_text(answer.goals[0], best.cost[answer.goals[0]] or 0.0)
        return (
            f"Trial {best.number} is the best of the search ({cost}), but it was not repeated over seeds, so no winner "
            "is named."
        )
    tried = f" Tried: {tried_text(answer)}." if answer.settings else ""
    if answer.target is None:
        return f"No training came to its end.{tried}"
    nearest = max((one for one in answer.trials if one.score is not None), key=_score, default=None)
    if nearest is None:
        return f"No trial reached {answer.target:g}, and none has a score.{tried}"
    return (
        f"No trial reached {answer.target:g}: the best was {format_score(_score(nearest))} on the validation part, by "
        f"trial {nearest.number} after {nearest.epochs} epochs ({nearest.label}).{tried} Lower the target, give more "
        "budget, or vary more."
    )


def _score(trial: TunedTrial) -> float:
    return trial.score if trial.score is not None else float("-inf")


def adam_sentence(answer: Tune) -> str:
    """Return how many times cheaper the winner is than Adam at its defaults; a miss is never taken for a number."""
    adam = answer.baseline
    if adam is None:
        return ""
    if answer.goals[0] == "accuracy" or answer.target is None:
        score = "unknown" if adam.score is None else format_score(adam.score)
        return f"{_named(adam)}: {answer.score_name or 'score'} {score} after {adam.wall_s:.3g} s, in one training."
    return _against(adam, answer)


def _against(adam: Baseline, answer: Tune) -> str:
    goal = answer.goals[0]
    own = "" if answer.written is None else candidate(answer.written)
    cost = adam.cost.get(goal)
    name = goal_text(goal, answer)
    if adam.reached and cost is not None:
        took = f"{_named(adam)} took {cost_text(goal, cost)}, in one training"
        return f"{took}{_times(adam.ratio, own, name)}."
    best = "" if adam.score is None else f"; its best is {format_score(adam.score)}"
    spent = f"{adam.epochs} epochs ({format_seconds(adam.wall_s)}{best})"
    missed = f"{_named(adam)} did not reach {answer.target:g} in {spent}"
    return f"{missed}{_at_least(adam.ratio, own, name)}."


def _named(adam: Baseline) -> str:
    """Return what is trained by Adam, its values in brackets."""
    name, _, values = adam.label.partition(": ")
    return f"{name} ({values})" if values else name


def _times(ratio: float | None, own: str, goal: str) -> str:
    if ratio is None or not own:
        return ""
    if ratio < 1:
        return f": {own} is dearer in {goal}, {significant(1 / ratio)} times as much"
    return f": {own} is {significant(ratio)} times cheaper in {goal}"


def _at_least(ratio: float | None, own: str, goal: str) -> str:
    if ratio is None or not own:
        return ""
    if ratio <= 1:
        return f", which is less than {own} takes: nothing can be said"
    return f": {own} is at least {significant(ratio)} times cheaper in {goal}"


def opened_sentence(answer: Tune) -> str:
    """Return what the test part, opened once, said of the winner."""
    opened = answer.opened
    if opened is None:
        return "" if answer.written is None else "The test part is still closed."
    if opened.test_score is None:
        return f"The test part was not opened: {opened.failure or 'the training has no score'}"
    name = answer.score_name or "score"
    found = f"Test part ({answer.n_test:,} samples), opened once: {name} {format_score(opened.test_score)}"
    if opened.reached is None or answer.target is None:
        return f"{found}."
    if opened.reached:
        return f"{found}, at or above the target."
    return f"{found}, below the target {answer.target:g}, which was reached on the validation part."


def _listed(texts: Iterable[str]) -> str:
    """Join words as in a sentence."""
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last
