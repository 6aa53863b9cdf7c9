"""What is seen of a network after each epoch: the boundary between classes, or the codes of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.boundary import Boundary
    from wattlab.insight.epochs.course import Course

__all__ = ["BoundaryFilm", "BoundaryNumbers", "Film", "LatentFilm"]


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

    def numbers(self) -> BoundaryNumbers:
        """Return what can be told without the meshes."""
        told = [found.accuracy for found in self.boundaries]
        accuracy = np.array([np.nan if one is None else one for one in told])
        return BoundaryNumbers(self.run, self.epochs, self.course, self.notes, accuracy)


class BoundaryNumbers(NamedTuple):
    """The boundary as it forms, in few numbers.

    Attributes
    ----------
    run, epochs, course, notes
        As in `BoundaryFilm`.
    accuracy : ndarray of shape (n_frames,)
        Of each frame, on all samples of the part; NaN where it is not known.
    """

    run: str
    epochs: NDArray[np.int64]
    course: Course
    notes: tuple[str, ...]
    accuracy: NDArray[np.float64]


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

    def numbers(self) -> LatentFilm:
        """Return the film: codes are few enough to be told."""
        return self


Film = BoundaryFilm | LatentFilm
