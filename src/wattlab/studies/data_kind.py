"""Whether steps learned from real or from synthetic samples, as a study says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from wattlab.cluster.step_report import DataUsed

__all__ = ["DataKind", "data_kind"]

DataKind = Literal["real", "synthetic"]
_SYNTHETIC: Final = "synthetic"


def data_kind(data: DataUsed) -> DataKind:
    """Return "synthetic" for samples that stood in for others, and for data sets that are made up themselves.

    Parameters
    ----------
    data : DataUsed
        What the steps learned from; the source of a data set that is made up begins with "synthetic".

    Examples
    --------
    >>> from wattlab.cluster.step_report import DataUsed
    >>> blobs = DataUsed(name="blobs", source="synthetic: drawn", synthetic=False, n_train=80, n_features=2)
    >>> data_kind(blobs), data_kind(blobs.model_copy(update={"source": "from a file"}))
    ('synthetic', 'real')
    """
    return "synthetic" if data.synthetic or data.source.startswith(_SYNTHETIC) else "real"
