"""From recipe or run to an answer on disk; the trial of a suggestion; what is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.errors import RecipeError, UnsupportedError, UserError
from wattlab.recipe import Recipe
from wattlab.studies.explain import store
from wattlab.studies.explain.answer import Explanation
from wattlab.studies.explain.cache import Cache
from wattlab.studies.explain.ceilings import Ceilings
from wattlab.studies.explain.measurements import Measurements
from wattlab.studies.explain.narrow import compiling_change, narrow
from wattlab.studies.explain.trying import try_change
from wattlab.studies.observer import StudyObserver
from wattlab.training import train
from wattlab.views.explain_tables import circumstances

from ..batch_size.invented import failure  # noqa: TID252
from .conftest import Invented
from .invented import make_ceilings, make_parts, make_step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.cluster.step_report import StepReport

    Explain = Callable[..., Explanation]


def test_an_answer_is_kept_and_read_back(explain: Explain, tmp_path: Path) -> None:
    answer = explain()
    folder = store.find(tmp_path / "studies", "last")
    assert Explanation.load(folder) == answer
    assert folder.name.startswith("explain-mnist-fast-")
    assert (answer.suggestion, answer.bound) == ("threads", "arithmetic")
    assert [one.name for one in answer.bounds] == ["input", "overhead", "memory", "arithmetic"]
    assert Explanation.model_validate_json(answer.to_json()) == answer


def test_a_run_is_explained_by_its_recipe(explain: Explain, tiny_recipe: Recipe, tmp_path: Path) -> None:
    train(tiny_recipe, name="mine", runs=tmp_path / "wattlab-runs")
    answer = explain("mine", runs=tmp_path / "wattlab-runs")
    assert answer.run is not None
    assert answer.run.same_machine
    assert answer.recipe["name"] == "tiny"
    assert any(one.startswith("A step took") for one in answer.notes)


def test_a_run_of_another_machine_says_so(explain: Explain, tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(tiny_recipe, name="mine", runs=tmp_path / "wattlab-runs")
    record = run.path / "record.json"
    text = record.read_text()
    record.write_text(text.replace(f'"id": "{run.record.machine["id"]}"', '"id": "elsewhere"'))
    answer = explain("mine", runs=tmp_path / "wattlab-runs")
    assert answer.run is not None
    assert not answer.run.same_machine
    assert any("was measured on another machine" in one for one in answer.notes)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        (
            {"target": "mnist-fats"},
            UserError,
            "did you mean 'mnist-fast'.*[^.]; and there is no run 'mnist-fats'",
        ),
        ({"target": "nothing.toml"}, RecipeError, "nothing.toml"),
        ({"changes": {"training.size": 3}}, RecipeError, "training.size is not a field"),
        ({"engine": "jax"}, UnsupportedError, "there is no engine 'jax'"),
        ({"rounds": 0}, UserError, "--rounds is 0"),
    ],
)
def test_bad_input_is_refused_before_a_folder_is_made(
    explain: Explain, tmp_path: Path, asked: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        explain(**asked)
    assert not (tmp_path / "studies").exists()


def test_the_data_that_is_absent_is_told_of(explain: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_step()
    absent = made.model_copy(update={"data": made.data.model_copy(update={"synthetic": True})})
    monkeypatch.setattr(Invented, "step", lambda *_: absent)
    answer = explain()
    assert answer.synthetic
    assert any("synthetic samples" in one for one in answer.notes)


def test_data_that_is_made_up_itself_is_told_of(explain: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not explain().synthetic
    made = make_step()
    drawn = {"name": "synthetic-images", "source": "synthetic: random pixels drawn by wattlab"}
    named = made.model_copy(update={"data": made.data.model_copy(update=drawn)})
    monkeypatch.setattr(Invented, "step", lambda *_: named)
    answer = explain()
    assert json.loads(answer.to_json())["synthetic"]
    assert "The data 'synthetic-images' is synthetic: made-up samples, as the recipe says." in answer.notes
    assert "synthetic data" in circumstances(answer)


def test_a_suggestion_is_tried_in_turn(tmp_path: Path, explain: Explain) -> None:
    asked: list[tuple[str, int | None]] = []

    def run(recipe: Recipe, _: object, __: Path, name: str) -> StepReport:
        asked.append((name, recipe.engine.threads))
        return make_step(step_s=0.006 if recipe.engine.threads == 1 else 0.012)

    top = explain().top
    assert top is not None
    tried = try_change(Recipe.named("mnist-fast"), top, 3, tmp_path, StudyObserver(), run)
    assert tried.outcome is not None
    assert tried.outcome.median == pytest.approx(2.0)
    assert tried.outcome.n == 3
    assert tried.deviation == pytest.approx(tried.predicted.value / 2 - 1)
    assert asked[:4] == [
        *(("try-1-before", None), ("try-1-after", 1), ("try-2-after", 1), ("try-2-before", None))
    ]


def test_a_trial_that_fails_is_no_outcome(tmp_path: Path, explain: Explain) -> None:
    top = explain().top
    assert top is not None
    tried = try_change(
        Recipe.named("mnist-fast"), top, 2, tmp_path, StudyObserver(), lambda *_: failure("crashed")
    )
    assert (tried.outcome, tried.deviation, tried.failures) == (None, None, ("it failed",))


def test_ceilings_are_kept_by_question_and_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path / "kept", "a machine")
    place = cache.path("ceilings", "torch", "cpu", 2)
    assert cache.find(place, Ceilings) is None
    cache.keep(place, make_ceilings())
    assert cache.find(place, Ceilings) == make_ceilings()
    assert cache.path("ceilings", "torch", "cpu", 1) != place
    assert Cache(tmp_path / "kept", "another").path("ceilings", "torch", "cpu", 2) != place
    monkeypatch.setattr("wattlab.studies.explain.cache.library_versions", lambda: {"torch": "9"})
    assert cache.path("ceilings", "torch", "cpu", 2) != place
    place.write_text("{")
    assert cache.find(place, Ceilings) is None


def test_what_was_measured_on_a_busy_machine_is_measured_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path, "a machine")
    place = cache.path("ceilings")
    cache.keep(place, make_ceilings(foreign=0.5))
    assert cache.find(place, Ceilings) is None


def test_a_kept_measurement_needs_no_process(tmp_path: Path, tiny_recipe: Recipe) -> None:
    cache = Cache(tmp_path / "kept", "a machine")
    cache.keep(cache.path("ceilings", "numpy", "cpu", 1), make_ceilings())
    measure = Measurements(tmp_path, cache, StudyObserver(), fresh=False)
    assert measure.ceilings(tiny_recipe) == make_ceilings()


def test_a_measurement_that_fails_is_unknown(
    tmp_path: Path, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wattlab.studies.explain.measuring.MODULE", "wattlab.studies.explain.nothing")
    measure = Measurements(tmp_path, Cache(tmp_path / "kept", "x"), StudyObserver(), fresh=True)
    assert measure.ceilings(tiny_recipe) is None
    assert "No module named" in measure.unknown["ceilings"]


def test_narrow_networks_and_what_compiles_them() -> None:
    small = narrow(Recipe.named("mnist-cnn"))
    assert small.training.batch_size == 1
    assert {node.spec.filters for node in small.network.nodes if node.spec.kind == "conv2d"} == {8}
    vae = Recipe.named("mnist-vae")
    assert narrow(vae).network == vae.network  # what its layers give depends on one another
    assert compiling_change(Recipe.named("mnist-fast")) == {"engine.compiled": True}
    torch = {"engine.name": "torch"}
    assert compiling_change(vae.with_changes({**torch, "engine.compiled": True})) == {}
    assert compiling_change(vae.with_changes({**torch, "engine.device": "cuda"})) == {
        "engine.cuda_graphs": True
    }


def test_parts_survive_a_file(tmp_path: Path) -> None:
    cache = Cache(tmp_path, "x")
    cache.keep(cache.path("parts"), make_parts())
    assert cache.find(cache.path("parts"), type(make_parts())) == make_parts()


def test_steps_that_were_disturbed_are_timed_again(
    tmp_path: Path, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = iter([0.6, 0.3, 0.05, 0.0])
    monkeypatch.setattr(
        "wattlab.studies.explain.measurements.run_steps", lambda *_: make_step(foreign=next(loads))
    )
    measure = Measurements(tmp_path, Cache(tmp_path, "x"), StudyObserver(), fresh=True)
    assert measure.step(tiny_recipe).cost.foreign.value == 0.05
    monkeypatch.setattr("wattlab.studies.explain.measurements.run_steps", lambda *_: failure("crashed"))
    with pytest.raises(UserError, match="steps of 'tiny' could not be timed: it failed"):
        measure.step(tiny_recipe)
