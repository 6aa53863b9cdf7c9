"""One way to data: by name or by path, with options checked."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.data import dataset_names, load
from wattlab.data.catalog import dataset_options
from wattlab.errors import DataError
from wattlab.recipe.recipe import Data

if TYPE_CHECKING:
    from pathlib import Path


def test_names_have_descriptions_and_options() -> None:
    assert list(dataset_names()) == [
        "digits",
        "mnist",
        "fashion-mnist",
        "cifar10",
        "imagenette",
        "synthetic-images",
        "moons",
        "blobs",
        "linear-regression",
    ]
    assert all(dataset_names().values())
    assert dataset_options("digits") == {}


def test_a_recipe_s_data_and_plain_words_mean_the_same() -> None:
    data = Data(dataset="moons", options={"samples": 50}, test_fraction=0.4, split_seed=3)
    by_words = load("moons", samples=50, test_fraction=0.4, split_seed=3)
    assert load(data).fingerprint == by_words.fingerprint
    assert by_words.test.n_samples == 20


def test_words_change_a_recipe_s_data() -> None:
    data = Data(dataset="moons", options={"samples": 50, "noise": 0.5})
    assert load(data, samples=60).fingerprint == load("moons", samples=60, noise=0.5).fingerprint


def test_a_whole_number_is_a_number() -> None:
    assert load("moons", noise=1).fingerprint == load("moons", noise=1.0).fingerprint


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("mnits", {}, r"no data set 'mnits'; did you mean 'mnist'.*give the path of a file"),
        ("moons", {"sample": 5}, "'moons' has no option 'sample'; allowed are samples, noise, seed"),
        ("digits", {"samples": 5}, "'digits' has no option 'samples'; it takes none"),
        ("moons", {"samples": "many"}, "option samples is 'many'; expected a whole number"),
        ("moons", {"samples": 10.5}, "option samples is 10.5; expected a whole number"),
        ("moons", {"samples": True}, "option samples is True; expected a whole number"),
        ("moons", {"noise": True}, "option noise is True; expected a number"),
        ("moons", {"samples": 2}, "option samples is 2; expected a number of at least 10"),
        ("moons", {"noise": -0.5}, "option noise is -0.5; expected a number of at least 0"),
        ("moons", {"noise": float("nan")}, "option noise is nan"),
        ("blobs", {"classes": 1}, "option classes is 1; expected a number of at least 2"),
        ("linear-regression", {"seed": -1}, "option seed is -1"),
        ("moons", {"test_fraction": 1.5}, "test_fraction is 1.5"),
        ("moons", {"task": "guess"}, "task is 'guess'"),
        ("nowhere/data.csv", {}, "data file 'nowhere/data.csv' does not exist"),
        ("data.parquet", {}, "data file 'data.parquet' does not exist"),
    ],
)
def test_bad_requests(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load(name, **options)


def test_files_take_no_options(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,label\n1,2\n")
    with pytest.raises(DataError, match="a file takes no options, but samples was given"):
        load(str(tmp_path / "a.csv"), samples=3)


def test_an_empty_file(tmp_path: Path) -> None:
    for name in ("a.csv", "a.npz", "a.parquet", "a-images-idx3"):
        (tmp_path / name).touch()
        with pytest.raises(DataError, match=f"{name}' is empty"):
            load(str(tmp_path / name))


def test_a_kind_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    with pytest.raises(
        DataError, match=r"a kind that cannot be read; expected .npz, .csv, .tsv, .parquet, or IDX"
    ):
        load(str(tmp_path / "a.xlsx"))


def test_home_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    np.savez(tmp_path / "a.npz", X=np.eye(10), y=np.arange(10) % 2)
    assert load("~/a.npz").train.n_samples == 8


def test_a_known_name_wins_over_a_file_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").write_text("mine")
    assert load("digits").n_features == 64


SLOW = ("PIL", "sklearn", "pyarrow", "pooch", "requests", "rich", "scipy", "torch")


def test_slow_packages_are_imported_only_where_they_are_needed() -> None:
    program = f"""
import sys
from wattlab.data import download, preparation, tables, transfer, unlabelled
from wattlab.data import load
load("digits")
print([name for name in {SLOW!r} if name in sys.modules])
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_known_data_set_has_no_label_to_choose() -> None:
    with pytest.raises(DataError, match=r"data 'moons' has labels of its own, but data.label is 'x'"):
        load("moons", label="x")


def test_names_are_the_sources_own_or_made(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,label\n" + "1,0\n2,1\n" * 10)
    assert load(str(tmp_path / "t.csv")).own_names
    assert load("moons").own_names
    assert not load("blobs").own_names
    assert not load("digits").own_names
