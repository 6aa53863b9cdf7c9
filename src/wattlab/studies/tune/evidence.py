"""A recipe that was found, as TOML, with the evidence for it as comments above."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from wattlab.errors import UserError
from wattlab.recipe import Recipe
from wattlab.records.card import format_score
from wattlab.studies.tune import sentences, wording
from wattlab.studies.tune.base import opened
from wattlab.units import significant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.studies.trainings.censored import CensoredRatio
    from wattlab.studies.tune.answer import Finalist, Goal, Tune, TunedTrial

__all__ = ["WINNER", "pick_toml", "winner_toml"]

WINNER: Final = "winner.toml"
"""File in the study's folder that holds the recipe that won."""
_WIDTH: Final = 106
_LABEL: Final = 14
_VERSIONS: Final = ("python", "numpy", "blas")


def winner_toml(answer: Tune) -> str | None:
    """Return the recipe that won, each field explained, with the evidence above; None if none did.

    Parameters
    ----------
    answer : Tune
        Any, also one that was interrupted.
    """
    if answer.written is None or answer.recipe is None:
        return None
    return _document(answer, _of_finalist(answer, answer.written), answer.recipe)


def pick_toml(answer: Tune, number: int) -> str:
    """Return the recipe of a trial that the user chose, such as one on the front, with the evidence above.

    Parameters
    ----------
    answer : Tune
        Any, also one that was interrupted.
    number : int
        Of the trial. Where it was repeated over seeds, these are its evidence, else its single training is.

    Raises
    ------
    wattlab.errors.UserError
        If there is no such trial, or nothing was trained in it.
    """
    repeated = next((one for one in answer.finalists if one.trial == number), None)
    if repeated is not None:
        return _document(answer, _of_finalist(answer, repeated), repeated.recipe)
    trial = next((one for one in answer.trials if one.number == number and one.recipe), None)
    if trial is None:
        choice = ", ".join(map(str, answer.front)) or "none"
        msg = f"study {answer.id!r}: there is no recipe of a trial {number}; on the front are: {choice}"
        raise UserError(msg)
    return _document(answer, _of_trial(answer, trial), trial.recipe)


def _document(answer: Tune, lines: Iterator[tuple[str, str]], recipe: str) -> str:
    """Return comments and recipe; its test part is open, as it is to be trained with all there is to see."""
    head = [f"# Found by wattlab tune: {answer.title}.", "#"]
    for label, text in lines:
        head += _comment(label, text)
    return "\n".join(head) + "\n\n" + opened(Recipe.from_toml(recipe, answer.id)).to_toml()


def _comment(label: str, text: str) -> list[str]:
    """Return a line of evidence, wrapped; what is not printable cannot end a comment."""
    clean = "".join(one if one.isprintable() else " " for one in text)
    parts = wrap(clean, _WIDTH - _LABEL, break_long_words=False, break_on_hyphens=False) or [""]
    labels = [label, *([""] * (len(parts) - 1))]
    return [f"# {name:<{_LABEL}}{part}".rstrip() for name, part in zip(labels, parts, strict=True)]


def _of_finalist(answer: Tune, one: Finalist) -> Iterator[tuple[str, str]]:
    """Yield the evidence for a candidate that was repeated over seeds."""
    yield from _circumstances(answer)
    yield "result", f"{_named(one)}: {wording.share_text(one, answer)}"
    for goal, span in one.spans.items():
        until = " to the target" if answer.target is not None and goal != "memory" else ""
        origin = f", {one.energy.provenance}" if goal == "energy" and one.energy is not None else ""
        yield "", f"{wording.goal_text(goal, answer)}{until}: {wording.span_text(span)}{origin}"
    if one.score is not None:
        ends = f"{format_score(one.score.low)}-{format_score(one.score.high)}"
        yield (
            "",
            f"{answer.score_name or 'score'} on the validation part: {format_score(one.score.median)} ({ends})",
        )
    yield "seeds", _seeds(answer, one)
    if one is answer.written:
        yield "verdict", " ".join(sentences.verdict_sentences(answer)[1:])
    else:
        yield "verdict", f"{one.verdict}; it was chosen by hand"
    others = [other for other in answer.finalists if other is not one]
    for place, other in enumerate(others):
        yield "" if place else "others", _runner_up(other, answer)
    yield from _rest(answer, tested=one is answer.written)


