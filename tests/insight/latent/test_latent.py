"""Tests of latent spaces against scikit-learn's principal components, whose code, axes and decoder are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats
from sklearn.decomposition import PCA
from tests.insight.latent.principal import Digits, principal_model

from wattlab.errors import DataError, GeometryError, RecipeError
from wattlab.insight.geometry import Normal
from wattlab.insight.latent import draw_samples, interpolate, latent_of, walk
from wattlab.insight.latent.histogram import histogram_of
from wattlab.insight.latent.layer import bottleneck
from wattlab.recipe import Recipe
from wattlab.views.shear_numbers import map_text

if TYPE_CHECKING:
    from numpy.typing import NDArray


def test_codes_main_axes_and_widths_are_the_principal_components(digits: Digits) -> None:
    found = latent_of(digits.model, digits.X, digits.y)
    np.testing.assert_allclose(found.codes, digits.pca.transform(digits.X), atol=1e-9)
    np.testing.assert_allclose(found.normal.mean, 0, atol=1e-9)
    np.testing.assert_allclose(found.deviations**2, digits.pca.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(np.abs(found.directions), np.eye(5), atol=1e-6)
    assert (found.layer, found.part, found.name) == ("layers.0", "", "principal")
    assert found.classes == tuple("0123456789")


def test_a_walk_is_what_the_components_decode_to(digits: Digits) -> None:
    found = latent_of(digits.model, digits.X, n_steps=5)
    assert found.walk is not None
    sigma = np.sqrt(digits.pca.explained_variance_)
    for axis in range(5):
        for place, step in enumerate((-3, -1.5, 0, 1.5, 3)):
            expected = digits.pca.mean_ + step * sigma[axis] * digits.pca.components_[axis]
            np.testing.assert_allclose(found.walk.outputs[axis, place], expected, atol=1e-4)
    assert found.walk.column_names == ("−3 σ", "−1.5 σ", "mean", "+1.5 σ", "+3 σ")
    assert found.walk.image_shape == (8, 8, 1)


def test_between_two_samples_lie_their_mixtures(digits: Digits) -> None:
    codes = digits.pca.transform(digits.X[:2])
    found = interpolate(digits.model, "layers.0", codes[0], codes[1], n_steps=3)
    ends = digits.pca.inverse_transform(codes)
    np.testing.assert_allclose(found.outputs[0], [ends[0], ends.mean(axis=0), ends[1]], atol=1e-9)


def test_drawn_samples_are_of_the_fitted_distribution(digits: Digits) -> None:
    normal = Normal.from_samples(digits.pca.transform(digits.X))
    found = draw_samples(digits.model, "layers.0", normal, 5000)
    codes = found.codes.reshape(-1, 5)[:5000]
    np.testing.assert_allclose(codes.std(axis=0), np.sqrt(digits.pca.explained_variance_), rtol=0.05)
    few = draw_samples(digits.model, "layers.0", normal, 7)
    assert few.outputs.shape == (3, 3, 64)
    assert np.isnan(few.outputs.reshape(9, 64)[7:]).all()
    assert not np.isnan(few.outputs.reshape(9, 64)[:7]).any()


def test_outputs_are_in_the_units_of_the_data(digits: Digits) -> None:
    """A network that learned scaled pixels gives pixels of the data set again."""
    from wattlab.data.preparation import Transform
    from wattlab.data.scaling import NoScaling, Standard
    from wattlab.records.model import Model

    model = digits.model
    transform = Transform(NoScaling(), None, Standard(np.full(64, 3.0), np.full(64, 2.0)), 64)
    scaled = Model(model.recipe, transform, model.weights(), None, (8, 8, 1))
    found = interpolate(scaled, "layers.0", np.zeros(5), np.zeros(5), n_steps=2)
    np.testing.assert_allclose(found.outputs[0, 0], digits.pca.mean_ * 2 + 3, rtol=1e-9)


def _normal_codes(n: int, d: int = 2) -> tuple[NDArray[np.float64], PCA]:
    """Return normal samples in 3 dimensions, and a projection on d of them that keeps their numbers."""
    X = np.random.default_rng(0).normal(size=(n, 3)) * [3.0, 1.0, 0.1]
    pca = PCA(d).fit(X)
    pca.components_, pca.mean_ = np.eye(3)[:d], np.zeros(3)
    return X, pca


def test_of_normal_samples_as_many_lie_inside_as_should() -> None:
    X, pca = _normal_codes(4000)
    found = latent_of(principal_model(pca), X, confidences=(0.5, 0.9, 0.99))
    for share in found.shares:
        assert share.inside == pytest.approx(share.confidence, abs=3 * share.standard_error)
    assert found.view is not None
    assert [one.confidence for one in found.view.regions] == [0.99, 0.9, 0.5]
    assert [one.inside for one in found.view.regions[::-1]] == [one.inside for one in found.shares]
    assert min(found.mardia.skewness_p, found.mardia.kurtosis_p) > 0.01
    assert stats.kstest(found.nominal, "uniform").pvalue > 0.01
    assert found.standard.p < 1e-6, "its widths are 3 and 1"


def test_the_plane_is_that_of_two_numbers_or_of_two_main_axes(digits: Digits) -> None:
    chosen = latent_of(digits.model, digits.X, axes=(3, 1)).view
    main = latent_of(digits.model, digits.X).view
    assert chosen is not None
    assert main is not None
    np.testing.assert_allclose(chosen.points, digits.pca.transform(digits.X)[:, [3, 1]], atol=1e-9)
    np.testing.assert_allclose(np.abs(main.points), np.abs(digits.pca.transform(digits.X)[:, :2]), atol=1e-4)
    first = digits.pca.explained_variance_[0] / digits.pca.explained_variance_.sum()
    assert main.names[0] == f"main axis 1 ({first:.0%} of the variance)".replace("%", " %")
    np.testing.assert_allclose(main.standard.semi_axes, np.sqrt(stats.chi2(2).ppf(0.95)), rtol=1e-9)


def test_each_class_has_ellipses_of_its_own(digits: Digits) -> None:
    rows = np.concatenate([np.flatnonzero(digits.y == 3), np.flatnonzero(digits.y == 4)[:2]])
    view = latent_of(digits.model, digits.X[rows], digits.y[rows], axes=(0, 1), confidences=(0.8,)).view
    assert view is not None
    assert [one.group for one in view.regions] == ["", "3"]
    assert view.left_out == ("4",)
    threes = digits.pca.transform(digits.X[digits.y == 3])[:, :2]
    distances = Normal.from_samples(threes).mahalanobis(threes)
    assert view.regions[1].inside == np.mean(distances**2 <= stats.chi2(2).ppf(0.8))
    assert view.regions[1].n_samples == len(threes)


def test_both_ways_from_a_standard_normal_distribution_end_in_the_fitted_one() -> None:
    normal = Normal(np.array([1.0, -2.0]), np.array([[5.0, 2.0], [2.0, 1.0]]))
    steps = normal.as_map()
    for way in (steps.shear, steps.rotation):
        last = way[-1]
        np.testing.assert_allclose(last.total @ last.total.T, normal.covariance, rtol=1e-12)
        np.testing.assert_allclose(last.ellipse.centre, normal.mean)
        np.testing.assert_allclose(last.ellipse.semi_axes, (np.sqrt(2) + 1, np.sqrt(2) - 1), rtol=1e-9)
    assert map_text(steps.shear[2]) == "sheared by 0.4 along y"
    assert map_text(steps.rotation[2]) == "rotated by 22.5°"
    assert map_text(steps.rotation[3]) == "moved to (1, −2)"
    along = Normal(np.zeros(2), np.diag([4.0, 1.0])).as_map()
    assert [map_text(way[2]) for way in along] == ["not sheared", "not rotated"]


def test_a_code_of_one_number_has_a_histogram() -> None:
    X, pca = _normal_codes(500, d=1)
    with pytest.raises(DataError, match="one number and no plane"):
        latent_of(principal_model(pca), X, axes="pca")
    found = latent_of(principal_model(pca), X)
    assert found.view is None
    assert not found.is_sampled
    assert found.steps is None
    assert found.histogram is not None
    widths = np.diff(found.histogram.edges)
    assert (found.histogram.density * widths).sum() == pytest.approx(1)
    np.testing.assert_allclose(
        found.histogram.fitted,
        stats.norm(X[:, 0].mean(), X[:, 0].std(ddof=1)).pdf(found.histogram.x),
        rtol=1e-9,
    )


def test_one_code_far_out_does_not_ask_for_a_bin_each() -> None:
    codes = np.append(np.random.default_rng(0).normal(size=1000), 1e9)
    found = histogram_of(codes, Normal.from_samples(codes[:, np.newaxis]))
    assert len(found.density) == 100
    near = codes[:-1]
    expected = np.histogram_bin_edges(near, bins="auto")
    np.testing.assert_allclose(histogram_of(near, Normal.standard(1)).edges, expected)


def test_regions_come_in_order_each_once(digits: Digits) -> None:
    found = latent_of(digits.model, digits.X, confidences=(0.9, 0.5, 0.9), n_steps=0, n_samples=0)
    assert [one.confidence for one in found.shares] == [0.5, 0.9]
    assert found.walk is found.drawn is None


def test_what_cannot_be_looked_at_is_refused(digits: Digits) -> None:
    with pytest.raises(DataError, match="need"):
        latent_of(digits.model, digits.X[:5])
    with pytest.raises(GeometryError, match="confidence is 1"):
        latent_of(digits.model, digits.X, confidences=(0.5, 1.0))
    for axes in ((0, 5), (1, 1)):
        with pytest.raises(DataError, match="from 0 to 4, or 'pca'"):
            latent_of(digits.model, digits.X, axes=axes)
    with pytest.raises(RecipeError, match=r"no layer 'code'.*layers\.0"):
        latent_of(digits.model, digits.X, layer="code")
    with pytest.raises(DataError, match="labels have the shape"):
        latent_of(digits.model, digits.X, digits.y[:3])
    X, pca = _normal_codes(50, d=3)
    X[:, 1] = 7.0
    with pytest.raises(
        DataError, match=r"1 of the 3 numbers of layer 'layers.0' are the same .* \(1, counted"
    ):
        latent_of(principal_model(pca), X, layer="layers.0")
    broken = digits.X.copy()
    broken[3, 5] = np.nan
    with pytest.raises(GeometryError, match=r"codes X of layer 'layers.0': X\[3, 0\] is not a finite number"):
        latent_of(digits.model, broken)
    with pytest.raises(DataError, match="no confidence is given"):
        latent_of(digits.model, digits.X, confidences=())
    with pytest.raises(DataError, match="at least 2"):
        walk(digits.model, "layers.0", Normal.standard(5), n_steps=1)


def test_only_an_autoencoder_has_a_layer_of_its_own() -> None:
    X, pca = _normal_codes(50)
    model = principal_model(pca, "regression")
    with pytest.raises(
        RecipeError, match=r"no autoencoder: .*say at which layer to look, with its width: layers\.0 \(2\)"
    ):
        latent_of(model, X)
    found = latent_of(model, X, layer="layers.0")
    assert found.walk is found.drawn is None
    with pytest.raises(DataError, match="does not reconstruct"):
        walk(model, "layers.0", found.normal)


def test_the_narrowest_layer_is_the_code() -> None:
    X, pca = _normal_codes(50, d=3)
    with pytest.raises(RecipeError, match=r"no layer of 'principal' is narrower than its 3 inputs"):
        latent_of(principal_model(pca), X)


@pytest.mark.parametrize(("name", "layer"), [("digits-autoencoder", "latent"), ("mnist-vae", "latent")])
def test_recipes_that_ship_call_it_latent(name: str, layer: str) -> None:
    from wattlab.data.preparation import Prepared, Transform
    from wattlab.data.scaling import NoScaling
    from wattlab.engines.initial import Inputs, initial_weights
    from wattlab.records.model import Model

    recipe = Recipe.named(name)
    n, image = (64, (8, 8, 1)) if name.startswith("digits") else (784, (28, 28, 1))
    transform = Transform(NoScaling(), None, NoScaling(), n)
    data = Prepared.empty(transform, n, None, image, reconstructs=True)
    model = Model(recipe, transform, initial_weights(recipe.network, Inputs.of(data), n, 0), None, image)
    assert bottleneck(model) == layer
