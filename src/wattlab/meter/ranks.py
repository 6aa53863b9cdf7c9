"""Which process of a node measures it: one, whatever the number of ranks that a launcher started there."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["why_not_measuring"]

_LOCAL_RANK: Final = ("LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID")


def torch_rank() -> int | None:
    """Return this process's rank in torch's process group; None where there is no group. Nothing is imported."""
    # A module is in the table before it is complete.
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return None
    return int(distributed.get_rank())


def why_not_measuring(
    environ: Mapping[str, str] = os.environ, rank: Callable[[], int | None] = torch_rank
) -> str:
    """Return why another process measures this node; empty if this one does.

    Every rank of a node would count the same energy again, so that of local rank 0 alone counts.

    Parameters
    ----------
    environ : mapping, optional
        Where launchers say which rank of its node a process is: torchrun and Lightning (``LOCAL_RANK``), Open MPI,
        Intel MPI and MPICH (``MPI_LOCALRANKID``), and Slurm's ``srun``.
    rank : callable, optional
        The rank in a process group that was made without a launcher, which tells of no node.

    Examples
    --------
    >>> why_not_measuring({"LOCAL_RANK": "1"})
    'local rank 0 measures this node, and this is local rank 1 (LOCAL_RANK)'
    >>> why_not_measuring({"LOCAL_RANK": "0"})
    ''

    References
    ----------
    https://docs.pytorch.org/docs/stable/elastic/run.html, "Environment Variables".
    """
    for variable in _LOCAL_RANK:
        if environ.get(variable, "").isdigit():
            local = int(environ[variable])
            who = f"this is local rank {local} ({variable})"
            return f"local rank 0 measures this node, and {who}" if local else ""
    found = rank()
    if not found:
        return ""
    return (
        f"rank 0 measures, and this is rank {found} of torch.distributed; "
        "set LOCAL_RANK, as torchrun does, so that one rank of each node measures"
    )
