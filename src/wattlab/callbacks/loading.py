"""A callback together with the library that it is for, which is imported when the callback is asked for."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from wattlab.errors import MissingExtraError

__all__ = ["load_callback"]


def load_callback(library: str, extra: str) -> Any:
    """Return a library's ``CostCallback``.

    Parameters
    ----------
    library : str
        Import name of the library, and of our module for it.
    extra : str
        The extra of wattlab that brings it.

    Raises
    ------
    wattlab.errors.MissingExtraError
        The library is not installed.
    """
    if find_spec(library) is None:
        raise MissingExtraError(library, extra, f"wattlab.{library}.CostCallback")
    return import_module(f"wattlab.callbacks.{library}").CostCallback
