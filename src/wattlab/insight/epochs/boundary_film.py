"""The boundary between classes after each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.insight.boundary import boundary
from wattlab.insight.boundary.cut import labelled
from wattlab.insight.epochs.course import course_of
from wattlab.insight.epochs.film import BoundaryFilm

if TYPE_CHECKING:
    from wattlab.insight.boundary import Cut, Plane
    from wattlab.insight.epochs.weights import EpochWeights
    from wattlab.insight.subject import Subject

__all__ = ["boundary_film"]


def boundary_film(subject: Subject, cut: Cut, plane: Plane, found: EpochWeights) -> BoundaryFilm:
    """Return the boundary after each epoch, on one mesh.

    Parameters
    ----------
    subject : Subject
        A run that tells classes apart.
    cut : Cut
        Which samples, and how fine a mesh.
    plane : Plane
        Through its data.
    found : EpochWeights
        Of that run.
    """
    name, part = subject.opened(cut.part)
    labels = labelled(subject.dataset, part)
    boundaries = tuple(
        boundary(
            found.model_at(epoch),
            part.features,
            labels,
            mesh=cut.mesh,
            margin=cut.margin,
            plane=plane,
            most_points=500,
        )
        for epoch in found.epochs
    )
    return BoundaryFilm(
        run=subject.run.id,
        epochs=np.array(found.epochs),
        course=course_of(subject.run),
        notes=(f"{name} part", *boundaries[0].notes, found.note),
        boundaries=boundaries,
    )
