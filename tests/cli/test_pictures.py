"""Pictures in files, from the command line: described, learned from, predicted for."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from tests.data.made_up_pictures import encoded, fill, write_parquet

from wattlab.data import download

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Command

RECIPE = """
name = "things"
[data]
dataset = "things"
options = { size = 4 }
[preparation]
after = "bytes"
[network]
layers = [{ units = 5, activation = "tanh" }, { activation = "softmax" }]
[loss]
kind = "cross-entropy"
[optimizer]
kind = "momentum"
learning_rate = 0.05
[training]
batch_size = 16
epochs = 1
"""


@pytest.fixture(autouse=True)
def things(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two classes of pictures in a folder beside a recipe that learns them."""
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache")
    fill(tmp_path / "things" / "train", ("cow", "pig"), 8)
    fill(tmp_path / "things" / "val", ("cow", "pig"), 3, first=50)
    (tmp_path / "things.toml").write_text(RECIPE)
    return tmp_path / "things"


def test_data_lists_options_and_takes_them(here: Command) -> None:
    listed = here("data").out.splitlines()
    row = next(index for index, line in enumerate(listed) if line.startswith("imagenette"))
    assert listed[row + 1].strip() == "options: size = 256, cache = disk, undecodable = stop"
    assert "options of pictures: size = 0" in listed[-1]
    described = here("data", "things", "--set", "size=7").out
    assert "147 features (7 × 7 pixels of 3 channels, uint8)" in described
    assert here("data", "things", "--set", "size").code == 2


def test_pictures_are_predicted_for_as_they_were_learned(here: Command, things: Path, tmp_path: Path) -> None:
    assert here("train", "things.toml").code == 0
    (tmp_path / "a.jpg").write_bytes(encoded(3, (40, 60), kind="JPEG"))
    one = here("predict", "last", "a.jpg")
    assert (one.code, one.out.split()[0], one.out.split()[1] in {"cow", "pig"}) == (0, "prediction", True)
    table = list(csv.reader(io.StringIO(here("predict", "last", "things/val", "--outputs").out)))
    assert table[0] == ["sample", "prediction", "cow", "pig"]
    assert [row[0] for row in table[1:]] == [f"{name}/{n}.png" for name in ("cow", "pig") for n in range(3)]
    pictures = [path.read_bytes() for path in sorted((things / "val").rglob("*.png"))]
    write_parquet(tmp_path / "a.parquet", pictures, [0] * 6)
    rows = here("predict", "last", "a.parquet").out.split()[1:]
    assert rows == [row[1] for row in table[1:]]
    (things / "val" / "pig" / "1.png").write_bytes(b"?")
    assert here("predict", "last", "things/val").code == 2
    told = here("predict", "last", "things/val", "--skip-undecodable", "-o", "answers.csv")
    assert (told.code, "pig/1.png" in told.err) == (0, True)
    assert (tmp_path / "answers.csv").read_text().split()[-1].startswith("pig/2.png,")
    refused = here("predict", "nothing", "things/val", "-o", "things")
    assert (refused.code, "it is a folder" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("empty", "things/train/cow' is a class without pictures"),
        ("undecodable", "cow/0.png' cannot be decoded"),
        ("strange", "the class 'hen' is not among the 2 class folders"),
    ],
)
def test_bad_pictures_end_with_2_and_a_sentence(
    here: Command, things: Path, change: str, message: str
) -> None:
    if change == "empty":
        for path in (things / "train" / "cow").iterdir():
            path.unlink()
    elif change == "undecodable":
        (things / "train" / "cow" / "0.png").write_bytes(b"?")
    else:
        fill(things / "val", ("hen",), 1)
    said = here("train", "things.toml")
    assert said.code == 2
    assert message in said.err
    assert "Traceback" not in said.err
