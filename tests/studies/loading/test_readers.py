"""Readers and writers against those who know the formats: NumPy, gzip, Pillow, pyarrow."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from wattlab.data.idx import read_idx
from wattlab.errors import DataError, UnsupportedError, UserError
from wattlab.studies.loading.readers import READERS, check_reader, format_of, read
from wattlab.studies.loading.writers import SUFFIXES, WRITERS, write

if TYPE_CHECKING:
    from numpy.typing import NDArray


def volume(dtype: Any = np.int16) -> NDArray[Any]:
    return np.random.default_rng(5).integers(0, 200, (3, 40, 50)).astype(dtype)


def test_every_format_that_is_read_can_be_written() -> None:
    assert WRITERS.keys() == SUFFIXES.keys() == {one.file_format for one in READERS.values()} - {""}


def expected(file_format: str, array: NDArray[Any]) -> NDArray[Any]:
    """Return what comes back: some formats know no volumes, and Parquet gives its columns as bytes."""
    if file_format in {"png", "csv"}:
        return array.reshape(-1, array.shape[-1]) if file_format == "png" else array.reshape(len(array), -1)
    return array.ravel().view(np.uint8) if file_format == "parquet" else array


@pytest.mark.parametrize("from_memory", [False, True])
@pytest.mark.parametrize(
    "reader", [one for one in READERS.values() if one.file_format and one.name != "jpeg"]
)
def test_what_was_written_comes_back(reader: Any, from_memory: bool, tmp_path: Path) -> None:
    path = tmp_path / f"file{SUFFIXES[reader.file_format]}"
    write(reader.file_format, [volume()], path)
    (found,) = read(reader.name, path.read_bytes() if from_memory else path)
    wanted = expected(reader.file_format, volume())
    np.testing.assert_array_equal(found, wanted)
    # Pictures have no signed numbers, and text has one kind of numbers.
    assert found.dtype == wanted.dtype or reader.name in {"csv", "png"}


def test_others_read_what_we_write(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    paths = {name: tmp_path / f"file{suffix}" for name, suffix in SUFFIXES.items() if name != "jpeg"}
    for name, path in paths.items():
        write(name, [volume()], path)
    np.testing.assert_array_equal(np.load(paths["npy"]), volume())
    np.testing.assert_array_equal(read_idx(paths["idx-gz"]), volume())
    np.testing.assert_array_equal(parquet.read_table(paths["parquet"])["values"].to_numpy(), volume().ravel())
    with Image.open(paths["png"]) as picture:
        np.testing.assert_array_equal(np.asarray(picture).reshape(volume().shape), volume())
    np.testing.assert_array_equal(np.genfromtxt(paths["csv"], delimiter=","), volume().reshape(3, -1))


def test_jpeg_gives_nearly_what_was_written(tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    write("jpeg", [smooth], tmp_path / "a.jpg")
    (found,) = read("jpeg", tmp_path / "a.jpg")
    assert np.abs(found.astype(int) - smooth).max() < 8


@pytest.mark.parametrize("name", ["raw", "direct"])
def test_plain_bytes(name: str, tmp_path: Path) -> None:
    if name == "direct" and not sys.platform.startswith("linux"):
        pytest.skip("O_DIRECT is Linux's")
    content = np.random.default_rng(1).bytes(10_001)
    (tmp_path / "file").write_bytes(content)
    try:
        (found,) = read(name, tmp_path / "file")
    except DataError as error:
        pytest.skip(f"this file system has no O_DIRECT: {error}")
    assert found.tobytes() == content


def test_several_arrays_come_back_from_an_archive(tmp_path: Path) -> None:
    arrays = [volume(), volume(np.float32)]
    for name in ("npz", "npz-compressed", "safetensors"):
        path = tmp_path / f"file{SUFFIXES[name]}"
        write(name, arrays, path)
        found = sorted(read(name, path), key=lambda one: one.dtype.name)
        np.testing.assert_array_equal(found[0], arrays[1])
        np.testing.assert_array_equal(found[1], arrays[0])
    with pytest.raises(UnsupportedError, match="holds one array a file, but these files hold 2"):
        write("npy", arrays, tmp_path / "file.npy")


def test_fortran_order_is_mapped_and_viewed(tmp_path: Path) -> None:
    array = np.asfortranarray(volume())
    np.save(tmp_path / "a.npy", array)
    for source in (tmp_path / "a.npy", (tmp_path / "a.npy").read_bytes()):
        np.testing.assert_array_equal(read("npy-mmap", source)[0], array)


def test_a_table_with_a_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("width;height\n1;2\n3;4.5\n")
    for source in (tmp_path / "a.csv", (tmp_path / "a.csv").read_bytes()):
        np.testing.assert_array_equal(read("csv", source)[0], [[1, 2], [3, 4.5]])


@pytest.mark.parametrize("name", [name for name, one in READERS.items() if one.file_format])
def test_damaged_files_are_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / "broken"
    path.write_bytes(b"\x00\x01 this is nothing, and certainly no table")
    with pytest.raises(UserError, match="broken"):
        read(name, path)


def test_files_that_vanish_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="gone"):
        read("raw", tmp_path / "gone")


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("scan.NPY", "npy"),
        ("t10k-images-idx3-ubyte", "idx-gz"),
        ("t10k-images-idx3-ubyte.gz", "idx-gz"),
        ("backup.tar.gz", "raw"),
        ("photo.JPEG", "jpeg"),
        ("photo.tif", "png"),
        ("notes", "raw"),
    ],
)
def test_formats_by_name(name: str, reader: str) -> None:
    assert format_of(Path(name)) == reader


def test_unknown_formats() -> None:
    with pytest.raises(
        UserError, match=r"no format 'npzz'; did you mean .*'npz'.* Known are raw, direct, npy"
    ):
        check_reader("npzz")


@pytest.mark.parametrize(
    ("file_format", "array", "message"),
    [
        ("jpeg", volume(np.int16), "pictures of u1"),
        ("png", volume(np.float32), "pictures of u1 or u2"),
        ("idx-gz", volume(np.uint64), "arrays of u1"),
        ("csv", np.array(["a", "b"]), "numbers in rows"),
        ("parquet", np.array(["a", "b"]), "numbers"),
    ],
)
def test_what_a_format_cannot_hold(file_format: str, array: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=f"format '{file_format}' holds {message}"):
        write(file_format, [array], tmp_path / "file")


def test_idx_is_packed(tmp_path: Path) -> None:
    write("idx-gz", [volume()], tmp_path / "a.ubyte.gz")
    assert gzip.decompress((tmp_path / "a.ubyte.gz").read_bytes())[:4] == b"\x00\x00\x0b\x03"
