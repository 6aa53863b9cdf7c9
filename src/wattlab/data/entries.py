"""The known data sets: what each is, how it is read, what it takes, and what stands in for it where it is not here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wattlab.data import synthetic
from wattlab.data.cifar10 import cifar10, find_cifar10
from wattlab.data.download import is_here
from wattlab.data.imagenette import find_imagenette, imagenette
from wattlab.data.images import fashion_mnist, mnist
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wattlab.data.raw import RawData

__all__ = ["ENTRIES", "Entry", "Likeness", "Option", "checked_options"]

Option = bool | int | float | str


@dataclass(frozen=True)
class Likeness:
    """What is known about the images of a data set before it is here.

    Parameters
    ----------
    is_here : callable
        Given the options, tells whether nothing would have to be downloaded.
    shape : callable
        Given the options, returns rows, columns and channels.
    classes : int
        Number of classes.
    """

    is_here: Callable[[Mapping[str, Option]], bool]
    shape: Callable[[Mapping[str, Option]], tuple[int, int, int]]
    classes: int = 10


@dataclass(frozen=True)
class Entry:
    """A known data set.

    Parameters
    ----------
    description : str
        One line.
    read : callable
        Given the options by name, and the recipe's part on data first where `divides`, returns what was read.
    options : mapping
        Names of the options and their defaults.
    divides : bool
        The reader cuts parts off itself, as it has not all samples in memory.
    likeness : Likeness or None
        None: it is always here.
    """

    description: str
    read: Callable[..., RawData]
    options: Mapping[str, Option] = field(default_factory=dict)
    divides: bool = False
    likeness: Likeness | None = None


ENTRIES: Final[Mapping[str, Entry]] = {
    "digits": Entry("1797 handwritten digits of 8 × 8 pixels, inside scikit-learn", synthetic.digits),
    "mnist": Entry(
        "60,000 + 10,000 handwritten digits of 28 × 28 pixels (11 MB)",
        mnist,
        likeness=Likeness(lambda _: is_here("mnist"), lambda _: (28, 28, 1)),
    ),
    "fashion-mnist": Entry(
        "60,000 + 10,000 pictures of clothes of 28 × 28 pixels (30 MB)",
        fashion_mnist,
        likeness=Likeness(lambda _: is_here("fashion-mnist"), lambda _: (28, 28, 1)),
    ),
    "cifar10": Entry(
        "50,000 + 10,000 colour pictures of 32 × 32 pixels (170 MB)",
        cifar10,
        {"copy": "auto", "cache": "disk"},
        divides=True,
        likeness=Likeness(lambda given: find_cifar10(str(given["copy"])) is not None, lambda _: (32, 32, 3)),
    ),
    "imagenette": Entry(
        "9,469 + 3,925 photographs of ten things (340 MB; 2.6 GB decoded)",
        imagenette,
        {"size": 256, "cache": "disk", "undecodable": "stop"},
        divides=True,
        likeness=Likeness(
            lambda _: find_imagenette() is not None, lambda given: (int(given["size"]), int(given["size"]), 3)
        ),
    ),
    "synthetic-images": Entry(
        "random pixels of any shape, for timing steps",
        synthetic.synthetic_images,
        {
            "rows": 32,
            "columns": 32,
            "channels": 3,
            "classes": 10,
            "samples": 1000,
            "test_samples": 200,
            "seed": 0,
        },
    ),
    "moons": Entry(
        "two interleaving half circles in the plane",
        synthetic.moons,
        {"samples": 1000, "noise": 0.2, "seed": 0, "share": 0.5},
    ),
    "blobs": Entry(
        "Gaussian clouds, one a class",
        synthetic.blobs,
        {"samples": 1000, "classes": 3, "features": 2, "spread": 1.0, "seed": 0},
    ),
    "linear-regression": Entry(
        "50 points of y = 4 x₁ − 5 x₂ + 3 x₃ + 2",
        synthetic.linear_regression,
        {"samples": 50, "test_samples": 50, "noise": 0.0, "seed": 0},
    ),
}


def checked_options(
    name: str, defaults: Mapping[str, Option], given: Mapping[str, Option]
) -> dict[str, Option]:
    """Return the defaults with the given options over them.

    Raises
    ------
    wattlab.errors.DataError
        If an option is unknown or of the wrong type.
    """
    for option, value in given.items():
        if option not in defaults:
            allowed = f"allowed are {', '.join(defaults)}" if defaults else "it takes none"
            raise DataError(f"data {name!r} has no option {option!r}; {allowed}")
        wanted = type(defaults[option])
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
            raise DataError(f"data {name!r}: option {option} is {value!r}; expected {words[wanted]}")
    return {**defaults, **given}
