"""One way to draw and to write whatever was found."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from matplotlib.figure import Figure

import wattlab
from wattlab.demonstrations.neuron import demonstrate_neuron
from wattlab.demonstrations.outcome import Outcome
from wattlab.errors import RunError, StorageError, UserError
from wattlab.records.listing import RunList
from wattlab.studies.row import Answer
from wattlab.studies.study import Study
from wattlab.views import answers

from ..studies.loading.invented import make_answer, make_plan, make_trials, usual  # noqa: TID252

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.records.run import Run
    from wattlab.studies.loading.answer import Loading

    from .conftest import MakeRun  # type: ignore[import-not-found,unused-ignore]

MODULES = sorted(Path(wattlab.__file__).parent.glob("studies/*/answer.py"))
ANSWERS: list[type[Answer]] = [Study]
for module in MODULES:
    found = vars(import_module(f"wattlab.studies.{module.parent.name}.answer"))
    ANSWERS += [one for one in found.values() if isinstance(one, type) and Answer in one.__bases__]


@pytest.fixture
def loading() -> Loading:
    plan = make_plan(rates=(500.0,) * 5)
    return make_answer(plan, make_trials(plan, usual))


@pytest.fixture
def outcome() -> Outcome:
    return Outcome(
        "neuron", "One neuron", demonstrate_neuron(epochs=30), "ACME 1", "2026-01-02T03:04:05+00:00", "9.9"
    )


def test_every_kind_of_study_has_an_answer_here() -> None:
    assert len(ANSWERS) == len(MODULES) + 1


@pytest.mark.parametrize("kind", [*ANSWERS, Outcome], ids=lambda one: one.__name__)
def test_every_answer_is_drawn_and_written_by_its_own_views(kind: type) -> None:
    for name in answers._VIEWS[f"{kind.__module__}.{kind.__qualname__}"]:
        taken = next(iter(inspect.signature(answers._function(name)).parameters.values()))
        assert taken.annotation == kind.__name__


@pytest.mark.parametrize("kind", ANSWERS, ids=lambda one: one.__name__)
def test_every_answer_counts_what_it_lists(kind: type[Answer]) -> None:
    assert kind.listed in kind.model_fields


def check(answer: answers.Drawable, folder: Path, *parts: str) -> None:
    figure = wattlab.draw(answer)
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]
    page = wattlab.write(answer, str(folder / "new" / "it.html"))
    assert page == folder / "new" / "it.html"
    assert all(part in page.read_text(encoding="utf-8") for part in parts)
    assert wattlab.write(answer, folder / "it.png").read_bytes().startswith(b"\x89PNG")
    json.loads(wattlab.write(answer, folder / "it.json").read_text(encoding="utf-8"))


def test_a_study(loading: Loading, tmp_path: Path) -> None:
    check(loading, tmp_path, loading.title)


def test_a_comparison(make_study: Callable[..., Study], tmp_path: Path) -> None:
    study = make_study()
    check(study, tmp_path, study.title)
    assert Study.from_json((tmp_path / "it.json").read_text(encoding="utf-8"), "it") == study


def test_a_demonstration(outcome: Outcome, tmp_path: Path) -> None:
    check(outcome, tmp_path, outcome.title)
    assert wattlab.write(outcome, tmp_path / "it.svg").read_bytes().startswith(b"<?xml")


def test_runs(make_run: MakeRun, tmp_path: Path) -> None:
    first, second = make_run("first"), make_run("second", epochs=3)
    check(first, tmp_path, "first")
    assert json.loads((tmp_path / "it.json").read_text(encoding="utf-8"))["id"] == "first"
    for both in (RunList([first, second]), [first, second], (first, second)):
        curves = wattlab.draw(both).axes[1].lines
        assert [len(one.get_xdata()) for one in curves] == [6, 3]  # type: ignore[arg-type]
    check([first, second], tmp_path, "first", "second")
    assert [one["id"] for one in json.loads((tmp_path / "it.json").read_text(encoding="utf-8"))] == [
        *("first", "second")
    ]


def test_what_cannot_be_drawn_is_refused(make_run: MakeRun, loading: Loading, tmp_path: Path) -> None:
    run: Run = make_run()
    for refused, problem in ((7, "type int can"), ([run, loading], "a Loading among")):
        with pytest.raises(UserError, match=problem):
            wattlab.draw(refused)  # type: ignore[arg-type]
    with pytest.raises(RunError, match="at least one run"):
        wattlab.write([], tmp_path / "none.html")
    with pytest.raises(StorageError, match=r"for a run let it end in \.html"):
        wattlab.write(run, tmp_path / "it.pdf")


def test_answers_show_themselves_in_one_line(loading: Loading, outcome: Outcome) -> None:
    assert (
        repr(loading)
        == f"Loading({loading.title!r}, rows: {len(loading.rows)}; draw it: wattlab.draw(answer))"
    )
    assert str(loading) == repr(loading)
    assert repr(outcome).startswith("Outcome('neuron': ")
    assert "array" not in repr(outcome)
