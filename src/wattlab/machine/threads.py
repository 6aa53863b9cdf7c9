"""How many cores this process may use, and how many threads the linear algebra libraries use.

What a container may use is less than what the machine shows: the scheduler's affinity mask limits the cores,
a control group (cgroup) limits the share of their time. Starting more threads than that only makes them wait.
"""

from __future__ import annotations

import math
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wattlab.machine.system_files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator


class ThreadPool(NamedTuple):
    """A library of this process that computes with several threads.

    Attributes
    ----------
    kind : str
        "blas" or "openmp".
    name : str
        With its version where it tells.
    threads : int
        How many it may use now.
    """

    kind: str
    name: str
    threads: int


def usable_cores(root: Path = Path("/")) -> int:
    """Return how many logical cores this process may keep busy, at least 1.

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` and ``sys`` are found.

    Returns
    -------
    int
        The smaller of the affinity mask and the control group's quota, the quota rounded up.

    Examples
    --------
    >>> 1 <= usable_cores() <= (os.cpu_count() or 1)
    True
    """
    quota = cpu_quota(root)
    cores = affinity_cores()
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


def affinity_cores() -> int:
    """Return how many logical cores the scheduler may place this process on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_quota(root: Path = Path("/")) -> float | None:
    """Return the control group's limit in cores, such as 1.5, or None where there is none.

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` and ``sys`` are found.

    References
    ----------
    Linux kernel, admin-guide/cgroup-v2 (cpu.max) and scheduler/sched-bwc (cpu.cfs_quota_us).
    """
    mount = root / "sys/fs/cgroup"
    quotas = [_quota_v2(folder) for folder in _ancestry(mount, _group(root, ""))]
    for controller in (mount / "cpu", mount / "cpu,cpuacct"):
        quotas += [_quota_v1(folder) for folder in _ancestry(controller, _group(root, "cpu"))]
    return min((quota for quota in quotas if quota is not None), default=None)


def default_threads(root: Path = Path("/")) -> int | None:
    """Return how many threads to allow where nobody chose; None: the libraries' own choice is right.

    They start one thread for each core of the affinity mask and know nothing of a control group's quota.

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` and ``sys`` are found.
    """
    cores = usable_cores(root)
    return cores if cores < affinity_cores() else None


def blas_threads() -> int | None:
    """Return the largest number of threads a loaded BLAS library would use, or None if none is loaded."""
    return max((count for _, count in blas_pools()), default=None)


def blas_pools() -> list[tuple[str, int]]:
    """Return name and number of threads of every BLAS library loaded now.

    Libraries load with the package that brings them: import numpy first.
    """
    return [(pool.name, pool.threads) for pool in thread_pools() if pool.kind == "blas"]


def thread_pools() -> list[ThreadPool]:
    """Return every BLAS and OpenMP library loaded now, as `threadpoolctl` finds them.

    Pools of another kind, such as those of TensorFlow and XLA, are not among them.

    Examples
    --------
    >>> import numpy
    >>> {pool.kind for pool in thread_pools()} <= {"blas", "openmp"}
    True
    """
    from threadpoolctl import threadpool_info  # costs milliseconds, and is rarely asked for

    return [
        ThreadPool(
            pool["user_api"], f"{pool['internal_api']} {pool['version'] or ''}".strip(), pool["num_threads"]
        )
        for pool in threadpool_info()
    ]


@contextmanager
def limit_threads(count: int | None) -> Iterator[None]:
    """Let the BLAS and OpenMP libraries loaded now use at most `count` threads inside the ``with`` block.

    Parameters
    ----------
    count : int or None
        Number of threads, >= 1; None changes nothing.

    Raises
    ------
    ValueError
        `count` is less than 1.

    Examples
    --------
    >>> import numpy
    >>> with limit_threads(1):
    ...     blas_threads()
    1
    """
    if count is None:
        yield
        return
    if count < 1:
        msg = f"the number of threads is {count}; expected at least 1"
        raise ValueError(msg)
    from threadpoolctl import threadpool_limits  # costs milliseconds, and is rarely asked for

    with threadpool_limits(limits=count):
        yield


def _group(root: Path, controller: str) -> str:
    """Return the path of this process's control group, relative to the controller's folder."""
    for line in read_text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path.strip("/")
    return ""


def _ancestry(mount: Path, group: str) -> list[Path]:
    # A limit anywhere above counts too; inside a container the group's own path may not be visible.
    parts = [part for part in group.split("/") if part not in ("", "..")]
    return [mount.joinpath(*parts[:depth]) for depth in range(len(parts) + 1)]


def _quota_v2(folder: Path) -> float | None:
    fields = read_text(folder / "cpu.max").split()
    if len(fields) != 2 or fields[0] == "max":
        return None
    return int(fields[0]) / int(fields[1])


def _quota_v1(folder: Path) -> float | None:
    quota, period = read_text(folder / "cpu.cfs_quota_us"), read_text(folder / "cpu.cfs_period_us")
    if not period or not quota or int(quota) <= 0:
        return None
    return int(quota) / int(period)
