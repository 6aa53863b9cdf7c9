"""Bad input: exit code 2, a message that helps, no traceback, nothing written."""

from __future__ import annotations

import errno
import gzip
import os
import re
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import wattlab

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.recipe import Recipe

    from .conftest import Command, Said  # type: ignore[import-not-found,unused-ignore]


def refused(said: Said, *words: str) -> None:
    """Check that a command was refused with a message that holds all `words`, and nothing else."""
    assert said.code == 2, said.err
    assert said.out == ""
    assert said.err.startswith("error: ")
    for word in words:
        assert word in said.err
    assert "Traceback" not in said.err
    assert "internal error" not in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "digit"], ["there is no recipe 'digit'; did you mean 'digits'?"]),
        (["recipes", "mnist-blok"], ["there is no recipe 'mnist-blok'; did you mean 'mnist-blog'"]),
        (["train", "absent.toml"], ["recipe 'absent.toml' cannot be read: No such file or directory"]),
        (
            ["train", "{tiny}", "--set", "optimizer.learning_rate"],
            ["is not an assignment", "field.name=value"],
        ),
        (["train", "{tiny}", "--set", "optimizer.learning_rat=1"], ["optimizer.learning_rat is not a field"]),
        (
            ["train", "{tiny}", "--set", "optimizer.kind=adma"],
            ["optimizer.kind is 'adma'; expected one of", "'adam'"],
        ),
        (
            ["train", "{tiny}", "--set", "training.epochs=few"],
            ["training.epochs is 'few'; expected a whole number"],
        ),
        (
            ["train", "{tiny}", "--set", "network.layers[7].units=1"],
            ["network.layers[7].units: 7 is not to be found"],
        ),
        (
            ["train", "{tiny}", "--precision", "float8"],
            ["engine.precision is 'float8'; expected one of 'float64', 'float32'"],
        ),
        (
            ["train", "{tiny}", "--epochs", "0"],
            ["training.epochs is 0; expected a whole number of at least 1"],
        ),
        (["train", "{tiny}", "--seed", "-1"], ["seed is -1; expected a whole number of at least 0"]),
        (["train", "{tiny}", "--target", "nan"], ["stop.target is nan; expected a finite number"]),
        (
            ["train", "{tiny}", "--name", "a/b"],
            ["run name 'a/b' is not allowed; expected ASCII letters, digits"],
        ),
        (["train", "{tiny}", "--start-from", "absent"], ["there is no run 'absent'"]),
        (
            ["train", "{tiny}", "--set", "data.dataset=mnits"],
            ["there is no data set 'mnits'; did you mean 'mnist'"],
        ),
        (
            ["train", "{tiny}", "--set", "training.batch_size=5000"],
            ["fewer than one batch of 5000", "at most 96"],
        ),
        (
            ["train", "{tiny}", "--set", "network.layers[1].units=2"],
            ["network.layers[1].units is 2, but the data has 3"],
        ),
        (["train", "{tiny}", "--set", "engine.name=tf"], ["engine.name is 'tf'; expected one of 'native'"]),
        (
            ["train", "{tiny}", "--engine", "tf"],
            ["there is no engine 'tf'; engines: native, native:compiled, "],
        ),
        (
            ["train", "{tiny}", "--engine", "keras:theano"],
            ["keras can be keras:tensorflow, keras:jax, keras:torch"],
        ),
        (["show", "absent"], ["there is no run 'absent' in 'wattlab-runs'; see `wattlab runs`"]),
        (["resume", "absent"], ["there is no run 'absent'"]),
        (["predict", "absent", "x.csv"], ["there is no run 'absent'"]),
        (["report", "absent"], ["there is no run 'absent'"]),
        (["data", "absent.csv"], ["data file 'absent.csv' does not exist; check the path"]),
        (["data", "moon"], ["there is no data set 'moon'; did you mean 'moons'"]),
    ],
)
def test_a_wrong_word_is_named_with_what_would_be_right(
    here: Command, tiny: str, tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    refused(here(*(argument.format(tiny=tiny) for argument in arguments)), *words)
    assert not (tmp_path / "wattlab-runs").exists()
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["train"],
        ["trian", "digits"],
        ["train", "digits", "--epocs", "3"],
        ["train", "digits", "--epochs", "few"],
    ],
)
def test_usage_errors_end_with_2_too(here: Command, arguments: list[str]) -> None:
    said = here(*arguments)
    assert (said.code, said.out) == (2, "")
    assert "Traceback" not in said.err


