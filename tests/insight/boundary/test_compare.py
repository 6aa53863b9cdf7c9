"""The chain of the sources: which models can, which cannot, and what each costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import wattlab
from wattlab.data import load
from wattlab.errors import DataError, ParameterError, RunError
from wattlab.insight.boundary import (
    BoundaryAsked,
    Cut,
    ModelSettings,
    boundaries,
    find_boundaries,
    make_model,
    run_boundary,
)
from wattlab.insight.boundary.fits import fit_models
from wattlab.insight.subject import open_subject

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.meter import Meter
    from wattlab.recipe import Recipe

SMALL = Cut(mesh=20)


def test_quadratic_features_are_not_enough_for_the_moons() -> None:
    names = ("linear-svc", "poly2-linear-svc", "poly3-linear-svc", "svc-poly", "svc-rbf")
    found = boundaries(load("moons"), names, rounds=1, cut=SMALL)
    scores = {one.name: one.test_accuracy or 0.0 for one in found.contenders}
    assert max(scores["linear-svc"], scores["poly2-linear-svc"]) < 0.9
    assert min(scores[name] for name in names[2:]) > 0.95
    assert all(one.boundary.support is not None for one in found.contenders)
    assert all(one.wall.value and one.wall.provenance == "measured" for one in found.contenders)
    assert all(one.energy.unit == "J" for one in found.contenders)


def test_degree_and_settings_reach_the_model() -> None:
    poly = make_model("poly5-linear-svc", ModelSettings(C=7.0))
    assert (poly[0].degree, poly[-1].C) == (5, 7.0)
    kernel = make_model("svc-poly4", ModelSettings(gamma=0.25))[-1]
    assert (kernel.degree, kernel.coef0, kernel.gamma) == (4, 1.0, 0.25)
    assert make_model("native", ModelSettings(seed=9))[-1].random_state == 9


def test_a_fit_costs_what_the_meter_counts(meter: Meter) -> None:
    data = load("moons", samples=40)
    told: list[tuple[int, int]] = []
    fits = fit_models(
        ["linear-svc", "svc-rbf"],
        data.train.features,
        data.train.labels,
        meter=meter,
        rounds=2,
        tell=lambda *count: told.append(count),
    )
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [fit.name for fit in fits] == ["linear-svc", "svc-rbf"]
    assert meter.windows == ("linear-svc", "svc-rbf")
    assert [len(meter.each(name)) for name in meter.windows] == [2, 2]
    assert fits[0].cost == meter.median("linear-svc")


def test_names_of_classes_and_features_are_the_data_s(tmp_path: Path) -> None:
    rows = [f"{x},{y},{'yes' if x * y > 0 else 'no'}" for x in range(-4, 5) for y in range(-4, 5)]
    path = tmp_path / "signs.csv"
    path.write_text("\n".join(["width,height,kind", *rows]))
    asked = BoundaryAsked(str(path), ("svc-rbf",), options={"label": "kind"}, rounds=1, cut=SMALL)
    found = find_boundaries(asked).contenders[0].boundary
    assert found.class_names == ("no", "yes")
    assert found.plane.labels == ("width", "height")
    near = np.abs(found.x - 3).argmin(), np.abs(found.y - 3).argmin()
    assert found.classes[near[1], near[0]] == 1


def test_a_run_in_more_dimensions_is_cut_by_a_plane(tmp_path: Path, tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes({"data.options.features": 4})
    subject = open_subject(wattlab.train(recipe, runs=tmp_path))
    with pytest.raises(ParameterError, match="has 4 features, and a boundary is drawn in a plane of 2"):
        run_boundary(subject)
    found = run_boundary(subject, Cut("pca", 2, mesh=10))
    one = found.contenders[0]
    sample = subject.part("test").features[2]
    assert np.allclose(one.boundary.plane.origin, sample)
    assert one.test_accuracy == one.boundary.accuracy == subject.run.record.test_accuracy
    assert one.energy == subject.run.record.cost.total.energy
    with pytest.raises(ParameterError, match="there is no sample 999 in the test part; it has 0 … 23"):
        run_boundary(subject, Cut("pca", 999))


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"models": ("svc-rfb",)}, ParameterError, "there is no model 'svc-rfb'; did you mean 'svc-rbf'"),
        ({"models": ("native", "native")}, ParameterError, "'native' is named twice"),
        ({"models": ("native",), "compare": True}, ParameterError, "compare takes all models"),
        ({"settings": {"C": 2.0}}, ParameterError, "C is a setting of support vector machines"),
        (
            {"models": ("svc-rbf",), "settings": {"C": 0.0}},
            ParameterError,
            "C is 0; expected a positive number",
        ),
        ({"rounds": 0}, ParameterError, "rounds is 0"),
        ({"options": {"noise": float("inf")}}, DataError, "option noise is inf"),
        ({"options": {"share": 1.0}}, DataError, "option share is 1; expected a number from 0.01 to 0.99"),
        ({"target": "linear-regression"}, DataError, "is for predicting numbers"),
        (
            {"target": "moon"},
            RunError,
            "there is no run 'moon'.*\n'moon' is no data set either; did you mean 'moons'",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        find_boundaries(BoundaryAsked(**{"target": "moons", **asked}))


def test_of_a_run_nothing_can_be_chosen_that_it_has_learned(tmp_path: Path, tiny_recipe: Recipe) -> None:
    wattlab.train(tiny_recipe, runs=tmp_path, name="mine")
    asked = BoundaryAsked("mine", ("svc-rbf",), options={"noise": 0.1}, settings={"seed": None})
    with pytest.raises(ParameterError, match=r"'mine' is the run 'mine'.*so noise, model cannot be chosen"):
        find_boundaries(asked, tmp_path)


def test_a_run_without_classes_has_no_boundary(tmp_path: Path) -> None:
    recipe = wattlab.Recipe.named("linear-regression").with_changes({"training.epochs": 1})
    subject = open_subject(wattlab.train(recipe, runs=tmp_path))
    with pytest.raises(ParameterError, match="model 'linear-regression' predicts numbers"):
        run_boundary(subject)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
def test_samples_that_a_model_refuses_are_said(meter: Meter) -> None:
    X = np.array([[1e300, 0.0], [-1e300, 1.0]] * 5)
    with pytest.raises(ParameterError, match="svc-rbf cannot learn these samples: "):
        fit_models(["svc-rbf"], X, np.array([0, 1] * 5), meter=meter)
