"""The question of ``wattlab boundary``: models on a data set, or the network of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattlab.data import load
from wattlab.data.catalog import dataset_names
from wattlab.errors import ParameterError, RunError
from wattlab.insight.boundary.compare import boundaries, run_boundary
from wattlab.insight.boundary.cut import Cut
from wattlab.insight.boundary.models import MODELS, ModelSettings, check_models
from wattlab.insight.subject import open_subject
from wattlab.recipe.problems import nearest
from wattlab.records.store import DEFAULT_FOLDER, RunStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.insight.boundary.compare import Boundaries
    from wattlab.insight.boundary.fits import Tell
    from wattlab.insight.subject import Subject

__all__ = ["BoundaryAsked", "find_boundaries", "is_data", "taken_for_run"]


@dataclass(frozen=True)
class BoundaryAsked:
    """Whose boundary is to be found.

    Parameters
    ----------
    target : str
        The name of a data set, or the path of a file or folder of samples; else a run, as `RunStore.find` knows it.
    models : tuple of str
        What learns a data set, by names of `MODELS`; none: our network.
    compare : bool
        All of `MODELS`.
    options : mapping
        Of the data set, as `wattlab.load` takes them; None: not said.
    settings : mapping
        C, gamma and seed of the models, as `ModelSettings`; None: not said.
    rounds : int or None
        Fits of each model; None: 3.
    cut : Cut
        Plane, mesh, and the samples that are drawn.
    """

    target: str
    models: tuple[str, ...] = ()
    compare: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    rounds: int | None = None
    cut: Cut = field(default_factory=Cut)

    @property
    def names(self) -> tuple[str, ...]:
        """The models that are meant."""
        if self.compare and self.models:
            msg = f"compare takes all models, so {', '.join(self.models)} cannot be chosen too; leave one of them out"
            raise ParameterError(msg)
        return tuple(MODELS) if self.compare else self.models or ("native",)


def find_boundaries(
    asked: BoundaryAsked, runs: Path | str = DEFAULT_FOLDER, tell: Tell | None = None
) -> Boundaries:
    """Find boundaries: of models that learn a data set now, or of a run's network.

    Parameters
    ----------
    asked : BoundaryAsked
        The question.
    runs : path, optional
        Folder of all runs.
    tell : callable (done, total), optional
        Called after each fit of a model.

    Raises
    ------
    wattlab.errors.UserError
        If there is no such data set or run, or it cannot be asked this.
    """
    if not is_data(asked.target):
        subject = _find_subject(asked.target, runs)
        _refuse_for_run(asked, subject.run.id)
        return run_boundary(subject, asked.cut)
    names = asked.names
    check_models(list(names))
    settings = _said(asked.settings)
    _check_settings(settings, names)
    dataset = load(asked.target, **_said(asked.options))
    rounds = 3 if asked.rounds is None else asked.rounds
    return boundaries(
        dataset, names, settings=ModelSettings(**settings), rounds=rounds, cut=asked.cut, tell=tell
    )


def _check_settings(settings: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Refuse settings that none of the models has."""
    owners = {
        "C": ("support vector machines", any("svc" in name for name in names)),
        "gamma": ("svc-poly and svc-rbf", any(name.startswith("svc-") for name in names)),
        "seed": ("native and of those with LinearSVC", not all(name.startswith("svc-") for name in names)),
    }
    for setting, (whose, has_one) in owners.items():
        if setting in settings and not has_one:
            msg = f"{setting} is a setting of {whose}, but the model is {', '.join(names)}; leave it out"
            raise ParameterError(msg)


def is_data(target: str) -> bool:
    """Tell the name of a data set, or the path of a file or folder of samples, from a run.

    Examples
    --------
    >>> is_data("moons"), is_data("last")
    (True, False)
    """
    path = Path(target).expanduser()
    return target in dataset_names() or path.is_file() or (path.is_dir() and not _holds_a_run(path))


def taken_for_run(target: str, run: str) -> str:
    """Return what to say where the beginning of a run's name is that of a data set, too; empty where it is not.

    Parameters
    ----------
    target : str
        What was asked for.
    run : str
        The run that was found.

    Examples
    --------
    >>> taken_for_run("moon", "moons-1")
    "'moon' is taken for the run 'moons-1'; the data set is 'moons'"
    >>> taken_for_run("moons-1", "moons-1")
    ''
    """
    known = [name for name in dataset_names() if name.startswith(target)]
    if not known or is_data(target) or target == run or not run.startswith(target):
        return ""
    are = "data set is" if len(known) == 1 else "data sets are"
    return f"{target!r} is taken for the run {run!r}; the {are} {', '.join(map(repr, known))}"


def _find_subject(target: str, runs: Path | str) -> Subject:
    try:
        run = RunStore(runs).find(target)
    except RunError as error:
        if _holds_a_run(Path(target)):
            raise
        known = list(dataset_names())
        hint = nearest(target, known) or ";"
        msg = f"{error}\n{target!r} is no data set either{hint} those are {', '.join(known)}, or the path of a file"
        raise RunError(msg) from error
    return open_subject(run)


def _holds_a_run(folder: Path) -> bool:
    return (folder / "recipe.toml").is_file()


def _refuse_for_run(asked: BoundaryAsked, run_id: str) -> None:
    given = [*_said(asked.options), *_said(asked.settings)]
    given += (
        ["model"] * bool(asked.models) + ["compare"] * asked.compare + ["rounds"] * (asked.rounds is not None)
    )
    if given:
        msg = (
            f"{asked.target!r} is the run {run_id!r}, whose network has learned already, so {', '.join(given)} cannot "
            "be chosen; leave out what belongs to data, or name a data set"
        )
        raise ParameterError(msg)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
