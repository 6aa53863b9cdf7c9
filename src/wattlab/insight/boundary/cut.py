"""Which plane through a data set is looked at, how finely, and with which samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wattlab.errors import DataError, ParameterError
from wattlab.insight.boundary.plane import Plane, feature_plane, principal_plane
from wattlab.insight.subject import part_of
from wattlab.records.model import class_values

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattlab.data import Dataset
    from wattlab.data.dataset import Part

__all__ = ["Cut", "labelled", "read_cut"]


@dataclass(frozen=True)
class Cut:
    """How a data set is cut by a plane.

    Parameters
    ----------
    plane : Plane, pair of features (int or str), "pca", or None
        As for `boundary`.
    through : {"mean", "median"} or int
        Where the plane lies in all other directions: at mean or median of the training samples, or through a sample of
        `part` by its place.
    part : {"test", "validation", "training"}
        Samples that are drawn.
    mesh : int
        Points along each side.
    margin : float
        Added on each side, as a share of the samples' range.
    """

    plane: Plane | tuple[int | str, int | str] | Literal["pca"] | None = None
    through: Literal["mean", "median"] | int = "mean"
    part: str = "test"
    mesh: int = 300
    margin: float = 0.1

    def through_data(self, dataset: Dataset) -> Plane:
        """Return the plane through a data set.

        Raises
        ------
        wattlab.errors.ParameterError
            If there are not two features and no plane is chosen, or no such feature or sample.
        """
        if isinstance(self.plane, Plane):
            return self.plane
        place, features = self._place(dataset), dataset.train.features
        if self.plane == "pca":
            return principal_plane(features, through=place)
        if self.plane is None and dataset.n_features != 2:
            raise ParameterError(_choose(dataset))
        return feature_plane(
            features, *(self.plane or (0, 1)), through=place, names=tuple(dataset.feature_names)
        )

    def _place(self, dataset: Dataset) -> Any:
        if isinstance(self.through, str):
            return self.through
        name, part = part_of(dataset, self.part)
        if not 0 <= self.through < part.n_samples:
            msg = f"there is no sample {self.through} in the {name} part; it has 0 … {part.n_samples - 1}"
            raise ParameterError(msg)
        return part.features[self.through]


def read_cut(plane: str | None, through: str = "mean", **others: Any) -> Cut:
    """Return a cut from text.

    Parameters
    ----------
    plane : str or None
        Two features by name or place, with a comma between them, or "pca".
    through : str
        "mean", "median", or the place of a sample.
    **others
        Other parameters of `Cut`.

    Raises
    ------
    wattlab.errors.ParameterError
        If the text is something else.

    Examples
    --------
    >>> read_cut("length, width", "7").plane, read_cut(None, "7").through
    (('length', 'width'), 7)
    """
    parts = tuple(part.strip() for part in (plane or "").split(","))
    if plane not in {None, "pca"} and (len(parts) != 2 or not all(parts)):
        msg = f"plane is {plane!r}; expected two features with a comma between them, such as 0,1, or pca"
        raise ParameterError(msg)
    if through not in {"mean", "median"} and not through.isdecimal():
        msg = f"through is {through!r}; expected mean, median or the place of a sample, from 0"
        raise ParameterError(msg)
    where: Any = int(through) if through.isdecimal() else through
    chosen: Any = plane if plane in {None, "pca"} else parts
    return Cut(chosen, where, **others)


def labelled(dataset: Dataset, part: Part) -> NDArray[np.generic]:
    """Return the classes of a part's samples as a run's model predicts them, shape (n_samples,).

    Raises
    ------
    wattlab.errors.DataError
        If the data has no classes.
    """
    if dataset.classes is None or dataset.task != "classification":
        what = "its inputs" if dataset.task == "reconstruction" else "numbers"
        msg = f"data {dataset.name!r} is for predicting {what}; a boundary lies between classes: choose such data"
        raise DataError(msg)
    labels: NDArray[np.generic] = class_values(dataset.classes)[part.labels]
    return labels


def _choose(dataset: Dataset) -> str:
    """Return the sentence for data that does not lie in a plane."""
    count = dataset.n_features
    if count < 2:
        return f"data {dataset.name!r} has 1 feature; a boundary is drawn in a plane, which needs two"
    first, second = dataset.feature_names[0], dataset.feature_names[1]
    return (
        f"data {dataset.name!r} has {count} features, and a boundary is drawn in a plane of 2; choose two of them, "
        f"such as {first!r} and {second!r} (--plane {first},{second}), or the first two principal components "
        "(--plane pca)"
    )
