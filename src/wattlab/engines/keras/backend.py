"""Which backend Keras computes with: one process can have one only."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal

from wattlab.errors import MissingExtraError, UnsupportedError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = [
    "EXTRAS",
    "FRESH",
    "Backend",
    "check_backend",
    "check_installed",
    "load_keras",
    "loaded_backend",
    "version",
]

Backend = Literal["tensorflow", "jax", "torch"]

EXTRAS: Final[dict[Backend, str]] = {"tensorflow": "tensorflow", "jax": "jax", "torch": "keras-torch"}
"""The extra of wattlab that brings Keras and a backend, by the backend's import name."""

FRESH: Final = "run it in a fresh process, as `wattlab compare` does for every candidate"
"""What to do about a setting that a process can have one value of."""


def check_installed(backend: Backend) -> None:
    """Raise `wattlab.errors.MissingExtraError` unless Keras and the backend are installed; nothing is imported."""
    for package in ("keras", backend):
        if find_spec(package) is None:
            raise MissingExtraError(package, EXTRAS[backend], f"engine.backend = {backend!r}")


def check_backend(backend: Backend) -> None:
    """Raise unless Keras can be had with a backend in this process; nothing is imported.

    Raises
    ------
    wattlab.errors.MissingExtraError
        If Keras or the backend is not installed.
    wattlab.errors.UnsupportedError
        If Keras already computes with another backend.
    """
    check_installed(backend)
    present = loaded_backend()
    if present not in {None, backend}:
        msg = f"engine.backend is {backend!r}, but Keras already computes with {present} in this process; {FRESH}"
        raise UnsupportedError(msg)


def loaded_backend() -> str | None:
    """Return what Keras computes with in this process; None where it is not loaded."""
    keras = sys.modules.get("keras")
    return None if keras is None else str(keras.backend.backend())


def load_keras(backend: Backend) -> ModuleType:
    """Import Keras with a backend, if it is not there already, and return it.

    Raises
    ------
    wattlab.errors.MissingExtraError, wattlab.errors.UnsupportedError
        As `check_backend`.
    """
    check_backend(backend)
    os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors only; without it every start prints a page
    return import_module("keras")


def version(backend: Backend) -> str:
    """Return the version of a loaded backend's package."""
    return str(sys.modules[backend].__version__)
