"""Which settings vary, and what their values do to a recipe."""

from __future__ import annotations

from typing import Any

import pytest

from wattlab.data import load
from wattlab.errors import UserError
from wattlab.recipe import Recipe
from wattlab.studies.tune.applying import engine_text, reduction_text
from wattlab.studies.tune.asked import Range, TuneAsked
from wattlab.studies.tune.base import Base, find_base, opened
from wattlab.studies.tune.making import make_recipe
from wattlab.studies.tune.space import Space, make_space
from wattlab.studies.tune.starts import find_starts, is_inside, work


@pytest.fixture(scope="module")
def base() -> Base:
    return find_base("digits", 0.9)


def space_of(base: Base, **asked: Any) -> Space:
    return make_space(base, TuneAsked("digits", 0.9, **asked))


def test_a_validation_part_is_cut_off_and_the_test_part_stays_closed(base: Base) -> None:
    assert (base.n_train, base.n_validation, base.n_test) == (1198, 240, 359)
    assert (base.recipe.stop.part, base.recipe.stop.target, base.recipe.evaluation.test) == (
        "validation",
        0.9,
        False,
    )
    assert "240 samples of the training part" in base.note
    assert opened(base.recipe).evaluation.test


def test_a_recipe_with_a_validation_part_keeps_it() -> None:
    recipe = Recipe.named("digits").with_changes({"data.validation_fraction": 0.3})
    found = find_base(recipe, 0.9)
    assert (found.n_train, found.note) == (1007, "")


def test_a_name_is_a_recipe_first_and_then_a_data_set() -> None:
    assert find_base("moons", 0.9).recipe.name == "moons"
    assert find_base("blobs", 0.9).recipe.name == "blobs-tuned"
    with pytest.raises(UserError, match="no data set and no recipe 'mnits'; did you mean 'mnist' or"):
        find_base("mnits", 0.9)
    with pytest.raises(UserError, match=r"no\.toml"):
        find_base("no.toml", 0.9)


def test_colour_images_get_convolutions_and_flat_data_dense_layers() -> None:
    images = load("synthetic-images", samples=200, test_samples=20)
    kinds = [layer.kind for layer in make_recipe(images, "synthetic-images").network.layers]
    assert kinds.count("conv2d") == 3
    assert kinds[-2:] == ["flatten", "dense"]
    regression = make_recipe(load("linear-regression"), "linear-regression")
    assert (regression.loss.kind, regression.network.output_activation) == ("mse", "identity")
    assert {layer.kind for layer in regression.network.layers} == {"dense"}


def test_every_value_by_itself_makes_a_recipe_that_has_it(base: Base) -> None:
    space = space_of(base, vary={"reduction": ["none", "drop-constant", "pca-16", "pool-2"]})
    own = space.own_values()
    for setting in space.settings:
        for value in setting.values:
            recipe = space.recipe_of(own | {setting.name: value})
            if setting.name == "engine":
                assert engine_text(recipe) == value
            elif setting.name == "reduction":
                assert reduction_text(recipe) == value
            elif setting.name == "width":
                assert recipe.network.layers[0].units == round(64 * float(value))  # type: ignore[union-attr, arg-type]
            elif setting.name == "schedule":
                assert recipe.schedule.kind == value
            elif setting.name == "optimizer":
                assert recipe.optimizer.kind == value
            elif setting.name == "batch_size":
                assert recipe.training.batch_size == value


def test_what_leaves_no_pixels_is_scaled_on_both_sides() -> None:
    recipe = Recipe.named("digits").with_changes({"preparation.after": "bytes"})
    space = make_space(find_base(recipe, 0.9), TuneAsked(recipe, 0.9, vary={"reduction": ["none", "pca-16"]}))
    prepared = space.recipe_of({"reduction": "pca-16"}).preparation
    assert (prepared.before, prepared.after) == ("bytes", "standard")
    assert space.recipe_of({"reduction": "none"}).preparation == recipe.preparation


def test_a_cycle_without_a_momentum_to_cycle_has_none(base: Base) -> None:
    space = space_of(base, vary={"optimizer": ["nesterov", "sgd"], "schedule": ["one-cycle", "cosine"]})
    cycled = space.recipe_of({"optimizer": "nesterov", "schedule": "one-cycle"}).schedule
    assert cycled.momentum == (0.85, 0.95)  # type: ignore[union-attr]
    assert space.recipe_of({"optimizer": "sgd", "schedule": "one-cycle"}).schedule.momentum is None  # type: ignore[union-attr]


