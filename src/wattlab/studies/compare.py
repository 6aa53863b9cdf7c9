"""The question "which is faster, and what does it cost?": candidates side by side, verified, interleaved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from wattlab import __version__
from wattlab.data.catalog import located
from wattlab.machine.fingerprint import describe_machine
from wattlab.machine.threads import usable_cores
from wattlab.studies.candidates import find_candidates, title
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.notes import planned_notes, study_notes
from wattlab.studies.observer import StudyObserver, StudyPlan
from wattlab.studies.plan import Plan, PlannedCandidate, check_conditions, check_rounds, line_up
from wattlab.studies.question import Question, as_sequence
from wattlab.studies.rounds import Rounds
from wattlab.studies.rows import make_rows
from wattlab.studies.store import StudyFolder, StudyStore
from wattlab.studies.study import Study
from wattlab.studies.verify import STEPS, Verifier, check_steps, check_timeout
from wattlab.training.signals import termination_as_interrupt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.candidates import Candidate
    from wattlab.studies.row import Verification

__all__ = ["ROUNDS", "StudyInterrupted", "compare", "resume"]

ROUNDS: Final = 5
"""Fewest that an interval of 90 % can come from."""


class StudyInterrupted(KeyboardInterrupt):
    """Ctrl-C during a study; the trials that were over are kept.

    Parameters
    ----------
    folder : Path
        What to resume.
    study : Study
        What is known so far.
    """

    def __init__(self, folder: Path, study: Study) -> None:
        super().__init__(f"study {study.id!r} was interrupted after {len(study.trials)} trials")
        self.folder = folder
        self.study = study


def compare(  # noqa: PLR0913 (what may differ between two comparisons)
    recipes: Recipe | str | Sequence[Recipe | str],
    *,
    engines: Sequence[str] = (),
    vary: Mapping[str, Sequence[Any]] | None = None,
    changes: Mapping[str, Any] | None = None,
    epochs: int | None = None,
    rounds: int = ROUNDS,
    threads: int | None = None,
    verify_steps: int = STEPS,
    order_seed: int = 0,
    timeout_s: float | None = None,
    studies: Path | str = DEFAULT_FOLDER,
    observer: StudyObserver | None = None,
) -> Study:
    """Train candidates side by side on equal work and tell which is faster, and what each costs.

    Every recipe is taken with every engine and every value. The first steps of each candidate are verified; one that
    does other work is not timed. Then each trains once in every round, in a fresh process, in random order; the first
    twice, to show the noise.

    Parameters
    ----------
    recipes : Recipe, str or sequence of these
        Recipes, their names, or paths of TOML files.
    engines : sequence of str, optional
        Such as "native", "torch" or "keras:jax"; left out: each recipe's own.
    vary : mapping of str to sequence, optional
        Values by field, such as ``{"precision": ["float64", "float32"]}``; several fields: all combinations.
    changes : mapping of str, optional
        Values by path, for all alike, such as ``{"training.batch_size": 500}``.
    epochs : int, optional
        Epochs of every candidate; left out: as the recipe says.
    rounds : int
        How often each candidate trains; below 5 there is no verdict.
    threads : int, optional
        For all recipes that leave them open; left out: all cores.
    verify_steps : int
        First steps that are verified; 0: none, and the rows say so.
    order_seed : int
        Decides in which order the candidates run in each round.
    timeout_s : float, optional
        Longest time that one process, of a trial or a verification, may take.
    studies : path, optional
        Folder of all studies.
    observer : StudyObserver, optional
        Told of every trial.

    Returns
    -------
    Study
        Its ``rows`` hold medians with intervals, ratios to the first candidate, and verdicts.

    Raises
    ------
    wattlab.errors.UserError
        If the question itself is wrong, or no candidate can run.
    StudyInterrupted
        On Ctrl-C, after what is known so far has been written.

    Examples
    --------
    >>> import wattlab
    >>> study = wattlab.compare("moons", engines=["native"], epochs=2, rounds=1, studies=getfixture("tmp_path"))
    >>> [(row.label, row.verdict) for row in study.rows]
    [('native', 'baseline'), ('native (again)', 'control')]
    """
    check_rounds(rounds, order_seed)
    if verify_steps:
        check_steps(verify_steps)
    check_timeout(timeout_s)
    given = as_sequence(recipes)
    shortened = {} if epochs is None else {"training.epochs": epochs}
    candidates = find_candidates(Question(given, engines, vary, {**(changes or {}), **shortened}, threads))
    folder = StudyStore(studies).create("-".join(dict.fromkeys(one.recipe.name for one in candidates)))
    try:
        runnable = [(one.label, one.recipe) for one in candidates if not one.refusal]
        plan = _plan(
            folder.id,
            candidates,
            rounds=rounds,
            verify_steps=verify_steps,
            order_seed=order_seed,
            timeout_s=timeout_s,
            notes=planned_notes(runnable, threads or usable_cores(), epochs),
        )
        folder.prepare(plan)
        return _run(folder, plan, observer or StudyObserver())
    finally:
        folder.close()


def resume(
    name: str, *, studies: Path | str = DEFAULT_FOLDER, observer: StudyObserver | None = None
) -> Study:
    """Go on with an interrupted comparison: what is missing is run, in the order that was planned.

    Parameters
    ----------
    name : str
        The study's name, the beginning of it, its folder, or "last".
    studies, observer : optional
        As for `compare`.

    Returns
    -------
    Study
        The same if nothing was missing.

    Raises
    ------
    wattlab.errors.RunError
        If the study is unknown, in use by another process, or was begun on another machine, with other cores or by
        another version of wattlab.
    """
    folder = StudyStore(studies).reopen(name)
    try:
        plan = folder.plan()
        check_conditions(plan)
        return _run(folder, plan, observer or StudyObserver())
    finally:
        folder.close()


def _plan(study_id: str, candidates: Sequence[Candidate], **options: Any) -> Plan:
    machine = describe_machine()
    return Plan(
        wattlab_version=__version__,
        id=study_id,
        title=title(candidates),
        created_utc=datetime.now(UTC).isoformat(timespec="milliseconds"),
        machine={**machine.to_dict(), "line": machine.one_line()},
        candidates=tuple(
            PlannedCandidate(
                label=one.label, recipe=_from_anywhere(one.recipe).to_toml(), refusal=one.refusal
            )
            for one in candidates
        ),
        **options,
    )


def _from_anywhere(recipe: Recipe) -> Recipe:
    """Return the recipe with its data where any folder finds them: a study may be resumed from another one."""
    return recipe.model_copy(update={"data": located(recipe.data)})


def _run(folder: StudyFolder, plan: Plan, observer: StudyObserver) -> Study:
    """Do what is missing of a plan, and write the answer, also after Ctrl-C."""
    observer.started(_outlook(folder, plan))
    verified = dict(folder.verifications())
    try:
        with termination_as_interrupt():
            _verify(folder, plan, observer, verified)
            rounds = Rounds(folder, plan, line_up(plan, _refusals(verified)), observer)
            observer.timing(rounds.n_trials)
            rounds.run()
    except KeyboardInterrupt:
        raise StudyInterrupted(folder.path, _write_study(folder, plan, verified)) from None
    finally:
        observer.ended()
    return _write_study(folder, plan, verified)


def _outlook(folder: StudyFolder, plan: Plan) -> StudyPlan:
    refused = {one.label: one.refusal for one in plan.candidates if one.refusal}
    n_timed = len(plan.candidates) - len(refused) + 1
    labels = tuple(one.label for one in plan.candidates)
    done = len(folder.trials())
    return StudyPlan(plan.title, labels, refused, plan.rounds, plan.rounds * n_timed, done, folder.path)


def _verify(
    folder: StudyFolder,
    plan: Plan,
    observer: StudyObserver,
    verified: dict[int, tuple[Verification, ...]],
) -> None:
    """Verify the candidates that were not, and keep what came out."""
    if not plan.verify_steps:
        return
    verifier = Verifier(folder.path, plan.verify_steps, plan.timeout_s, observer)
    for index, one in enumerate(plan.candidates):
        if not one.refusal and index not in verified:
            verified[index] = verifier.verify(one.label, one.read())
            folder.save_verifications(index, verified[index])


def _refusals(verified: Mapping[int, tuple[Verification, ...]]) -> dict[int, str]:
    """Return by index of the candidate why it is not timed."""
    failed = {index: [one.message for one in found if not one.passed] for index, found in verified.items()}
    return {index: messages[0] for index, messages in failed.items() if messages}


def _write_study(folder: StudyFolder, plan: Plan, verified: Mapping[int, tuple[Verification, ...]]) -> Study:
    entries = line_up(plan, _refusals(verified))
    rounds = Rounds(folder, plan, entries, StudyObserver())
    trials = tuple(rounds.trials[key] for key in sorted(rounds.trials))
    rows = make_rows(folder, plan, entries, trials, verified)
    verifiable = {index for index, one in enumerate(plan.candidates) if not one.refusal}
    study = Study(
        wattlab_version=plan.wattlab_version,
        id=plan.id,
        question=plan.question,
        title=plan.title,
        created_utc=plan.created_utc,
        machine=plan.machine,
        rounds=plan.rounds,
        complete=rounds.complete and (not plan.verify_steps or verifiable <= verified.keys()),
        rows=rows,
        trials=trials,
        notes=study_notes(plan, entries, rows),
    )
    folder.save_study(study)
    return study
