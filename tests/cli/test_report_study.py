"""``wattlab report`` of studies: how they are found, beside runs and instead of them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from wattlab.meter.quantity import missing
from wattlab.meter.statistics import Estimate
from wattlab.studies.row import Row
from wattlab.studies.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]


def a_study(name: str, recipe: Recipe) -> Study:
    """One candidate, timed once."""
    row = Row(
        label="native",
        recipe=recipe.model_dump(mode="json"),
        engine={"threads": 1, "device": "cpu"},
        verdict="baseline",
        epoch=Estimate(median=0.25, low=0.25, high=0.25, unit="s", n=1, level=0.0),
        energy=missing("J", "no sensor"),
    )
    return Study(
        wattlab_version="0.1.0",
        id=name,
        question="compare",
        title=f"study {name}",
        created_utc="2026-11-21T04:57:00+00:00",
        machine={"id": "0badcafe", "line": "ACME 5950X"},
        rounds=1,
        complete=True,
        rows=(row,),
        trials=(),
    )


def write(name: str, recipe: Recipe, folder: Path) -> Path:
    """Write a study as `wattlab compare` leaves it; only its plan is empty."""
    path = folder / name
    path.mkdir(parents=True)
    (path / "plan.json").write_text("{}")
    (path / "study.json").write_text(a_study(name, recipe).to_json(), encoding="utf-8")
    return path


@pytest.fixture
def folder(tiny_recipe: Recipe, tmp_path: Path) -> Path:
    """Return a study's folder, where studies lie unless something else is said."""
    return write("speed-1", tiny_recipe, tmp_path / "wattlab-studies")


@pytest.mark.parametrize("name", ["speed-1", "spe", "last", "wattlab-studies/speed-1"])
def test_a_study_is_found_like_a_run(name: str, here: Command, folder: Path, tmp_path: Path) -> None:
    said = here("report", name, "-o", "out.html")
    assert (said.code, said.out) == (0, "out.html\nout-figures/\n"), (said.err, folder)
    assert "study speed-1" in (tmp_path / "out.html").read_text(encoding="utf-8")
    assert [path.name for path in (tmp_path / "out-figures").iterdir()] == ["study.png"]


@pytest.mark.usefixtures("folder")
def test_a_run_and_a_study_share_a_page(here: Command, tiny: str, tmp_path: Path) -> None:
    assert here("train", tiny, "-q", "--name", "a-run").code == 0
    said = here("report", "speed-1", "last", "--no-figures")
    assert (said.code, said.out) == (0, "report.html\n"), said.err
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<h1>1 run and 1 study</h1>" in page
    assert "study speed-1" in page
    assert "a-run" in page


@pytest.mark.parametrize("by", ["option", "variable"])
def test_the_folder_of_studies_can_be_chosen(
    by: str, here: Command, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("elsewhere", tiny_recipe, tmp_path / "there")
    if by == "variable":
        monkeypatch.setenv("WATTLAB_STUDIES", "there")
    arguments = ("--studies", "there") if by == "option" else ()
    said = here("report", "elsewhere", "--no-figures", *arguments)
    assert said.code == 0, said.err


@pytest.mark.usefixtures("folder")
def test_a_beginning_that_several_runs_have_is_not_taken_for_a_study(
    here: Command, tiny: str, tmp_path: Path
) -> None:
    for name in ("speed-2", "speed-3"):
        assert here("train", tiny, "-q", "--name", name).code == 0
    said = here("report", "speed")
    assert said.code == 2
    assert "run 'speed' could be any of speed-2, speed-3" in said.err
    assert not (tmp_path / "report.html").exists()
    assert here("report", "speed-1", "--no-figures").code == 0
    assert "study speed-1" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("folder")
def test_a_name_that_is_neither_is_refused_with_both_folders(here: Command, tmp_path: Path) -> None:
    said = here("report", "sped-1")
    assert said.code == 2
    assert "there is no run 'sped-1' in 'wattlab-runs'" in said.err
    assert "and no study of that name in 'wattlab-studies'; did you mean 'speed-1'" in said.err
    assert said.err.count("there is no") == 1
    assert not (tmp_path / "report.html").exists()


def test_a_study_that_was_killed_tells_how_to_finish_it(here: Command, folder: Path) -> None:
    (folder / "study.json").unlink()
    said = here("report", "speed-1")
    assert said.code == 2
    assert "wattlab compare --resume wattlab-studies/speed-1" in said.err
    assert "Traceback" not in said.err


def test_last_is_the_newest_of_runs_and_studies(
    here: Command, tiny: str, folder: Path, tmp_path: Path
) -> None:
    assert here("train", tiny, "-q", "--name", "a-run").code == 0
    record = tmp_path / "wattlab-runs/a-run/record.json"
    for shift, title in ((-100, "study speed-1"), (100, "a-run")):
        begun = (folder / "plan.json").stat().st_mtime + shift
        os.utime(record, (begun, begun))
        assert here("report", "last", "--no-figures").code == 0
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert (title in page, ("a-run" in page) == (title == "a-run")) == (True, True)


def test_the_suffix_says_what_is_written(here: Command, tiny: str, folder: Path, tmp_path: Path) -> None:
    assert here("report", folder.name, "-o", "study.png").out == "study.png\n"
    assert (tmp_path / "study.png").read_bytes().startswith(b"\x89PNG")
    assert here("report", folder.name, "-o", "study.json").code == 0
    assert json.loads((tmp_path / "study.json").read_text())["id"] == "speed-1"
    assert here("train", tiny, "-q", "--name", "a-run").code == 0
    for names in (("a-run",), ("a-run", "speed-1")):
        refused = here("report", *names, "-o", "both.png")
        assert (refused.code, (tmp_path / "both.png").exists()) == (2, False)
        assert "let it end in .html" in refused.err
