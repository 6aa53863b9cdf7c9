from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.machine import blas_threads, limit_threads, threads, usable_cores

if TYPE_CHECKING:
    from pathlib import Path


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_no_control_group_is_no_limit(tmp_path: Path) -> None:
    assert threads.cpu_quota(tmp_path) is None


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        ({"sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/cpu.max": "200000 100000\n",
                "sys/fs/cgroup/a/b/cpu.max": "300000 100000\n",
            },
            2.0,
        ),
        (
            {
                "proc/self/cgroup": "3:cpu,cpuacct:/job\n0::/\n",
                "sys/fs/cgroup/cpu/job/cpu.cfs_quota_us": "50000\n",
                "sys/fs/cgroup/cpu/job/cpu.cfs_period_us": "100000\n",
            },
            0.5,
        ),
        (
            {
                "proc/self/cgroup": "3:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
        ),
    ],
)
def test_quota_of_either_version_and_of_any_ancestor(
    tmp_path: Path, files: dict[str, str], quota: float | None
) -> None:
    assert threads.cpu_quota(write(tmp_path, files)) == quota


@pytest.mark.parametrize(("quota", "cores"), [(None, 8), (2.5, 3), (0.1, 1), (64.0, 8)])
def test_usable_cores_are_the_smaller_of_affinity_and_quota(
    monkeypatch: pytest.MonkeyPatch, quota: float | None, cores: int
) -> None:
    monkeypatch.setattr(threads, "affinity_cores", lambda: 8)
    monkeypatch.setattr(threads, "cpu_quota", lambda root: quota)
    assert usable_cores() == cores


def test_limits_the_threads_of_blas_and_gives_them_back() -> None:
    _ = np.ones((2, 2)) @ np.ones((2, 2))
    with limit_threads(1):
        before = blas_threads()
        with limit_threads(None):
            assert blas_threads() == before
    if before is None:
        pytest.skip("no BLAS library that threadpoolctl knows")
    assert before == 1


def test_refuses_less_than_one_thread() -> None:
    with pytest.raises(ValueError, match="expected at least 1"), limit_threads(0):
        pass


@pytest.mark.parametrize(
    ("cores", "cpu_max", "expected"),
    [(4, "150000 100000", 2), (4, "max 100000", None), (2, "400000 100000", None), (1, "50000 100000", None)],
)
def test_only_a_quota_below_the_cores_limits_the_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int, cpu_max: str, expected: int | None
) -> None:
    monkeypatch.setattr(threads, "affinity_cores", lambda: cores)
    root = write(tmp_path, {"sys/fs/cgroup/cpu.max": cpu_max})
    assert threads.default_threads(root) == expected
