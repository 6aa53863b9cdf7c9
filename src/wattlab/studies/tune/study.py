"""The question "what is the cheapest recipe for this machine?": from data set or recipe to answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wattlab import __version__
from wattlab.errors import StorageError, UserError
from wattlab.machine.fingerprint import describe_machine
from wattlab.studies.folders import DEFAULT_FOLDER
from wattlab.studies.plan import check_conditions
from wattlab.studies.tune import store
from wattlab.studies.tune.answer import ANSWER, Tune
from wattlab.studies.tune.asked import check_asked
from wattlab.studies.tune.base import find_base
from wattlab.studies.tune.goals import measurable, ranked
from wattlab.studies.tune.observer import TuneObserver
from wattlab.studies.tune.plan import TunePlan
from wattlab.studies.tune.session import Session
from wattlab.studies.tune.space import make_space
from wattlab.studies.tune.storage import check_extra, check_storage, database_url, public_url
from wattlab.training.signals import termination_as_interrupt

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.tune.answer import Goal
    from wattlab.studies.tune.asked import TuneAsked
    from wattlab.studies.tune.base import Base
    from wattlab.studies.tune.space import Space
    from wattlab.studies.tune.store import TuneFolder

__all__ = ["TuneInterrupted", "resume", "tune"]


class TuneInterrupted(KeyboardInterrupt):
    """Ctrl-C during a search; the trials that were over are kept.

    Parameters
    ----------
    folder : Path
        What to resume.
    answer : Tune
        What is known so far.
    n_done : int
        Trials that were over.
    """

    def __init__(self, folder: Path, answer: Tune, n_done: int) -> None:
        super().__init__(f"tuning study {answer.id!r} was interrupted after {n_done} trials")
        self.folder, self.answer, self.n_done = folder, answer, n_done


def tune(
    asked: TuneAsked, *, studies: Path | str = DEFAULT_FOLDER, observer: TuneObserver | None = None
) -> Tune:
    """Search for the cheapest recipe to a target on this machine, and repeat the best over seeds.

    Every trial is a whole training in a fresh process. All is decided on a validation part; the test part is opened
    once, for the winner.

    Parameters
    ----------
    asked : TuneAsked
        Data set or recipe, target, goals, budget, and what varies.
    studies : path, optional
        Folder of all studies.
    observer : TuneObserver, optional
        Told of every trial.

    Returns
    -------
    Tune
        Its ``recipe`` is the winner as TOML; None where none reached the target, or for several goals.

    Raises
    ------
    wattlab.errors.UserError
        If the question itself is wrong, the space is empty, the budget too small, or the database cannot be used.
    wattlab.errors.MissingExtraError
        Without Optuna.
    TuneInterrupted
        On Ctrl-C, after what is known so far has been written.

    Examples
    --------
    >>> from wattlab.studies.tune.asked import TuneAsked
    >>> tune(TuneAsked("digits", target=97.8))
    Traceback (most recent call last):
        ...
    wattlab.errors.UserError: --target is 97.8; accuracy and R² are at most 1; did you mean 0.978?
    """
    check_asked(asked)
    check_extra()
    base = find_base(asked.subject, asked.target)
    space = make_space(base, asked)
    if asked.storage is not None:
        check_storage(asked.storage)
    folder = store.create(studies, base.recipe.name)
    try:
        plan = _plan(folder.id, asked, base, space)
        folder.prepare(plan)
        return _run(folder, plan, asked.storage, observer or TuneObserver())
    except UserError:
        if folder.prepared() is None:
            folder.discard()
        raise
    finally:
        folder.close()


def resume(
    name: str,
    *,
    studies: Path | str = DEFAULT_FOLDER,
    storage: str | None = None,
    observer: TuneObserver | None = None,
) -> Tune:
    """Go on with an interrupted search within what is left of its budget; nothing that was over runs again.

    Parameters
    ----------
    name : str
        Its name, the beginning of it, its folder, or "last".
    studies, observer : optional
        As for `tune`.
    storage : str, optional
        URL of the database, where it needs a password that the environment does not have.

    Returns
    -------
    Tune
        The same if nothing was missing.

    Raises
    ------
    wattlab.errors.RunError
        If the study is unknown, in use by another process, or was begun on another machine, with other cores or by
        another version of wattlab.
    """
    check_extra()
    folder = store.reopen(studies, name)
    try:
        plan = folder.plan()
        check_conditions(plan)
        if (folder.path / ANSWER).is_file() and (answer := Tune.load(folder.path)).complete:
            return answer
        return _run(folder, plan, storage or plan.storage, observer or TuneObserver())
    finally:
        folder.close()


def _run(folder: TuneFolder, plan: TunePlan, storage: str | None, observer: TuneObserver) -> Tune:
    """Do what is missing of a plan, and write the answer, also after Ctrl-C and where the database failed."""
    session = Session(folder, plan, database_url(storage, folder.path), observer)
    try:
        with termination_as_interrupt():
            session.run()
    except KeyboardInterrupt:
        raise TuneInterrupted(folder.path, session.write(complete=False), len(session.trials)) from None
    except StorageError as error:
        if not session.trials:
            raise
        session.write(complete=False)
        msg = f"{error}. Nothing that was found is lost; go on with: wattlab tune --resume {folder.path}"
        raise StorageError(msg) from error
    except BaseException:
        if session.trials:
            session.write(complete=False)
        raise
    finally:
        session.close()
        observer.ended()
    return session.write(complete=True)


def _plan(study_id: str, asked: TuneAsked, base: Base, space: Space) -> TunePlan:
    machine = describe_machine()
    goals, note = ranked(asked.goals, is_measured="energy" not in asked.goals or measurable())
    return TunePlan(
        wattlab_version=__version__,
        id=study_id,
        title=_title(base, goals, asked.target),
        created_utc=datetime.now(UTC).isoformat(timespec="milliseconds"),
        machine={**machine.to_dict(), "line": machine.one_line()},
        base=base.recipe.name,
        recipe=space.recipe.to_toml(),
        dataset=base.dataset,
        n_train=base.n_train,
        n_validation=base.n_validation,
        n_test=base.n_test,
        score_name=base.score_name,
        target=asked.target,
        goals=goals,
        asked_goals=asked.goals,
        settings=space.settings,
        fixed=dict(asked.fix),
        budget_s=asked.budget_s,
        seeds=asked.seeds,
        n_finalists=asked.n_finalists,
        storage=None if asked.storage is None else public_url(asked.storage),
        sampler_seed=asked.sampler_seed,
        max_trials=asked.max_trials,
        baseline=asked.baseline,
        range_test=asked.range_test,
        notes=tuple(one for one in (note, base.note) if one),
    )


def _title(base: Base, goals: tuple[Goal, ...], target: float | None) -> str:
    """Return the question in one line."""
    small = " and ".join(goal for goal in goals if goal != "accuracy")
    if target is not None:
        score = "accuracy" if base.score_name == "accuracy" else base.score_name
        return f"{base.dataset}: least {small} to a validation {score} of {target:g}"
    return f"{base.dataset}: {f'least {small} against ' if small else 'best '}validation {base.score_name}"
