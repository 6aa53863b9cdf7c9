"""How many threads each backend computes with, set where it can be set and read back where it can be read."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wattlab.engines.keras.backend import FRESH
from wattlab.errors import UnsupportedError
from wattlab.machine.system_files import read_text
from wattlab.machine.threads import affinity_cores

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.keras.backend import Backend

__all__ = ["inter_threads", "set_inter_threads", "set_threads", "threads_in_use"]

_XLA_POOL = "tf_XLAEigen"


def set_threads(backend: Backend, count: int | None) -> None:
    """Let a backend compute with `count` threads; None changes nothing.

    Parameters
    ----------
    backend : str
        Loaded already.
    count : int or None
        Number of threads, >= 1.

    Raises
    ------
    wattlab.errors.UnsupportedError
        If the backend already runs with another number and cannot change it.
    """
    _SETTERS[backend](count)


def threads_in_use(backend: Backend) -> int:
    """Return how many threads a backend computes with."""
    return _READERS[backend]()


def set_inter_threads(count: int | None) -> None:
    """Set how many independent operations TensorFlow runs at a time; None changes nothing.

    Raises
    ------
    wattlab.errors.UnsupportedError
        If TensorFlow already runs with another number.
    """
    if count is None:
        return
    import tensorflow as tf

    try:
        tf.config.threading.set_inter_op_parallelism_threads(count)
    except RuntimeError as error:
        raise _too_late("inter_threads", count, inter_threads()) from error


def inter_threads() -> int:
    """Return how many independent operations TensorFlow runs at a time."""
    import tensorflow as tf

    # 0 stands for TensorFlow's own choice, which is one for each core of the affinity mask.
    return int(tf.config.threading.get_inter_op_parallelism_threads()) or affinity_cores()


def _set_tensorflow(count: int | None) -> None:
    if count is None:
        return
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(count)
    except RuntimeError as error:
        raise _too_late("threads", count, _tensorflow_threads()) from error


def _tensorflow_threads() -> int:
    import tensorflow as tf

    return int(tf.config.threading.get_intra_op_parallelism_threads()) or affinity_cores()


def _set_jax(count: int | None) -> None:
    """Start JAX's CPU client; it has no setter, but takes the size of its pool from NPROC when it starts."""
    import jax

    before = os.environ.get("NPROC")
    if count is not None:
        os.environ["NPROC"] = str(count)
    try:
        jax.devices("cpu")
    finally:
        if before is not None:
            os.environ["NPROC"] = before
        elif count is not None:
            del os.environ["NPROC"]
    if count is not None and count != _jax_threads():
        raise _too_late("threads", count, _jax_threads())


def _jax_threads() -> int:
    """Count the threads of XLA's pool by their name; where there is no /proc, as many as XLA starts by itself."""
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        return affinity_cores()
    # A thread that has just ended has no name any more.
    return max(1, sum(read_text(task / "comm") == _XLA_POOL for task in tasks.iterdir()))


def _set_torch(count: int | None) -> None:
    if count is not None:
        sys.modules["torch"].set_num_threads(count)


def _torch_threads() -> int:
    return int(sys.modules["torch"].get_num_threads())


def _too_late(field: str, count: int, present: int) -> UnsupportedError:
    return UnsupportedError(
        f"engine.{field} is {count}, but the backend already runs with {present} in this process; {FRESH}"
    )


_SETTERS: dict[str, Callable[[int | None], None]] = {
    "tensorflow": _set_tensorflow,
    "jax": _set_jax,
    "torch": _set_torch,
}
_READERS: dict[str, Callable[[], int]] = {
    "tensorflow": _tensorflow_threads,
    "jax": _jax_threads,
    "torch": _torch_threads,
}
