"""Variables of the shell as a mend: commands to type, and a file that a shell reads."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from wattlab.doctor.finding import Fix
from wattlab.settings import settings_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wattlab.doctor.surroundings import Surroundings

__all__ = ["exported", "snippet_path"]


def snippet_path(surroundings: Surroundings) -> Path:
    """Return the file that ``--fix`` collects variables in, beside the settings; a shell reads it with ``source``."""
    return settings_path(surroundings.environ).with_name("environment.sh")


def exported(surroundings: Surroundings, variables: Mapping[str, str]) -> tuple[tuple[str, ...], Fix]:
    """Return the commands that set variables now, and the fix that keeps them.

    Parameters
    ----------
    surroundings : Surroundings
        Where the file lies.
    variables : mapping of str
        Values by name.
    """
    lines = tuple(f"export {name}={shlex.quote(value)}" for name, value in variables.items())
    return lines, Fix(snippet_path(surroundings), "\n".join(lines), "lines")
