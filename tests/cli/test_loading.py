"""``wattlab loading``: what it prints, how it ends, and how it goes on."""

from __future__ import annotations

import json
import shlex
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest

from wattlab.cli import loading as verb
from wattlab.cli.main import app
from wattlab.recipe import Recipe
from wattlab.studies.loading import study as study_module
from wattlab.studies.loading.answer import Loading
from wattlab.studies.loading.rounds import LoadingRounds
from wattlab.studies.observer import StudyObserver
from wattlab.views import study_progress

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

if all(command.callback is not verb.loading for command in app.registered_commands):
    verb.add_to(app)

QUICK = ("--workers", "1", "--rounds", "1")


def write_lost(path: Path) -> None:
    """Write a recipe whose data is not there."""
    changes = {"name": "lost", "data.dataset": "lost.csv", "data.options": {}}
    path.write_text(Recipe.named("moons").with_changes(changes).to_toml())


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.bin").write_bytes(b"x" * 10_000)
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(study_module, "LoadingRounds", partial(LoadingRounds, load=lambda *_: 0.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to read; name a folder or a data set"),
        (["nowhere"], "there is no folder 'nowhere'"),
        (["empty"], "'empty' holds no files"),
        (["data", "--workers", "0"], "--workers '0': '0' is not allowed"),
        (["data", "--kinds", "gnomes"], "expected threads, processes or both"),
        (["data", "--formats", "zip"], "there is no format 'zip'"),
        (["data", "--formats", "bogus"], "there is no format 'bogus'. Known are raw, "),
        (["data", "--formats", ""], "--formats: a format has no name. Known are raw, "),
        (["data", "--formats", "raw,"], "--formats: a format has no name. Known are raw, "),
        (
            ["data", "--recipe", "moons"],
            "a.bin' does not tell; say how many are in each: --samples-per-file N",
        ),
        (["data", "--limit", "lots"], "size 'lots' is not understood"),
        (["data", "--generate", "many"], "write number and size of the files as 50x40MB"),
        (["data", "--generate", "1000000x900TB"], "free, but 1000000 files"),
        (["data", "-o", "study.pdf"], "let it end in .html"),
        (["data", "-o", "data/a.bin/study.html"], "a.bin' takes no files"),
        (["data", "--resume", "last"], "so DIR|DATASET cannot be said anew"),
        (["--resume", "last", "--workers", "2"], "so --workers cannot be said anew"),
        (["--resume", "last"], "there is no loading study 'last'"),
    ],
)
def test_bad_input(here: Command, arguments: list[str], message: str) -> None:
    said = here("loading", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


def test_json_is_one_object(here: Command, tmp_path: Path) -> None:
    said = here("loading", "data", *QUICK, "--json", "-o", "study.json")
    assert said.code == 0
    (folder,) = (tmp_path / "wattlab-studies").iterdir()
    assert Loading.model_validate(json.loads(said.out)) == Loading.load(folder)
    assert "round 1/1" in said.err
    assert (tmp_path / "study.json").exists()


def test_ctrl_c_says_how_to_go_on(here: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Stopper(StudyObserver):
        def trial(self, *args: object) -> None:
            if args[3] == "finished":
                raise KeyboardInterrupt

    with monkeypatch.context() as stopping:
        stopping.setattr(study_progress, "make_study_observer", lambda quiet: Stopper())
        said = here("loading", "data", *QUICK)
    (folder,) = (tmp_path / "wattlab-studies").iterdir()
    assert said.code == 130
    how = f"wattlab loading --resume wattlab-studies/{folder.name}"
    assert said.err == f"interrupted after 1 trial, which is saved; go on with: {how}\n"
    said = here("loading", "--resume", "last", "-q")
    assert said.code == 0
    assert Loading.load(folder).complete


def test_an_interrupt_names_the_files_that_stay(
    here: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class AtOnce(StudyObserver):
        def trial(self, *_: object) -> None:
            raise KeyboardInterrupt

    with monkeypatch.context() as stopping:
        stopping.setattr(study_progress, "make_study_observer", lambda quiet: AtOnce())
        said = here("loading", "my scans", *QUICK, "--generate", "2x10kB")
    (folder,) = (tmp_path / "my scans").iterdir()
    first, second = said.err.splitlines()
    assert said.code == 130
    assert "go on with: wattlab loading --resume" in first
    assert f"stay until then in {folder} (" in second
    command = second.partition("remove them with: ")[2]
    subprocess.run(shlex.split(command), check=True)
    assert list((tmp_path / "my scans").iterdir()) == []


def test_where_nothing_can_be_read_the_reasons_are_given(
    here: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(study_module, "available_B", lambda _: 10)
    monkeypatch.setattr("wattlab.studies.loading.plan.why_never_cold", lambda _: "it is never cold")
    said = here("loading", "data", *QUICK, "-q")
    assert (said.code, said.out) == (2, "")
    assert "error: raw cold, 1 worker: it is never cold" in said.err
    assert "do not fit into the 10 B of memory" in said.err


def test_data_of_the_recipe_that_is_missing_ends_it_before_any_trial(here: Command, tmp_path: Path) -> None:
    write_lost(tmp_path / "lost.toml")
    said = here("loading", "data", *QUICK, "--recipe", "lost.toml", "--samples-per-file", "9")
    assert (said.code, said.out) == (2, "")
    assert "lost.csv" in said.err
    assert "round" not in said.err
    assert not (tmp_path / "wattlab-studies").exists()


def test_a_training_that_fails_is_the_exit_code_after_the_table(
    here: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is there when the study begins, and gone for the training.
    write_lost(tmp_path / "lost.toml")
    monkeypatch.setattr("wattlab.studies.loading.asked.load", lambda _: None)
    said = here("loading", "data", *QUICK, "--recipe", "lost.toml", "--samples-per-file", "9")
    assert said.code == 2
    assert "raw warm, 1 worker" in said.out
    assert "error: training lost: " in said.err


def test_a_folder_of_runs_from_the_environment_is_not_said_anew(
    here: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTLAB_RUNS", "elsewhere")
    assert here("loading", "--resume", "last").err.startswith("error: there is no loading study 'last'")
