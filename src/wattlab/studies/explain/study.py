"""The question "what bounds this training here, and what would help?": from recipe or run to answer."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING

from wattlab import __version__
from wattlab.machine.fingerprint import describe_machine
from wattlab.machine.number_formats import number_formats
from wattlab.machine.threads import usable_cores
from wattlab.studies.explain import store
from wattlab.studies.explain.answer import Explanation
from wattlab.studies.explain.bounds import bound_sentence, doubt_notes, find_bounds, nearest, roofline
from wattlab.studies.explain.cache import Cache, cache_folder
from wattlab.studies.explain.causes import find_causes, suggested
from wattlab.studies.explain.findings import Findings
from wattlab.studies.explain.library import needs_torch
from wattlab.studies.explain.measurements import Measurements
from wattlab.studies.explain.notes import find_notes, is_synthetic
from wattlab.studies.explain.subject import find_subject
from wattlab.studies.explain.trying import try_change
from wattlab.studies.explain.variants import plan_variants
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.observer import StudyObserver
from wattlab.training.signals import termination_as_interrupt

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.cluster.step_report import StepReport
    from wattlab.machine.fingerprint import Machine
    from wattlab.recipe import Recipe
    from wattlab.studies.explain.answer import Tried
    from wattlab.studies.explain.ceilings import Ceilings
    from wattlab.studies.explain.store import ExplainFolder
    from wattlab.studies.explain.subject import ExplainAsked, Subject

__all__ = ["ExplainInterrupted", "explain"]


class ExplainInterrupted(KeyboardInterrupt):
    """Ctrl-C while an explanation was made.

    Parameters
    ----------
    kept : tuple of str
        What was measured and need not be measured again.
    saved : str or None
        Name of the explanation, where only its trial was interrupted.
    """

    def __init__(self, kept: tuple[str, ...], saved: str | None) -> None:
        super().__init__("the explanation was interrupted")
        self.kept, self.saved = kept, saved


def explain(
    asked: ExplainAsked,
    *,
    studies: Path | str = DEFAULT_FOLDER,
    observer: StudyObserver | None = None,
    cache: Path | None = None,
) -> Explanation:
    """Find out what bounds a training on this machine, and what would help.

    Parameters
    ----------
    asked : ExplainAsked
        What is to be explained.
    studies : path, optional
        Folder of all studies.
    observer : StudyObserver, optional
        Told of what is measured.
    cache : Path, optional
        Where ceilings are kept; left out: wattlab's cache folder.

    Returns
    -------
    Explanation

    Raises
    ------
    wattlab.errors.UserError
        If there is no such recipe or run, or it cannot be computed here.
    ExplainInterrupted
        On Ctrl-C; ceilings and parts that were measured are kept.
    """
    observer = observer or StudyObserver()
    subject = find_subject(asked)
    machine = describe_machine()
    folder = store.create(studies, subject.recipe.name)
    kept = Cache(cache or cache_folder(), f"{machine.id}, {usable_cores()} cores")
    measure = Measurements(folder.measured, kept, observer, fresh=asked.fresh)
    answer: Explanation | None = None
    try:
        plan = _plan(folder, subject, machine)
        folder.prepare(plan)
        with termination_as_interrupt():
            found = _measure(subject, measure)
            answer = _answer(subject, found, plan)
            folder.save(answer)
            if asked.tries:
                answer = answer.model_copy(update={"tried": _try(answer, asked, subject, folder, observer)})
                folder.save(answer)
    except KeyboardInterrupt:
        raise ExplainInterrupted(tuple(measure.kept), None if answer is None else answer.id) from None
    finally:
        observer.ended()
        folder.close()
    return answer


def _plan(folder: ExplainFolder, subject: Subject, machine: Machine) -> store.ExplainPlan:
    recipe = subject.recipe
    size = recipe.training.batch_size
    who = f"{recipe.engine.name}, {recipe.engine.precision}, batch size {size}, {recipe.engine.device}"
    return store.ExplainPlan(
        wattlab_version=__version__,
        id=folder.id,
        title=f"{recipe.name}: {who}",
        created_utc=datetime.now(UTC).isoformat(timespec="milliseconds"),
        machine={**machine.to_dict(), "line": machine.one_line()},
        recipe=recipe.to_toml(),
        run=None if subject.run is None else subject.run.id,
    )


def _measure(subject: Subject, measure: Measurements) -> Findings:
    recipe = subject.recipe
    step = measure.step(recipe)
    ceilings = measure.ceilings(recipe)
    formats = _formats(recipe, ceilings)
    variants = plan_variants(recipe, formats, usable_cores(), step.data.n_train)
    parts = measure.parts(recipe, variants)
    overhead = measure.overhead(recipe)
    step = measure.calmer(recipe, step)
    past = None if subject.run is None else subject.run.evaluation_share
    return Findings(
        recipe=recipe,
        step=step,
        ceilings=ceilings,
        parts=parts,
        variants=variants,
        overhead=overhead,
        formats=formats,
        evaluation_share=_evaluation_share(recipe, step) if past is None else past,
        unknown=measure.unknown,
    )


def _formats(recipe: Recipe, ceilings: Ceilings | None) -> tuple[str, ...]:
    """Return the number formats that the device has instructions for."""
    if recipe.engine.device == "cpu":
        return number_formats()
    if ceilings is None or not needs_torch(recipe.engine):
        return ("float64", "float32")
    return tuple(dict.fromkeys(one.precision for one in ceilings.products))


def _evaluation_share(recipe: Recipe, step: StepReport) -> float | None:
    """Return the share of training and evaluation that evaluating takes, by one evaluation that was timed."""
    every = recipe.evaluation.test_every
    if step.evaluation is None or step.evaluation.wall.value is None or not every:
        return None
    taken_s = step.evaluation.wall.value / every
    epoch_s = ceil(step.data.n_train / step.batch_size) * step.step_s
    return taken_s / (taken_s + epoch_s)


def _answer(subject: Subject, found: Findings, plan: store.ExplainPlan) -> Explanation:
    bounds = find_bounds(found)
    first, causes = nearest(bounds), find_causes(found)
    top = suggested(causes)
    return Explanation(
        wattlab_version=plan.wattlab_version,
        id=plan.id,
        title=plan.title,
        created_utc=plan.created_utc,
        machine=plan.machine,
        recipe=found.recipe.model_dump(mode="json"),
        trained_by=subject.trained_by,
        changes=subject.changes,
        run=subject.run,
        step=found.step,
        synthetic=is_synthetic(found.step.data),
        ceilings=found.ceilings,
        parts=found.parts,
        overhead_s=found.overhead.plain_s,
        unknown=dict(found.unknown),
        bounds=bounds,
        bound=None if first is None else first.name,
        sentence=bound_sentence(bounds, found.step_s, found.step.cost.foreign.value or 0.0),
        roofline=roofline(found),
        causes=causes,
        suggestion=None if top is None else top.name,
        notes=(*find_notes(subject, found), *doubt_notes(bounds)),
    )


def _try(
    answer: Explanation,
    asked: ExplainAsked,
    subject: Subject,
    folder: ExplainFolder,
    observer: StudyObserver,
) -> Tried | None:
    top = answer.top
    if top is None:
        return None
    return try_change(subject.recipe, top, asked.rounds, folder.measured, observer)