def test_each_family_of_optimizers_has_its_own_rates(base: Base) -> None:
    space = space_of(base)
    names = [{one.name for one in space.applicable({"optimizer": kind})} for kind in ("nesterov", "adamw")]
    assert names[0] ^ names[1] == {"learning_rate_sgd", "learning_rate_adaptive"}
    recipe = space.recipe_of({"optimizer": "adamw", "learning_rate_adaptive": 0.003})
    assert (recipe.optimizer.kind, recipe.optimizer.learning_rate) == ("adamw", 0.003)


def test_what_is_asked_takes_the_place_of_what_is_usual(base: Base) -> None:
    space = space_of(
        base, vary={"training.batch_size": [16, 48], "optimizer.learning_rate": Range(0.01, 1.0, log=True)}
    )
    assert space.by_name["batch_size"].values == (16, 48)
    rates = [one for one in space.settings if one.path == "optimizer.learning_rate"]
    assert [(one.name, one.low, one.high, one.source) for one in rates] == [
        ("learning_rate", 0.01, 1.0, "asked")
    ]
    fixed = space_of(base, fix={"width": 2, "engine": "native"})
    assert {"width", "engine"}.isdisjoint(fixed.by_name)
    assert fixed.recipe.network.layers[0].units == 128  # type: ignore[union-attr]
    only = space_of(base, only=True, vary={"seed": [1, 2]})
    assert [one.name for one in only.settings] == ["seed"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"only": True}, "the search space is empty: nothing varies"),
        ({"only": True, "vary": {"batch_size": [32]}}, "nothing varies"),
        (
            {"vary": {"precision": ["float8", "float32"]}},
            "--vary precision: recipe 'digits': engine.precision is",
        ),
        ({"vary": {"epochs": Range(0, 5)}}, "--vary epochs: recipe 'digits': training.epochs is 0"),
        ({"vary": {"reduction": ["foo", "none"]}}, "preparation.reduction.kind is 'foo'"),
        ({"vary": {"width": [0, 1]}}, "width is 0; expected a number above 0"),
        ({"fix": {"batchsize": 3}}, "--fix batchsize: recipe 'digits' has no such field; did you mean"),
        ({"fix": {"width": "wide"}}, "width is 'wide'; expected a number above 0"),
        ({"vary": {"batchsize": [1, 2]}}, "no such field; did you mean 'batch_size'"),
        ({"vary": {"reduction": ["none", "pca"]}}, "write it as pca-64"),
        ({"vary": {"batch_size": [1, 1]}}, "names a value twice"),
        ({"engines": ["keras:mxnet", "native"]}, "keras:mxnet"),
        ({"fix": {"schedule": "two-cycle"}}, "two-cycle"),
    ],
)
def test_a_space_that_is_none_is_refused(base: Base, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        space_of(base, **asked)


def test_starting_points_are_inside_can_run_and_cost_more_and_more(base: Base) -> None:
    space = space_of(base)
    starts = find_starts(space)
    assert [one.is_base for one in starts].count(True) == 1
    efforts = [work(one.values) for one in starts]
    assert efforts == sorted(efforts)
    for one in starts:
        assert set(one.values) == {setting.name for setting in space.applicable(one.values)}
        assert all(is_inside(space.by_name[name], value) for name, value in one.values.items())
        assert space.refusal(one.values) == ""
    assert {one.values["engine"] for one in starts} == set(space.by_name["engine"].values)


def test_labels_say_what_differs_from_the_base(base: Base) -> None:
    space = space_of(base)
    own = space.own_values()
    assert space.label(own) == "the base recipe"
    assert (
        space.label(own | {"batch_size": 64, "width": 2.0, "engine": "torch"})
        == "torch, batch size 64, width × 2"
    )


def test_a_reduction_that_saw_the_test_part_is_told() -> None:
    seen = {"kind": "clusters", "n_clusters": 5, "fit_on": "train-and-test"}
    recipe = Recipe.named("digits").with_changes({"preparation.reduction": seen})
    assert "the test score is optimistic" in find_base(recipe, 0.9).note
    assert "optimistic" not in find_base("digits", 0.9).note
