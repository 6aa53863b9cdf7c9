"""Engines by name, imported when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from wattlab.errors import UnsupportedError

if TYPE_CHECKING:
    from wattlab.engines.base import Engine

__all__ = ["engine_names", "get_engine"]


_HOMES = {
    "native": ("wattlab.engines.native.engine", "NativeEngine"),
    "torch": ("wattlab.engines.torch.engine", "TorchEngine"),
    "keras": ("wattlab.engines.keras.engine", "KerasEngine"),
    "sklearn": ("wattlab.engines.sklearn.engine", "SklearnEngine"),
}


def engine_names() -> list[str]:
    """Return the names of all engines, whether the packages they need are installed or not."""
    return list(_HOMES)


def get_engine(name: str) -> Engine:
    """Return the engine of that name; its packages are imported when a training starts.

    Raises
    ------
    wattlab.errors.UnsupportedError
        If there is none.
    """
    if name not in _HOMES:
        msg = f"there is no engine {name!r}; engines: {', '.join(engine_names())}"
        raise UnsupportedError(msg)
    module, class_name = _HOMES[name]
    engine: Engine = getattr(import_module(module), class_name)()
    return engine
