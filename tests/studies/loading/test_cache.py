"""The page cache: on the real file system, where that can drop files; else the test says why it is skipped."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wattlab.studies.loading import cache
from wattlab.studies.loading.places import Place, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 3_000_000

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells about its page cache"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(SIZE))
    return path


def _evictable(path: Path) -> None:
    place = place_of(path)
    why = cache.why_never_cold(place)
    if why or place.file_system == "overlay":
        pytest.skip(f"{place.label} cannot drop files: {why or 'its upper layer may lie anywhere'}")


@linux
def test_a_file_leaves_the_cache_and_comes_back_by_reading(file: Path) -> None:
    _evictable(file)
    assert cache.cached_share([file]) == 1.0
    assert cache.evict([file]) == 0.0  # although it was never flushed: fsync comes first
    assert cache.cached_share([file]) == 0.0
    with file.open("rb", buffering=0) as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_RANDOM)  # nothing is read ahead
        opened.read(SIZE // 4)
    assert cache.cached_share([file]) == pytest.approx(0.25, abs=0.1)
    file.read_bytes()
    assert cache.cached_share([file]) == 1.0


@linux
def test_both_calls_agree(file: Path) -> None:
    _evictable(file)
    for prepare in (file.read_bytes, lambda: cache.evict([file])):
        prepare()
        descriptor = os.open(file, os.O_RDONLY)
        try:
            by_call, by_map = cache.by_cachestat(descriptor), cache.by_mincore(descriptor)
        finally:
            os.close(descriptor)
        if by_call is None:
            pytest.skip("this kernel has no cachestat, or does not allow it")
        assert by_call == by_map


@pytest.fixture
def memory_file() -> Iterator[Path]:
    path = Path("/dev/shm") / f"wattlab-test-{os.getpid()}"
    if place_of(path).kind != "memory files" or not os.access(path.parent, os.W_OK):
        pytest.skip("there is no file system in memory here")
    path.write_bytes(b"x" * SIZE)
    yield path
    path.unlink()


@linux
def test_files_in_memory_are_never_called_cold(memory_file: Path) -> None:
    waits: list[float] = []
    assert cache.evict([memory_file], sleep=waits.append) == 1.0
    assert len(waits) == 4
    assert "keeps its files in memory" in cache.why_never_cold(place_of(memory_file))


def test_what_keeps_a_cache_of_its_own_is_never_cold() -> None:
    zfs = Place(kind="unknown", mount="/pool", file_system="zfs", source="tank")
    assert "cache of its own" in cache.why_never_cold(zfs)


def test_a_system_without_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    place = Place(kind="SSD", mount="/", file_system="apfs", source="disk1")
    assert "no call" in cache.why_never_cold(place)


def test_empty_files_have_no_share(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert cache.cached_share([tmp_path / "empty"]) is None


def test_somebody_elses_files_are_unknown_not_warm(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # mincore calls every page of such files resident.
    monkeypatch.setattr(cache, "by_cachestat", lambda _: None)
    monkeypatch.setattr(cache, "_may_know", lambda _: False)
    assert cache.cached_share([file]) is None


def test_available_memory_is_what_the_container_leaves(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 8000000 kB\nMemAvailable:    4000000 kB\n")
    assert cache.available_B(tmp_path) == 4_096_000_000
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("2000000000\n")
    (group / "memory.current").write_text("1500000000\n")
    (group / "memory.stat").write_text("anon 500000000\nfile 1000000000\n")
    assert cache.available_B(tmp_path) == 1_500_000_000
    (group / "memory.max").write_text("max\n")
    assert cache.available_B(tmp_path) == 4_096_000_000