def test_debug_shows_the_traceback_wherever_it_stands(here: Command, tiny: str) -> None:
    for arguments in (
        ["--debug", "train", tiny, "--epochs", "0"],
        ["train", tiny, "--epochs", "0", "--debug"],
    ):
        said = here(*arguments)
        assert said.code == 2
        assert "Traceback (most recent call last)" in said.err
        assert said.err.splitlines()[-1].startswith("error: recipe 'tiny': training.epochs is 0")


def test_our_own_fault_ends_with_1(here: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("wattlab.recipe.library.recipe_names", broken)
    said = here("recipes")
    assert said.code == 1
    assert said.err.startswith("internal error: ZeroDivisionError: oh\nThis is a fault of wattlab; run")
    assert "Traceback" in here("recipes", "--debug").err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("epochs = 4", "epochs = ", ["is not valid TOML", "line "]),
        ("epochs = 4", "epoch = 4", ["training.epoch is not a field of a recipe; did you mean 'epochs'?"]),
        ("units = 5", "units = -3", ["network.layers[0].units is -3; expected a whole number of at least 1"]),
        ('"softmax"', '"relu"', ["'cross-entropy' needs softmax outputs"]),
        ('kind = "momentum"', 'kind = "gd"', ["uses the whole training set", 'training.batch_size = "all"']),
    ],
)
def test_a_wrong_recipe_is_named_with_field_or_line(
    here: Command, tiny_toml: str, tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    (tmp_path / "bad.toml").write_text(tiny_toml.replace(old, new))
    for verb in (["train"], ["recipes"]):
        refused(here(*verb, "bad.toml"), "recipe 'bad.toml'", *words)
    assert not (tmp_path / "wattlab-runs").exists()


# Data


def csv(text: str) -> Callable[[Path], str]:
    def write(folder: Path) -> str:
        (folder / "d.csv").write_text(text)
        return "d.csv"

    return write


def npz(**arrays: Any) -> Callable[[Path], str]:
    def write(folder: Path) -> str:
        np.savez(folder / "d.npz", **arrays)
        return "d.npz"

    return write


def idx(images: bytes) -> Callable[[Path], str]:
    """Return what writes a folder of IDX files with these training images."""

    def write(folder: Path) -> str:
        (folder / "idx").mkdir()
        parts = {"train-images-idx3": images, "train-labels-idx1": LABELS}
        parts |= {"t10k-images-idx3": IMAGES, "t10k-labels-idx1": LABELS}
        for name, content in parts.items():
            (folder / "idx" / f"{name}-ubyte.gz").write_bytes(content)
        return "idx/"

    return write


def raw(name: str, content: bytes) -> Callable[[Path], str]:
    def write(folder: Path) -> str:
        (folder / name).write_bytes(content)
        return name

    return write


ROWS = "".join(f"{i}.5,{i % 7},{'ab'[i % 2]}\n" for i in range(20))
IMAGES = gzip.compress(struct.pack(">4BIII", 0, 0, 8, 3, 20, 2, 2) + bytes(range(80)))
LABELS = gzip.compress(struct.pack(">4BI", 0, 0, 8, 1, 20) + bytes([0, 1] * 10))
X, Y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (raw("d.csv", b""), ["d.csv", "empty"]),
        (raw("d.npz", b"PK\x03\x04"), ["d.npz"]),
        (raw("d.txt", b"1,2"), ["d.txt", "of a kind that cannot be read"]),
        (idx(IMAGES[:-9]), ["train-images-idx3-ubyte.gz"]),
        (idx(gzip.compress(b"\x12\x34\x56\x78" + bytes(99))), ["train-images-idx3-ubyte.gz", "magic"]),
        (csv("x,y,label\n" + ROWS + "1,2\n"), ["d.csv", "22"]),
        (csv("x,y,label\n" + ROWS + "1,two,a\n"), ["d.csv", "22", "y", "two"]),
        (csv("x,y,label\n" + ROWS + "1,nan,a\n"), ["d.csv", "22", "y", "nan"]),
        (csv("x,y,label\n" + ROWS.replace("b", "a")), ["one class"]),
        (csv("x,y,z\n" + ROWS), ["d.csv", "'z'"]),
        (npz(X=X, y=Y * 0), ["one class"]),
        (npz(X=np.where(X == 7, np.nan, X), y=Y), ["nan", "finite"]),
        (npz(X=X, y=Y[:-1]), ["20", "19"]),
        (npz(X_train=X, y_train=Y, X_test=X, y_test=Y + 1), ["'2'", "not among the classes"]),
        (npz(X=X), ["d.npz"]),
    ],
    ids=[
        "empty",
        "truncated npz",
        "kind",
        "truncated gzip",
        "magic",
        "ragged",
        "cell",
        "nan cell",
        "one class",
        "no label",
        "npz one class",
        "npz nan",
        "npz lengths",
        "npz unseen label",
        "npz no labels",
    ],
)
def test_unfit_data_is_named(
    here: Command, tiny: str, tmp_path: Path, write: Callable[[Path], str], words: list[str]
) -> None:
    name = write(tmp_path)
    changes = ["--set", f"data.dataset={name}", "--set", "data.options={}", "--set", "training.batch_size=4"]
    refused(here("train", tiny, *changes), *words)
    assert not (tmp_path / "wattlab-runs").exists()


