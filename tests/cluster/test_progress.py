"""What a training in another process tells of its epochs, line by line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from wattlab.cluster import trial
from wattlab.cluster.progress import EpochSeen, EpochWatch, EpochWriter
from wattlab.meter.quantity import measured, missing
from wattlab.records.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.meter.quantity import Quantity
    from wattlab.training import EpochReport


def report(epoch: int, score: float | None, energy: Quantity | None = None) -> EpochReport:
    """Return what the writer looks at of an epoch."""
    known = measured(2.5, "J", "made up") if energy is None else energy
    told = SimpleNamespace(epoch=epoch, elapsed_s=1.5 * epoch, energy=known, judged_score=score)
    return cast("EpochReport", told)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one.epochs"


def test_epochs_arrive_as_they_were_written(path: Path) -> None:
    writer, seen = EpochWriter(path), list[EpochSeen]()
    watch = EpochWatch(path, seen.append)
    assert watch(1) is None
    writer.epoch(report(1, 0.5))
    assert watch(1) is None
    writer.epoch(report(2, None, missing("J", "lost")))
    writer.epoch(report(3, 0.75))
    watch(1)
    watch(1)
    assert seen == [
        EpochSeen(1, 1.5, 2.5, 0.5),
        EpochSeen(2, 3.0, None, None),
        EpochSeen(3, 4.5, 2.5, 0.75),
    ]


@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_no_number_is_none(path: Path, score: float) -> None:
    seen: list[EpochSeen] = []
    EpochWriter(path).epoch(report(1, score))
    EpochWatch(path, seen.append)(1)
    assert [one.score for one in seen] == [None]


def test_a_line_that_is_not_whole_waits(path: Path) -> None:
    EpochWriter(path).epoch(report(1, 0.5))
    whole = path.read_bytes()
    seen: list[EpochSeen] = []
    watch = EpochWatch(path, seen.append)
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        watch(1)
    assert seen == []
    path.write_bytes(whole)
    watch(1)
    assert len(seen) == 1


def test_the_first_reason_ends_it(path: Path) -> None:
    writer = EpochWriter(path)
    for epoch in (1, 2, 3):
        writer.epoch(report(epoch, 0.1 * epoch))
    seen: list[int] = []

    def judge(one: EpochSeen) -> str | None:
        seen.append(one.epoch)
        return f"epoch {one.epoch} will not do" if one.epoch > 1 else None

    assert EpochWatch(path, judge)(1) == "epoch 2 will not do"
    assert seen == [1, 2, 3]


def test_a_trial_writes_its_epochs_and_begins_with_given_weights(
    tiny_toml: str, tmp_path: Path, path: Path
) -> None:
    (tmp_path / "tiny.toml").write_text(tiny_toml)
    (tmp_path / "still.toml").write_text(tiny_toml.replace("learning_rate = 0.05", "learning_rate = 1e-30"))
    runs = str(tmp_path / "runs")
    assert trial.main([str(tmp_path / "tiny.toml"), runs, "one", "--epochs", str(path)]) == 0
    seen: list[Any] = []
    EpochWatch(path, seen.append)(1)
    run = Run(tmp_path / "runs/one")
    assert [one.score for one in seen] == run.history["test_score"].tolist()
    assert [one.elapsed_s for one in seen] == run.history["elapsed_s"].tolist()
    assert [one.energy_J for one in seen] == run.history["energy_J"].tolist()
    started = ["--start-from", str(run.path)]
    assert trial.main([str(tmp_path / "still.toml"), runs, "two", *started]) == 0
    assert Run(tmp_path / "runs/two").record.test_score == run.record.test_score
