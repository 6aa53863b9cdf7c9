"""Pictures in the rows of Parquet files."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet
from tests.data.made_up_pictures import encoded, write_parquet

from wattlab.data import load
from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = [encoded(seed, (4, 3)) for seed in range(12)]
LABELS = [seed % 2 for seed in range(12)]


def pixels(rows: list[int]) -> np.ndarray:
    return np.stack([np.asarray(Image.open(BytesIO(PICTURES[row]))).reshape(-1) for row in rows])


def test_one_file_is_divided(tmp_path: Path) -> None:
    dataset = load(str(write_parquet(tmp_path / "a.parquet", PICTURES, LABELS)))
    assert dataset.image_shape == (4, 3, 3)
    assert dataset.classes == ("0", "1")
    assert (dataset.train.n_samples, dataset.test.n_samples) == (10, 2)
    both = np.concatenate([dataset.train.features, dataset.test.features])
    assert sorted(map(bytes, both)) == sorted(map(bytes, pixels(list(range(12)))))


@pytest.mark.parametrize("inside", ["", "data"])
def test_parts_lie_in_several_files(tmp_path: Path, inside: str) -> None:
    place = tmp_path / "set" / inside
    for number, rows in enumerate((slice(0, 5), slice(5, 8))):
        write_parquet(
            place / f"train-{number:05}-of-00002.parquet", PICTURES[rows], LABELS[rows], row_group_size=2
        )
    write_parquet(place / "validation.parquet", PICTURES[8:], LABELS[8:])
    dataset = load(str(tmp_path / "set"))
    assert np.array_equal(dataset.train.features, pixels(list(range(8))))
    assert np.array_equal(dataset.test.features, pixels(list(range(8, 12))))
    assert dataset.train.labels.tolist() == LABELS[:8]
    assert dataset.validation is None


def test_files_of_no_part_are_all_divided(tmp_path: Path) -> None:
    write_parquet(tmp_path / "set" / "0.parquet", PICTURES[:6], LABELS[:6])
    write_parquet(tmp_path / "set" / "1.parquet", PICTURES[6:], LABELS[6:])
    dataset = load(str(tmp_path / "set"))
    assert dataset.train.n_samples + dataset.test.n_samples == 12


def test_names_of_classes_as_hugging_face_states_them(tmp_path: Path) -> None:
    stated = {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}
    metadata = {b"huggingface": json.dumps(stated).encode()}
    path = write_parquet(tmp_path / "a.parquet", PICTURES, LABELS, metadata=metadata)
    assert load(str(path)).classes == ("cat", "dog")


def test_plain_bytes_and_labels_that_are_words(tmp_path: Path) -> None:
    words = ["cat" if label else "ant" for label in LABELS]
    table = pa.table({"picture": PICTURES, "kind": words, "id": list(range(12))})
    parquet.write_table(table, tmp_path / "a.parquet")
    dataset = load(str(tmp_path / "a.parquet"), label="kind")
    assert dataset.classes == ("ant", "cat")
    assert dataset.image_shape == (4, 3, 3)


def test_a_table_of_numbers_is_still_a_table(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"a": [1.0, 2.0] * 9, "label": [0, 1] * 9}), tmp_path / "a.parquet")
    assert load(str(tmp_path / "a.parquet")).n_features == 1
    with pytest.raises(DataError, match="a file takes no options, but size was given; only pictures"):
        load(str(tmp_path / "a.parquet"), size=3)


def test_a_row_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    write_parquet(tmp_path / "set" / "train0.parquet", PICTURES, LABELS)
    write_parquet(tmp_path / "set" / "train1.parquet", [*PICTURES[:2], None, b"?"], LABELS[:4])
    with pytest.raises(
        DataError, match=r"picture row 2 \(counting from 0\) of .*train1.parquet' cannot be decoded"
    ):
        load(str(tmp_path / "set"), test_fraction=0.1, split_seed=2)
    left = load(str(tmp_path / "set"), undecodable="skip")
    assert left.train.n_samples + left.test.n_samples == 14
    assert "2 pictures that cannot be decoded left out: row " in left.source


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"test.parquet": {}}, "has no Parquet file whose name begins with 'train'; found test.parquet"),
        ({"train.parquet": {"drop": "image"}}, "has no column of bytes, so no pictures"),
        ({"train.parquet": {"drop": "label"}}, "has no column named 'label', 'y' or 'target'"),
        (
            {"train0.parquet": {}, "train1.parquet": {"drop": "label"}},
            r"train1.parquet' has no column 'label', which",
        ),
        ({"train.parquet": {"twice": "back"}}, r"several columns of bytes \(front, back\); name the one"),
    ],
)
def test_folders_that_do_not_fit(tmp_path: Path, files: dict[str, dict[str, str]], message: str) -> None:
    for name, change in files.items():
        table = pa.table({"image": PICTURES, "label": LABELS})
        if "drop" in change:
            table = table.drop_columns([change["drop"]])
        if "twice" in change:
            table = pa.table({"front": PICTURES, change["twice"]: PICTURES, "label": LABELS})
        (tmp_path / "set").mkdir(exist_ok=True)
        parquet.write_table(table, tmp_path / "set" / name)
    with pytest.raises(DataError, match=message):
        load(str(tmp_path / "set"))


def test_a_damaged_file(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", PICTURES, LABELS)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"a.parquet' is damaged or no Parquet file"):
        load(str(path))


def test_numbers_to_predict(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", PICTURES, [seed / 7 for seed in range(12)])
    dataset = load(str(path))
    assert dataset.task == "regression"
    assert dataset.test.labels.shape == (2, 1)
