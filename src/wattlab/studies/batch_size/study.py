"""The question "which batch size is fast enough, and which is the largest that fits?": from recipe to answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wattlab import __version__
from wattlab.cluster.memory_limit import room_B
from wattlab.errors import UserError
from wattlab.machine.fingerprint import describe_machine
from wattlab.machine.memory import free_memory_B
from wattlab.studies.batch_size import store
from wattlab.studies.batch_size.answer import BatchSizes
from wattlab.studies.batch_size.asked import check_asked, find_recipe, most_of
from wattlab.studies.batch_size.fit import fit_memory
from wattlab.studies.batch_size.knee import find_knee, recommend
from wattlab.studies.batch_size.limits import find_limits
from wattlab.studies.batch_size.observer import SearchObserver
from wattlab.studies.batch_size.plan import BatchSizePlan
from wattlab.studies.batch_size.probing import Prober
from wattlab.studies.batch_size.rows import fitting, make_rows, spread_of
from wattlab.studies.batch_size.search import search
from wattlab.studies.batch_size.verdicts import planned_notes, study_notes, verdict_sentences, why_none_fits
from wattlab.studies.data_kind import data_kind
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.plan import check_conditions
from wattlab.training.signals import termination_as_interrupt

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.batch_size.asked import BatchSizeAsked
    from wattlab.studies.batch_size.probe import Probe
    from wattlab.studies.batch_size.search import Found
    from wattlab.studies.batch_size.store import BatchSizeFolder

__all__ = ["SearchInterrupted", "find_batch_size", "resume"]


class SearchInterrupted(KeyboardInterrupt):
    """Ctrl-C during a search; the probes that were over are kept.

    Parameters
    ----------
    folder : Path
        What to resume.
    answer : BatchSizes
        What is known so far.
    """

    def __init__(self, folder: Path, answer: BatchSizes) -> None:
        super().__init__(f"study {answer.id!r} was interrupted after {len(answer.probes)} probes")
        self.folder, self.answer = folder, answer


def find_batch_size(
    asked: BatchSizeAsked, *, studies: Path | str = DEFAULT_FOLDER, observer: SearchObserver | None = None
) -> BatchSizes:
    """Try batch sizes, each in a fresh process, and tell the knee, the maximum and the margin.

    Parameters
    ----------
    asked : BatchSizeAsked
        Of which recipe, and within which bounds.
    studies : path, optional
        Folder of all studies.
    observer : SearchObserver, optional
        Told of every probe.

    Returns
    -------
    BatchSizes
        Its maximum was tested twice, and every size it names was tested.

    Raises
    ------
    wattlab.errors.UserError
        If recipe or bounds are wrong, or no size fits; that names what was tried.
    SearchInterrupted
        On Ctrl-C.
    """
    check_asked(asked)
    recipe = find_recipe(asked)
    plan = _plan(asked, recipe)
    folder = store.create(studies, recipe.name)
    try:
        plan = plan.model_copy(update={"id": folder.id})
        folder.prepare(plan)
        return _run(folder, plan, observer or SearchObserver())
    finally:
        folder.close()


def resume(
    name: str, *, studies: Path | str = DEFAULT_FOLDER, observer: SearchObserver | None = None
) -> BatchSizes:
    """Go on with an interrupted search: sizes that were tried are not tried again.

    Parameters
    ----------
    name : str
        The study's name, the beginning of it, its folder, or "last".
    studies, observer : optional
        As for `find_batch_size`.

    Raises
    ------
    wattlab.errors.RunError
        If the study is unknown, in use by another process, or was begun on another machine, with other cores, or by
        another version of wattlab.
    """
    folder = store.reopen(studies, name)
    try:
        plan = folder.plan()
        check_conditions(plan)
        return _run(folder, plan, observer or SearchObserver())
    finally:
        folder.close()


def _plan(asked: BatchSizeAsked, recipe: Recipe) -> BatchSizePlan:
    limits = find_limits(recipe.engine, asked.memory_limit_B)
    most, n_train = most_of(asked, recipe)
    machine = describe_machine()
    assert recipe.training.batch_size != "all"
    plan = BatchSizePlan(
        wattlab_version=__version__,
        id=recipe.name,
        title=f"{recipe.name} by {recipe.engine.name} on {recipe.engine.device}, {recipe.engine.precision}",
        created_utc=datetime.now(UTC).isoformat(timespec="milliseconds"),
        machine={**machine.to_dict(), "line": machine.one_line()},
        recipe=recipe.to_toml(),
        own_size=recipe.training.batch_size,
        least=asked.least,
        most=most,
        n_train=n_train,
        steps=asked.steps,
        limit_s=asked.limit_s,
        host_limit_B=limits.host_B,
        card_limit_B=limits.card_B,
        memory_B=limits.counts_B,
        memory_source=limits.source,
    )
    return plan.model_copy(update={"notes": planned_notes(plan, asked.most, synthetic=n_train is None)})


def _run(folder: BatchSizeFolder, plan: BatchSizePlan, observer: SearchObserver) -> BatchSizes:
    """Search, and write the answer, also after Ctrl-C."""
    prober = Prober(folder, plan, observer)
    observer.started(plan, len(prober.probes))
    try:
        with termination_as_interrupt():
            found = search(prober, plan.bounds)
            needed_B = None if found.largest else _needed_B(prober)
    except KeyboardInterrupt:
        raise SearchInterrupted(folder.path, _write(folder, plan, prober, None)) from None
    finally:
        observer.ended()
    answer = _write(folder, plan, prober, found)
    if found.largest is None:
        raise UserError(why_none_fits(plan, answer.probes, needed_B))
    return answer


def _needed_B(prober: Prober) -> float | None:
    """Return what the smallest size that was tried holds, where only the limit that was asked for is in its way."""
    room = room_B(free_memory_B())
    plan, last = prober.plan, min(prober.probes.values(), key=lambda one: one.size)
    tight = not plan.on_card and plan.host_limit_B < room
    return prober.needed_B(last.size, room) if tight and last.outcome == "out of memory" else None


def _write(
    folder: BatchSizeFolder, plan: BatchSizePlan, prober: Prober, found: Found[Probe] | None
) -> BatchSizes:
    probes = tuple(prober.probes[key] for key in sorted(prober.probes))
    answer = BatchSizes(
        wattlab_version=plan.wattlab_version,
        id=plan.id,
        title=plan.title,
        created_utc=plan.created_utc,
        machine=plan.machine,
        plan=plan,
        complete=found is not None,
        probes=probes,
        **_facts(plan, probes, found),
    )
    answer = answer.model_copy(update={"verdicts": verdict_sentences(answer)})
    folder.save(answer)
    return answer


def _facts(plan: BatchSizePlan, probes: tuple[Probe, ...], found: Found[Probe] | None) -> dict[str, Any]:
    """Return all that follows from the probes."""
    maximum = found.largest.size if found and found.largest else None
    spread = spread_of(probes, maximum)
    fast = fitting(probes)
    data = next((one.data for one in probes if one.data is not None), None)
    knee = find_knee(fast, spread or 0.0)
    choice = recommend(fast, knee, plan.memory_B) if knee else None
    marks = {
        "recommended": choice and choice.size,
        "knee": knee and knee.size,
        "maximum": maximum,
        "recipe": plan.own_size,
    }
    return {
        "rows": make_rows(probes, plan.memory_B, marks),  # type: ignore[arg-type]
        "data": data,
        "data_kind": data and data_kind(data),
        "maximum": maximum,
        "above": found.above.size if found and found.above and found.largest else None,
        "knee": knee,
        "recommended": choice,
        "fit": fit_memory(probes),
        "spread": spread,
        "notes": study_notes(plan, probes, spread),
    }