def _seeds(answer: Tune, one: Finalist) -> str:
    """Return which seeds the evidence is of, and which the recipe has."""
    own = Recipe.from_toml(one.recipe, answer.id).seed
    repeated = wording.listed(map(str, one.trained_seeds)) if one.trained_seeds else "unknown ones"
    opened = ", with which the test part was opened, too" if one is answer.written and answer.opened else ""
    return f"repeated with {repeated}; the search trained with {own}, the recipe's own{opened}"


def _named(one: Finalist) -> str:
    return wording.candidate(one) if one.is_base else f"{wording.candidate(one)} ({one.label})"


def _runner_up(one: Finalist, answer: Tune) -> str:
    goal = answer.goals[0]
    span = one.spans.get(goal)
    cost = f", {wording.goal_text(goal, answer)} {wording.span_text(span)}" if span is not None else ""
    return f"{_named(one)}: {one.n_reached} of {one.n}{cost}{_ratio(one.ratio)}; {one.verdict}"


def _ratio(ratio: CensoredRatio | None) -> str:
    if ratio is None or ratio.ratio is None:
        return ""
    if not ratio.low and ratio.high is None:
        return f", ratio {significant(ratio.ratio)}"
    low, high = ("∞" if end is None else significant(end) for end in (ratio.low, ratio.high))
    return f", ratio {significant(ratio.ratio)} ({ratio.level:.0%} interval {low}-{high})"


def _of_trial(answer: Tune, one: TunedTrial) -> Iterator[tuple[str, str]]:
    """Yield the evidence for a trial that was not repeated."""
    yield from _circumstances(answer)
    costs = [
        f"{wording.goal_text(goal, answer)} {wording.cost_text(goal, cost)}" for goal, cost in _known(one)
    ]
    score = (
        []
        if one.score is None
        else [f"{answer.score_name or 'score'} {format_score(one.score)} (validation part)"]
    )
    yield (
        "result",
        f"trial {one.number} ({one.label}): {one.state}; {', '.join((*costs, *score))}; of one training",
    )
    yield "seeds", "the recipe's own alone"
    yield "verdict", "none: it was not repeated over seeds, and chosen by hand"
    yield from _rest(answer, tested=False)


def _known(one: TunedTrial) -> list[tuple[Goal, float]]:
    return [(goal, cost) for goal, cost in one.cost.items() if cost is not None and goal != "accuracy"]


def _circumstances(answer: Tune) -> Iterator[tuple[str, str]]:
    yield "date", f"{answer.created_utc[:16].replace('T', ' ')} UTC, study {answer.id}"
    yield "machine", str(answer.machine.get("line", answer.machine.get("id", "unknown")))
    known = [f"{name} {answer.machine[name]}" for name in _VERSIONS if answer.machine.get(name)]
    yield "versions", ", ".join((f"wattlab {answer.wattlab_version}", *known))
    yield "asked", f"{wording.question_text(answer)}. {wording.ranking_sentence(answer)}"
    yield (
        "data",
        (
            f"{answer.dataset}: {answer.n_train:,} samples to learn from, {answer.n_validation:,} to decide on, "
            f"{answer.n_test:,} to test"
        ),
    )


def _rest(answer: Tune, *, tested: bool) -> Iterator[tuple[str, str]]:
    """Yield what all recipes of a study share: what else was tried, and what all this does not prove."""
    adam = sentences.adam_sentence(answer)
    if adam:
        yield "baseline", adam
    if tested:
        yield "tested", sentences.opened_sentence(answer)
    yield "search", f"{wording.counts_text(answer)}; {answer.sampler}. {wording.spent_sentence(answer)}"
    yield "tried", wording.tried_text(answer) or "nothing varied"
    for place, text in enumerate(_doubts(answer, tested=tested)):
        yield "" if place else "not proven", f"- {text}"


def _doubts(answer: Tune, *, tested: bool) -> Iterator[str]:
    """Yield what a reader could take for proven, but is not."""
    yield "that it is the cheapest of all: only the search above was made, in that budget"
    yield "that it is cheapest elsewhere: another machine, engine version or load has other costs"
    yield (
        "that it does as well on new data: it was chosen by its score on the validation part, which tends to be too "
        f"high for it; the test part was {'opened once, for one training' if tested else 'not opened for it'}"
    )
    if "energy" in answer.asked_goals and "energy" not in answer.goals:
        yield "that it takes the least energy: energy was modelled here, not measured"
