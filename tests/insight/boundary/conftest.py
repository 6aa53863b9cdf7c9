"""Two moons, once for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from sklearn.datasets import make_moons

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Moons(NamedTuple):
    X: NDArray[Any]
    y: NDArray[Any]
    names: NDArray[Any]


@pytest.fixture(scope="session")
def moons() -> Moons:
    """Return samples with numbers and with names as labels; the names sort the other way round."""
    X, y = make_moons(120, noise=0.25, random_state=3)
    return Moons(X, y, y.astype(bool).choose(["upper", "lower"]))
