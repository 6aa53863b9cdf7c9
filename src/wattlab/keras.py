"""For Keras 3: ``model.fit(x, y, callbacks=[wattlab.keras.CostCallback()])``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from wattlab.callbacks.keras import CostCallback

__all__ = ["CostCallback"]

_EXTRAS: Final = {"torch": "keras-torch", "tensorflow": "tensorflow"}


def __getattr__(name: str) -> Any:
    # The callback derives from the library's own class: asking for it is what imports the library.
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from wattlab.callbacks.loading import load_callback

    return load_callback("keras", _extra())


def _extra() -> str:
    """Return the extra that brings Keras with the backend that is there already; JAX is the smallest one."""
    return next((extra for backend, extra in _EXTRAS.items() if find_spec(backend)), "jax")


def __dir__() -> list[str]:
    return sorted(__all__)
