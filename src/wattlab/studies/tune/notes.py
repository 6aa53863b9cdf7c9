"""What a reader of a tuning study must know besides what came out, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.tune.trying import start_s

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.studies.tune.answer import Tune, TunedTrial

__all__ = ["tune_notes", "why_no_winner"]

_MUCH: Final = 0.5
"""Share of the best trial that its start takes from which on that is told."""


def tune_notes(answer: Tune) -> tuple[str, ...]:
    """Return a sentence for each thing that bears on what the answer says."""
    return tuple(_notes(answer))


def why_no_winner(answer: Tune) -> str:
    """Return why there is no recipe, with the best score and what was tried; empty: there is one, or a front."""
    if answer.winner is not None or (len(answer.goals) > 1 and answer.front):
        return ""
    ran = [one for one in answer.trials if one.began]
    if ran and answer.best is None:
        return _never_reached(answer, ran)
    if answer.finalists:
        did = "reached the target" if answer.target is not None else "came to its end"
        return (
            f"No candidate {did} with more than half of its seeds, so no recipe is written: the search chose by one "
            "seed. A longer budget or a lower target may help."
        )
    return (
        "The budget was over before a candidate was repeated over seeds, so no recipe is written. Begin anew with a "
        "longer one, or write the recipe of a trial with --pick and --save."
    )


def _notes(answer: Tune) -> Iterator[str]:
    reason = why_no_winner(answer)
    if reason:
        yield reason
    started = _start_note(answer)
    if started:
        yield started
    fewest = min((one.n for one in answer.finalists), default=answer.seeds)
    if fewest < answer.seeds:
        yield f"The budget ended the repetitions early: some candidates have {fewest} of {answer.seeds} seeds."


def _start_note(answer: Tune) -> str:
    """Return that the start-up decides, where it takes most of the best trial's time; else nothing."""
    best = answer.best
    if best is None or answer.goals[0] not in {"time", "energy"}:
        return ""
    whole_s, before_s = best.cost.get("time"), start_s(best)
    if not whole_s or before_s is None or before_s <= _MUCH * whole_s:
        return ""
    return (
        f"{before_s / whole_s:.0%} of the best trial's time went before its first step: process, data, compiling. "
        "Start-up decides here, not training; a harder target or more data would tell more."
    )


def _never_reached(answer: Tune, ran: list[TunedTrial]) -> str:
    scored = [one for one in ran if one.score is not None]
    if answer.target is None or not scored:
        aim = "its end" if answer.target is None else "a score"
        why = next((f" ({one.label}: {one.reason.rstrip('.')})" for one in ran if one.reason), "")
        return f"No trial of {len(ran)} came as far as {aim}, so no recipe is written{why}."
    best = max(scored, key=lambda one: one.score or 0.0)
    tried = "1 trial" if len(ran) == 1 else f"{len(ran)} trials"
    varied = ", ".join(one.name for one in answer.settings)
    return (
        f"The target of {answer.target:g} was not reached in {tried}: the best score was {best.score:.4f}, with "
        f"{best.label}. Varied were {varied}. A lower target, a longer budget or another network may help."
    )
