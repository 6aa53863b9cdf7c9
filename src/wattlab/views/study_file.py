"""A study of any kind as a file: a page, a figure or its numbers, as the file's suffix says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.files import write_with_folder
from wattlab.views.drawing import save_png
from wattlab.views.suffixes import check_suffix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.figure import Figure

__all__ = ["check_study_path", "write_study_file"]

_SUFFIXES: Final = (".html", ".png", ".json")


def check_study_path(path: Path, what: str = "a study") -> None:
    """Refuse a file that no study can be written to, before hours of measuring are spent on it.

    Parameters
    ----------
    path : Path
        Where it shall be written.
    what : str
        What shall be, for the message.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is none of the three, or the folder takes no files.

    Examples
    --------
    >>> from pathlib import Path
    >>> check_study_path(Path("study.pdf"))
    Traceback (most recent call last):
        ...
    wattlab.errors.StorageError: 'study.pdf' has the suffix '.pdf'; for a study let it end in .html (a page ...
    """
    wanted = (
        f"for {what} let it end in .html (a page that needs no network), "
        ".png (the figure) or .json (all numbers)"
    )
    check_suffix(path, _SUFFIXES, wanted)


def write_study_file(
    path: Path,
    *,
    page: Callable[[Path], None],
    figure: Callable[[], Figure],
    numbers: Callable[[], str],
    what: str = "a study",
) -> None:
    """Write a study; an older file of that name is replaced once the new one is whole.

    Parameters
    ----------
    path : Path
        Its suffix says which of the three is written. The folder is made if it does not exist.
    page : callable
        Writes the page.
    figure : callable
        Draws the figure.
    numbers : callable
        Returns all numbers as JSON.
    what : str
        What is written, for messages.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is another, or the file cannot be written.
    """
    check_study_path(path, what)
    suffix = path.suffix.lower()
    if suffix == ".html":
        page(path)
    elif suffix == ".png":
        save_png(figure(), path)
    else:
        write_with_folder(path, f"{numbers()}\n".encode())
