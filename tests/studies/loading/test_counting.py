"""Samples are counted where the format tells, and refused where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.errors import UserError
from wattlab.studies.loading.asked import Asked
from wattlab.studies.loading.counting import Counted, count_samples
from wattlab.studies.loading.files import find_files
from wattlab.studies.loading.making import Wanted
from wattlab.studies.loading.readers import read
from wattlab.studies.loading.sets import Sets
from wattlab.studies.loading.writers import SUFFIXES, write
from wattlab.studies.observer import StudyObserver

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = np.arange(48, dtype=np.uint8).reshape(6, 8)


def counted(folder: Path) -> Counted:
    return count_samples(find_files(str(folder), None).files)


@pytest.mark.parametrize(
    ("file_format", "samples"),
    [("png", 3), ("jpeg", 3), ("npy", 18), ("npz", 18), ("npz-compressed", 18), ("idx-gz", 18), ("csv", 18)],
)
def test_pictures_are_one_sample_and_arrays_have_rows(tmp_path: Path, file_format: str, samples: int) -> None:
    for number in range(3):
        write(file_format, [PICTURE], tmp_path / f"{number}{SUFFIXES[file_format]}")
    found = counted(tmp_path)
    assert found.samples == samples
    assert found.how.startswith(f"Samples: {samples} ")


def test_parquet_has_rows(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"a": [1, 2, 3], "b": [4, 5, 6]}), tmp_path / "a.parquet")
    assert counted(tmp_path).samples == 3


@pytest.mark.parametrize("text", ["a,b\n1,2\n\n3,4\n", "1;2\n3;4", "# a note\n1,2\n3,4\n"])
def test_the_rows_of_a_table_are_those_that_its_reader_finds(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert counted(tmp_path).samples == len(read("csv", path)[0]) == 2


def test_an_unpacked_idx_file(tmp_path: Path) -> None:
    (tmp_path / "images-ubyte").write_bytes(bytes([0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2]) + bytes(6))
    assert counted(tmp_path).samples == 3


def test_labels_and_descriptions_are_not_counted(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", np.zeros((5, 4, 4)))
    np.save(tmp_path / "labels.npy", np.zeros(5))
    (tmp_path / "names.csv").write_text("1\n2\n3\n")
    (tmp_path / "README").write_text("About.")
    assert counted(tmp_path).samples == 5
    np.savez(tmp_path / "both.npz", x=np.zeros((700, 3)), y=np.zeros(700))
    assert counted(tmp_path).samples == 700


def test_what_cannot_be_counted_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"nothing of the kind")
    found = counted(tmp_path)
    assert found.samples is None
    assert "a.npy' cannot be counted: " in found.how
    np.savez(tmp_path / "b.npz", x=np.zeros((7, 30)), y=np.zeros((6, 2)))
    assert "differ in their number of rows: (7, 30), (6, 2)" in counted(tmp_path).how


@pytest.mark.parametrize("training", [{"recipe": "moons"}, {"run": "last"}])
def test_a_training_needs_to_know(tmp_path: Path, training: dict[str, str]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.bin").write_bytes(b"x" * 1000)
    with pytest.raises(UserError, match=r"a.bin' does not tell; .*--samples-per-file N"):
        Sets(Asked(str(data), **training), StudyObserver())  # type: ignore[arg-type]
    said = Sets(Asked(str(data), samples_per_file=7, **training), StudyObserver())  # type: ignore[arg-type]
    assert said.counted.samples == 7
    assert Sets(Asked(str(data)), StudyObserver()).counted.samples is None
    made = Sets(Asked(str(data), generate=Wanted(4, 1000), **training), StudyObserver())  # type: ignore[arg-type]
    assert made.counted.samples == 4
