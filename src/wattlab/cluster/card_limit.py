"""A limit on the memory of a graphics card, kept by torch's allocator in this process."""

from __future__ import annotations

__all__ = ["limit_card"]


def limit_card(device: str, limit_B: int) -> None:
    """Have torch refuse to take more of a card's memory: it raises OutOfMemoryError then, as on a smaller card.

    Parameters
    ----------
    device : str
        Such as "cuda" or "cuda:1".
    limit_B : int
        Most memory; more than the card has means all of it. Unit: B.
    """
    import torch

    index = torch.device(device).index or 0
    total_B = torch.cuda.get_device_properties(index).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, limit_B / total_B), index)
