"""Tests of the pictures of latent spaces, most of them without pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from tests.insight.latent.principal import principal_model
from tests.views.plots.baselines import compared

from wattlab.errors import DataError
from wattlab.insight.latent import Latent, latent_of
from wattlab.views.plots.class_looks import class_colour, class_shape
from wattlab.views.plots.decoded import decoded_panels, plot_decoded
from wattlab.views.plots.latent import draw_latent, plot_latent
from wattlab.views.plots.latent_map import plot_latent_map
from wattlab.views.plots.marks import Arrow, Bars, Line, Note, Picture, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@pytest.fixture(scope="module")
def found() -> Latent:
    """Return digits in a plane of principal components."""
    data = load_digits()
    rows = data.target < 4
    model = principal_model(PCA(2).fit(data.data[rows]))
    return latent_of(model, data.data[rows][:200], data.target[rows][:200], n_steps=3, n_samples=4)


@pytest.fixture(scope="module")
def line() -> Latent:
    """Return codes of one number."""
    data = load_digits().data[:200]
    return latent_of(principal_model(PCA(1).fit(data)), data, n_steps=3, n_samples=0)


def _of(kind: type[Any], marks: Any) -> list[Any]:
    return [mark for mark in marks if isinstance(mark, kind)]


def test_every_class_has_its_samples_and_its_name(found: Latent) -> None:
    codes, fit, *decoded = plot_latent(found).chart.panels
    drawn = {tuple(mark.texts): np.column_stack([mark.x, mark.y]) for mark in _of(Points, codes.marks)}
    for place in range(4):
        members = found.codes[found.groups == place]
        np.testing.assert_array_equal(drawn[(str(place),) * len(members)], members)
    assert [mark.text for mark in _of(Note, codes.marks)] == ["0", "1", "2", "3"]
    assert len({(mark.colour, mark.shape) for mark in _of(Points, codes.marks)}) == 4
    looks = [(class_colour(place), class_shape(place)) for place in range(4)]
    assert [(mark.colour, mark.shape) for mark in _of(Points, codes.marks)] == looks
    assert "stands at the mean" in plot_latent(found).chart.foot[1]
    assert fit.title == "Does the normal distribution fit?"
    assert [panel.title for panel in decoded] == [
        "Decoded: a walk along the main axes",
        "Decoded: samples of the fitted normal distribution",
    ]


def test_the_legend_says_how_many_samples_lie_inside(found: Latent) -> None:
    assert found.view is not None
    ellipses = [mark for mark in _of(Line, plot_latent(found).chart.panels[0].marks) if mark.name]
    assert [mark.name.partition(":")[0] for mark in ellipses] == [
        f"{share} of the normal distribution" for share in ("95%", "90%", "50%")
    ]
    for mark, region in zip(ellipses, found.view.regions, strict=False):
        assert mark.name.endswith(f"{region.inside:.1%} of the samples")
        np.testing.assert_array_equal(np.column_stack([mark.x, mark.y]), region.ellipse.points())


def test_classes_have_ellipses_if_asked_for(found: Latent) -> None:
    few, many = (_of(Line, plot_latent(found, by_class=one).chart.panels[0].marks) for one in (False, True))
    assert len(many) == len(few) + 4


def test_a_code_of_one_number_is_a_histogram(line: Latent) -> None:
    first = plot_latent(line).chart.panels[0]
    (bars,) = _of(Bars, first.marks)
    assert bars.lengths.sum() * bars.breadth == pytest.approx(1)
    with pytest.raises(DataError, match="leave --map out"):
        draw_latent(line, by_class=False, as_map=True, theme="light")


def test_the_map_is_drawn_step_by_step(found: Latent) -> None:
    assert found.steps is not None
    panels = plot_latent_map(found.steps).chart.panels
    assert len(panels) == 8
    assert panels[0].title == panels[4].title == "standard normal"
    assert [mark.end for mark in _of(Arrow, panels[0].marks)] == [(1.0, 0.0), (0.0, 1.0)]
    assert len({(panel.x_span, panel.y_span) for panel in panels}) == 1


def test_decoded_images_stand_in_rows_with_names(found: Latent) -> None:
    assert found.walk is not None
    (panel,) = plot_decoded(found.walk).chart.panels
    (picture,) = _of(Picture, panel.marks)
    np.testing.assert_array_equal(picture.pixels[:8, :8], found.walk.outputs[0, 0].reshape(8, 8))
    names = [mark.text for mark in _of(Note, panel.marks)]
    assert names == ["−3 σ", "mean", "+3 σ", "axis 1", "axis 2"]


def test_a_row_of_images_is_about_as_high_throughout(found: Latent) -> None:
    assert found.walk is not None
    assert found.drawn is not None
    many = found.drawn._replace(outputs=np.resize(found.drawn.outputs, (5, 5, 64)))
    walked, sampled = decoded_panels([found.walk, many], (5.8, 4.8))
    assert 0.75 < sampled.height / walked.height < 1.33
    (picture,) = _of(Picture, sampled.marks)
    assert np.isfinite(picture.pixels).sum() == 25 * 64


def test_outputs_that_are_no_images_are_strips(found: Latent) -> None:
    assert found.walk is not None
    (panel,) = plot_decoded(found.walk._replace(image_shape=None)).chart.panels
    (picture,) = _of(Picture, panel.marks)
    np.testing.assert_array_equal(picture.pixels[0, :64], found.walk.outputs[0, 0])


@compared
def test_picture_of_latent(found: Latent) -> Figure:
    return plot_latent(found, by_class=True).figure


@compared
def test_picture_of_latent_of_one_number(line: Latent) -> Figure:
    return plot_latent(line, theme="dark").figure


@compared
def test_picture_of_latent_map(found: Latent) -> Figure:
    assert found.steps is not None
    return plot_latent_map(found.steps).figure


@compared
def test_picture_of_decoded(found: Latent) -> Figure:
    assert found.walk is not None
    return plot_decoded(found.walk).figure
