"""Every error a user can meet, as one tree.

Whatever the user can mend derives from `UserError`: the command line prints its message without a
traceback and ends with exit code 2. A message names the thing, what was wrong with it, what would be
right, and the next step.
"""

from __future__ import annotations


class WattlabError(Exception):
    """Base of every error that wattlab raises on purpose."""


class UserError(WattlabError):
    """Something the user can mend: exit code 2 on the command line."""


class RecipeError(UserError):
    """A recipe is unknown, cannot be read, or holds a value that is not allowed."""


class ParameterError(RecipeError, ValueError):
    """A parameter of an estimator has a value that is not allowed; a `ValueError`, as scikit-learn's users expect."""


class SettingsError(UserError):
    """The user's settings file cannot be read or holds a value that is not allowed."""


class DataError(UserError):
    """A data set is unknown, missing, damaged, or unfit for what was asked of it."""


class DownloadError(DataError):
    """A file could not be fetched; the message says where to put it by hand."""


class UnsupportedError(UserError):
    """An engine, device or sensor cannot do what the recipe asks for."""


class MissingExtraError(UserError):
    """An optional package is not installed; the message holds the command that installs it.

    Parameters
    ----------
    package : str
        The import name that was not found.
    extra : str
        The extra of wattlab that brings it.
    purpose : str
        What it is needed for, as the subject of the sentence.
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed; "
            f"install it with: pip install 'wattlab[{extra}]'"
        )


class WeightsError(UserError):
    """Weights do not fit the network they were offered to."""


class RunError(UserError):
    """A run is unknown, unfinished, damaged, or in use by another process."""


class StorageError(UserError):
    """A folder cannot be written, or the disk is full."""


class CommandError(UserError):
    """A command cannot be started.

    Parameters
    ----------
    message : str
    exit_code : int
        127 where it was not found, 126 where it was found and cannot be executed, as ``env``, ``nice`` and ``time``
        have it.
    """

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ExpressionError(UserError, ValueError):
    """An expression cannot be read, or has no value where it is asked for.

    Parameters
    ----------
    message : str
    position : int or None
        First character that is at fault, counted from 0; None: all of it is.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class GeometryError(UserError, ValueError):
    """A matrix or a number does not describe the figure that was asked for."""


class DivergedError(WattlabError):
    """Training produced a loss that is not a finite number; the last good weights are kept."""
