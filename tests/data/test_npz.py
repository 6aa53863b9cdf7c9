"""NumPy archives by the names of their arrays, and those that hold something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.data import load
from wattlab.data.unlabelled import read_samples
from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

X = np.arange(40.0).reshape(20, 2)
Y = np.arange(20) % 2


def save(path: Path, **arrays: Any) -> str:
    np.savez(path, **arrays)
    return str(path)


@pytest.mark.parametrize(
    ("features", "labels"), [("X", "y"), ("x", "Y"), ("features", "labels"), ("data", "target")]
)
def test_usual_names(tmp_path: Path, features: str, labels: str) -> None:
    dataset = load(save(tmp_path / "a.npz", **{features: X, labels: Y}))
    assert (dataset.train.n_samples, dataset.test.n_samples) == (16, 4)
    together = np.concatenate([dataset.train.features, dataset.test.features])
    assert np.array_equal(np.sort(together, axis=0), X)


def test_own_parts_are_left_as_they_are(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.npz", x_train=X, y_train=Y, x_test=X[:6], y_test=Y[:6], x_val=X[:4], y_val=Y[:4]
    )
    dataset = load(path)
    assert dataset.validation is not None
    assert np.array_equal(dataset.train.features, X)
    assert np.array_equal(dataset.test.labels, Y[:6])
    assert np.array_equal(dataset.validation.features, X[:4])


def test_labels_by_name(tmp_path: Path) -> None:
    dataset = load(save(tmp_path / "a.npz", X=X, y=Y, colour=np.where(Y, "red", "blue")), label="colour")
    assert dataset.classes == ("blue", "red")


@pytest.mark.parametrize("part", ["test", "val"])
def test_labels_by_name_do_not_mix_with_those_of_another_part(tmp_path: Path, part: str) -> None:
    arrays = {"x_train": X, "y_train": Y, "colour": 1 - Y, f"x_{part}": X, f"y_{part}": Y}
    path = save(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=rf"data.label is 'colour', but the file has a {part}\w* part"):
        load(path, label="colour")
    assert np.array_equal(load(path, label="y_train").train.features[:4], load(path).train.features[:4])


def test_images_are_flattened_and_stay_bytes(tmp_path: Path) -> None:
    pixels = np.arange(20 * 6, dtype=np.uint8).reshape(20, 3, 2)
    dataset = load(save(tmp_path / "a.npz", x_train=pixels, y_train=Y, x_test=pixels, y_test=Y))
    assert dataset.image_shape == (3, 2, 1)
    assert np.array_equal(dataset.train.features, pixels.reshape(20, 6))
    assert dataset.train.features.dtype == np.uint8


def test_channels_run_fastest(tmp_path: Path) -> None:
    pixels = np.arange(20 * 12, dtype=np.uint8).reshape(20, 2, 2, 3)
    dataset = load(save(tmp_path / "a.npz", x_train=pixels, y_train=Y, x_test=pixels, y_test=Y))
    assert dataset.image_shape == (2, 2, 3)
    assert dataset.feature_names[:4] == ("pixel_0_0_0", "pixel_0_0_1", "pixel_0_0_2", "pixel_0_1_0")
    assert dataset.train.features[1, 5] == pixels[1, 0, 1, 2]
    assert "12 features (2 × 2 pixels of 3 channels, uint8)" in repr(dataset)


def test_names_of_classes(tmp_path: Path) -> None:
    dataset = load(save(tmp_path / "a.npz", X=X, y=Y, class_names=np.array(["no", "yes", "never"])))
    assert dataset.classes == ("no", "yes", "never")
    assert dataset.n_outputs == 3


def test_label_without_a_name_among_the_names_of_classes(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz", X=X, y=Y + 2, class_names=np.array(["no", "yes", "never"]))
    with pytest.raises(DataError, match="the label 3 has no name among the 3 class names"):
        load(path)


def test_other_names_are_listed(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match="holds the arrays inputs, y; expected x_train and y_train or x and y"
    ):
        load(save(tmp_path / "a.npz", inputs=X, y=Y))


def test_python_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds Python objects"):
        load(save(tmp_path / "a.npz", X=X, y=np.array([{"code": 1}] * 20, dtype=object)))


def test_other_counts(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="20 samples but 19 labels"):
        load(save(tmp_path / "a.npz", X=X, y=Y[:19]))


def test_test_part_with_other_features(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz", x_train=X, y_train=Y, x_test=X[:, :1], y_test=Y)
    with pytest.raises(DataError, match="test part: 1 features, but the training part has 2"):
        load(path)


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_truncated(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "a.npz"
    save(path, X=X, y=Y)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(DataError, match=r"a.npz' is damaged or truncated"):
        load(str(path))


def test_not_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_text("x,y\n1,2\n")
    with pytest.raises(DataError, match="is no NumPy archive"):
        load(str(path))


def test_a_single_array_saved_under_the_ending_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with path.open("wb") as file:
        np.save(file, X)
    with pytest.raises(DataError, match=r"a.npz"):
        load(str(path))


def test_features_to_predict_for(tmp_path: Path) -> None:
    for arrays in ({"X": X, "y": Y}, {"X": X}, {"samples": X}, {"x_train": X * 2, "x_test": X}):
        save(tmp_path / "a.npz", **arrays)
        assert np.array_equal(read_samples(tmp_path / "a.npz", None).features, X)
