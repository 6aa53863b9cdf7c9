"""Workers deliver all files once, whatever their kind; and a trial's cache is what it is called."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.errors import DataError, StorageError, UnsupportedError
from wattlab.studies.loading import trial, workers
from wattlab.studies.loading.cache import why_never_cold
from wattlab.studies.loading.making import Wanted, generate
from wattlab.studies.loading.places import place_of
from wattlab.studies.loading.trial import Measured, TrialSpec, measure
from wattlab.studies.loading.workers import Job, Processes, Spent, Threads, shares

if TYPE_CHECKING:
    from wattlab.studies.loading.plan import Cache, Kind

N_FILES = 5


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    made = generate(Wanted(N_FILES, 300_000), tmp_path / "scans")
    return [Job(one.path, one.size_B, "npy") for one in made.files]


def delivered(jobs: list[Job]) -> int:
    return sum(np.load(job.path).nbytes for job in jobs)


def test_shares_are_balanced_and_complete() -> None:
    jobs = [Job(str(size), size, "raw") for size in (9, 1, 5, 4, 8, 3)]
    parts = shares(jobs, 2, seed=1)
    assert sorted(job.path for part in parts for job in part) == sorted(job.path for job in jobs)
    loads = [sum(job.size_B for job in part) for part in parts]
    assert max(loads) - min(loads) <= 3
    assert parts == shares(jobs, 2, seed=1)


@pytest.mark.parametrize("from_memory", [False, True])
@pytest.mark.parametrize("n", [1, 3, 8])
def test_threads_deliver_everything(jobs: list[Job], n: int, from_memory: bool) -> None:
    crew = Threads(shares(jobs, n, 0), from_memory=from_memory)
    spent = crew.work()
    crew.leave()
    assert spent.delivered_B == delivered(jobs)
    assert spent.cpu_s > 0


@pytest.mark.parametrize("from_memory", [False, True])
def test_processes_deliver_everything_through_shared_memory(
    jobs: list[Job], from_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    take = workers._take

    def note(name: str) -> None:
        taken.append(name)
        take(name)

    monkeypatch.setattr(workers, "_take", note)
    monkeypatch.setattr(workers, "_BATCH_B", 1)
    crew = Processes(shares(jobs, 2, 0), from_memory=from_memory)
    spent = crew.work()
    crew.leave()
    assert spent.delivered_B == delivered(jobs)
    assert taken
    assert not [name for name in taken if Path("/dev/shm", name.lstrip("/")).exists()]


def test_a_worker_process_tells_what_was_wrong(tmp_path: Path) -> None:
    (tmp_path / "bad.npy").write_bytes(b"nothing of the kind")
    with pytest.raises(DataError, match=r"bad\.npy' cannot be read as npy"):
        Processes([[Job(str(tmp_path / "bad.npy"), 19, "npy")]], from_memory=False)


def test_what_workers_took_adds_up_and_unknown_stays_unknown() -> None:
    assert Spent(1.0, 2, 3) + Spent(1.0, 2, 3) == Spent(2.0, 4, 6)
    assert (Spent(1.0, 2, None) + Spent(1.0, 2, 3)).storage_B is None


def test_bytes_from_the_disk_are_read_from_the_kernel(tmp_path: Path) -> None:
    (tmp_path / "io").write_text("rchar: 5\nwchar: 6\nread_bytes: 4096\nwrite_bytes: 8192\n")
    assert workers.storage_B(tmp_path / "io") == 4096
    assert workers.storage_B(tmp_path / "none") is None


def spec(jobs: list[Job], cache: Cache, n: int = 1, kind: Kind = "alone") -> TrialSpec:
    return TrialSpec(jobs=tuple(jobs), cache=cache, workers=n, kind=kind, seed=0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells about its page cache")
def test_cold_comes_from_the_disk_and_warm_does_not(jobs: list[Job]) -> None:
    place = place_of(Path(jobs[0].path))
    if why_never_cold(place) or place.file_system == "overlay":
        pytest.skip(f"{place.label} cannot drop files")
    size_B = sum(job.size_B for job in jobs)
    cold, warm = measure(spec(jobs, "cold")), measure(spec(jobs, "warm"))
    assert (cold.cached_before, warm.cached_before) == (0.0, 1.0)
    assert cold.storage_B is not None
    assert cold.storage_B >= size_B
    assert warm.storage_B == 0
    assert cold.delivered_B == warm.delivered_B == delivered(jobs)
    assert Measured.model_validate_json(cold.model_dump_json()) == cold
    assert cold.cost.energy.unit == "J"


def test_what_stays_in_the_cache_is_not_called_cold(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "evict", lambda _: 0.4)
    with pytest.raises(UnsupportedError, match="could not be made cold: 40% of the files stay"):
        measure(spec(jobs, "cold"))


@pytest.mark.parametrize(("fetched", "accepted"), [(None, False), (10, False), (10**9, True)])
def test_where_nobody_tells_the_disk_must_have_given_all(
    jobs: list[Job], fetched: int | None, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "evict", lambda _: None)
    monkeypatch.setattr(workers.Threads, "work", lambda _: Spent(0.1, 1, fetched))
    if accepted:
        assert measure(spec(jobs, "cold")).cached_before is None
    else:
        with pytest.raises(UnsupportedError, match="cannot be shown to be cold"):
            measure(spec(jobs, "cold"))


def test_what_does_not_stay_in_the_cache_is_not_called_warm(
    jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "cached_share", lambda _: 0.6)
    with pytest.raises(UnsupportedError, match="could not be made warm: only 60%"):
        measure(spec(jobs, "warm"))


def test_no_room_in_shared_memory(jobs: list[Job], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Full:
        free = 10

    monkeypatch.setattr(workers, "_SHARED", tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Full)
    with pytest.raises(StorageError, match="--shm-size=2g"):
        workers._hand_over(None, [np.zeros(100)])  # type: ignore[arg-type]
