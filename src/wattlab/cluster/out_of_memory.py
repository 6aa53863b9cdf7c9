"""Whether an error says that memory ran out: by its type and words, never by a guess."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EXIT_CODE", "is_out_of_memory", "kernel_kills", "speaks_of_memory"]

EXIT_CODE: Final = 3
"""How a process ends that noticed itself that memory ran out."""
_TYPES: Final = frozenset({"MemoryError", "OutOfMemoryError", "ResourceExhaustedError"})
"""Python and NumPy; torch; TensorFlow. Told by name, so that no library is imported to ask."""
_TALKATIVE: Final = frozenset({"RuntimeError", "XlaRuntimeError", "JaxRuntimeError", "InternalError"})
"""Types that libraries raise for anything: only their words tell."""
_WORDS: Final = (
    "out of memory",
    "out_of_memory",
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "resource_exhausted",
    "oom when allocating",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
    "std::bad_alloc",
    "dst tensor is not initialized",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error, or one that led to it, says that memory ran out, on the processor or a card.

    Parameters
    ----------
    error : BaseException
        As caught.

    Examples
    --------
    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("shapes do not fit"))
    (True, False)
    >>> is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"))
    True
    """
    return any(_says_so(one) for one in _chain(error))


def speaks_of_memory(text: str) -> bool:
    """Return whether what a library said contains that memory ran out.

    Examples
    --------
    >>> speaks_of_memory("terminate called after throwing an instance of 'std::bad_alloc'")
    True
    """
    return any(words in text.lower() for words in _WORDS)


def _says_so(error: BaseException) -> bool:
    names = {one.__name__ for one in type(error).__mro__}
    if names & _TYPES or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return bool(names & _TALKATIVE) and speaks_of_memory(str(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those in whose handling it arose."""
    seen: set[int] = set()
    present: BaseException | None = error
    while present is not None and id(present) not in seen:
        yield present
        seen.add(id(present))
        present = present.__cause__ or present.__context__


def kernel_kills(vmstat: Path = Path("/proc/vmstat")) -> int | None:
    """Return how many processes the kernel has killed since its start because memory ran out; None: it does not tell.

    Parameters
    ----------
    vmstat : Path, optional
        Linux's file of memory events.
    """
    try:
        lines = vmstat.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)
