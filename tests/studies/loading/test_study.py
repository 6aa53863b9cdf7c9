"""Whole studies on small files: real processes, interrupted, gone on with, cleaned up."""

from __future__ import annotations

import os
from contextlib import redirect_stderr
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import wattlab
from wattlab.cluster.ending import REFUSED, explain
from wattlab.cluster.local import Ended
from wattlab.errors import RunError, StorageError, UserError
from wattlab.meter.clock import wall_s
from wattlab.studies.loading import rounds as rounds_module
from wattlab.studies.loading import study as study_module
from wattlab.studies.loading import trial as trial_module
from wattlab.studies.loading.answer import Loading
from wattlab.studies.loading.asked import Asked
from wattlab.studies.loading.making import Wanted
from wattlab.studies.loading.plan import parse_workers
from wattlab.studies.loading.rounds import LoadingRounds, patience_s
from wattlab.studies.loading.study import LoadingInterrupted, load_study, resume
from wattlab.studies.loading.writers import write
from wattlab.studies.observer import StudyObserver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.observer import TrialState

ALONE = parse_workers("1")


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_module, "LoadingRounds", partial(LoadingRounds, load=lambda *_: 0.0))


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trials run here, for what does not depend on their processes, which take most of the time."""

    def run(command: Sequence[str], log: Path) -> Ended:
        started_s, said = wall_s(), StringIO()
        with redirect_stderr(said):
            code = trial_module.main(command[-2:])
        log.write_text(said.getvalue())
        return Ended(explain(code, said.getvalue()), code == REFUSED, wall_s() - started_s)

    monkeypatch.setattr(rounds_module, "run_process", run)


class Stopper(StudyObserver):
    """Interrupts after some trials."""

    def __init__(self, after: int) -> None:
        self.left = after

    def trial(self, label: str, number: int, rounds: int, state: TrialState, seconds: float | None) -> None:
        self.left -= state in {"finished", "failed"}
        if self.left == 0:
            raise KeyboardInterrupt


def made_folders(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_interrupted_gone_on_with_and_cleaned_up(tmp_path: Path) -> None:
    asked = Asked("scans", generate=Wanted(3, 200_000), workers=ALONE, rounds=1, formats=("npy",))
    with pytest.raises(LoadingInterrupted) as stopped:
        load_study(asked, observer=Stopper(2))
    folder, known = stopped.value.folder, stopped.value.answer
    assert (known.complete, len(known.trials)) == (False, 2)
    assert Loading.load(folder) == known
    assert len(made_folders(tmp_path / "scans")) == 1  # the files are needed to go on

    answer = resume("last")
    assert answer.complete
    assert known.trials[0] in answer.trials
    assert not (tmp_path / "scans").exists()
    assert Loading.load(folder) == answer == resume(str(folder))
    measured = {(row.variant.reader, row.variant.cache) for row in answer.rows if row.seconds is not None}
    assert {("npy", "warm"), ("npy", "memory")} <= measured


def test_interrupted_while_files_are_written_nothing_is_left(tmp_path: Path) -> None:
    class AtOnce(StudyObserver):
        def preparing(self, text: str) -> None:
            if "npz" in text:
                raise KeyboardInterrupt

    asked = Asked("scans", generate=Wanted(2, 10_000), workers=ALONE, rounds=1, formats=("npz",))
    with pytest.raises(KeyboardInterrupt):
        load_study(asked, observer=AtOnce())
    assert not (tmp_path / "scans").exists()
    assert made_folders(tmp_path / "wattlab-studies") == []


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("there", ["nothing", "an empty folder", "a file"])
def test_folders_around_made_files_go_only_if_they_were_made_and_are_empty(
    tmp_path: Path, there: str
) -> None:
    if there != "nothing":
        (tmp_path / "outer/scans").mkdir(parents=True)

    class Beside(StudyObserver):
        def trial(self, *_: object) -> None:
            if there == "a file":
                (tmp_path / "outer/scans/mine.txt").touch()

    load_study(Asked("outer/scans", generate=Wanted(1, 10_000), workers=ALONE, rounds=1), observer=Beside())
    left = sorted(path.name for path in (tmp_path / "outer").rglob("*"))
    assert left == {"nothing": [], "an empty folder": ["scans"], "a file": ["mine.txt", "scans"]}[there]
    assert (tmp_path / "outer").exists() == (there != "nothing")


@pytest.mark.slow
def test_formats_places_and_a_training(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for number in range(3):
        np.save(data / f"{number}.npy", np.full((100, 100), number, np.uint8))
    shared_memory = Path("/dev/shm")
    elsewhere = shared_memory if os.access(shared_memory, os.W_OK) else None
    asked = Asked(
        str(data),
        formats=("npz", "direct"),
        workers=parse_workers("2", "processes"),
        rounds=1,
        scratch=elsewhere,
        recipe="moons",
        samples_per_file=100,
    )
    answer = load_study(asked)
    assert answer.complete
    assert answer.samples == 300
    assert answer.training is not None
    assert answer.training.rate is not None, answer.training.failures
    assert answer.training.rate.median > 1000
    assert answer.row("npz", "warm", 2, "processes").delivered_B == 30_000
    names = [one.name for one in answer.sets]
    if elsewhere is not None:
        assert names == ["as they are", "copies", "npz"]
        assert not list(elsewhere.glob("wattlab-loading*"))
        by_place = {row.place for row in answer.rows if row.seconds is not None}
        assert len(by_place) >= 2
    assert sorted(path.name for path in data.iterdir()) == ["0.npy", "1.npy", "2.npy"]


@pytest.mark.usefixtures("in_this_process")
def test_small_trials_wait_only_briefly_for_a_quiet_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def load(_: object, patience: float) -> float:
        waits.append(patience)
        return 0.0

    monkeypatch.setattr(study_module, "LoadingRounds", partial(LoadingRounds, load=load))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.bin").write_bytes(b"x" * 1000)
    answer = load_study(Asked("data", workers=ALONE, rounds=2))
    assert len(waits) == len(answer.trials) >= 4
    assert waits[0] == 0.5
    longest_s = max(one.measured.wall_s for one in answer.trials if one.measured)
    assert max(waits) <= max(0.5, 2 * longest_s)


def test_patience_grows_with_the_longest_trial_and_ends_at_five_seconds() -> None:
    assert [patience_s(longest_s) for longest_s in (0.0, 0.2, 1.0, 100.0)] == [0.5, 0.5, 2.0, 5.0]


@pytest.mark.usefixtures("in_this_process")
def test_kept_files_stay(tmp_path: Path) -> None:
    asked = Asked(
        "scans", generate=Wanted(1, 10_000), workers=ALONE, rounds=1, keep=True, formats=("npy-mmap",)
    )
    answer = load_study(asked)
    (folder,) = (tmp_path / "scans").iterdir()
    assert [Path(one.path) for one in answer.sets[0].files] == list(folder.iterdir())


@pytest.mark.usefixtures("in_this_process")
def test_damaged_files_fail_their_rows_only(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/bad.npy").write_bytes(b"nothing of the kind")
    answer = load_study(Asked("data", workers=ALONE, rounds=2))
    assert "bad.npy' cannot be read as npy" in answer.row("npy", "warm").failures[0]
    assert len(answer.row("npy", "warm").failures) == 1  # not tried again
    assert answer.row("raw", "warm").seconds is not None
    assert answer.complete


@pytest.mark.usefixtures("in_this_process")
def test_a_past_run_is_what_loading_is_held_against(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.bin").write_bytes(b"x" * 100_000)
    run = wattlab.train(
        wattlab.Recipe.named("moons").with_changes({"training.epochs": 8, "stop.target": None})
    )
    answer = load_study(Asked("data", workers=ALONE, rounds=1, run="last", samples_per_file=10))
    assert answer.training is not None
    assert answer.training.label == run.id
    assert answer.training.rate is not None
    assert answer.training.rate.n == 7  # the first epoch is no steady state
    assert answer.rows[0].bound == "unknown"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Asked("data", rounds=0), "rounds is 0"),
        (Asked("data", formats=("npzz",)), "no format 'npzz'"),
        (Asked("data", formats=("jpeg",)), "format 'jpeg' holds pictures"),
        (Asked("data", recipe="moons", run="last"), "leave one of them out"),
        (Asked("data", recipe="no-such"), "no-such"),
        (Asked("data", run="no-such"), "no run 'no-such'"),
        (Asked("data", samples_per_file=0), "samples-per-file is 0"),
        (Asked("data/a.npy", generate=Wanted(1, 1000)), "is a file"),
        (Asked("nowhere"), "no folder 'nowhere'"),
    ],
)
def test_what_is_asked_wrongly_leaves_nothing(asked: Asked, message: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    np.save(tmp_path / "data/a.npy", np.zeros((3, 3)))
    with pytest.raises(UserError, match=message):
        load_study(asked)
    studies = tmp_path / "wattlab-studies"
    assert not studies.exists() or not list(studies.iterdir())
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["a.npy"]


def test_formats_that_do_not_suit_are_refused_before_anything_is_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    np.save(tmp_path / "data/a.npy", np.zeros((3, 3)))
    told: list[str] = []
    observer = StudyObserver()
    monkeypatch.setattr(observer, "preparing", told.append)
    with pytest.raises(UserError, match="format 'png' holds pictures"):
        load_study(Asked("data", formats=("npz", "csv", "png")), observer=observer)
    assert told == []


@pytest.mark.usefixtures("in_this_process")
def test_pictures_answer_the_question_without_being_counted_by_the_user(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for number in range(2):
        write("png", [np.full((8, 8), number, np.uint8)], tmp_path / f"data/{number}.png")
    wattlab.train(wattlab.Recipe.named("moons").with_changes({"training.epochs": 3, "stop.target": None}))
    answer = load_study(Asked("data", workers=ALONE, rounds=1, run="last"))
    assert answer.samples == 2
    assert not any("unknown, since nobody said" in one for one in answer.verdicts)
    assert "Samples: 2 pictures, unless --samples-per-file says otherwise." in answer.notes
    assert answer.row("png", "warm").samples is not None


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        load_study(Asked(str(tmp_path / "file" / "inner"), generate=Wanted(1, 1000)))


def test_what_cannot_be_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no loading study 'last'"):
        resume("last")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.bin").write_bytes(b"x")
    asked = Asked("data", workers=ALONE, rounds=1)
    with pytest.raises(LoadingInterrupted):
        load_study(asked, observer=Stopper(1))
    (tmp_path / "data/a.bin").write_bytes(b"other")
    with pytest.raises(RunError, match=r"a\.bin' was changed since the study began"):
        resume("last")
    (tmp_path / "data/a.bin").unlink()
    with pytest.raises(RunError, match=r"a\.bin' is gone"):
        resume("last")
    with pytest.raises(RunError, match=r"no loading study 'other'.*there are loading-data-"):
        resume("other")
