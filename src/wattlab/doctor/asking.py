"""The engines asked about themselves, each in a process with a time limit."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from wattlab.doctor.probe import MODULE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wattlab.doctor.surroundings import Surroundings

__all__ = ["DISTRIBUTIONS", "Answer", "ask_engine", "installed", "keras_file"]

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
_WRITTEN: Final = {
    "CUDA_CACHE_PATH": "cuda",
    "JAX_COMPILATION_CACHE_DIR": "jax",
    "KERAS_HOME": "keras",
    "MPLCONFIGDIR": "matplotlib",
    "NUMBA_CACHE_DIR": "numba",
    "TORCHINDUCTOR_CACHE_DIR": "inductor",
    "TORCH_HOME": "torch",
    "TRITON_CACHE_DIR": "triton",
    "XDG_CACHE_HOME": "cache",
}
"""Where engines write at their import, unasked: the doctor only looks, so they write into a folder that goes."""
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


def keras_file(surroundings: Surroundings) -> Path:
    """Return the file that Keras reads its backend from, whether it exists or not."""
    folder = surroundings.environ.get("KERAS_HOME")
    return (Path(folder) if folder else surroundings.home / ".keras") / "keras.json"


@contextmanager
def _elsewhere(surroundings: Surroundings) -> Iterator[dict[str, str]]:
    """Give engines a folder to write to, with the user's choices for Keras in it."""
    with TemporaryDirectory(prefix="wattlab-doctor-", ignore_cleanup_errors=True) as scratch:
        folders = {name: Path(scratch, folder) for name, folder in _WRITTEN.items()}
        for folder in folders.values():
            folder.mkdir()
        with suppress(OSError):
            shutil.copyfile(keras_file(surroundings), folders["KERAS_HOME"] / "keras.json")
        yield {name: str(folder) for name, folder in folders.items()}


def ask_engine(surroundings: Surroundings, engine: str) -> Answer:
    """Import an engine in a process of its own and return what it says; asked again, it answers at once."""
    surroundings.watching(f"importing {engine}")
    with _elsewhere(surroundings) as folders:
        command = (surroundings.python, "-P", "-m", MODULE, engine)
        ran = surroundings.ask(command, TIME_LIMIT_S, {**_TELL_ALL, **folders})
    if ran.failure:
        return Answer(said=ran.err, failure=ran.failure, wall_s=ran.wall_s)
    lines = [line for line in ran.out.splitlines() if line.startswith("{")]
    try:
        return Answer(json.loads(lines[-1]), ran.err, None, ran.wall_s)
    except (IndexError, ValueError):
        return Answer(said=ran.err, failure="it printed no answer", wall_s=ran.wall_s)
