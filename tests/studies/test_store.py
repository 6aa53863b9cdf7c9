from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.errors import RunError, StorageError
from wattlab.studies.folders import slug
from wattlab.studies.row import Trial
from wattlab.studies.store import StudyFolder, StudyStore
from wattlab.studies.study import Study

if TYPE_CHECKING:
    from pathlib import Path


def make(folder: Path, *names: str) -> StudyStore:
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "plan.json").write_text("{}")
    return StudyStore(folder)


def test_two_studies_of_one_second_have_two_folders(tmp_path: Path) -> None:
    store = StudyStore(tmp_path / "studies")
    one, other = store.create("mnist blog"), store.create("mnist blog")
    assert one.path != other.path
    assert one.id.startswith("mnist-blog-")
    one.close()
    other.close()


def test_a_study_is_found_by_name_beginning_folder_or_last(tmp_path: Path) -> None:
    store = make(tmp_path / "studies", "digits-1", "digits-2", "moons-1")
    assert store.find("digits-1").name == "digits-1"
    assert store.find("moons").name == "moons-1"
    assert store.find(str(tmp_path / "studies" / "digits-2")).name == "digits-2"
    assert store.find("last").name == "moons-1"
    with pytest.raises(RunError, match="could be any of digits-1, digits-2"):
        store.find("digits")
    with pytest.raises(RunError, match=r"no study 'digits-11'.*did you mean 'digits-1'"):
        store.find("digits-11")
    with pytest.raises(RunError, match="no study 'last'"):
        StudyStore(tmp_path / "nowhere").find("last")


def test_a_damaged_plan_is_an_error(tmp_path: Path) -> None:
    make(tmp_path, "one")
    with pytest.raises(RunError, match=r"plan\.json.* is damaged at wattlab_version"):
        StudyFolder(tmp_path / "one").plan()
    (tmp_path / "one" / "plan.json").write_text("no json")
    with pytest.raises(RunError, match=r"plan\.json.* is damaged at its beginning"):
        StudyFolder(tmp_path / "one").plan()
    with pytest.raises(RunError, match="cannot be read"):
        StudyFolder(tmp_path / "two").plan()


def test_trials_come_back(tmp_path: Path) -> None:
    (tmp_path / "trials").mkdir()
    folder = StudyFolder(tmp_path)
    trials = [Trial(candidate=row, round=2, run_id=None, failure="no", foreign_load=0.0) for row in (3, 11)]
    for trial in trials:
        folder.save_trial(trial)
    assert folder.trials() == {(2, 3): trials[0], (2, 11): trials[1]}
    assert folder.run(trials[0]) is None


def test_a_study_that_was_killed_says_how_to_finish_it(tmp_path: Path) -> None:
    make(tmp_path, "one")
    with pytest.raises(RunError, match=r"wattlab compare --resume .*one"):
        Study.load(tmp_path / "one")
    (tmp_path / "one" / "study.json").write_text('{"schema_version": 7}')
    with pytest.raises(RunError, match="no study that this wattlab can read, at schema_version"):
        Study.load(tmp_path / "one")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        StudyStore(tmp_path / "file").create("x")


def test_names_are_safe_and_not_too_long() -> None:
    assert slug("../a b/keras:jax, é") == "a-b-keras-jax"
    assert slug("..") == "study"
    assert len(slug("x" * 500)) == 100
