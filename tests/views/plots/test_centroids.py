"""Plots of one clustering: what is drawn, and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.views.plots.baselines import compared

from wattlab.data import load
from wattlab.errors import UnsupportedError
from wattlab.insight.clustering import (
    Clustering,
    centroids,
    composition,
    find_clusters,
    members,
    silhouette,
)
from wattlab.views.plots.centroids import plot_centroids
from wattlab.views.plots.composition import plot_composition
from wattlab.views.plots.feature_cells import feature_cells
from wattlab.views.plots.marks import Area, Cells, Note, Picture, Rule
from wattlab.views.plots.members import plot_members
from wattlab.views.plots.mosaic import mosaic
from wattlab.views.plots.silhouette import plot_silhouette

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@pytest.fixture(scope="module")
def digits() -> Clustering:
    """Return six clusters of the digits."""
    return find_clusters(load("digits"), 6, part="test")


@pytest.fixture(scope="module")
def blobs() -> Clustering:
    """Return three clusters of samples that are no images."""
    return find_clusters(load("blobs", samples=100), 3)


def test_each_image_of_a_mosaic_is_where_it_belongs() -> None:
    samples = np.arange(5 * 6, dtype=float).reshape(5, 6)
    laid = mosaic(samples, (2, 3, 1), 2, gap=(0.5, 0.4))
    pixels = laid.picture.pixels
    assert pixels.shape == (9, 8)
    for place in range(5):
        top, left = 3 * (place // 2), 4 * (place % 2)
        np.testing.assert_array_equal(pixels[top : top + 2, left : left + 3], samples[place].reshape(2, 3))
    assert np.isnan(pixels[2]).all()
    assert np.isnan(pixels[6:, 4:]).all()
    note = laid.below(3, "three", 8.0)
    assert (note.x, note.y, note.anchor) == (5.0, 5.0, "centre")


def test_three_channels_are_colours_and_others_their_mean() -> None:
    coloured = mosaic(np.array([[0.0, 128, 255, 64, 0, 0]]), (1, 2, 3), 1).picture.pixels
    np.testing.assert_allclose(coloured[0, 0], [0, 128 / 255, 1])
    grey = mosaic(np.array([[1.0, 3.0]]), (1, 1, 2), 1).picture.pixels
    assert grey[0, 0] == 2.0


def test_features_that_do_not_differ_are_left_out_of_a_table() -> None:
    values = np.zeros((2, 15))
    values[1, 2:14] = 5.0
    names = [f"f{place}" for place in range(15)]
    table = feature_cells(values, ["a", "b"], names, np.zeros(15), np.ones(15))
    assert table.cells.column_names == names[2:14]
    assert table.notes[-1] == "Left out: 3 of 15 features, those in which rows differ least."
    np.testing.assert_array_equal(table.cells.values, values[:, 2:14])
    assert table.cells.texts[1][0] == "5.00"


def test_a_centroid_is_drawn_with_its_number_and_samples(digits: Clustering) -> None:
    plot = plot_centroids(centroids(digits))
    picture, *notes = plot.chart.panels[0].marks
    assert isinstance(picture, Picture)
    texts = [note.text for note in notes if isinstance(note, Note)]
    assert texts == [f"{place}: {count}" for place, count in enumerate(digits.counts)]
    np.testing.assert_allclose(picture.pixels[:8, :8], plot.data.values[0].reshape(8, 8))
    assert "mean norm of its members" in plot.chart.foot[-1]


def test_centroids_that_are_no_images_are_a_table(blobs: Clustering) -> None:
    (cells,) = plot_centroids(centroids(blobs)).chart.panels[0].marks
    assert isinstance(cells, Cells)
    assert cells.values.shape == (3, 2)
    assert cells.row_names[0] == f"0 ({blobs.counts[0]})"


def test_silhouettes_are_areas_of_as_many_samples_as_the_cluster_has(digits: Clustering) -> None:
    found = silhouette(digits)
    *areas, rule = plot_silhouette(found).chart.panels[0].marks
    assert isinstance(rule, Rule)
    assert rule.at == found.mean
    for cluster, area in enumerate(areas):
        assert isinstance(area, Area)
        assert area.y.max() - area.y.min() == digits.counts[cluster]
        assert area.x.max() == max(0.0, found.values[found.clusters == cluster].max())


def test_no_silhouette_of_one_cluster_is_drawn() -> None:
    with pytest.raises(UnsupportedError, match=r"'blobs': a silhouette needs 2 to .* take another number"):
        plot_silhouette(silhouette(find_clusters(load("blobs", samples=50), 1)))


def test_members_lie_at_both_sides_of_an_empty_column(digits: Clustering) -> None:
    found = members(digits, 3)
    picture = plot_members(found).chart.panels[0].marks[0]
    assert isinstance(picture, Picture)
    np.testing.assert_array_equal(picture.pixels[:8, :8], found.features[0, 0].reshape(8, 8))
    np.testing.assert_array_equal(picture.pixels[:8, 54:62], found.features[0, 5].reshape(8, 8))
    assert np.isnan(picture.pixels[:, 27:35]).all()


def test_only_the_thirty_largest_clusters_show_their_members() -> None:
    plot = plot_members(members(find_clusters(load("blobs", samples=50), 33), 1))
    assert "The 30 largest clusters; 3 are left out." in plot.chart.foot
    (cells,) = plot.chart.panels[0].marks
    assert isinstance(cells, Cells)
    assert len(cells.row_names) == 60


def test_composition_is_coloured_by_share(digits: Clustering) -> None:
    found = composition(digits)
    plot = plot_composition(found)
    (cells,) = plot.chart.panels[0].marks
    assert isinstance(cells, Cells)
    np.testing.assert_allclose(cells.values.sum(axis=1), 1)
    assert cells.texts[0] == [f"{count}" if count else "" for count in found.counts[0]]
    assert f"Purity {found.purity:.3f}" in plot.chart.foot[1]


@compared
def test_picture_of_centroids(digits: Clustering) -> Figure:
    return plot_centroids(centroids(digits)).figure


@compared
def test_picture_of_silhouette(digits: Clustering) -> Figure:
    return plot_silhouette(silhouette(digits), theme="dark").figure


@compared
def test_picture_of_members(digits: Clustering) -> Figure:
    return plot_members(members(digits, 4), theme="dark").figure


@compared
def test_picture_of_composition(digits: Clustering) -> Figure:
    return plot_composition(composition(digits)).figure
