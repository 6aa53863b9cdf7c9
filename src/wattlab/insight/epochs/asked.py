"""The question of ``wattlab epochs``: which run, what of it, how many epochs."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Literal

from wattlab.errors import DataError, ParameterError
from wattlab.insight.boundary import Cut
from wattlab.insight.boundary.mesh import check_mesh
from wattlab.insight.cutting import layer_names, layer_shape
from wattlab.insight.epochs.boundary_film import boundary_film
from wattlab.insight.epochs.latent_film import latent_film
from wattlab.insight.epochs.weights import epoch_weights
from wattlab.insight.latent.layer import bottleneck
from wattlab.insight.subject import open_subject

if TYPE_CHECKING:
    from wattlab.insight.epochs.film import Film
    from wattlab.insight.subject import Subject
    from wattlab.records.run import Run
    from wattlab.training import Observer

__all__ = ["EpochsAsked", "find_epochs"]


@dataclass(frozen=True)
class EpochsAsked:
    """What is to be seen of a run's epochs.

    Parameters
    ----------
    what : {"boundary", "latent"} or None
        The boundary between classes, or the outputs of a layer. None: the latter of an autoencoder and where a layer
        is named, else the boundary.
    every : int
        Only every so many epochs, and the last one.
    most : int
        Frames at most.
    layer : str or None
        Whose outputs; None: the code of an autoencoder.
    cut : Cut
        Plane, mesh, and the samples that are drawn.
    """

    what: Literal["boundary", "latent"] | None = None
    every: int = 1
    most: int = 100
    layer: str | None = None
    cut: Cut = field(default_factory=lambda: Cut(mesh=150))

    def __post_init__(self) -> None:
        for name, value, least in (("every (--every)", self.every, 1), ("most (--frames)", self.most, 2)):
            if value < least:
                msg = f"{name} is {value}; expected a whole number of at least {least}"
                raise ParameterError(msg)
        check_mesh(self.cut.mesh, self.cut.margin)
        if self.what == "boundary" and self.layer is not None:
            msg = f"a boundary is that of the whole network, so layer {self.layer!r} has no part in it; leave one out"
            raise ParameterError(msg)


def find_epochs(run: Run, asked: EpochsAsked | None = None, observer: Observer | None = None) -> Film:
    """Return what a run's network looked like after its epochs.

    Parameters
    ----------
    run : Run
        One that has not kept its weights by epoch is trained again in a temporary folder; it stays as it is.
    asked : EpochsAsked, optional
        What of it.
    observer : Observer, optional
        Told of such a training.

    Returns
    -------
    BoundaryFilm or LatentFilm

    Raises
    ------
    wattlab.errors.UserError
        If the run has no weights, no boundary or no such layer, left the part closed that is asked for, or its data are
        no longer what they were.

    Examples
    --------
    >>> import wattlab
    >>> run = wattlab.train("moons", runs=getfixture("tmp_path"), keep_weights=1)
    >>> film = find_epochs(run, EpochsAsked(most=3))
    >>> int(film.epochs[0]), len(film.boundaries)
    (0, 3)
    """
    asked, subject = asked or EpochsAsked(), open_subject(run)
    subject.opened(asked.cut.part)
    if _what(subject, asked) == "latent":
        layer = asked.layer or bottleneck(subject.model)
        _check_no_plane(asked)
        _check_width(subject, layer)
        with epoch_weights(run, every=asked.every, most=asked.most, observer=observer) as found:
            return latent_film(subject, asked.cut.part, layer, found)
    _check_classes(subject)
    plane = asked.cut.through_data(subject.dataset)
    with epoch_weights(run, every=asked.every, most=asked.most, observer=observer) as found:
        return boundary_film(subject, asked.cut, plane, found)


def _what(subject: Subject, asked: EpochsAsked) -> Literal["boundary", "latent"]:
    if asked.what is not None:
        return asked.what
    is_latent = asked.layer is not None or subject.recipe.data.task == "reconstruction"
    return "latent" if is_latent else "boundary"


def _check_no_plane(asked: EpochsAsked) -> None:
    if asked.cut.plane is not None:
        msg = "a plane through the features cuts a boundary, and codes have a plane of their own; leave --plane out"
        raise ParameterError(msg)


def _check_width(subject: Subject, layer: str) -> None:
    if prod(layer_shape(subject.model, layer)) < 2:
        msg = f"layer {layer!r} gives one number a sample, and a plane needs two; choose another with --layer"
        raise DataError(msg)


def _check_classes(subject: Subject) -> None:
    dataset = subject.dataset
    if dataset.task == "classification":
        return
    what = "reconstructs its inputs" if dataset.task == "reconstruction" else "predicts numbers"
    msg = (
        f"run {subject.run.id!r} {what}, so there is no boundary between classes; look at a layer instead, such as "
        f"--layer {layer_names(subject.model)[0]}"
    )
    raise ParameterError(msg)
