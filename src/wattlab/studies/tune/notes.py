"""What a reader of a tuning study must know besides what came out, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.studies.tune.answer import Tune, TunedTrial

__all__ = ["tune_notes", "why_no_winner"]

_RAN: Final = {"reached", "missed", "done", "stopped", "failed"}


def tune_notes(answer: Tune) -> tuple[str, ...]:
    """Return a sentence for each thing that bears on what the answer says."""
    return tuple(_notes(answer))


def why_no_winner(answer: Tune) -> str:
    """Return why there is no recipe, with the best score and what was tried; empty: there is one, or several goals."""
    if answer.winner is not None or len(answer.goals) > 1:
        return ""
    ran = [one for one in answer.trials if one.state in _RAN]
    if answer.target is not None and ran and answer.best is None:
        return _never_reached(answer, ran)
    if answer.finalists:
        return (
            "No candidate reached the target with more than half of its seeds, so no recipe is written: the search "
            "chose by one seed. A longer budget or a lower target may help."
        )
    return "The budget was over before a candidate was repeated over seeds, so no recipe is written."


def _notes(answer: Tune) -> Iterator[str]:
    reason = why_no_winner(answer)
    if reason:
        yield reason
    fewest = min((one.n for one in answer.finalists), default=answer.seeds)
    if fewest < answer.seeds:
        yield f"The budget ended the repetitions early: some candidates have {fewest} of {answer.seeds} seeds."


def _never_reached(answer: Tune, ran: list[TunedTrial]) -> str:
    scored = [one for one in ran if one.score is not None]
    if not scored:
        return f"No trial came as far as a score, so the target of {answer.target:g} was not reached."
    best = max(scored, key=lambda one: one.score or 0.0)
    tried = "1 trial" if len(ran) == 1 else f"{len(ran)} trials"
    varied = ", ".join(one.name for one in answer.settings)
    return (
        f"The target of {answer.target:g} was not reached in {tried}: the best score was {best.score:.4f}, with "
        f"{best.label}. Varied were {varied}. A lower target, a longer budget or another network may help."
    )
