"""One trial: a combination trained in a fresh process, ended early where it cannot win."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from wattlab.meter.load import Load, foreign_s, machine_s
from wattlab.meter.quantity import measured, modelled
from wattlab.records.files import storage_errors
from wattlab.studies.trainings.once import train_once
from wattlab.studies.tune.answer import TunedTrial
from wattlab.studies.tune.goals import costs_of
from wattlab.units import format_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.cluster.progress import EpochSeen
    from wattlab.meter.quantity import Quantity
    from wattlab.recipe import Recipe
    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.tune.answer import TunedState
    from wattlab.studies.tune.ending import Cap
    from wattlab.studies.tune.sampling import Proposal
    from wattlab.studies.tune.store import TuneFolder

__all__ = ["not_started", "run_trial", "start_s", "too_slow_a_start", "with_target"]

_STOPPED: Final = {"ended early", "timed out"}
_TWICE: Final = 2
_FAR: Final = 2.0


def not_started(proposal: Proposal, label: str, state: TunedState, reason: str, spent_s: float) -> TunedTrial:
    """Return a trial for which no process was started: it is refused, or too slow."""
    return TunedTrial(
        number=proposal.number,
        values=proposal.values,
        label=label,
        state=state,
        origin=proposal.origin,
        reason=reason,
        spent_s=spent_s,
    )


def run_trial(
    proposal: Proposal,
    label: str,
    recipe: Recipe,
    folder: TuneFolder,
    cap: Cap,
    on_epoch: Callable[[EpochSeen], str | None] | None,
    spent_s: Callable[[], float],
) -> TunedTrial:
    """Train a combination, and return what came of it.

    Parameters
    ----------
    proposal : Proposal
        The combination.
    label : str
        It, in words.
    recipe : Recipe
        Of it.
    folder : TuneFolder
        Of the study; the run is removed as soon as it is read, as only repetitions are kept.
    cap : Cap
        When to end the process.
    on_epoch : callable or None
        See `wattlab.studies.tune.ending.Ender`; None: it goes on until its cap.
    spent_s : callable
        Returns what is spent of the budget. Unit: s.
    """
    before = _load()
    name = f"trial-{proposal.number:05d}"
    trained = with_target(train_once(recipe, folder, name, timeout_s=cap.seconds, on_epoch=on_epoch))
    after = _load()
    _forget(folder, name)
    total_s = after.all_s - before.all_s
    state = _state(trained)
    return TunedTrial(
        number=proposal.number,
        values=proposal.values,
        label=label,
        state=state,
        origin=proposal.origin,
        reason=_reason(trained, state, cap),
        cost=costs_of(trained),
        score=trained.best,
        epochs=trained.epochs,
        wall_s=(trained.wall.value if trained.wall is not None else None) or 0.0,
        energy=trained.energy,
        peak_memory=trained.peak_memory,
        elapsed_s=trained.elapsed_s,
        scores=trained.scores,
        spent_s=spent_s(),
        foreign_load=min(1.0, foreign_s(before, after) / total_s) if total_s > 0 else 0.0,
        recipe=recipe.to_toml(),
    )


def with_target(trained: Trained) -> Trained:
    """Return the training as one that reached its target, where it did so before it was ended."""
    if trained.cause not in _STOPPED or trained.target is None:
        return trained
    for place, score in enumerate(trained.scores):
        if score is not None and score >= trained.target:
            energy_J = trained.energy_J[place]
            found = {
                "failure": None,
                "cause": None,
                "reached": True,
                "target_epoch": place + 1,
                "time_to_target": measured(trained.elapsed_s[place], "s", "clock:wall"),
                "energy_to_target": None if energy_J is None else _as_seen(energy_J),
            }
            return trained.model_copy(update=found)
    return trained


def _as_seen(energy_J: float) -> Quantity:
    return modelled(energy_J, "J", "epochs", note="of a process that was ended before it said who counted")


def _state(trained: Trained) -> TunedState:
    if trained.cause in _STOPPED:
        return "stopped"
    if trained.cause == "refused":
        return "refused"
    if trained.cause == "diverged":
        return "missed" if trained.target is not None else "stopped"
    if trained.failure is not None:
        return "failed"
    if trained.target is None:
        return "done"
    return "reached" if trained.reached else "missed"


def _reason(trained: Trained, state: TunedState, cap: Cap) -> str:
    if trained.cause == "timed out" and trained.wall is not None:
        why = cap.reason if trained.epochs else cap.unseen or cap.reason
        return f"it was ended after {format_seconds(trained.wall.value or 0.0)}: {why}"
    if trained.failure is not None:
        return trained.failure
    return f"the best score was {trained.best:.4f}" if state == "missed" and trained.best is not None else ""


def _load() -> Load:
    """Return what the system counts now; this process and the children it has waited for are our own."""
    own = os.times()
    children = own.children_user + own.children_system
    return Load(*machine_s(), own.user + own.system + children)


def _forget(folder: TuneFolder, name: str) -> None:
    """Remove run, recipe and, where nothing failed, log of a trial: all that counts is read."""
    folder.clear_run(name)
    for path in (folder.path / "recipes" / f"{name}.toml", folder.log(name)):
        if path.suffix == ".log" and path.is_file() and path.stat().st_size:
            continue
        with suppress(FileNotFoundError), storage_errors(path):
            path.unlink()


def start_s(trial: TunedTrial) -> float | None:
    """Return how long a trial took until its first step, as its first two epochs tell; None: not known. Unit: s."""
    if len(trial.elapsed_s) < 2:
        return None
    first_s, second_s = trial.elapsed_s[:2]
    return max(0.0, first_s - (second_s - first_s))


def too_slow_a_start(alike: Sequence[TunedTrial], what: str, best_s: float) -> str:
    """Return why trials that start alike cannot be quicker than the best one; empty: they can, or it is not known.

    Parameters
    ----------
    alike : sequence of TunedTrial
        Those that begun, with the same engine and reduction.
    what : str
        These in words.
    best_s : float
        Time to target of the best trials. Unit: s.
    """
    starts = [found for one in alike if (found := start_s(one)) is not None]
    sure = len(starts) >= _TWICE or (
        starts and min(starts) > _FAR * best_s
    )  # another program may have held up one
    if sure and min(starts) > best_s:
        return (
            f"to start with {what} takes {format_seconds(min(starts))}, and the best trials were over after "
            f"{format_seconds(best_s)}"
        )
    ended = [one for one in alike if one.state == "stopped" and not one.elapsed_s and one.wall_s > best_s]
    if len(ended) == len(alike) >= _TWICE:
        return (
            f"with {what}, the first epoch of {len(ended)} trials was not over after "
            f"{format_seconds(min(one.wall_s for one in ended))}, and the best trials were over after "
            f"{format_seconds(best_s)}"
        )
    return ""
