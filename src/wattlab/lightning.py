"""For Lightning: ``Trainer(callbacks=[wattlab.lightning.CostCallback()])``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wattlab.callbacks.lightning import CostCallback

__all__ = ["CostCallback"]


def __getattr__(name: str) -> Any:
    # The callback derives from the library's own class: asking for it is what imports the library.
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from wattlab.callbacks.loading import load_callback

    return load_callback("lightning", "lightning")


def __dir__() -> list[str]:
    return sorted(__all__)
