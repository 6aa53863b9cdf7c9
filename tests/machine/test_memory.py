"""How much memory there is to be had: by the system, and by control groups of both versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest

from wattlab.machine.memory import free_memory_B

if TYPE_CHECKING:
    from pathlib import Path

GiB = 2**30


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, {"proc/meminfo": f"MemTotal: {16 * 2**20} kB\nMemAvailable: {8 * 2**20} kB\n"})
    return tmp_path


def group(limit: str, used: int, stat: str, *, version: int) -> dict[str, str]:
    limits, usage = (
        ("memory.max", "memory.current")
        if version == 2
        else ("memory.limit_in_bytes", "memory.usage_in_bytes")
    )
    return {limits: f"{limit}\n", usage: f"{used}\n", "memory.stat": stat}


def test_without_groups_the_system_tells(root: Path) -> None:
    assert free_memory_B(root) == 8 * GiB


@pytest.mark.parametrize("version", [1, 2])
def test_the_tightest_group_counts_and_its_page_cache_can_be_had_again(root: Path, version: int) -> None:
    line, top = ("4:cpu,memory:/outer/inner", "memory/") if version == 1 else ("0::/outer/inner", "")
    prefix = "total_" if version == 1 else ""
    name = "cache" if version == 1 else "file"
    stat = f"{prefix}{name} {GiB}\n{prefix}shmem {GiB // 4}\n"
    outer = group(str(4 * GiB), 3 * GiB, stat, version=version)
    inner = group("max" if version == 2 else str(2**63 - 4096), GiB, "", version=version)
    base = f"sys/fs/cgroup/{top}outer"
    write(root, {"proc/self/cgroup": f"{line}\n", **{f"{base}/{name}": text for name, text in outer.items()}})
    write(root, {f"{base}/inner/{name}": text for name, text in inner.items()})
    assert free_memory_B(root) == 4 * GiB - 3 * GiB + GiB - GiB // 4


def test_in_a_container_the_path_may_be_the_host_s(root: Path) -> None:
    own = group(str(GiB), 3 * GiB, "", version=2)
    write(root, {"proc/self/cgroup": "0::/docker/abc\n"})
    write(root, {f"sys/fs/cgroup/{name}": text for name, text in own.items()})
    assert free_memory_B(root) == 0


def test_here_it_is_at_most_what_psutil_says() -> None:
    assert 0 < free_memory_B() <= psutil.virtual_memory().available * 1.1
