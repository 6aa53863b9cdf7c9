"""Engines by name, imported when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.errors import UnsupportedError

if TYPE_CHECKING:
    from wattlab.engines.base import Engine

__all__ = ["engine_names", "get_engine"]


def engine_names() -> list[str]:
    """Return the names of all engines."""
    return ["native"]


def get_engine(name: str) -> Engine:
    """Return the engine of that name.

    Raises
    ------
    wattlab.errors.UnsupportedError
        If there is none.
    """
    if name == "native":
        from wattlab.engines.native.engine import NativeEngine

        return NativeEngine()
    msg = f"there is no engine {name!r}; engines: {', '.join(engine_names())}"
    raise UnsupportedError(msg)
