"""What came out of a tuning study, in whole sentences: who won, against Adam at its defaults, on the test part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.studies.tune.wording import candidate, cost_text, goal_text, listed, share_text, span_text
from wattlab.units import format_seconds, significant

if TYPE_CHECKING:
    from wattlab.studies.trainings.censored import CensoredRatio
    from wattlab.studies.tune.answer import Baseline, Finalist, Tune, TunedVerdict

__all__ = ["adam_sentence", "opened_sentence", "verdict_sentences"]

_SEVERAL: Final = 3.0
"""So many times more or less is told of one training: load, start and seed do not make as much."""
_CLEAR: Final = 1.5
"""So many times the winner's cost must a training have spent in vain."""
_TEN: Final = 10
_OTHERS: Final[dict[TunedVerdict, str]] = {
    "no difference": "No difference: {} cannot be told from it.",
    "worse": "Worse, and not only by chance: {}.",
    "missed": "Missed the target with half of the seeds or more: {}.",
    "unknown": "Too few rounds for a verdict on {}.",
}


def verdict_sentences(answer: Tune) -> tuple[str, ...]:
    """Return which recipe won, or why none did."""
    written = answer.written
    if written is not None:
        return (_winner(written, answer), *_compared(answer))
    if len(answer.goals) > 1 and answer.finalists:
        return (_several(answer),)
    return ("No recipe is written." if answer.finalists else _nothing(answer),)


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
    return tuple(_OTHERS[kind].format(listed(names)) for kind, names in told.items() if names)


def _several(answer: Tune) -> str:
    names = listed(f"{one.trial}" for one in answer.finalists)
    goals = listed(goal_text(goal, answer) for goal in answer.goals)
    several = len(answer.finalists) > 1
    return (
        f"Of several goals ({goals}) none decides alone, so you choose. {len(answer.front)} trials are on the front; "
        f"{'trials' if several else 'trial'} {names} {'were' if several else 'was'} repeated over seeds."
    )


def _nothing(answer: Tune) -> str:
    best = answer.best
    if best is not None:
        cost = cost_text(answer.goals[0], best.cost[answer.goals[0]] or 0.0)
        return (
            f"Trial {best.number} is the best of the search ({cost}), but it was not repeated over seeds, so no winner "
            "is named."
        )
    if not answer.trials:
        return "Nothing was tried, so no recipe is written."
    ended = "came to its end" if answer.target is None else f"reached {answer.target:g}"
    return f"No recipe is written, as no trial {ended}."


def adam_sentence(answer: Tune) -> str:
    """Return how many times cheaper the winner is than Adam at its defaults; a miss is never taken for a number."""
    adam = answer.baseline
    if adam is None:
        return ""
    if answer.goals[0] == "accuracy" or answer.target is None:
        score = "unknown" if adam.told_score is None else format_score(adam.told_score)
        return f"{_named(adam)}: {answer.score_name or 'score'} {score} after {adam.wall_s:.3g} s, in one training."
    return _against(adam, answer)


def _against(adam: Baseline, answer: Tune) -> str:
    goal = answer.goals[0]
    own = "" if answer.written is None else candidate(answer.written)
    cost = adam.cost.get(goal)
    name = goal_text(goal, answer)
    if adam.compared is not None and own:
        reached = f"{_named(adam)}: {adam.n_reached} of {adam.n} seeds reached {answer.target:g}"
        took = f"; {name} {span_text(adam.spans[goal])}" if goal in adam.spans else ""
        return f"{reached}{took}. {_compared_to(adam.compared, own, name)}."
    if adam.reached and cost is not None:
        took = f"{_named(adam)} took {cost_text(goal, cost)}, in one training"
        return f"{took}{_about(adam.ratio, own, name)}."
    if not adam.epochs:
        return f"{_named(adam)} has no result: {adam.reason}"
    best = "" if adam.score is None else f"; its best is {format_score(adam.score)}"
    spent = f"{adam.epochs} epoch{'' if adam.epochs == 1 else 's'} ({format_seconds(adam.wall_s)}{best})"
    missed = f"{_named(adam)} did not reach {answer.target:g} in one training of {spent}"
    return f"{missed}{_at_least(adam.ratio, own, name)}."


def _named(adam: Baseline) -> str:
    """Return what is trained by Adam, its values in brackets."""
    name, _, values = adam.label.partition(": ")
    return f"{name} ({values})" if values else name


def _compared_to(ratio: CensoredRatio, own: str, goal: str) -> str:
    """Return what repetitions with the same seeds say; nothing is called cheaper that chance may have made so."""
    name, interval = f"{own[0].upper()}{own[1:]}", _interval(ratio.low, ratio.high, ratio.level)
    if ratio.verdict == "worse":
        times = "infinitely many" if ratio.ratio is None else significant(ratio.ratio)
        return f"{name} is {times} times cheaper in {goal} ({interval})"
    if ratio.verdict == "better" and ratio.ratio and ratio.high:
        turned = _interval(1 / ratio.high, 1 / ratio.low if ratio.low else None, ratio.level)
        return f"{name} is dearer in {goal}, {significant(1 / ratio.ratio)} times as much ({turned})"
    found = "" if ratio.ratio is None else f"ratio {significant(ratio.ratio)}, "
    return f"No difference to {own} in {goal} ({found}{interval})"


def _interval(low: float | None, high: float | None, level: float) -> str:
    return f"{level:.0%} interval {significant(low or 0.0)}-{'∞' if high is None else significant(high)}"


def _about(ratio: float | None, own: str, goal: str) -> str:
    """Return what one training says: something only where no chance makes as much."""
    if ratio is None or not own:
        return ""
    if ratio >= _SEVERAL:
        return f": {own} is about {_rounded(ratio)} times cheaper in {goal}"
    if ratio <= 1 / _SEVERAL:
        return f": {own} is dearer in {goal}, about {_rounded(1 / ratio)} times as much"
    return f", which cannot tell whether {own} is cheaper in {goal}"


def _rounded(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= _TEN else f"{ratio:.1f}"


def _at_least(ratio: float | None, own: str, goal: str) -> str:
    if ratio is None or not own:
        return ""
    if ratio <= _CLEAR:
        return f", which is hardly more than {own} takes: it cannot be said which is cheaper"
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
