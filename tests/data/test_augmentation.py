"""What changes training images: pure, within bounds, and right on pictures made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from wattlab.data.augmentation import augmented, check_augmentation, draw
from wattlab.errors import RecipeError
from wattlab.recipe.augmentation import Augmentation

SHAPE = (6, 8, 2)
IMAGES = np.arange(3 * 6 * 8 * 2, dtype=np.uint8).reshape(3, *SHAPE) % 251 + 1


def test_draws_depend_on_seed_and_epoch_alone() -> None:
    spec = Augmentation(flip=True, shift=3, cutout=2)
    first = draw(spec, SHAPE, seed=1, epoch=4, n_samples=500)
    assert (first == draw(spec, SHAPE, seed=1, epoch=4, n_samples=500)).all()
    assert (first != draw(spec, SHAPE, seed=1, epoch=5, n_samples=500)).any()
    assert (first != draw(spec, SHAPE, seed=2, epoch=4, n_samples=500)).any()
    assert set(np.unique(first[:, 0])) == {0, 1}
    assert set(np.unique(first[:, 1:3])) == set(range(-3, 4))
    assert (first[:, 3].max(), first[:, 4].max()) == (5, 7)


def test_nothing_is_drawn_that_is_not_asked_for() -> None:
    draws = draw(Augmentation(cutout=1), SHAPE, seed=0, epoch=0, n_samples=50)
    assert (draws[:, :3] == 0).all()


def test_a_mirror_is_numpys_flip_and_a_shift_its_roll_with_zeros() -> None:
    spec = Augmentation(flip=True, shift=3)
    draws = np.array([[1, 0, 0, 0, 0], [0, 2, -3, 0, 0], [1, -1, 1, 0, 0]])
    found = augmented(spec, IMAGES, draws)
    assert (found[0] == IMAGES[0, :, ::-1]).all()
    expected = np.zeros(SHAPE, np.uint8)
    expected[2:, :5] = IMAGES[1, :4, 3:]
    assert (found[1] == expected).all()
    expected = np.zeros(SHAPE, np.uint8)
    expected[:5, 1:] = IMAGES[2, 1:, ::-1][:, :7]
    assert (found[2] == expected).all()


def test_a_square_is_cut_out_around_its_centre_and_may_reach_over_the_edge() -> None:
    spec = Augmentation(cutout=3)
    draws = np.array([[0, 0, 0, 2, 3], [0, 0, 0, 0, 7], [0, 0, 0, 5, 0]])
    found = augmented(spec, IMAGES, draws)
    for image, original, (rows, columns) in zip(
        found,
        IMAGES,
        [(slice(1, 4), slice(2, 5)), (slice(0, 2), slice(6, 8)), (slice(4, 6), slice(0, 2))],
        strict=True,
    ):
        expected = original.copy()
        expected[rows, columns] = 0
        assert (image == expected).all()


@pytest.mark.parametrize(
    ("spec", "shape", "complaint"),
    [
        (Augmentation(flip=True), None, "augmentation changes images, but the data has none"),
        (Augmentation(shift=6), SHAPE, "augmentation.shift is 6 pixels, but the images are 6 × 8"),
        (Augmentation(cutout=7), SHAPE, "augmentation.cutout is 7 pixels"),
    ],
)
def test_what_cannot_be_changed_is_refused(
    spec: Augmentation, shape: tuple[int, int, int] | None, complaint: str
) -> None:
    with pytest.raises(RecipeError, match=complaint):
        check_augmentation(spec, shape)


def test_without_augmentation_any_data_will_do() -> None:
    check_augmentation(Augmentation(), None)
