"""The chart of misread samples."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.datasets import load_digits
from tests.views.plots.baselines import compared

from wattlab.errors import DataError
from wattlab.insight.mistakes.misread import Misread
from wattlab.views.plots.marks import Cells, Note, Picture
from wattlab.views.plots.mistakes import plot_mistakes, write_mistakes

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from wattlab.views.plots.plot import Plot


def misread(features: np.ndarray, shape: tuple[int, int, int] | None, n: int = 5) -> Misread:
    places = np.arange(n)
    return Misread(
        run="one",
        part="test",
        asked="all",
        n_asked=100,
        n_mistakes=n,
        classes=("4", "9"),
        indices=10 * places,
        true=places % 2,
        predicted=1 - places % 2,
        p_true=0.1 * places,
        p_predicted=1 - 0.1 * places,
        are_probabilities=False,
        features=features[:n],
        image_shape=shape,
        feature_names=() if shape else tuple("abc"),
    )


DIGITS = misread(load_digits().data, (8, 8, 1))


@cache
def drawn() -> Plot[Misread]:
    return plot_mistakes(DIGITS)


def test_each_picture_is_its_sample_with_a_caption_below() -> None:
    (panel,) = drawn().chart.panels
    pictures = [mark for mark in panel.marks if isinstance(mark, Picture)]
    notes = [mark for mark in panel.marks if isinstance(mark, Note)]
    np.testing.assert_array_equal([one.pixels for one in pictures], load_digits().images[:5])
    assert [one.text for one in notes[:4]] == ["4 → 9, 1.00", "#0", "9 → 4, 0.90", "#10"]
    for picture, note in zip(pictures, notes[::2], strict=True):
        assert picture.at is not None
        left, right, bottom, top = picture.at
        assert left < note.x < right
        assert note.y < bottom < top
    assert any("do not add up to 1" in line for line in drawn().chart.foot)


def test_pictures_of_three_channels_keep_their_colours() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 12), np.uint8)
    (panel,) = plot_mistakes(misread(pixels, (2, 2, 3))).chart.panels
    first = panel.marks[0]
    assert isinstance(first, Picture)
    np.testing.assert_allclose(first.pixels, pixels[0].reshape(2, 2, 3) / 255)


def test_samples_that_are_no_images_are_a_table() -> None:
    features = np.arange(15.0).reshape(5, 3) ** 2
    (panel,) = plot_mistakes(misread(features, None)).chart.panels
    (table,) = panel.marks
    assert isinstance(table, Cells)
    assert table.texts[1] == ["9", "16", "25"]
    assert list(table.column_names) == ["a", "b", "c"]
    np.testing.assert_allclose(table.values.mean(axis=0), 0, atol=1e-12)


def test_no_mistakes_are_no_figure_but_numbers(tmp_path: Path) -> None:
    none = misread(np.zeros((0, 64)), (8, 8, 1), 0)
    with pytest.raises(
        DataError, match="'one' has no mistakes to draw in the test part: 100 samples, all read"
    ):
        plot_mistakes(none)
    assert write_mistakes(none, tmp_path / "none.png") is None
    assert not (tmp_path / "none.png").exists()
    assert write_mistakes(none, tmp_path / "none.json") == tmp_path / "none.json"
    assert json.loads((tmp_path / "none.json").read_text())["n_mistakes"] == 0


@compared
def test_picture_of_mistakes() -> Figure:
    return drawn().figure
