"""Workers that read files: alone, as threads, or as processes that hand over what they read in shared memory."""

from __future__ import annotations

import random
import re
import shutil
import time
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.errors import DataError, StorageError, UserError
from wattlab.machine.system_files import read_text
from wattlab.studies.loading.readers import read
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

    from numpy.typing import NDArray

__all__ = ["Crew", "Job", "Processes", "Spent", "Threads", "shares"]

_BATCH_B: Final = 4_000_000
"""Small files are handed over together, as the samples of a batch are."""
_AHEAD: Final = 2
"""How many batches a worker may be ahead of who takes them; as many as torch's DataLoader allows."""
_SHARED: Final = Path("/dev/shm")  # noqa: S108 (where Linux keeps shared memory)


class Job(NamedTuple):
    """A file and how it is read."""

    path: str
    size_B: int
    reader: str


@dataclass(frozen=True)
class Spent:
    """What reading took.

    Parameters
    ----------
    cpu_s : float
        Processor seconds of all workers. Unit: s.
    delivered_B : int
        What came out of the readers. Unit: B.
    storage_B : int or None
        What the system fetched from disk or server for it; None where it does not tell. Unit: B.
    """

    cpu_s: float = 0.0
    delivered_B: int = 0
    storage_B: int | None = 0

    def __add__(self, other: Spent) -> Spent:
        """Add what two workers took."""
        known = self.storage_B is not None and other.storage_B is not None
        return Spent(
            self.cpu_s + other.cpu_s,
            self.delivered_B + other.delivered_B,
            (self.storage_B or 0) + (other.storage_B or 0) if known else None,
        )


def shares(jobs: Sequence[Job], n: int, seed: int) -> list[list[Job]]:
    """Divide files among workers, so that each has about as many bytes, and shuffle each share.

    Parameters
    ----------
    jobs : sequence of Job
        All files.
    n : int
        Workers.
    seed : int
        Of the order: trainings read in random order.

    Examples
    --------
    >>> [[job.path for job in share] for share in shares([Job("a", 5, "raw"), Job("b", 1, "raw")], 2, 0)]
    [['a'], ['b']]
    """
    found: list[list[Job]] = [[] for _ in range(n)]
    loads = [(0, place) for place in range(n)]
    for job in sorted(jobs, key=lambda one: -one.size_B):
        load, place = min(loads)
        found[place].append(job)
        loads[place] = (load + job.size_B, place)
    for place, share in enumerate(found):
        random.Random(seed * 1000 + place).shuffle(share)  # noqa: S311 (an order, not a secret)
    return found


class Crew(ABC):
    """Workers that are ready: they have read a first file, and hold in memory what they are to read from there."""

    @abstractmethod
    def work(self) -> Spent:
        """Read all files, once, and return what that took."""

    @abstractmethod
    def leave(self) -> None:
        """Let the workers go."""


