"""The table of runs: order, choice, and how it shows itself."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from wattlab.errors import RunError
from wattlab.meter.quantity import missing, modelled
from wattlab.records.listing import COLUMNS, RunList, runs, select
from wattlab.records.prediction import prediction_table

if TYPE_CHECKING:
    from wattlab.records.run import Run


@pytest.fixture
def several(run: Run) -> RunList:
    for number, (name, score, target) in enumerate([("b", 0.5, None), ("c", 0.9, True), ("a", 0.7, False)]):
        target_folder = run.path.with_name(name)
        shutil.copytree(run.path, target_folder)
        values = json.loads((target_folder / "record.json").read_text())
        values |= {
            "id": name,
            "test_score": score,
            "epochs": 10 - number,
            "created_utc": f"2020-01-0{number + 1}T00:00:00+00:00",
            "target": None if target is None else 0.8,
            "reached_target": target,
        }
        values["dataset"]["name"] = f"data-{name}"
        values["recipe"]["name"] = "other" if name == "c" else "tiny"
        (target_folder / "record.json").write_text(json.dumps(values))
    shutil.rmtree(run.path)
    return runs(run.path.parent)


def ids(chosen: RunList) -> str:
    return "".join(run.id for run in chosen)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("created", "bca"),
        ("-created", "acb"),
        ("name", "abc"),
        ("-name", "cba"),
        ("score", "bac"),
        ("-score", "cab"),
        ("epochs", "acb"),
    ],
)
def test_runs_are_sorted(several: RunList, sort: str, order: str) -> None:
    assert ids(select(several, sort=sort)) == order


@pytest.mark.parametrize("sort", ["time", "energy", "recipe", "-energy"])
def test_every_other_order_exists_too(several: RunList, sort: str) -> None:
    assert sorted(ids(select(several, sort=sort))) == ["a", "b", "c"]


@pytest.mark.parametrize(("sort", "place"), [("energy", "energy"), ("time", "wall")])
def test_what_is_missing_comes_last_either_way(several: RunList, sort: str, place: str) -> None:
    for name, value in {"a": 2.0, "b": None, "c": 1.0}.items():
        path = several[0].path.with_name(name) / "record.json"
        values = json.loads(path.read_text())
        unit = values["cost"]["total"][place]["unit"]
        known = modelled(value, unit, "model:test") if value else missing(unit, "no sensor")
        values["cost"]["total"][place] = known.to_dict()
        path.write_text(json.dumps(values))
    again = runs(several[0].path.parent)
    assert ids(select(again, sort=sort)) == "cab"
    assert ids(select(again, sort=f"-{sort}")) == "acb"


def test_an_unknown_order_is_refused(several: RunList) -> None:
    with pytest.raises(RunError, match="runs cannot be sorted by 'size'; choose one of created, name"):
        select(several, sort="size")


def test_runs_are_chosen_by_words_and_target(several: RunList) -> None:
    assert ids(select(several, words=["tiny"])) == "ba"
    assert ids(select(several, words=["tiny", "data-a"])) == "a"
    assert ids(select(several, words=["nothing"])) == ""
    assert ids(select(several, reached=True)) == "c"


def test_a_list_of_runs_is_a_sequence_that_shows_itself(several: RunList) -> None:
    assert len(several) == 3
    assert several[0].id == "b"
    assert isinstance(several[1:], RunList)
    assert ids(several[1:]) == "ca"
    lines = repr(several).splitlines()
    assert lines[0].split() == list(COLUMNS)
    assert "0.8 reached" in lines[2]
    assert "0.8 missed" in lines[3]
    assert several._repr_html_().count("<tr>") == 4


def test_predictions_are_a_table_with_a_heading(run: Run) -> None:
    import numpy as np

    features = np.array([[0.0, 1.0], [3.0, 3.0]])
    plain = prediction_table(run.model, features, outputs=False)
    assert plain[0] == ["prediction"]
    assert [row[0] for row in plain[1:]] == run.model.predict(features).tolist()
    with_outputs = prediction_table(run.model, features, outputs=True)
    assert with_outputs[0] == ["prediction", "0", "1", "2"]
    assert [len(row) for row in with_outputs] == [4, 4, 4]
