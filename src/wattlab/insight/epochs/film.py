"""What is seen of a network after each epoch: the boundary between classes, or the codes of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattlab.insight.boundary import Boundary
    from wattlab.insight.epochs.course import Course

__all__ = ["BoundaryFilm", "Film", "LatentFilm"]


class BoundaryFilm(NamedTuple):
    """The boundary as it forms.

    Attributes
    ----------
    run : str
        Whose.
    epochs : ndarray of shape (n_frames,), int
        0: with the initial weights.
    course : Course
        Loss and score by epoch.
    notes : tuple of str
        Where the weights come from, and which plane and samples are looked at.
    boundaries : tuple of Boundary
        One a frame, all on the same mesh.
    """

    run: str
    epochs: NDArray[np.int64]
    course: Course
    notes: tuple[str, ...]
    boundaries: tuple[Boundary, ...]


class LatentFilm(NamedTuple):
    """Codes as they form, in one plane.

    Attributes
    ----------
    run : str
        Whose.
    epochs : ndarray of shape (n_frames,), int
        0: with the initial weights.
    course : Course
        Loss and score by epoch.
    notes : tuple of str
        Where the weights come from, and which layer, plane and samples are looked at.
    codes : ndarray of shape (n_frames, n_samples, 2)
        The same samples in each frame.
    axes : (str, str)
        What the two coordinates are.
    groups : ndarray of shape (n_samples,), int, or None
        Class of each sample; None where there are none.
    classes : tuple of str
        Their names.
    """

    run: str
    epochs: NDArray[np.int64]
    course: Course
    notes: tuple[str, ...]
    codes: NDArray[np.float64]
    axes: tuple[str, str]
    groups: NDArray[np.int64] | None
    classes: tuple[str, ...]


Film = BoundaryFilm | LatentFilm