class Threads(Crew):
    """Threads of this process; one works without a pool.

    Parameters
    ----------
    parts : list of lists of Job
        What each reads.
    from_memory : bool
        The content is read before the work begins.
    """

    def __init__(self, parts: list[list[Job]], *, from_memory: bool) -> None:
        self._parts = [part for part in parts if part]
        self._pool = ThreadPoolExecutor(len(self._parts)) if len(self._parts) > 1 else None
        self._memory = _contents([job for part in parts for job in part]) if from_memory else {}
        for part in self._parts:
            _read(part[0], self._memory)

    def work(self) -> Spent:
        """Read all files."""
        before_s, before_B = time.process_time(), storage_B()
        run = map if self._pool is None else self._pool.map
        delivered_B = sum(run(self._share, self._parts))
        return Spent(time.process_time() - before_s, delivered_B, _less(storage_B(), before_B))

    def _share(self, part: list[Job]) -> int:
        return sum(_size(_read(job, self._memory)) for job in part)

    def leave(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()


class Processes(Crew):
    """Processes, each with its own interpreter; parameters as for `Threads`."""

    def __init__(self, parts: list[list[Job]], *, from_memory: bool) -> None:
        # A fresh interpreter, as on every system: what a fork inherits depends on what ran before.
        context = get_context("spawn")
        self._lines: list[Connection] = []
        self._workers = []
        for part in parts:
            if part:
                ours, theirs = context.Pipe()
                worker = context.Process(target=_serve, args=(theirs, part, from_memory), daemon=True)
                worker.start()
                theirs.close()
                self._lines.append(ours)
                self._workers.append(worker)
        for line in self._lines:
            _hear(line)

    def work(self) -> Spent:
        """Let all read, and take what they hand over."""
        before_s = time.process_time()
        for line in self._lines:
            line.send("go")
        spent, working = Spent(), set(self._lines)
        while working:
            ready = connection.wait(list(working))
            for line in [one for one in self._lines if one in ready]:
                said = _hear(line)
                if isinstance(said, Spent):
                    spent += said
                    working.discard(line)
                else:
                    _take(said)
                    line.send("taken")
        return spent + Spent(cpu_s=time.process_time() - before_s)

    def leave(self) -> None:
        """End the processes."""
        for line in self._lines:
            with suppress(OSError):
                line.send("leave")
        for worker in self._workers:
            worker.join(10)
            worker.kill()


def _hear(line: Connection) -> Any:
    """Return what a worker says; raise what went wrong with it."""
    try:
        said = line.recv()
    except EOFError as error:
        msg = "a worker died while it read: memory ran out, or a library crashed; try fewer workers"
        raise DataError(msg) from error
    if isinstance(said, UserError):
        raise said
    return said


def _take(name: str) -> None:
    """Take over a piece of shared memory, and let go of it."""
    piece = SharedMemory(name)
    piece.close()
    piece.unlink()


def _serve(line: Connection, part: list[Job], from_memory: bool) -> None:  # noqa: FBT001 (an argument of a process)
    """Work as a process: ready, read, hand over, tell what it took."""
    try:
        memory = _contents(part) if from_memory else {}
        _read(part[0], memory)
        line.send("ready")
        if line.recv() == "go":
            line.send(_deliver(line, part, memory))
            line.recv()
    except UserError as error:
        # Errors with arguments of their own cannot be sent as they are.
        line.send(DataError(str(error)))
    except (EOFError, OSError):
        return  # nobody listens any more


def _deliver(line: Connection, part: list[Job], memory: dict[str, bytes]) -> Spent:
    before_s, before_B = time.process_time(), storage_B()
    batch: list[NDArray[Any]] = []
    delivered_B = waiting = 0
    for place, job in enumerate(part, 1):
        batch += _read(job, memory)
        if place == len(part) or _size(batch) >= _BATCH_B:
            delivered_B += _size(batch)
            if waiting == _AHEAD:
                line.recv()
                waiting -= 1
            waiting += _hand_over(line, batch)
            batch = []
    for _ in range(waiting):
        line.recv()
    return Spent(time.process_time() - before_s, delivered_B, _less(storage_B(), before_B))


def _hand_over(line: Connection, batch: list[NDArray[Any]]) -> int:
    """Put arrays into shared memory and tell its name; return how many pieces that were."""
    size = _size(batch)
    if not size:
        return 0
    if _SHARED.is_dir() and shutil.disk_usage(_SHARED).free < size:
        msg = (
            f"shared memory ({_SHARED}) has no room for {format_bytes(size)}; give the container more "
            "(docker run --shm-size=2g), or measure threads alone: --kinds threads"
        )
        raise StorageError(msg)
    piece = SharedMemory(create=True, size=size)
    start = 0
    for array in batch:
        view = np.ndarray(array.shape, array.dtype, piece.buf, start, order=_order(array))
        np.copyto(view, array)
        start += array.nbytes
        del view
    line.send(piece.name)
    piece.close()
    return 1


def _order(array: NDArray[Any]) -> Any:
    return "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"


def _contents(part: Sequence[Job]) -> dict[str, bytes]:
    try:
        return {job.path: Path(job.path).read_bytes() for job in part}
    except OSError as error:
        msg = f"file {str(error.filename)!r} cannot be read: {error.strerror}"
        raise DataError(msg) from error


def _read(job: Job, memory: dict[str, bytes]) -> list[NDArray[Any]]:
    return read(job.reader, memory[job.path] if memory else Path(job.path), job.path)


def _size(arrays: list[NDArray[Any]]) -> int:
    return sum(array.nbytes for array in arrays)


def storage_B(proc: Path = Path("/proc/self/io")) -> int | None:
    """Return how many bytes this process made the system fetch from disk or server; None where it does not tell.

    References
    ----------
    Linux manual pages, proc_pid_io(5): read_bytes.
    """
    found = re.search(r"^read_bytes: (\d+)$", read_text(proc), re.MULTILINE)
    return int(found[1]) if found else None


def _less(after: int | None, before: int | None) -> int | None:
    return None if after is None or before is None else after - before
