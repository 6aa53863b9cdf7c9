"""Studies of warm starts: order, costs that add up, verdicts, failures, and what is gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattlab.errors import RecipeError, RunError, UserError, WeightsError
from wattlab.recipe import Recipe
from wattlab.studies.warm_start.answer import WarmStarts
from wattlab.studies.warm_start.asked import WarmStartAsked
from wattlab.studies.warm_start.stages import parse_stages, stage_recipes
from wattlab.studies.warm_start.study import WarmStartInterrupted, resume, warm_start
from wattlab.training import train

from .invented import Trainings, install

DIGITS = Recipe.named("digits")
STAGES = "pool=4:2,pool=2:2,full:6"
SHRINKING = [{"kind": "conv2d", "filters": 2, "kernel": 2}, {"kind": "flatten"}, {"activation": "softmax"}]


def asked(**options: Any) -> WarmStartAsked:
    return WarmStartAsked(DIGITS, **{"stages": STAGES, "target": 0.95, "seeds": 3, **options})


def study(monkeypatch: pytest.MonkeyPatch, trainings: Trainings, **options: Any) -> WarmStarts:
    install(monkeypatch, trainings)
    return warm_start(asked(**options))


# Stages


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pol=2:1,full", "there is no stage 'pol'; did you mean 'pool'"),
        ("pool=2:1", "add ,full"),
        ("pool:1,full", "write it as pool=4:2, where 4 is its factor"),
        ("full=2:1,full", "write it as full:2"),
        ("pool=2,full", "does not say how long 'pool=2' trains; write it as pool=2:2"),
        ("pool=two:2,full", "has no number after the equals sign"),
        ("pool=2:0,full", "has no whole number of epochs after the colon"),
        ("full:2,full", "can only be the last stage"),
        ("clusters=9:2,full", "distances to clusters are not linear"),
        ("", "there is no stage ''"),
    ],
)
def test_stages_that_are_written_wrong_are_refused(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_stages(text)


def test_early_stages_are_evaluated_once_and_the_last_stops_at_the_target() -> None:
    recipe = DIGITS.with_changes({"stop.target": 0.9, "stop.patience": 3})
    pool, share, full = stage_recipes(
        recipe, parse_stages("pool=2:3,pca=0.9:1,full"), {"optimizer.learning_rate": 0.01}, "test"
    )
    assert pool.preparation.reduction.model_dump() == {"kind": "pool", "factor": 2}
    assert share.preparation.reduction.model_dump()["n_components"] == 0.9
    assert (pool.training.epochs, full.training.epochs) == (3, DIGITS.training.epochs)
    assert (pool.stop.target, pool.stop.patience, full.stop.target, full.stop.patience) == (
        None,
        None,
        0.9,
        3,
    )
    assert (pool.evaluation.test, pool.evaluation.test_every) == (True, 0)
    assert {one.optimizer.learning_rate for one in (pool, share, full)} == {0.01}
    judged = recipe.with_changes({"data.validation_fraction": 0.1})
    early, _ = stage_recipes(judged, parse_stages("pool=2:3,full"), {}, "validation")
    assert (early.evaluation.test, early.evaluation.validation_every) == (False, 3)
    by_test = judged.with_changes({"stop.part": "test"})
    early, _ = stage_recipes(by_test, parse_stages("pool=2:3,full"), {}, "test")
    assert (early.evaluation.test, early.stop.part) == (True, "test")


def test_the_part_is_the_data_s_own_where_it_comes_with_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {f"x_{part}": rng.normal(size=(30, 4)) for part in ("train", "val", "test")}
    arrays |= {f"y_{part}": np.arange(30) % 3 for part in ("train", "val", "test")}
    np.savez(tmp_path / "own.npz", **arrays)
    recipe = DIGITS.with_changes({"data.dataset": str(tmp_path / "own.npz")})
    install(monkeypatch, trainings := Trainings())
    found = warm_start(WarmStartAsked(recipe, "pca=2:2,full", target=0.9, seeds=1))
    assert found.part == "validation"
    assert "judged on the validation part; the test part is opened once" in found.notes[0]
    assert trainings.recipes["training-000-seed-0"].evaluation.test_every == 0
    assert not trainings.recipes["training-001-seed-0"].evaluation.test


def test_a_share_can_be_set_aside_to_judge_on(monkeypatch: pytest.MonkeyPatch) -> None:
    trainings = Trainings()
    assert "judged on the test part" in " ".join(study(monkeypatch, trainings, seeds=1).notes)
    found = study(monkeypatch, trainings, seeds=1, validation_fraction=0.2)
    assert (found.part, "0.2 of the training samples" in found.notes[0]) == ("validation", True)
    assert {one.data.validation_fraction for one in trainings.recipes.values()} == {0.2}
    assert "With fewer than 5 seeds" in " ".join(found.notes)


# From the question to the answer


def test_each_stage_begins_with_the_one_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    trainings = Trainings()
    found = study(monkeypatch, trainings, order_seed=1)
    assert len(trainings.done) == 12
    for seed in range(3):
        own = [one for one in trainings.done if one[0].endswith(f"seed-{seed}")]
        chain = [one for one in own if not one[0].startswith("training-000")]
        assert [name[:12] for name, _ in chain] == ["training-001", "training-002", "training-003"]
        begun = [None if start is None else Path(start).name for _, start in chain]
        assert begun == [None, *(name for name, _ in chain[:-1])]
        assert dict(own)[f"training-000-seed-{seed}"] is None
        assert {recipe.seed for name, recipe in trainings.recipes.items() if name in dict(own)} == {seed}
    first = [name[:12] for name, _ in trainings.done if name[:12] in {"training-000", "training-001"}]
    assert len({first[place] for place in (0, 2, 4)}) == 2  # the order of the two ways differs between seeds
    assert found.complete
    assert WarmStarts.load(Path("wattlab-studies") / found.id) == found


def test_the_cost_of_all_stages_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    found = study(monkeypatch, Trainings({"training-000": 10, "training-003": 3}))
    cold, last, whole = found.ways
    assert cold.to_target is not None
    assert whole.to_target is not None
    # With seed 1: cold 10.5 s; last 3.5 s; two stages of 2.5 s + 0.5 s each.
    assert cold.to_target.time.median == pytest.approx(1.01 * 10.5)
    assert whole.to_target.time.median == pytest.approx(1.01 * (3.5 + 2 * 2.5) + 2 * 0.5)
    assert whole.to_target.epochs.median == 3 + 2 + 2
    assert last.time_ratio is not None
    assert last.time_ratio.ratio == pytest.approx(3.5 / 10.5)
    assert whole.time_ratio is not None
    assert whole.time_ratio.ratio == pytest.approx((1.01 * 8.5 + 1) / (1.01 * 10.5))
    assert whole.energy_ratio is not None
    assert whole.energy_ratio.ratio == pytest.approx(whole.time_ratio.ratio)
    assert found.pays == "yes"
    assert found.verdicts[0].startswith("The warm start pays: it takes 0.90 (")
    assert "(modelled)" in found.verdicts[0]
    stage = found.stages[0]
    assert (stage.label, stage.n, stage.score, stage.n_at_target) == ("pool=4", 3, 0.9, 0)


@pytest.mark.parametrize(
    ("epochs", "seeds", "pays", "said"),
    [
        ({"training-000": 4, "training-003": 3}, 3, "no", "does not pay: it takes 2.11 (2.11 to 2.11)"),
        (
            {"training-000": None, "training-003": 3},
            5,
            "yes",
            "with 5 of 5 seeds, the cold start with 0 of 5 seeds",
        ),
        (
            {"training-000": 4, "training-003": None},
            5,
            "no",
            "does not pay: it reached the target with 0 of 5 seeds",
        ),
        (
            {"training-000": None, "training-003": None},
            5,
            "unknown",
            "No difference can be told over 5 seeds",
        ),
        ({"training-000": 10, "training-003": 3}, 1, "unknown", "Of one seed no verdict is given"),
    ],
)
def test_what_is_said(
    monkeypatch: pytest.MonkeyPatch, epochs: dict[str, int | None], seeds: int, pays: str, said: str
) -> None:
    found = study(monkeypatch, Trainings(epochs), seeds=seeds)
    assert found.pays == pays
    assert said in found.verdicts[0]
    if None in epochs.values():
        assert f"{seeds} of {seeds} (best 0.9000 in the median)" in " ".join(found.verdicts)
    advised = "ask for less, as in --target 0.9, or train for longer" in found.verdicts[-1]
    assert advised == (set(epochs.values()) == {None})


def test_a_stage_that_fails_fails_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    trainings = Trainings({"training-000": 10}, {"training-002-seed-1": "diverged"})
    found = study(monkeypatch, trainings)
    assert "training-003-seed-1" not in dict(trainings.done)
    whole = found.way("all stages").to_target
    assert whole is not None
    assert (whole.rate.n_reached, whole.rate.n) == (2, 3)
    assert found.complete


def test_what_is_refused_is_not_tried_with_every_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    causes = {f"training-001-seed-{seed}": "refused" for seed in range(3)}
    trainings = Trainings(causes=causes)
    found = study(monkeypatch, trainings)
    assert [name for name, _ in trainings.done if "training-001" in name] == ["training-001-seed-0"]
    assert found.complete
    assert not found.some_finished


def test_nothing_is_trained_for_a_last_stage_that_would_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    trainings = Trainings(causes={f"training-003-seed-{seed}": "crashed" for seed in range(3)})
    found = study(monkeypatch, trainings)
    chain = [name for name, _ in trainings.done if not name.startswith("training-000")]
    assert chain == [f"training-00{place}-seed-0" for place in (1, 2, 3)]
    assert found.complete


def test_a_study_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = study(monkeypatch, straight := Trainings())
    trainings = Trainings()
    trainings.interrupt_after = 5
    with pytest.raises(WarmStartInterrupted) as interrupt:
        study(monkeypatch, trainings)
    assert (interrupt.value.n_done, interrupt.value.answer.complete) == (5, False)
    trainings.interrupt_after = None
    found = resume("last")
    assert [name for name, _ in trainings.done] == [name for name, _ in straight.done]
    assert found.ways == whole.ways
    assert resume(found.id) == found
    assert len(trainings.done) == 12


# What it begins with


def test_an_earlier_run_counts_with_its_whole_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    run = train(
        DIGITS.with_changes({"training.epochs": 1, "preparation.reduction.kind": "pool"}), name="half"
    )
    trainings = Trainings({"training-000": 10, "training-001": 3})
    found = study(monkeypatch, trainings, stages=None, start_from="half")
    assert {start for name, start in trainings.done if "training-001" in name} == {str(run.path.absolute())}
    assert found.base is not None
    assert found.base.runs == ("half",)
    whole, last = found.way("all stages").to_target, found.way("last stage").to_target
    assert whole is not None
    assert last is not None
    assert whole.time.median == pytest.approx(
        (last.time.median or 0) + (run.record.cost.total.wall.value or 0)
    )
    assert "Every seed begins with the weights of run 'half' after epoch 1" in " ".join(found.notes)
    elsewhere = run.record.model_copy(update={"machine": {"id": "other", "line": "a Cray"}})
    (run.path / "record.json").write_text(elsewhere.to_json())
    found = study(monkeypatch, Trainings(), stages=None, start_from="half")
    assert "Of that cost: run 'half' on another machine: a Cray" in " ".join(found.notes)
    untold = run.record.model_copy(update={"start_from": "gone"})
    (run.path / "record.json").write_text(untold.to_json())
    with pytest.raises(UserError, match=r"'gone'.* does not tell what those cost.*begin with a run whose"):
        study(monkeypatch, Trainings(), stages=None, start_from="half")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"target": None}, UserError, "has no target, at which both ways are compared"),
        ({"target": 1.5}, UserError, "--target is 1.5"),
        ({"target": -3.0}, UserError, "--target is -3; expected an accuracy"),
        ({"timeout_s": float("nan")}, UserError, "--timeout is nan s"),
        ({"validation_fraction": 1.0}, UserError, "expected a share between 0 and 1"),
        ({"seeds": 0}, UserError, "--seeds is 0"),
        ({"warm_changes": {"stop.target": 0.5}}, UserError, "both ways must have the same stop.target"),
        ({"warm_changes": {"training.epochs": 5}}, UserError, "said after a stage's colon"),
        ({"engine": "sklearn", "changes": {"training.clip_norm": 1.0}}, UserError, "clip_norm"),
        ({"stages": "full"}, UserError, "is nothing but the recipe itself"),
        ({"start_from": "nobody"}, RunError, "there is no run 'nobody'"),
        (
            {"stages": "pool=3:1,full"},
            UserError,
            "stages pool=3,full cannot be trained: .* does not divide images",
        ),
        (
            {"stages": None, "changes": {"network.layers": SHRINKING, "engine.name": "torch"}},
            WeightsError,
            "or say what comes first, such as --stages",
        ),
        ({"stages": "pool=4:1,pca=9:1,full"}, WeightsError, "cannot be told from the 9 inputs"),
        ({"changes": {"preparation.after": "normalise"}}, WeightsError, "not linear in the features"),
        ({"warm_changes": {"network.layers[0].units": 0}}, RecipeError, "units is 0"),
    ],
)
def test_questions_that_are_wrong_leave_nothing(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        warm_start(asked(**options))
    assert not Path("wattlab-studies").exists()


def test_a_run_on_other_samples_is_refused(tiny_recipe: Recipe) -> None:
    train(tiny_recipe, name="tiny")
    with pytest.raises(
        UserError, match=r"learned from data 'blobs' .samples = 120.*but recipe 'digits' learns"
    ):
        warm_start(asked(start_from="tiny"))
    divided = tiny_recipe.with_changes({"data.split_seed": 3})
    question = WarmStartAsked(divided, start_from="tiny", target=0.9)
    with pytest.raises(UserError, match="may have learned from samples that are judged now"):
        warm_start(question)
    flat = WarmStartAsked(tiny_recipe, target=0.9)
    with pytest.raises(UserError, match="data 'blobs' has no images"):
        warm_start(flat)
    other = tiny_recipe.with_changes({"network.layers[0].units": 9})
    with pytest.raises(WeightsError, match=r"from run 'tiny' cannot be trained: layers.0.weights has shape"):
        warm_start(WarmStartAsked(other, start_from="tiny", target=0.9))
