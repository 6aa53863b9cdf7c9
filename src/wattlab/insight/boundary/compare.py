"""Boundaries of several models, or of a run, with accuracy, time and energy of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wattlab.insight.boundary.adapters import as_classifier
from wattlab.insight.boundary.cut import Cut, labelled
from wattlab.insight.boundary.finding import boundary
from wattlab.insight.boundary.fits import fit_models
from wattlab.insight.subject import part_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.data import Dataset
    from wattlab.insight.boundary.fits import Fit, Tell
    from wattlab.insight.boundary.models import ModelSettings
    from wattlab.insight.boundary.result import Boundary
    from wattlab.insight.subject import Subject
    from wattlab.meter.quantity import Quantity

__all__ = ["Boundaries", "Contender", "boundaries", "run_boundary"]


class Contender(NamedTuple):
    """A model, its boundary, how good it is, and what it cost.

    Attributes
    ----------
    name : str
    boundary : Boundary
    train_accuracy, test_accuracy : float or None
        None: not known. Unit: 1.
    wall : Quantity
        Time of a fit, or of a run's training. Unit: s.
    energy : Quantity
        Of the same. Unit: J.
    """

    name: str
    boundary: Boundary
    train_accuracy: float | None
    test_accuracy: float | None
    wall: Quantity
    energy: Quantity


class Boundaries(NamedTuple):
    """Boundaries of one data set, side by side.

    Attributes
    ----------
    data : str
        Name of the data set.
    part : {"test", "validation", "training"}
        Whose samples are drawn.
    n_train, n_test : int
        Samples learned from, and tested on.
    contenders : tuple of Contender
    cost_of : str
        What time and energy are of, in words.
    notes : tuple of str
        What a reader must know.
    """

    data: str
    part: str
    n_train: int
    n_test: int
    contenders: tuple[Contender, ...]
    cost_of: str
    notes: tuple[str, ...] = ()


def boundaries(
    dataset: Dataset,
    models: Sequence[str],
    *,
    settings: ModelSettings | None = None,
    rounds: int = 3,
    cut: Cut | None = None,
    tell: Tell | None = None,
) -> Boundaries:
    """Fit models to a data set's training part under the meter, and find their boundaries.

    Parameters
    ----------
    dataset : Dataset
        With classes.
    models : sequence of str
        Names of `wattlab.insight.boundary.MODELS`.
    settings : ModelSettings, optional
        What can be chosen about the models.
    rounds : int, default=3
        Fits of each model; time and energy are medians.
    cut : Cut, optional
        Plane, mesh, and the samples that are drawn.
    tell : callable (done, total), optional
        Called after each fit.

    Raises
    ------
    wattlab.errors.UserError
        If the data has no classes, a model is unknown, or there is no such plane.
    """
    cut = cut or Cut()
    y, plane = labelled(dataset, dataset.train), cut.through_data(dataset)
    fits = fit_models(models, dataset.train.features, y, settings=settings, rounds=rounds, tell=tell)
    part, shown = part_of(dataset, cut.part)

    def contender(fit: Fit) -> Contender:
        found = boundary(
            fit.model,
            shown.features,
            labelled(dataset, shown),
            mesh=cut.mesh,
            margin=cut.margin,
            plane=plane,
            trained_on=(dataset.train.features, y),
        )
        scores = [
            fit.model.score(one.features, labelled(dataset, one)) for one in (dataset.train, dataset.test)
        ]
        train, test = map(float, scores)
        return Contender(fit.name, found, train, test, fit.cost.wall, fit.cost.energy)

    cost_of = f"a fit, median of {rounds}" if rounds > 1 else "one fit"
    notes = tuple(note for fit in fits for note in fit.notes)
    return _side_by_side(dataset, part, tuple(map(contender, fits)), cost_of, notes)


def run_boundary(subject: Subject, cut: Cut | None = None) -> Boundaries:
    """Find the boundary of a run's network.

    Parameters
    ----------
    subject : Subject
        See `wattlab.insight.subject.open_subject`.
    cut : Cut, optional
        Plane, mesh, and the samples that are drawn.

    Raises
    ------
    wattlab.errors.UserError
        If the run predicts no classes, left the part closed that is asked for, its data is gone, or there is no such
        plane.
    """
    cut, record = cut or Cut(), subject.run.record
    classifier = as_classifier(subject.model)
    dataset, (part, shown) = subject.dataset, subject.opened(cut.part)
    found = boundary(
        classifier,
        shown.features,
        labelled(dataset, shown),
        mesh=cut.mesh,
        margin=cut.margin,
        plane=cut.through_data(dataset),
    )
    cost = record.cost.total
    one = Contender(subject.run.id, found, record.train_score, record.test_accuracy, cost.wall, cost.energy)
    return _side_by_side(dataset, part, (one,), "the whole run")


def _side_by_side(
    dataset: Dataset, part: str, contenders: tuple[Contender, ...], cost_of: str, notes: tuple[str, ...] = ()
) -> Boundaries:
    own: dict[str, Any] = dict.fromkeys(note for one in contenders for note in one.boundary.notes)
    counts = dataset.train.n_samples, dataset.test.n_samples
    return Boundaries(dataset.name, part, *counts, contenders, cost_of, (*own, *notes))