# Runs


@pytest.fixture
def trained(here: Command, tiny: str, tmp_path: Path) -> Path:
    said = here("train", tiny, "-q", "--name", "r")
    assert said.code == 0, said.err
    return tmp_path / "wattlab-runs"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_predict_refuses_another_number_of_features(here: Command, trained: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "wide.npz", X=np.zeros((3, 5)))
    refused(here("predict", "r", "wide.npz"), "5 features", "2")
    (tmp_path / "wide.csv").write_text("a,b,c\n1,2,3\n")
    refused(here("predict", "r", "wide.csv", "-o", "out.csv"), "3 features", "2")
    refused(here("predict", "r", "absent.csv"), "absent.csv")
    (tmp_path / "text.csv").write_text("a,b\n1,two\n")
    refused(here("predict", "r", "text.csv"), "text.csv", "two")
    assert not (tmp_path / "out.csv").exists()
    (tmp_path / "good.csv").write_text("a,b\n1,2\n")
    refused(
        here("predict", "r", "good.csv", "-o", "no/where.csv"),
        "no/where.csv",
        "cannot be written",
        "mkdir -p no",
    )


@pytest.mark.usefixtures("trained")
def test_a_name_that_is_taken_is_refused(here: Command, tiny: str, tmp_path: Path) -> None:
    before = snapshot(tmp_path / "wattlab-runs")
    refused(here("train", tiny, "--name", "r"), "run 'r' exists already", "choose another name")
    refused(here("resume", "r"), "run 'r' is finished", "--start-from r")
    wider = ["--set", "network.layers[0].units=6"]
    refused(here("train", tiny, "--start-from", "r", *wider), "layers.0.weights has shape (2, 5)", "(2, 6)")
    assert snapshot(tmp_path / "wattlab-runs") == before


@pytest.mark.parametrize("file", ["record.json", "weights.safetensors", "recipe.toml"])
def test_a_damaged_run_is_named_and_the_others_are_shown(
    here: Command, trained: Path, tiny: str, tmp_path: Path, file: str
) -> None:
    here("train", tiny, "-q", "--name", "other")
    (trained / "r" / file).write_bytes(b"\x00damaged")
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    refused(here("predict", "r", "x.csv"), file)
    assert here("predict", "other", "x.csv").code == 0
    listed = here("runs")
    assert listed.code == 0
    assert "other" in listed.out
    if file == "record.json":
        refused(here("show", "r"), "record.json")
        assert "skipped wattlab-runs/r" in listed.err


