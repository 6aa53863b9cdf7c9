"""Text tables and Parquet: what is read, and how what is wrong is named."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pyarrow import parquet

from wattlab.data import load
from wattlab.data.tables import read_csv, read_parquet
from wattlab.data.unlabelled import read_samples
from wattlab.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def test_header_and_text_labels(csv: Path) -> None:
    csv.write_text("a,label,b\n1,cat,2\n3,dog,4\n5,cat,6\n")
    raw = read_csv(csv, None)
    assert raw.feature_names == ("a", "b")
    assert raw.train.features.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert raw.train.labels.tolist() == ["cat", "dog", "cat"]


@pytest.mark.parametrize("name", ["label", "y", "target"])
def test_usual_names_of_the_label(csv: Path, name: str) -> None:
    csv.write_text(f"a,{name}\n1,0\n2,1\n")
    assert read_csv(csv, None).train.labels.tolist() == [0, 1]


def test_label_by_name(csv: Path) -> None:
    csv.write_text("label,kind\n1,0\n2,1\n")
    raw = read_csv(csv, "kind")
    assert raw.feature_names == ("label",)
    assert raw.train.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "2.0", "-3"], "i", [1, 2, -3]),
        (["1", "2.5", "3"], "f", [1, 2.5, 3]),
        (["1", "two", "3"], "U", ["1", "two", "3"]),
    ],
)
def test_kinds_of_labels(csv: Path, cells: list[str], kind: str, values: list[object]) -> None:
    csv.write_text("a,label\n" + "".join(f"0,{cell}\n" for cell in cells))
    labels = read_csv(csv, None).train.labels
    assert labels.dtype.kind == kind
    assert labels.tolist() == values


@pytest.mark.parametrize(
    "text", ["a;label\n1;x\n2;y\n", "a\tlabel\n1\tx\n2\ty\n", '"a","label"\r\n"1","x"\r\n2,y\r\n']
)
def test_other_delimiters_quotes_and_line_ends(csv: Path, text: str) -> None:
    csv.write_bytes(b"\xef\xbb\xbf" + text.encode())
    raw = read_csv(csv, None)
    assert raw.feature_names == ("a",)
    assert raw.train.features.tolist() == [[1], [2]]
    assert raw.train.labels.tolist() == ["x", "y"]


@settings(max_examples=50)
@given(
    values=hnp.arrays(
        np.float64, hnp.array_shapes(min_dims=2, max_dims=2), elements=st.floats(allow_nan=False)
    )
)
def test_numbers_come_back_bit_by_bit(
    values: np.ndarray[tuple[int, int], np.dtype[np.float64]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    header = ",".join(["label", *(f"f{index}" for index in range(values.shape[1]))])
    path.write_text("\n".join([header, *(",".join(["0", *map(repr, row)]) for row in values.tolist())]))
    assert np.array_equal(read_csv(path, None).train.features, values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n1,2\n", "begins with an empty line"),
        ("a,label\n", "holds names of columns but no rows"),
        ("1,2\n3,4\n", "the first row holds numbers only"),
        ("a,a,label\n1,2,3\n", "two columns are named 'a'"),
        ("a,b\n1,2\n", "no column named 'label', 'y' or 'target'; its columns are a, b"),
        ("a,label\n1,0\n2,1,5\n3,0\n", "row 3 has 3 cells; expected 2"),
        ("a,label\n1,0\n2\n", "row 3 has 1 cells; expected 2"),
        ("a,b,label\n1,0\n2,1\n", "row 2 has 2 cells; expected 3"),
        ("a,b,label\n1,2,0\n3,4,1\n5,six,0\n", "row 4, column 'b' is 'six'; expected a number"),
        ("a,b,label\n1,2,0\n3,,1\n", "row 3, column 'b' is empty; expected a number"),
        (
            "a,city,label\n1,Oslo,0\n3,Bergen,1\n",
            "column 'city' is 'Oslo'.*if column 'city' is text, leave it out",
        ),
        ("a,label\n1,0\n2,\n", "row 3 has no label"),
        ("a,label\n1,0\n\n2,1\n3,x y\nfive,0\n", "row 6, column 'a' is 'five'"),
    ],
)
def test_what_is_wrong_is_named(csv: Path, text: str, message: str) -> None:
    csv.write_text(text)
    with pytest.raises(DataError, match=rf"table\.csv'.*{message}"):
        load(str(csv))


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
def test_numbers_that_are_not_finite_are_named_by_row_and_column(csv: Path, value: str) -> None:
    csv.write_text(f"a,b,label\n1,2,0\n3,4,1\n5,{value},0\n7,8,1\n")
    with pytest.raises(DataError, match=r"row 4, column 'b' is -?(nan|inf); expected a finite number"):
        load(str(csv))


def test_not_utf8(csv: Path) -> None:
    csv.write_bytes(b"a,label\n1,caf\xe9\n2,x\n")
    with pytest.raises(DataError, match="is not UTF-8 text"):
        load(str(csv))


def test_a_folder_in_place_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(DataError, match=r"t.csv' holds no data; expected class folders"):
        load(str(tmp_path / "t.csv"))


def test_features_to_predict_for(csv: Path) -> None:
    csv.write_text("a,b,label\n1,2,x\n3,4,y\n")
    assert read_samples(csv, None).features.tolist() == [[1, 2], [3, 4]]
    csv.write_text("a,b\n1,2\n3,4\n")
    assert read_samples(csv, None).features.tolist() == [[1, 2], [3, 4]]


def test_a_feature_with_the_usual_name_of_a_label(csv: Path) -> None:
    csv.write_text("x,y\n1,2\n3,4\n")
    assert read_samples(csv, None).features.tolist() == [[1], [3]]
    assert read_samples(csv, None, n_features=2).features.tolist() == [[1, 2], [3, 4]]


def test_features_are_found_by_name_whatever_else_there_is(csv: Path, tmp_path: Path) -> None:
    csv.write_text("id,b,label,a\nfirst,2,x,1\n,4,,3\n")
    assert read_samples(csv, None, 2, ("a", "b")).features.tolist() == [[1, 2], [3, 4]]
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"id": ["first", None], "b": [2, 4], "a": [1, 3]}), path)
    assert read_samples(path, None, 2, ("a", "b")).features.tolist() == [[1, 2], [3, 4]]
    for file in (csv, path):
        with pytest.raises(
            DataError, match=r"has no column 'c', 'd'; expected the 3 features .*'a', 'c', 'd'"
        ):
            read_samples(file, None, 3, ("a", "c", "d"))


def test_rows_are_checked_even_where_columns_are_ignored(csv: Path) -> None:
    csv.write_text("id,a\nx,1\ny,2,3\n")
    with pytest.raises(DataError, match="row 3 has 3 cells; expected 2"):
        read_samples(csv, None, 1, ("a",))
    csv.write_text("id,a\nx,1\ny,two\n")
    with pytest.raises(DataError, match="row 3, column 'a' is 'two'; expected a number"):
        read_samples(csv, None, 1, ("a",))


def test_features_to_predict_for_must_be_finite(csv: Path) -> None:
    csv.write_text("a,b\n1,2\nnan,4\n")
    with pytest.raises(DataError, match="row 3, column 'a' is nan"):
        read_samples(csv, None)


def test_parquet_keeps_number_types(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    columns = {
        "a": pa.array([1, 2, 3], pa.uint8()),
        "b": pa.array([4, 5, 6], pa.uint8()),
        "label": ["x", "y", "x"],
    }
    parquet.write_table(pa.table(columns), path)
    raw = read_parquet(path, None)
    assert raw.train.features.dtype == np.uint8
    assert raw.train.features.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert raw.train.labels.tolist() == ["x", "y", "x"]
    assert read_samples(path, None).features.tolist() == [[1, 4], [2, 5], [3, 6]]


def test_parquet_dictionary_labels_and_mixed_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    labels = pa.array(["x", "y", "x"]).dictionary_encode()
    parquet.write_table(
        pa.table({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5], "c": [True, False, True], "kind": labels}), path
    )
    raw = read_parquet(path, "kind")
    assert raw.train.labels.tolist() == ["x", "y", "x"]
    assert raw.train.features.tolist() == [[1, 0.5, 1], [2, 1.5, 0], [3, 2.5, 1]]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"city": ["Oslo", "Rome"], "label": [0, 1]}, "column 'city' holds string; features must be numbers"),
        ({"a": [1, None], "label": [0, 1]}, "row 1 .*, column 'a' is missing"),
        ({"a": [1, 2], "label": ["x", None]}, "row 1 .*, column 'label' is missing"),
        ({"a": [1.0, float("nan")], "label": [0, 1]}, "row 1 .*, column 'a' is nan"),
        ({"a": [1, 2]}, "has no column named 'label'"),
        ({"label": [1, 2]}, "no features besides the labels"),
    ],
)
def test_parquet_that_cannot_be_learned_from(
    tmp_path: Path, columns: dict[str, list[object]], message: str
) -> None:
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table(columns), path)
    with pytest.raises(DataError, match=rf"t\.parquet'.*{message}"):
        load(str(path))


def test_parquet_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_text("a,label\n1,2\n")
    with pytest.raises(DataError, match="is damaged or no Parquet file"):
        load(str(path))


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wattlab\[parquet\]'"):
        load(str(tmp_path / "t.parquet"))
