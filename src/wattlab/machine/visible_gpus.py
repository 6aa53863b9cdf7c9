"""Which cards a process may compute on, by the environment variables that CUDA and ROCm read.

References
----------
CUDA programming guide, "CUDA Environment Variables": ``CUDA_VISIBLE_DEVICES``, ``CUDA_DEVICE_ORDER``. What it leaves
open (repeated numbers, text behind a number) follows torch, which found out by experiment. ROCm documentation,
"GPU isolation techniques": ``ROCR_VISIBLE_DEVICES`` is applied first, ``HIP_VISIBLE_DEVICES`` counts what is left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wattlab.machine.gpu_state import Gpu

__all__ = ["Visible", "visible_to_cuda", "visible_to_hip"]

_OLD_MIG: Final = re.compile(r"MIG-(GPU-[^/]+)/\d+/\d+")
_NUMBER: Final = re.compile(r"\s*([+-]?\d+)")


@dataclass(frozen=True, slots=True)
class Visible:
    """The cards that a process may compute on.

    Attributes
    ----------
    ids : tuple of str
        Their `Gpu.id`, in the order in which the process counts them.
    doubt : str
        Why it may be others; empty if it is sure.
    variable : str
        The environment variable that says so; empty if none does.
    """

    ids: tuple[str, ...]
    doubt: str = ""
    variable: str = ""


def visible_to_cuda(
    environ: Mapping[str, str], gpus: Sequence[Gpu], mig_parent: Callable[[str], str | None]
) -> Visible:
    """Read ``CUDA_VISIBLE_DEVICES``.

    Parameters
    ----------
    environ : mapping
        The environment.
    gpus : sequence of Gpu
        All cards, by PCI address.
    mig_parent : callable
        Returns the UUID of the card that an instance (``MIG-…``) is on; None if there is none.

    Returns
    -------
    Visible
        A card of which an instance is visible is visible.
    """
    uuids = [gpu.id for gpu in gpus]
    text = environ.get("CUDA_VISIBLE_DEVICES")
    if text is None:
        return Visible(tuple(uuids))
    if text.startswith("MIG-"):
        parents = [_parent(name, mig_parent) for name in _up_to_the_first_other(text, "MIG-")]
        known = parents[: parents.index(None)] if None in parents else parents
        return Visible(tuple(dict.fromkeys(filter(None, known))), variable="CUDA_VISIBLE_DEVICES")
    chosen = _by_uuid(text, uuids) if text.startswith("GPU-") else _by_number(text, len(uuids))
    doubt = "" if text.startswith("GPU-") else _doubt(environ, gpus, chosen)
    return Visible(tuple(uuids[index] for index in chosen), doubt, "CUDA_VISIBLE_DEVICES")


def visible_to_hip(environ: Mapping[str, str], nodes: Sequence[tuple[str, str]]) -> Visible:
    """Read ``ROCR_VISIBLE_DEVICES``, then ``HIP_VISIBLE_DEVICES`` or ``CUDA_VISIBLE_DEVICES``.

    Parameters
    ----------
    environ : mapping
        The environment.
    nodes : sequence of tuple of str
        The cards that ROCm can use in its own order: `Gpu.id`, and the unique number, such as "GPU-deadbeefdeadbeef".
    """
    left, variable = list(nodes), ""
    for name in ("ROCR_VISIBLE_DEVICES", *_first(environ, "HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES")):
        if name in environ:
            variable = name
            left = [left[index] for index in _by_either(environ[name], [unique for _, unique in left])]
    return Visible(tuple(identity for identity, _ in left), variable=variable)


def _first(environ: Mapping[str, str], *names: str) -> list[str]:
    return [name for name in names if name in environ][:1]


def _by_number(text: str, count: int) -> list[int]:
    """Return the indices before the first one that is none; a repeated one makes all of them void."""
    numbers = list(takewhile(lambda number: number >= 0, map(_number, text.split(","))))
    if len(set(numbers)) < len(numbers):
        return []
    return list(takewhile(lambda number: number < count, numbers))


def _number(text: str) -> int:
    """Return the number that a text starts with; -1 if it starts with none."""
    found = _NUMBER.match(text)
    return int(found[1]) if found else -1


def _by_either(text: str, uniques: Sequence[str]) -> list[int]:
    """Return the indices of cards that are named by number or by unique number, before the first that is unknown."""
    places = {unique.lower(): index for index, unique in enumerate(uniques)}
    found = (places.get(part.strip().lower(), _number(part)) for part in text.split(","))
    return list(dict.fromkeys(takewhile(lambda index: 0 <= index < len(uniques), found)))


def _by_uuid(text: str, uuids: Sequence[str]) -> list[int]:
    """Return the indices of the cards whose UUID begins so, before the first that is unknown or not clear."""
    chosen: list[int] = []
    for prefix in _up_to_the_first_other(text, "GPU-"):
        found = [index for index, uuid in enumerate(uuids) if uuid.startswith(prefix)]
        if len(found) != 1:
            break
        if found[0] in chosen:
            return []
        chosen += found
    return chosen


def _up_to_the_first_other(text: str, prefix: str) -> list[str]:
    names: list[str] = []
    for name in text.split(","):
        if name in names:
            return []
        if not name.startswith(prefix):
            break
        names.append(name)
    return names


def _parent(name: str, mig_parent: Callable[[str], str | None]) -> str | None:
    old = _OLD_MIG.fullmatch(name)
    return old[1] if old else mig_parent(name)


def _doubt(environ: Mapping[str, str], gpus: Sequence[Gpu], chosen: Sequence[int]) -> str:
    """Say that CUDA may count cards of different kinds in another order than by PCI address."""
    alike = len({gpu.name for gpu in gpus}) <= 1
    everything = len(chosen) in {0, len(gpus)}
    if alike or everything or environ.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID":
        return ""
    return (
        "CUDA counts cards of different kinds by speed, wattlab by PCI address: "
        "set CUDA_DEVICE_ORDER=PCI_BUS_ID, or name the cards by UUID"
    )
