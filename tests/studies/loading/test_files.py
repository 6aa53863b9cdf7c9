"""What is to be read, and what is made for it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from wattlab.errors import DataError, StorageError, UnsupportedError, UserError
from wattlab.studies.loading.counting import count_samples
from wattlab.studies.loading.files import find_files, own_reader
from wattlab.studies.loading.making import Wanted, convert, copy, generate
from wattlab.studies.loading.readers import AS_THEY_ARE
from wattlab.studies.loading.writers import write


def test_a_folder_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.npy", "a.npz", ".hidden", "inner/c.jpg", ".git/d"):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    found = find_files(str(tmp_path / "data"), None)
    assert [Path(one.path).name for one in found.files] == ["a.npz", "b.npy", "c.jpg"]
    assert (found.whole_B, found.n_whole, found.title) == (15, 3, "data")
    assert own_reader(found.files) == AS_THEY_ARE
    assert own_reader(found.files[:1]) == "npz"


def test_a_limit_takes_a_random_choice_that_stays_the_same(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02d}.bin").write_bytes(b"x" * 1000)
    found = find_files(str(tmp_path), 5500, seed=3)
    assert len(found.files) == 5
    assert (found.n_whole, found.whole_B) == (20, 20_000)
    assert found == find_files(str(tmp_path), 5500, seed=3)
    assert found != find_files(str(tmp_path), 5500, seed=4)
    assert len(find_files(str(tmp_path), 1).files) == 1


def test_a_single_file_and_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "sets" / "mnist"
    folder.mkdir(parents=True)
    array = np.zeros((7, 2, 2), np.uint8)
    write("idx-gz", [array], folder / "train-images-idx3-ubyte.gz")
    write("idx-gz", [array[:3]], folder / "t10k-images-idx3-ubyte.gz")
    for name, n_labels in (("train-labels-idx1-ubyte", 7), ("t10k-labels-idx1-ubyte", 3)):
        write("idx-gz", [array[:n_labels, 0, 0]], folder / f"{name}.gz")
    monkeypatch.setenv("WATTLAB_DATA", str(folder.parent))
    found = find_files("mnist", 10)
    assert (len(found.files), count_samples(found.files).samples) == (4, 10)
    (alone,) = find_files(str(folder / "t10k-images-idx3-ubyte.gz"), None).files
    assert alone.reader == "idx-gz"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nowhere", "no folder 'nowhere'.*--generate"),
        ("digits", "'digits' is computed, and lies in no files"),
        ("empty", "'empty' holds no files"),
        ("hollow", "'hollow' holds only empty files"),
    ],
)
def test_nothing_to_read(target: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "hollow").mkdir()
    (tmp_path / "hollow/file").touch()
    with pytest.raises(DataError, match=message):
        find_files(target, None)


def test_files_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").write_bytes(b"x")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may read everything
    with pytest.raises(DataError, match="closed' may not be read"):
        find_files(str(tmp_path), None)


@pytest.mark.parametrize("text", ["50", "x40MB", "0x1MB", "3x", "3x1PB", "3x10B", "3 x -1MB"])
def test_what_cannot_be_generated(text: str) -> None:
    with pytest.raises(UserError, match=r"generate|size"):
        Wanted.parse(text)


def test_generated_files_are_of_the_size_and_all_differ(tmp_path: Path) -> None:
    made = generate(Wanted.parse("3x1MB"), tmp_path / "scans")
    assert made.seconds > 0
    arrays = [np.load(one.path) for one in made.files]
    assert all(abs(one.size_B - 1_000_000) < 140_000 for one in made.files)
    assert len({array.tobytes() for array in arrays}) == 3
    assert all(array.min() == 0 and 2000 < array.max() <= 4095 for array in arrays)
    (tiny,) = generate(Wanted(1, 1000), tmp_path / "tiny").files
    assert 800 < tiny.size_B <= 1000


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = generate(Wanted(3, 100_000), tmp_path / "scans")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**6, 10**6 - 150_000, 150_000))
    with pytest.raises(StorageError, match=r"146 KiB free, but 3 files of .* need 293 KiB"):
        generate(Wanted(3, 100_000), tmp_path / "more")
    assert list((tmp_path / "more").iterdir()) == []
    with pytest.raises(StorageError, match="free, but 2 more files"):
        convert(made.files, "npy", tmp_path / "npy")


def test_converted_and_copied(tmp_path: Path) -> None:
    made = generate(Wanted(2, 50_000), tmp_path / "scans")
    packed = convert(made.files, "npz-compressed", tmp_path / "packed")
    for before, after in zip(made.files, packed.files, strict=True):
        with np.load(after.path) as archive:
            np.testing.assert_array_equal(archive["arr_0"], np.load(before.path))
        assert after.size_B < before.size_B
    copies = copy(made.files, tmp_path / "copies")
    for before, after in zip(made.files, copies.files, strict=True):
        assert Path(after.path).read_bytes() == Path(before.path).read_bytes()
        assert after.reader == "npy"


def test_unknown_files_are_not_converted(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"x")
    with pytest.raises(UnsupportedError, match=r"a\.bin' is of no format that is known"):
        convert(find_files(str(tmp_path), None).files, "npy", tmp_path / "npy")