def test_a_run_that_another_process_writes_is_left_alone(
    here: Command, trained: Path, tiny: str, tiny_recipe: Recipe
) -> None:
    from wattlab.records.store import RunStore

    busy = RunStore(trained).create(tiny_recipe, "busy")
    before = snapshot(trained)
    refused(here("train", tiny, "--name", "busy"), "run 'busy' is being written by another process")
    refused(here("resume", "busy"), "run 'busy' is being written by another process")
    refused(here("show", "busy"), "run 'busy' is unfinished")
    assert snapshot(trained) == before
    busy.close()
    refused(here("resume", "busy"), "has no checkpoint")


def test_a_folder_that_cannot_be_written_is_named(here: Command, tiny: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in ("file", "file/below"):
        refused(here("train", tiny, "--runs", folder), folder, "cannot be written", "another folder")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_full_disk_is_named_and_older_runs_stay(
    here: Command, trained: Path, tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(trained)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        refused(here("train", tiny, "-q"), "No space left on device", "free some space")
    assert snapshot(trained) == before
    assert [run.id for run in wattlab.runs()] == ["r"]


def test_a_wrong_settings_file_is_named(
    here: Command, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.toml").write_text("[energy]\nprice = 3\n")
    monkeypatch.setenv("WATTLAB_CONFIG", str(tmp_path / "settings.toml"))
    refused(here("train", tiny), "settings.toml", "energy.price is unknown")
    assert not (tmp_path / "wattlab-runs").exists()


def test_a_divergence_ends_with_2_and_keeps_the_run(here: Command, tmp_path: Path) -> None:
    said = here("train", "linear-regression", "--set", "optimizer.learning_rate=0.01", "--name", "lost")
    assert said.code == 2
    assert re.search(
        r"^error: training diverged: the loss was no longer a finite number in batch 1",
        said.err,
        re.MULTILINE,
    )
    assert "Traceback" not in said.err
    assert "stopped: diverged" in said.out
    shown = here("show", "lost")
    assert shown.code == 0
    assert shown.out.count("training diverged") == 1
    assert "lost" in here("runs").out
    assert here("report", "lost", "-o", "lost.html", "--no-figures").code == 0
    (tmp_path / "x.csv").write_text("normal,uniform,chi_squared\n1,2,3\n")
    predicted = here("predict", "lost", "x.csv").out.splitlines()
    assert np.isfinite(float(predicted[1]))


@pytest.mark.parametrize("arguments", [["runs"], ["show", "last"], ["resume", "last"]])
def test_a_file_in_place_of_the_folder_of_runs_is_named(
    here: Command, tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "file").touch()
    refused(here(*arguments, "--runs", "file"), "the folder of runs 'file' cannot be read: Not a directory")


def test_odd_paths_are_named(here: Command, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    refused(here("train", "folder.toml"), "recipe 'folder.toml' cannot be read: Is a directory")
    (tmp_path / "empty.toml").touch()
    refused(here("train", "empty.toml"), "recipe 'empty.toml': name is missing", "data is missing")
    output = str(trained / "r" / "record.json" / "report.html")
    refused(here("report", "r", "-o", output, "--no-figures"), "report.html' cannot be written")
    (tmp_path / "empty.csv").touch()
    refused(here("predict", "r", "empty.csv"), "data file 'empty.csv' is empty")


def test_labels_cannot_be_chosen_where_they_are_given(here: Command, tiny: str) -> None:
    refused(
        here("train", tiny, "--set", "data.label=y"),
        "data 'blobs' has labels of its own",
        "data.label is 'y'",
    )
    refused(here("data", "moons", "--label", "y"), "data 'moons' has labels of its own")
