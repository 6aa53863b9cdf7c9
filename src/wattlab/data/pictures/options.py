"""What a user can choose about pictures that lie in files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PICTURE_OPTIONS", "PictureOptions", "check_choices"]

PICTURE_OPTIONS: Final[Mapping[str, int | str]] = {"size": 0, "cache": "disk", "undecodable": "stop"}
"""Names of the options and their defaults, for folders and Parquet files of pictures."""
_CHOICES: Final = {"cache": ("disk", "memory"), "undecodable": ("stop", "skip")}


@dataclass(frozen=True)
class PictureOptions:
    """How pictures are read.

    Parameters
    ----------
    name : str
        Of the data set, for messages.
    size : int
        Rows and columns that every picture is resized to, bilinearly, whatever its proportions; 0: pictures stay as
        they are, and must then be of one size. Unit: pixels.
    cache : "disk" or "memory"
        Where decoded pictures are kept: in a file that later trainings use too and that is mapped into memory, or in
        the memory of this process alone.
    undecodable : "stop" or "skip"
        What happens to a picture that cannot be decoded.

    Raises
    ------
    wattlab.errors.DataError
        If a value is not among these.
    """

    name: str
    size: int = 0
    cache: str = "disk"
    undecodable: str = "stop"

    def __post_init__(self) -> None:
        if self.size < 0:
            raise DataError(
                f"data {self.name!r}: option size is {self.size}; expected a number of pixels of at least 1, or 0 "
                "to leave the pictures as they are"
            )
        check_choices(self.name, vars(self), _CHOICES)

    @classmethod
    def given(cls, name: str, options: Mapping[str, Any]) -> PictureOptions:
        """Return options of whose names and types somebody has made sure."""
        return cls(name, options["size"], options["cache"], options["undecodable"])


def check_choices(name: str, given: Mapping[str, Any], choices: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse an option whose value is not among its choices.

    Raises
    ------
    wattlab.errors.DataError
        Naming the data set, the option and what it can be.
    """
    for option, allowed in choices.items():
        if given[option] not in allowed:
            expected = " or ".join(f'"{value}"' for value in allowed)
            raise DataError(f"data {name!r}: option {option} is {given[option]!r}; expected {expected}")
