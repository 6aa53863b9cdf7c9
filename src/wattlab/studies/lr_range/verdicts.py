"""What came out of a range test, in sentences, what its reader must know, and what to do where nothing did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.lr_range.curve import USABLE
from wattlab.studies.lr_range.suggesting import CONSTANT_RULE, PEAK_RULE, SOURCES
from wattlab.studies.lr_range.verifying import ENOUGH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.recipe import Recipe
    from wattlab.studies.lr_range.answer import LrRange, Tried, Verified
    from wattlab.studies.lr_range.plan import LrRangePlan

__all__ = ["planned_notes", "study_notes", "verdict_sentences", "why_unusable"]

_SHORT_RUNS: Final = (
    "Short trainings favour high rates: what is best after {steps} steps may be too high for a long constant training "
    "(Wu et al., ICLR 2018, arXiv:1803.02021)."
)


def verdict_sentences(answer: LrRange) -> tuple[str, ...]:
    """Return interval, suggestion and what the short trainings say, or why there is none of it.

    Parameters
    ----------
    answer : LrRange
        With all but its sentences.
    """
    if answer.suggestion is None or answer.interval is None:
        return (why_unusable(answer),) if answer.ramps else ()
    found, interval = answer.suggestion, answer.interval
    said = [
        f"Good rates: {interval.low:.2g} to {interval.high:.2g}{_shortness(answer)}.",
        f"Suggested for a constant rate: {found.constant:g}{_origin(answer)}.",
        f"Suggested for the peak of one-cycle: {found.one_cycle_peak:g}, {PEAK_RULE}.",
    ]
    if answer.verified is not None:
        said.append(_verified(answer.verified, found.by_rule))
    return tuple(said)


def _shortness(answer: LrRange) -> str:
    if answer.status != "too short":
        return ""
    return (
        " at least: the loss still fell when the range ended, so larger rates may be good too; test with --to "
        f"{answer.plan.ramp.high * 100:g}"
    )


def _origin(answer: LrRange) -> str:
    assert answer.suggestion is not None
    found = answer.suggestion
    if found.constant == found.by_rule:
        return f", {CONSTANT_RULE}"
    return f", by the short trainings instead of {found.by_rule:g}, {CONSTANT_RULE}"


def _verified(one: Verified, suggested: float) -> str:
    own = next(tried for tried in one.tried if tried.rate == suggested)
    runs = f"{one.steps} steps with each of {len(one.tried)} rates, {_seeds(len(own.scores))}"
    if own.n_diverged:
        instead = (
            f"; {one.chosen:g} takes its place"
            if one.chosen != suggested
            else ", and no other rate does better"
        )
        return f"Not verified: {suggested:g} diverged with {_seeds(own.n_diverged)} ({runs}){instead}."
    if one.holds and len(own.scores) < ENOUGH:
        return f"Tried, not verified: {runs}; with fewer than {ENOUGH} seeds no rate is clearly better than another."
    if one.holds:
        return f"Verified: no neighbour is clearly better than {suggested:g} ({runs})."
    better = next(tried for tried in one.tried if tried.rate == one.chosen)
    return f"Corrected: {one.chosen:g} is clearly better than {suggested:g}, {_by(better, one)} ({runs}){_edge(one)}."


def _by(better: Tried, one: Verified) -> str:
    assert better.change is not None
    if one.score_name == "accuracy":
        return f"by {100 * better.change.mean:.2g} points of accuracy"
    return f"by {better.change.mean:.2g} of R²"


def _edge(one: Verified) -> str:
    if one.chosen == one.tried[-1].rate:
        return "; it is the largest that was tried, so larger ones may be better still"
    return (
        "; it is the smallest that was tried, so smaller ones may be better still"
        if one.chosen == one.tried[0].rate
        else ""
    )


def _seeds(count: int) -> str:
    return "1 seed" if count == 1 else f"{count} seeds"


def why_unusable(answer: LrRange) -> str:
    """Return why there is no suggestion, and the next step.

    Parameters
    ----------
    answer : LrRange
        Without a suggestion.
    """
    ramp = answer.plan.ramp
    if answer.status == "failed":
        failure = next((one.failure for one in answer.ramps if one.failure), "no process gave a curve")
        return f"No curve: {failure}."
    if answer.status == "diverged at once":
        return (
            f"Diverged at once: from {ramp.low:g} on the loss rose, or was no finite number, before it fell. Begin "
            f"lower, such as --from {ramp.low / 1e4:g}; if that does not help, scale the features (preparation.after), "
            "look at network.initial_weights, or take a wider engine.precision."
        )
    return (
        f"Flat: between {ramp.low:g} and {ramp.high:g} the loss never fell by more than chance takes away. Take more "
        f"steps (--steps {ramp.steps * 3}) or a wider range (--to {ramp.high * 100:g}), and look whether features and "
        "labels belong together."
    )


def planned_notes(recipe: Recipe) -> tuple[str, ...]:
    """Return what a reader must know of how it is measured.

    Parameters
    ----------
    recipe : Recipe
        With all changes.
    """
    notes = [
        "Each seed's ramp is a process of its own, with other initial weights and another order of samples."
    ]
    if recipe.schedule.kind != "constant":
        notes.append(
            f"The recipe's schedule ({recipe.schedule.kind}) and its rate ({recipe.optimizer.learning_rate:g}) were "
            "left out: a range test has its own rates."
        )
    return tuple(notes)


def study_notes(plan: LrRangePlan, answer: LrRange) -> tuple[str, ...]:
    """Return the notes of a plan, and what its processes add to them.

    Parameters
    ----------
    plan : LrRangePlan
        What was to be done.
    answer : LrRange
        What came of it.
    """
    sources = [SOURCES] if answer.suggestion is not None else []
    return (*plan.notes, *sources, *_seed_notes(answer), *_verified_notes(plan, answer))


def _seed_notes(answer: LrRange) -> Iterator[str]:
    odd = [one for one in answer.ramps if one.reading is not None and one.reading.status != answer.status]
    for one in odd:
        assert one.reading is not None
        left_out = "" if one.reading.status in USABLE else ", so it is left out"
        yield f"Seed {one.seed} says: {one.reading.status}{left_out}."
    skipped = sum(one.report.skipped for one in answer.ramps if one.report is not None)
    if skipped:
        yield f"In float16, {skipped} updates were left out until the loss scale fitted, and taken again."


def _verified_notes(plan: LrRangePlan, answer: LrRange) -> Iterator[str]:
    one = answer.verified
    if one is None:
        if answer.suggestion is not None and not plan.verify:
            yield "Nothing was verified by short trainings (--no-verify)."
        return
    yield f"The short trainings were judged on the {one.held_out} ({one.n_held_out} samples), not on the test part."
    yield _SHORT_RUNS.format(steps=one.steps)
    yield "The peak of one-cycle was not tried by trainings of its own."
