"""``wattlab report`` of a loading study."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from ..studies.loading.invented import make_answer, make_plan, make_trials, usual  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a loading study, where studies lie unless something else is said."""
    plan = make_plan()
    path = tmp_path / "wattlab-studies" / "loading-scans-1"
    path.mkdir(parents=True)
    (path / "loading-plan.json").write_text(plan.model_dump_json())
    (path / "loading.json").write_text(make_answer(plan, make_trials(plan, usual)).to_json())
    return path


@pytest.mark.parametrize("name", ["loading-scans-1", "loading-s", "last", "wattlab-studies/loading-scans-1"])
@pytest.mark.usefixtures("folder")
def test_a_loading_study_is_found_like_a_run(name: str, here: Command, tmp_path: Path) -> None:
    said = here("report", name, "-o", "y.html")
    assert (said.code, said.out) == (0, "y.html\ny-figures/\n"), said.err
    assert "invented: 10 files" in (tmp_path / "y.html").read_text(encoding="utf-8")
    assert (tmp_path / "y-figures/loading.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("folder")
def test_the_suffix_says_what_is_written(here: Command, tmp_path: Path) -> None:
    assert here("report", "last", "-o", "y.json").out == "y.json\n"
    assert json.loads((tmp_path / "y.json").read_text())["id"] == "invented"
    assert here("report", "last", "-o", "y.png").out == "y.png\n"
    refused = here("report", "last", "-o", "y.pdf")
    assert (refused.code, refused.out) == (2, "")


def test_it_is_shown_alone_and_last_is_the_newest(
    here: Command, tiny: str, folder: Path, tmp_path: Path
) -> None:
    assert here("train", tiny, "-q", "--name", "a-run").code == 0
    refused = here("report", "a-run", folder.name)
    assert refused.code == 2
    assert "is a loading study, which has a page of its own; name it alone" in refused.err
    record = tmp_path / "wattlab-runs/a-run/record.json"
    for shift_s, title in ((-100, "invented: 10 files"), (100, "a-run")):
        begun_s = (folder / "loading-plan.json").stat().st_mtime + shift_s
        os.utime(record, (begun_s, begun_s))
        assert here("report", "last", "--no-figures").code == 0
        assert title in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_an_ambiguous_beginning_and_a_wrong_name_are_refused(here: Command, folder: Path) -> None:
    other = folder.parent / "loading-mnist-1"
    other.mkdir()
    (other / "plan.json").write_text("{}")
    assert "could be any of loading-mnist-1, loading-scans-1" in here("report", "loading").err
    said = here("report", "loadign-scans-1")
    assert said.code == 2
    assert "there is no run 'loadign-scans-1'" in said.err
    assert "did you mean 'loading-scans-1'" in said.err
