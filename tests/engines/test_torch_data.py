"""Images on their way into the torch engine: changed at random, streamed, evaluated block by block."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from tests.engines.torch_images import CHANGED, CPU, IMAGE, Begin, epoch, make_data, reconstruction, starter

from wattlab.data.augmentation import augmented, draw
from wattlab.engines.devices import limit_torch_threads
from wattlab.engines.torch import evaluation
from wattlab.engines.torch.augmentation import Augmenter
from wattlab.engines.torch.evaluation import Spread, block_rows
from wattlab.engines.torch.samples import Resident, has_room
from wattlab.engines.torch.streaming import moved
from wattlab.errors import RecipeError
from wattlab.recipe.augmentation import Augmentation
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wattlab.recipe import Recipe


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with limit_torch_threads(1):
        yield


@pytest.fixture
def begin(recipe: Callable[..., Recipe]) -> Begin:
    return starter(recipe)


# ---- augmentation


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize(
    "spec",
    [
        Augmentation(flip=True),
        Augmentation(shift=3),
        Augmentation(cutout=4),
        Augmentation(flip=True, shift=7, cutout=3),
    ],
)
def test_images_are_changed_as_the_reference_does(spec: Augmentation, dtype: Any) -> None:
    rng = np.random.default_rng(1)
    images = rng.integers(1, 256, (40, *IMAGE)).astype(dtype) - (0 if dtype == np.uint8 else 128)
    augmenter, rows = Augmenter(spec, IMAGE, 5, 40, CPU), rng.permutation(40)[:16]
    for number in (2, 3):
        augmenter.begin(number)
        found = augmenter(torch.from_numpy(images[rows].reshape(16, -1)), torch.from_numpy(rows))
        expected = augmented(spec, images[rows], draw(spec, IMAGE, 5, number, 40)[rows])
        np.testing.assert_array_equal(found.numpy().reshape(16, *IMAGE), expected)
        assert not np.array_equal(expected, images[rows])


def test_training_sees_changed_images_and_evaluation_does_not(begin: Begin) -> None:
    plain, changed = begin(), begin(**CHANGED)
    assert changed.evaluate(changed.data.test) == plain.evaluate(plain.data.test)
    spec, images = changed.recipe.augmentation, changed.data.train.features.reshape(20, *IMAGE)
    expected = augmented(spec, images, draw(spec, IMAGE, changed.recipe.seed, 4, 20)).reshape(20, -1)
    by_hand = begin(make_data(features=expected))
    np.testing.assert_array_equal(epoch(changed, 4), epoch(by_hand, 4))


def test_what_is_reconstructed_is_the_changed_image(begin: Begin) -> None:
    changed = begin(make_data(reconstructs=True), **reconstruction(**CHANGED))
    spec, images = changed.recipe.augmentation, changed.data.train.features.reshape(20, *IMAGE)
    expected = augmented(spec, images, draw(spec, IMAGE, changed.recipe.seed, 1, 20)).reshape(20, -1)
    by_hand = begin(make_data(features=expected, reconstructs=True), **reconstruction())
    rows, values = np.arange(20), StepValues(np.full(3, 0.05))
    found, wanted = (one.train(rows, values, epoch=1) for one in (changed, by_hand))
    np.testing.assert_array_equal(found.cost, wanted.cost)
    np.testing.assert_array_equal(found.mean_abs_error, wanted.mean_abs_error)


def test_augmentation_that_does_not_fit_is_refused(begin: Begin) -> None:
    with pytest.raises(RecipeError, match=r"augmentation\.shift is 8 pixels, but the images are 9 × 8"):
        begin(augmentation__shift=8)


# ---- data that are larger than memory


def test_rows_are_gathered_ahead_in_their_order() -> None:
    features, rng = torch.arange(300.0).view(100, 3), np.random.default_rng(0)
    rows = torch.from_numpy(rng.permutation(100))
    selections = [rows[start : start + 7] for start in range(0, 100, 7)]
    found = list(moved(features, selections, CPU))
    assert all(torch.equal(one, features[taken]) for one, taken in zip(found, selections, strict=True))
    blocks = list(moved(features, [slice(0, 64), slice(64, 100)], CPU))
    assert torch.equal(torch.cat(blocks), features)
    assert list(moved(features, [], CPU)) == []


def test_what_goes_wrong_while_gathering_is_raised_where_rows_are_waited_for() -> None:
    stream = moved(torch.zeros(10, 3), [torch.arange(4), torch.tensor([99])], CPU)
    assert next(stream).shape == (4, 3)
    with pytest.raises(IndexError, match="out of range"):
        next(stream)


def test_a_stream_that_is_given_up_leaves_no_thread() -> None:
    stream = moved(torch.zeros(100, 3), [torch.arange(4)] * 50, CPU)
    next(stream)
    assert any(one.name == "wattlab-gather" for one in threading.enumerate())
    stream.close()
    assert not any(one.name == "wattlab-gather" for one in threading.enumerate())


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
@pytest.mark.parametrize("changes", [{}, CHANGED])
def test_streamed_training_is_the_resident_one_bit_for_bit(
    begin: Begin, changes: dict[str, Any], dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_data()
    if dtype == np.float64:
        data = make_data(features=data.train.features / 255)
    resident = begin(data, **changes)
    costs, score = epoch(resident, 1), resident.evaluate(data.test)
    outputs = resident.predict(data.test.features)
    assert resident.facts()["n_streamed"] == 0
    monkeypatch.setattr(Resident, "is_apart", lambda self, features: True)
    monkeypatch.setattr(evaluation, "BLOCK_BYTES", 40_000)
    streamed = begin(data, **changes)
    assert streamed.facts()["n_streamed"] == 20
    np.testing.assert_array_equal(epoch(streamed, 1), costs)
    np.testing.assert_allclose(streamed.predict(data.test.features), outputs, rtol=1e-12)
    assert streamed.evaluate(data.test).loss == pytest.approx(score.loss, rel=1e-12)
    streamed.warm_up()


def test_a_memory_map_is_not_copied(begin: Begin, tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "images", np.uint8, "w+", shape=(20, int(np.prod(IMAGE))))
    mapped[:] = make_data().train.features
    mapped.flush()
    mapped = np.memmap(tmp_path / "images", np.uint8, "r", shape=mapped.shape)
    trainer = begin(make_data(features=mapped))
    assert trainer.samples.features.data_ptr() == mapped.ctypes.data
    np.testing.assert_array_equal(epoch(trainer), epoch(begin()))


def test_half_of_a_card_s_free_memory_is_the_data_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 5000))
    card = torch.device("cuda:0")
    assert [has_room(card, n_bytes) for n_bytes in (500, 501)] == [True, False]
    assert has_room(CPU, 10**15)


def test_blocks_follow_the_largest_layer(begin: Begin) -> None:
    trainer = begin()
    # Into the first layer go 9 · 8 pixels of 3 channels, and 5 · 4 of 8 come out; all others have less.
    assert block_rows(trainer.architecture, 8) == 8192
    assert block_rows(trainer.architecture, 8 * 2**10) == 2**28 // (8 * 2**10 * (9 * 8 * 3 + 5 * 4 * 8))
    assert block_rows(trainer.architecture, 2**30) == 1


def test_a_spread_by_blocks_is_that_of_the_whole() -> None:
    numbers = np.random.default_rng(0).normal(1000, 1, (50, 4))
    spread = Spread()
    for start in range(0, 50, 7):
        spread.add(torch.from_numpy(numbers[start : start + 7]))
    assert spread.total() == pytest.approx(((numbers - numbers.mean(0)) ** 2).sum(), rel=1e-10)
