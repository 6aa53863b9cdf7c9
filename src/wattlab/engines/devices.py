"""What torch can compute with here: device, number format and threads.

torch is imported only where a GPU is asked for, or a tensor's device.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from wattlab.errors import MissingExtraError, UnsupportedError
from wattlab.machine.number_formats import number_formats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

    from wattlab.recipe.engine import EngineChoice, NativeChoice, Precision, TorchChoice

__all__ = [
    "check_device",
    "check_formats",
    "cuda_formats",
    "formats_by_capability",
    "limit_torch_threads",
    "torch_device",
]

# From which compute capability on a GPU has the instructions (CUDA C++ programming guide, tensor cores).
_CAPABILITIES: Final[dict[Precision, tuple[int, int]]] = {
    "tf32": (8, 0),
    "bfloat16": (8, 0),
    "float16": (7, 0),
}
_EMULATED: Final[tuple[Precision, ...]] = ("bfloat16", "float16")


def check_device(choice: NativeChoice | TorchChoice) -> None:
    """Raise unless torch can compute on the device, and in the number format, that a recipe chooses.

    Parameters
    ----------
    choice : NativeChoice or TorchChoice
        Of a recipe that computes with torch tensors.

    Raises
    ------
    wattlab.errors.MissingExtraError
        If torch is not installed; it is not imported to find out.
    wattlab.errors.UnsupportedError
        If there is no such GPU; if the device has no instructions for the number format and
        ``engine.emulated`` does not allow for that.
    """
    if find_spec("torch") is None:
        raise MissingExtraError("torch", "torch", _purpose(choice))
    if choice.device == "cpu":
        check_formats(choice, number_formats(), "this processor")
        return
    index = _check_gpu(choice.device)
    check_formats(choice, cuda_formats(index), f"the GPU {choice.device} ({_gpu_name(index)})")


def torch_device(choice: NativeChoice | TorchChoice) -> torch.device:
    """Return where a recipe's tensors live; a GPU always with its number, so that devices compare equal."""
    import torch

    return torch.device("cuda:0" if choice.device == "cuda" else choice.device)


def cuda_formats(index: int) -> tuple[Precision, ...]:
    """Return the number formats that a GPU has instructions for, widest first.

    Parameters
    ----------
    index : int
        The number of the GPU.

    References
    ----------
    NVIDIA, CUDA C++ programming guide, table "Tensor Core input data types by compute capability".
    """
    import torch

    capability = torch.cuda.get_device_capability(index)
    return formats_by_capability(capability)


def formats_by_capability(capability: tuple[int, int]) -> tuple[Precision, ...]:
    """Return the number formats that an NVIDIA GPU of a compute capability has instructions for; looks at no GPU."""
    return ("float64", "float32", *(name for name, least in _CAPABILITIES.items() if capability >= least))


@contextmanager
def limit_torch_threads(count: int | None) -> Iterator[None]:
    """Let torch, where it is loaded, compute with `count` threads inside the ``with`` block.

    torch keeps a number of its own, so that to limit its libraries is not enough.

    Parameters
    ----------
    count : int or None
        Number of threads, >= 1; None changes nothing.
    """
    torch = sys.modules.get("torch")
    if torch is None or count is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _purpose(choice: NativeChoice | TorchChoice) -> str:
    """Return the field that makes torch necessary."""
    if choice.name == "torch":
        return "engine.name = 'torch'"
    if choice.device != "cpu":
        return f"engine.device = {choice.device!r}"
    wide = choice.precision in {"float64", "float32"}
    return "engine.arrays = 'torch'" if wide else f"engine.precision = {choice.precision!r}"


def _check_gpu(device: str) -> int:
    """Return the number of the GPU that is asked for; raise if there is none with that number."""
    import torch

    if not torch.cuda.is_available():
        raise UnsupportedError(
            f"engine.device is {device!r}, but torch {torch.__version__} sees no GPU here; set engine.device = 'cpu', "
            "or install a GPU driver and a torch that is built for it (see https://pytorch.org/get-started)"
        )
    index, count = torch.device(device).index or 0, torch.cuda.device_count()
    if index >= count:
        there = ", ".join(f"cuda:{one} ({_gpu_name(one)})" for one in range(count))
        raise UnsupportedError(
            f"engine.device is {device!r}, but there is only {there}; take one that is there"
        )
    return index


def _gpu_name(index: int) -> str:
    import torch

    return str(torch.cuda.get_device_name(index))


def check_formats(choice: EngineChoice, formats: Sequence[Precision], device: str) -> None:
    """Raise for a number format that a device has no instructions for, unless it may be emulated.

    Parameters
    ----------
    choice : EngineChoice
        Of a recipe.
    formats : sequence of str
        What the device has instructions for.
    device : str
        What to call it.

    Raises
    ------
    wattlab.errors.UnsupportedError
        Says which formats the device can do.
    """
    precision = choice.precision
    if precision in formats:
        return
    start = f"engine.precision is {precision!r}, for which {device} has no instructions"
    able = f"(it can do {', '.join(formats)})"
    if precision not in _EMULATED:
        raise UnsupportedError(f"{start} {able}; take one of these")
    if not choice.emulated:
        raise UnsupportedError(
            f"{start} {able}; take one of these, or set engine.emulated = true for right results at a loss of speed"
        )
