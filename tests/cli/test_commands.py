"""Every verb, from its arguments to what it prints."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import wattlab
from wattlab.cli.shared import ENGINES
from wattlab.recipe import Recipe
from wattlab.recipe.engine import engine_specs
from wattlab.recipe.library import recipe_names, recipe_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]


def quantities(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict) and "provenance" in tree:
        yield tree
    elif isinstance(tree, dict):
        for inner in tree.values():
            yield from quantities(inner)


@pytest.mark.parametrize("recipe", ["digits", "moons"])
def test_train_prints_one_json_object_and_nothing_else(outside: Command, recipe: str) -> None:
    said = outside(
        "train", recipe, "--json", "--set", "training.epochs=12", "--target", "0.5", "--name", "one"
    )
    assert said.code == 0, said.err
    record = json.loads(said.out)
    assert record["test_accuracy"] >= 0.5
    assert record["reached_target"] is True
    assert 0 < record["time_to_target_s"] <= record["cost"]["total"]["wall"]["value"]
    found = list(quantities(record["cost"]))
    phases = [phase for phase in record["cost"].values() if phase and "wall" in phase]
    assert len(phases) == 5
    assert len(found) >= 9 * len(phases) + len({"price", "co2e"})
    for quantity in found:
        assert {"value", "unit", "provenance", "interval", "sensor", "note"} == quantity.keys()
        assert quantity["provenance"] in {"measured", "modelled", "missing"}
        assert (quantity["value"] is None) == (quantity["provenance"] == "missing")
    assert json.loads(outside("show", "one", "--json").out) == record
    assert "one: 12 epochs of " in said.err
    assert "\x1b" not in said.err


def test_train_says_what_happens_in_plain_lines_and_ends_with_the_card(outside: Command) -> None:
    said = outside("train", "digits", "--epochs", "2")
    assert said.code == 0
    lines = said.err.splitlines()
    assert lines[0].endswith("2 epochs of 45 batches, 1,438 samples, 4,810 parameters")
    assert any(line.startswith("epoch 2/2  loss ") for line in lines)
    assert "\x1b" not in said.err + said.out
    labels = [line.split("  ")[0] for line in said.out.splitlines()]
    assert labels[:3] == ["run", "data", "accuracy"]
    assert {"wall time", "CPU time", "peak memory", "energy", "price", "CO2e", "machine"} <= set(labels)


def test_quiet_prints_nothing(outside: Command) -> None:
    said = outside("train", "digits", "--epochs", "1", "--quiet", "--name", "still")
    assert (said.code, said.out, said.err) == (0, "", "")
    assert wattlab.runs()[0].id == "still"


def test_quiet_and_json_go_together(here: Command, tiny: str) -> None:
    said = here("train", tiny, "-q", "--json")
    assert json.loads(said.out)["epochs"] == 4
    assert said.err == ""


def test_the_options_of_train_change_the_recipe(here: Command, tiny: str, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    changes = ["--set", "optimizer.learning_rate=0.02", "--set", "optimizer.kind=nesterov"]
    named = ["--seed", "3", "--epochs", "2", "--precision", "float64", "--target", "0.99", "--name", "mine"]
    said = here("train", tiny, *changes, *named, "--runs", str(folder), "-q")
    assert said.code == 0, said.err
    run = wattlab.runs(folder)[0]
    recipe = run.recipe
    assert (recipe.seed, recipe.training.epochs, recipe.stop.target) == (3, 2, 0.99)
    assert (recipe.engine.precision, recipe.optimizer.kind, recipe.optimizer.learning_rate) == (
        "float64",
        "nesterov",
        0.02,
    )
    assert run.id == "mine"
    again = here("train", str(run.path / "recipe.toml"), "--start-from", "mine", "--runs", str(folder), "-q")
    assert (again.code, len(wattlab.runs(folder))) == (0, 2)


def test_recipes_lists_and_prints(here: Command, tmp_path: Path) -> None:
    listed = here("recipes").out.splitlines()
    assert [line.split()[0] for line in listed[1:]] == recipe_names()
    assert here("recipes", "mnist-blog").out == recipe_text("mnist-blog")
    full = here("recipes", "mnist-blog", "--full").out
    assert Recipe.from_toml(full) == Recipe.named("mnist-blog")
    (tmp_path / "mine.toml").write_text(full)
    assert here("recipes", "mine.toml").out == full


def test_data_lists_and_describes(here: Command) -> None:
    listed = here("data").out
    for name in ("digits", "mnist", "fashion-mnist", "moons", "blobs", "linear-regression"):
        assert any(line.startswith(name) for line in listed.splitlines())
    assert "10 classes" in here("data", "digits").out


@pytest.fixture
def three(here: Command, tiny: str) -> None:
    for name, epochs, target in (("b", 1, 0.0), ("c", 3, 2.0), ("a", 2, 0.0)):
        said = here("train", tiny, "--name", name, "--epochs", str(epochs), "--target", str(target), "-q")
        assert said.code == 0, said.err


def first_column(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines()[1:]]


@pytest.mark.usefixtures("three")
def test_runs_are_listed_sorted_and_chosen(here: Command) -> None:
    assert first_column(here("runs").out) == ["b", "c", "a"]
    assert first_column(here("runs", "--sort", "name").out) == ["a", "b", "c"]
    assert first_column(here("runs", "--sort", "-epochs").out)[0] == "c"
    assert first_column(here("runs", "--reached").out) == ["b", "a"]
    assert first_column(here("runs", "tiny", "c").out) == ["c"]
    assert first_column(here("runs", "nothing").out) == []
    assert [one["id"] for one in json.loads(here("runs", "--json").out)] == ["b", "c", "a"]
    assert json.loads(here("runs", "--json", "--runs", "nowhere").out) == []
    refused = here("runs", "--sort", "size")
    assert (refused.code, refused.out) == (2, "")
    assert "cannot be sorted by 'size'" in refused.err


@pytest.mark.usefixtures("three")
def test_runs_names_what_it_skips(here: Command, tmp_path: Path, tiny_recipe: Recipe) -> None:
    from wattlab.records.store import RunStore

    RunStore().create(tiny_recipe, "half").close()
    writing = RunStore().create(tiny_recipe, "busy")
    stopped = RunStore().create(tiny_recipe, "stopped")
    stopped.write("checkpoint.safetensors", b"")
    stopped.close()
    (tmp_path / "wattlab-runs" / "a" / "record.json").write_text("{")
    said = here("runs")
    writing.close()
    assert (said.code, first_column(said.out)) == (0, ["b", "c"])
    assert "half: stopped before its first checkpoint; delete wattlab-runs/half.partial" in said.err
    assert "busy: still being written" in said.err
    assert "stopped: interrupted; go on with: wattlab resume stopped" in said.err
    assert "skipped wattlab-runs/a: wattlab-runs/a/record.json is not valid JSON (" in said.err


@pytest.mark.usefixtures("three")
def test_show_prints_card_recipe_and_record(here: Command) -> None:
    assert here("show", "last").out.splitlines()[0].split()[:2] == ["run", "a"]
    assert tomllib.loads(here("show", "c", "--recipe").out)["training"]["epochs"] == 3
    assert json.loads(here("show", "wattlab-runs/b", "--json").out)["id"] == "b"


def test_schema_describes_a_recipe(here: Command) -> None:
    schema = json.loads(here("schema").out)
    assert {"name", "data", "network", "loss", "optimizer"} == set(schema["required"])
    assert set(schema["properties"]) == set(Recipe.model_fields)
    assert schema["additionalProperties"] is False
    kinds = schema["properties"]["optimizer"]["discriminator"]["mapping"]
    assert {
        "gd",
        "sgd",
        "momentum",
        "nesterov",
        "momentum-one-step",
        "adagrad",
        "rmsprop",
        "adam",
        "adamw",
    } == set(kinds)


def test_shipped_recipes_fit_the_schema(here: Command) -> None:
    schema = json.loads(here("schema").out)
    checker = pytest.importorskip("jsonschema")
    for name in recipe_names():
        checker.validate(tomllib.loads(recipe_text(name)), schema)


def test_predict_answers_for_a_file(here: Command, tiny: str, tmp_path: Path) -> None:
    here("train", tiny, "-q", "--name", "r")
    run = wattlab.runs()[0]
    data = wattlab.load(run.recipe.data)
    features = data.test.features
    np.savez(tmp_path / "new.npz", X=features)
    said = here("predict", "r", "new.npz")
    expected = [str(one) for one in run.model.predict(features)]
    assert (said.code, said.out.splitlines()) == (0, ["prediction", *expected])
    rows = [",".join(map(repr, row)) for row in features.tolist()]
    (tmp_path / "new.csv").write_text("\n".join(["x,y", *rows]) + "\n")
    assert here("predict", "last", "new.csv").out == said.out
    with_labels = [f"{row},{label}" for row, label in zip(rows, data.test.labels, strict=True)]
    (tmp_path / "labelled.csv").write_text("\n".join(["x,y,label", *with_labels]) + "\n")
    assert here("predict", "last", "labelled.csv").out == said.out
    quiet = here("predict", "r", "new.csv", "-o", "answers.csv", "--outputs")
    assert (quiet.code, quiet.out) == (0, "")
    lines = (tmp_path / "answers.csv").read_text().splitlines()
    assert lines[0] == "prediction,0,1,2"
    assert [line.split(",")[0] for line in lines[1:]] == expected


def test_report_writes_a_page(here: Command, tiny: str, tmp_path: Path) -> None:
    here("train", tiny, "-q", "--name", "r")
    said = here("report", "r", "-o", "r.html", "--no-figures")
    assert (said.code, said.out) == (0, "r.html\n")
    assert "<html" in (tmp_path / "r.html").read_text()


def test_help_names_every_engine() -> None:
    assert ", ".join(engine_specs()) == ENGINES


def test_version_and_help(outside: Command, here: Command) -> None:
    assert outside("--version").out == f"wattlab {wattlab.__version__}\n"
    assert here().code == 2
    text = here("--help").out
    for verb in ("train", "resume", "recipes", "data", "runs", "show", "report", "predict", "schema"):
        assert verb in text
        assert here(verb, "--help").code == 0


def test_predict_takes_columns_by_their_names(here: Command, tiny: str, tmp_path: Path) -> None:
    draws = np.random.default_rng(0).normal(size=(60, 2)) * (1, 5)
    rows = [f"{small},{large},{int(large > small)}" for small, large in draws.tolist()]
    (tmp_path / "d.csv").write_text("\n".join(["small,large,label", *rows]))
    changes = ["--set", "data.dataset=d.csv", "--set", "data.options={}"]
    assert here("train", tiny, "-q", "--name", "named", *changes).code == 0
    turned = [",".join(("note", *reversed(row.split(",")))) for row in rows]
    (tmp_path / "turned.csv").write_text("\n".join(["what,label,large,small", *turned]))
    straight = here("predict", "named", "d.csv")
    assert straight.code == 0, straight.err
    assert len(set(straight.out.split())) == 3
    assert here("predict", "named", "turned.csv") == straight
    (tmp_path / "other.csv").write_text("small,larger\n1,2\n")
    said = here("predict", "named", "other.csv")
    assert said.code == 2
    assert "data file 'other.csv' has no column 'large'; expected the 2 features" in said.err
