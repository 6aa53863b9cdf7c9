"""What dropout and sampling draw: a function of seed and epoch, from the device's own generator, which is put back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["seeded", "undisturbed"]

_STREAM: Final = 3
"""Apart from the streams of the initial weights, of the order and of augmentation."""


@contextmanager
def seeded(device: torch.device, seed: int, epoch: int) -> Iterator[None]:
    """Let a device draw inside the block what belongs to the seed of a recipe and to an epoch.

    torch's dropout takes no generator of its own, and neither do compiled networks; so the device's is seeded, and
    goes on afterwards as if nothing had been drawn.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(_STREAM, epoch))
    with undisturbed(device):
        _generator(device).manual_seed(int(sequence.generate_state(1, np.uint64)[0] >> 1))
        yield


@contextmanager
def undisturbed(device: torch.device) -> Iterator[None]:
    """Put a device's generator back where it was before the block."""
    generator = _generator(device)
    before = generator.get_state()
    try:
        yield
    finally:
        generator.set_state(before)


def _generator(device: torch.device) -> torch.Generator:
    if device.type != "cuda":
        return torch.default_generator
    torch.cuda.init()  # type: ignore[no-untyped-call]  # else there are no generators yet
    generator: torch.Generator = torch.cuda.default_generators[device.index]
    return generator
