"""Waiting for devices: what was queued on a GPU before a window's edge is done before the clocks are read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["synchronize_devices"]


def synchronize_devices() -> None:
    """Wait until every device has finished that torch or JAX computes with in this process.

    Imports nothing and starts nothing: a library that is not loaded, or has not touched its device, has given it
    nothing to do. TensorFlow's eager operations are waited for by Keras' callback alone.
    """
    _wait_for_torch(sys.modules.get("torch"))
    _wait_for_jax(sys.modules.get("jax"))


def _wait_for_torch(torch: ModuleType | None) -> None:
    # A module is in the table before it is complete; a part of it that is not there yet has no work.
    cuda, xpu, mps = (getattr(torch, part, None) for part in ("cuda", "xpu", "mps"))
    if cuda is not None and cuda.is_initialized():
        # A device that holds no memory of torch's has no work, and waiting for it would set it up.
        current = cuda.current_device()
        for index in range(cuda.device_count()):
            if index == current or cuda.memory_reserved(index):
                cuda.synchronize(index)
    if xpu is not None and xpu.is_initialized():
        xpu.synchronize()
    apple = getattr(getattr(torch, "backends", None), "mps", None)
    if mps is not None and apple is not None and apple.is_available():
        mps.synchronize()


def _wait_for_jax(jax: ModuleType | None) -> None:
    # JAX has no call that waits for a device, but for every array that is still in use.
    if jax is None or not _jax_has_started():
        return
    for array in jax.live_arrays():
        if not array.is_deleted():
            array.block_until_ready()


def _jax_has_started() -> bool:
    """Return whether JAX has set up its devices; asking it for its arrays would do so, and take their memory."""
    bridge = sys.modules.get("jax._src.xla_bridge")
    try:
        return bridge is not None and bool(bridge.backends_are_initialized())
    except AttributeError:  # no public name tells; a JAX without this one is not waited for
        return False
