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
    if torch := sys.modules.get("torch"):
        _wait_for_torch(torch)
    if jax := sys.modules.get("jax"):
        _wait_for_jax(jax)


def _wait_for_torch(torch: ModuleType) -> None:
    if torch.cuda.is_initialized():
        # A device that holds no memory of torch's has no work, and waiting for it would set it up.
        current = torch.cuda.current_device()
        for index in range(torch.cuda.device_count()):
            if index == current or torch.cuda.memory_reserved(index):
                torch.cuda.synchronize(index)
    if torch.xpu.is_initialized():
        torch.xpu.synchronize()
    if torch.backends.mps.is_available():
        torch.mps.synchronize()


def _wait_for_jax(jax: ModuleType) -> None:
    # JAX has no call that waits for a device, but for every array that is still in use.
    if not _jax_has_started():
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
