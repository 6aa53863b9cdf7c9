"""``wattlab confusion``, ``mistakes``, ``weights`` and ``saturation``: what they print, write and refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab import Recipe, train
from wattlab.cli import confusion, mistakes, saturation, weights
from wattlab.cli.main import app
from wattlab.records.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

for verb, function in (
    (confusion, confusion.confusion),
    (mistakes, mistakes.mistakes),
    (saturation, saturation.saturation),
    (weights, weights.weights),
):
    if all(command.callback is not function for command in app.registered_commands):
        verb.add_to(app)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder of runs: one that makes mistakes, one that makes none, one that left its test part closed."""
    folder = tmp_path_factory.mktemp("runs")
    layers = [{"units": 6, "activation": "sigmoid"}, {"activation": "softmax"}]
    digits = Recipe.named("digits").with_changes({"training.epochs": 2, "network.layers": layers})
    train(digits, name="good", runs=folder)
    train(digits.with_changes({"evaluation.test": False}), name="closed", runs=folder)
    apart = {"data.dataset": "blobs", "data.options": {"samples": 60, "spread": 0.1}, "training.epochs": 20}
    train(digits.with_changes(apart), name="faultless", runs=folder)
    return str(folder)


def test_confusion_prints_each_class_with_its_scores(here: Command, runs: str) -> None:
    run = Run(f"{runs}/good")
    said = here("confusion", "good", "--runs", runs)
    assert said.code == 0
    row = next(line.split() for line in said.out.splitlines() if line.startswith("3 "))
    counts = np.array(run.record.confusion)
    assert row[1] == str(counts[3].sum())
    assert row[5:] == [str(count) if count else "·" for count in counts[3].tolist()]
    assert f"Accuracy {run.record.test_accuracy:.2%}" in said.out
    shares = here("confusion", "good", "--runs", runs, "--normalise", "true", "--part", "train").out
    assert "training part" in shares
    assert "rows add up to 1" in shares


def test_mistakes_prints_the_most_confident_first(here: Command, runs: str) -> None:
    said = here("mistakes", "good", "--runs", runs, "--count", "3", "--json")
    told = json.loads(said.out)
    assert told["p_predicted"] == sorted(told["p_predicted"], reverse=True)
    lines = here("mistakes", "good", "--runs", runs, "--count", "3").out.splitlines()
    assert [int(line.split()[0]) for line in lines[3:6]] == told["indices"]
    ordered = json.loads(here("mistakes", "good", "--runs", runs, "--in-order", "--count", "3", "--json").out)
    assert ordered["indices"] == sorted(ordered["indices"])


def test_no_mistakes_are_a_sentence_and_no_figure(here: Command, runs: str, tmp_path: Path) -> None:
    said = here("mistakes", "faultless", "--runs", runs, "-o", "none.png")
    assert said.code == 0
    assert "0 of 12 samples. There is nothing to show." in said.out
    assert "none.png is not written" in said.out
    assert not (tmp_path / "none.png").exists()


def test_weights_and_saturation_print_a_row_each(here: Command, runs: str) -> None:
    lines = here("weights", "good", "--runs", runs, "--count", "4").out.splitlines()
    assert "dense, 64 → 6 units, sigmoid" in lines[0]
    assert [line.split()[0] for line in lines[4:8]] == ["0", "1", "2", "3"]
    told = json.loads(here("weights", "good", "--runs", runs, "--by-norm", "--json").out)
    assert told["norms"] == sorted(told["norms"], reverse=True)
    layers = here("saturation", "good", "--runs", runs, "--samples", "50").out.splitlines()
    assert [line.split()[:3] for line in layers[3:5]] == [
        ["layers.0", "sigmoid", "6"],
        ["layers.1", "softmax", "10"],
    ]
    assert "50 samples of the training part." in layers


@pytest.mark.parametrize("file", ["confusion.json", "mistakes.svg", "weights.json", "saturation.json"])
def test_every_verb_writes_a_file(file: str, here: Command, runs: str, tmp_path: Path) -> None:
    said = here(file.partition(".")[0], "good", "--runs", runs, "-o", f"new/{file}", "--theme", "dark")
    assert (said.code, said.out.strip()) == (0, f"new/{file}")
    assert (tmp_path / "new" / file).stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["confusion", "closed"], "left the test part closed (evaluation.test = false)"),
        (["mistakes", "closed"], "take --part training"),
        (["mistakes", "good", "--class", "ten"], "the test part has no class 'ten'; it has 0, 1, 2"),
        (["confusion", "good", "--part", "validate"], "did you mean 'validation'"),
        (["confusion", "good", "--theme", "sepia"], "theme is 'sepia'; expected one of light, dark"),
        (
            ["weights", "good", "--layer", "layers.7"],
            "no layer 'layers.7'; layers with weights are layers.0, layers.1",
        ),
        (["saturation", "good", "-o", "plot.jpg"], "'plot.jpg' has the suffix '.jpg'"),
        (["weights", "bad"], "there is no run 'bad'"),
    ],
)
def test_bad_input(arguments: list[str], message: str, here: Command, runs: str) -> None:
    said = here(*arguments, "--runs", runs)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
