"""What a reader of a tuning study must know, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.meter.load import BUSY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.studies.tune.answer import Tune, TunedTrial

__all__ = ["tune_notes"]

_RAN: Final = {"reached", "missed", "done", "stopped", "failed"}


def tune_notes(answer: Tune) -> tuple[str, ...]:
    """Return a sentence for each thing that bears on what the answer says."""
    return tuple(_notes(answer))


def _notes(answer: Tune) -> Iterator[str]:
    ran = [one for one in answer.trials if one.state in _RAN]
    if answer.target is not None and ran and not any(one.state == "reached" for one in ran):
        yield _never_reached(answer, ran)
    if answer.finalists and answer.winner is None and len(answer.goals) == 1:
        yield (
            "No candidate reached the target with more than half of its seeds, so no recipe is written: the search "
            "chose by one seed. A longer budget or a lower target may help."
        )
    fewest = min((one.n for one in answer.finalists), default=answer.seeds)
    if fewest < answer.seeds:
        yield f"The budget ended the repetitions early: some candidates have {fewest} of {answer.seeds} seeds."
    if answer.opened is not None and answer.opened.reached is False:
        yield (
            f"On the test part, opened once, the winner's score is below the target of {answer.target:g}: it was "
            f"chosen on {answer.n_validation} validation samples, and one training is one draw."
        )
    busy = [one for one in ran if one.foreign_load > BUSY]
    if len(busy) > len(ran) / 4:
        yield (
            f"Other programs kept more than {BUSY:.0%} of the machine busy in {len(busy)} of {len(ran)} trials; their "
            "times are longer than they need be."
        )


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
