"""The IDX reader: every element type, packed or not, and every way a file can be wrong."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from wattlab.data import load
from wattlab.data.idx import IDX_FILES, find_idx, read_bytes, read_idx, read_idx_path
from wattlab.data.unlabelled import read_samples
from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.data.conftest import IdxWriter


@settings(max_examples=60)
@given(values=st.data(), dtype=st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]), packed=st.booleans())
def test_reads_what_was_written(
    values: st.DataObject,
    dtype: str,
    packed: bool,
    tmp_path_factory: pytest.TempPathFactory,
    write_idx: IdxWriter,
) -> None:
    array = values.draw(hnp.arrays(np.dtype(dtype), hnp.array_shapes(max_dims=4, max_side=5)))
    path = write_idx(tmp_path_factory.mktemp("idx") / ("x-idx.gz" if packed else "x-idx"), array)
    found = read_idx(path)
    assert found.dtype == array.dtype.newbyteorder("=")
    assert np.array_equal(found, array, equal_nan=array.dtype.kind == "f")


def test_elements_are_big_endian(tmp_path: Path) -> None:
    path = tmp_path / "x-idx"
    path.write_bytes(bytes([0, 0, 0x0C, 1, 0, 0, 0, 2, 0, 0, 1, 2, 255, 255, 255, 255]))
    assert read_idx(path).tolist() == [258, -1]


def test_wrong_magic_names_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "x-idx"
    path.write_bytes(b"\x89PNG and so on")
    with pytest.raises(DataError, match=r"x-idx.* has the magic number 0x89504e47; expected 0x0000"):
        read_idx(path)


@pytest.mark.parametrize("magic", [b"\0\0\x0a\1", b"\0\0\x08\0", b"\0\1\x08\1", b"\0\0"])
def test_magic_numbers_that_are_almost_right(tmp_path: Path, magic: bytes) -> None:
    path = tmp_path / "x-idx"
    path.write_bytes(magic)
    with pytest.raises(DataError, match=f"has the magic number 0x{magic.hex()}"):
        read_idx(path)


def test_truncated_gzip(tmp_path: Path, write_idx: IdxWriter) -> None:
    path = write_idx(tmp_path / "x-idx.gz", np.arange(1000, dtype=np.int32))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"x-idx.gz.* is truncated"):
        read_idx(path)


def test_damaged_gzip(tmp_path: Path, write_idx: IdxWriter) -> None:
    path = write_idx(tmp_path / "x-idx.gz", np.arange(1000, dtype=np.int32))
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF  # of the checksum
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x-idx.gz.* is damaged"):
        read_idx(path)


@pytest.mark.parametrize(("count", "what"), [(11, "truncated"), (9, "too long")])
def test_payload_of_another_length(tmp_path: Path, write_idx: IdxWriter, count: int, what: str) -> None:
    path = write_idx(tmp_path / "x-idx", np.zeros(10, np.int16), counts=(count,))
    with pytest.raises(
        DataError, match=f"is {what}: its header promises {count} .*{2 * count} bytes; found 20"
    ):
        read_idx(path)


def test_header_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "x-idx"
    path.write_bytes(b"\0\0\x08\3\0\0\0\1")
    with pytest.raises(DataError, match="its header needs 16 bytes, found 8"):
        read_idx(path)


def test_a_header_that_promises_more_than_memory_holds(tmp_path: Path, write_idx: IdxWriter) -> None:
    path = write_idx(tmp_path / "x-idx", np.zeros(3, np.float64), counts=(2**32 - 1,) * 4)
    with pytest.raises(DataError, match="is truncated"):
        read_idx(path)


def test_empty_and_missing(tmp_path: Path) -> None:
    (tmp_path / "x-idx").touch()
    with pytest.raises(DataError, match=r"x-idx.* is empty"):
        read_idx(tmp_path / "x-idx")
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_idx(tmp_path / "y-idx")


def test_more_labels_than_images(tmp_path: Path, write_idx: IdxWriter) -> None:
    images = write_idx(tmp_path / "train-images-idx3-ubyte", np.zeros((4, 2, 2), np.uint8))
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.zeros(5, np.uint8))
    with pytest.raises(DataError, match=r"holds 4 images, but .*train-labels.* holds 5 labels"):
        read_idx_path(images)


def test_images_where_labels_should_be(tmp_path: Path, write_idx: IdxWriter) -> None:
    images = write_idx(tmp_path / "a-images-idx3", np.zeros((4, 2, 2), np.uint8))
    write_idx(tmp_path / "a-labels-idx1", np.zeros((4, 2), np.uint8))
    with pytest.raises(DataError, match="have 3 and 2 dimensions"):
        read_idx_path(images)


def test_a_folder_with_a_file_missing(idx_folder: Path) -> None:
    (idx_folder / IDX_FILES[3]).unlink()
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte' is missing"):
        load(str(idx_folder))


def test_a_folder_has_its_own_test_part(idx_folder: Path) -> None:
    dataset = load(str(idx_folder))
    assert (dataset.train.n_samples, dataset.test.n_samples) == (40, 10)
    assert dataset.image_shape == (3, 2, 1)
    assert dataset.train.features.dtype == np.uint8
    assert np.array_equal(dataset.train.features, read_idx(idx_folder / f"{IDX_FILES[0]}.gz").reshape(40, 6))
    assert dataset.classes == ("0", "1", "2", "3", "4")
    assert tuple(dataset.feature_names) == (
        "pixel_0_0",
        "pixel_0_1",
        "pixel_1_0",
        "pixel_1_1",
        "pixel_2_0",
        "pixel_2_1",
    )


def test_one_file_finds_its_labels_and_is_divided(idx_folder: Path) -> None:
    dataset = load(str(idx_folder / f"{IDX_FILES[0]}.gz"))
    assert (dataset.train.n_samples, dataset.test.n_samples) == (32, 8)


def test_one_file_whose_labels_have_no_known_name(idx_folder: Path) -> None:
    with pytest.raises(DataError, match="its labels cannot be found by name"):
        load(str(idx_folder / IDX_FILES[1]))


def test_features_to_predict_for(idx_folder: Path) -> None:
    dataset = load(str(idx_folder))
    assert np.array_equal(read_samples(idx_folder, None).features, dataset.test.features)
    assert np.array_equal(
        read_samples(idx_folder / f"{IDX_FILES[0]}.gz", None).features, dataset.train.features
    )


def test_labels_are_nothing_to_predict_for(idx_folder: Path) -> None:
    with pytest.raises(DataError, match=r"has shape \(40,\); expected \(n_samples, n_features\)"):
        read_samples(idx_folder / IDX_FILES[1], None)


UNPACKED_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


@pytest.mark.mnist
@pytest.mark.parametrize("file", IDX_FILES)
def test_real_mnist_is_what_it_is_known_to_be(real_mnist: Path, file: str) -> None:
    content = read_bytes(find_idx(real_mnist, file))
    assert hashlib.sha256(content).hexdigest() == UNPACKED_SHA256[file]


@pytest.mark.mnist
def test_real_mnist_unpacked_reads_the_same(real_mnist: Path, tmp_path: Path) -> None:
    packed = real_mnist / f"{IDX_FILES[2]}.gz"
    plain = tmp_path / IDX_FILES[2]
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    assert np.array_equal(read_idx(plain), read_idx(packed))
    assert read_idx(plain).shape == (10000, 28, 28)


def test_idx_has_no_label_to_choose(idx_folder: Path) -> None:
    for path in (idx_folder, idx_folder / f"{IDX_FILES[0]}.gz"):
        with pytest.raises(DataError, match=r"labels are a file of their own, but data.label is 'y'"):
            load(str(path), label="y")
