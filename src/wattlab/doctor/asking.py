"""The engines asked about themselves, each in a process with a time limit."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wattlab.doctor.probe import MODULE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.doctor.surroundings import Surroundings

__all__ = ["DISTRIBUTIONS", "Answer", "ask_engine", "installed"]

TIME_LIMIT_S: Final = 60.0
"""An import takes seconds, on a network mount tens of them."""
DISTRIBUTIONS: Final[dict[str, tuple[str, ...]]] = {
    "numpy": ("numpy",),
    "scikit-learn": ("scikit-learn",),
    "numba": ("numba",),
    "torch": ("torch",),
    "tensorflow": (
        "tensorflow",
        "tensorflow-cpu",
        "tensorflow-gpu",
        "tf-nightly",
        "tensorflow-intel",
        "tensorflow-macos",
    ),
    "jax": ("jax",),
}
"""The names by which each engine can be installed."""
# Older releases hide what they did not find at higher levels.
_TELL_ALL: Final = {"TF_CPP_MIN_LOG_LEVEL": "0", "PYTHONWARNINGS": "ignore"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine said.

    Attributes
    ----------
    facts : mapping
        As `wattlab.doctor.probe` prints them; empty where it failed.
    said : str
        What it wrote on standard error.
    failure : str or None
        Why it gave no facts.
    wall_s : float
        How long its import took. Unit: s.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""
    failure: str | None = None
    wall_s: float = 0.0


def installed(surroundings: Surroundings, engine: str) -> dict[str, str]:
    """Return the installed packages of an engine with their versions; more than one is a conflict."""
    versions = {name: surroundings.version_of(name) for name in DISTRIBUTIONS[engine]}
    return {name: version for name, version in versions.items() if version is not None}


def ask_engine(surroundings: Surroundings, engine: str) -> Answer:
    """Import an engine in a process of its own and return what it says; asked again, it answers at once."""
    surroundings.watching(f"importing {engine}")
    ran = surroundings.ask((surroundings.python, "-P", "-m", MODULE, engine), TIME_LIMIT_S, _TELL_ALL)
    if ran.failure:
        return Answer(said=ran.err, failure=ran.failure, wall_s=ran.wall_s)
    lines = [line for line in ran.out.splitlines() if line.startswith("{")]
    try:
        return Answer(json.loads(lines[-1]), ran.err, None, ran.wall_s)
    except (IndexError, ValueError):
        return Answer(said=ran.err, failure="it printed no answer", wall_s=ran.wall_s)
