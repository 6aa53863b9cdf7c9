"""The record of a run, there and back, and what is said of a damaged one."""

from __future__ import annotations

import json
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from wattlab.errors import RunError
from wattlab.meter.quantity import Quantity
from wattlab.records.card import card_html, card_lines, card_text
from wattlab.records.listing import runs
from wattlab.records.record import SCHEMA_VERSION, RunRecord
from wattlab.training import train

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.records.run import Run


@pytest.fixture
def record(run: Run) -> RunRecord:
    return run.record


def test_a_record_survives_json(record: RunRecord) -> None:
    assert RunRecord.from_json(record.to_json(), "there") == record
    assert json.loads(record.to_json())["schema_version"] == SCHEMA_VERSION


def quantities(tree: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(tree, dict) and "provenance" in tree:
        yield path, tree
    elif isinstance(tree, dict):
        for name, inner in tree.items():
            yield from quantities(inner, f"{path}.{name}")


def test_every_cost_is_a_quantity(record: RunRecord) -> None:
    cost = json.loads(record.to_json())["cost"]
    found = dict(quantities(cost))
    phases = ("total", "start_up", "data", "training", "evaluation")
    times_and_energy = ("wall", "cpu", "energy", "idle", "net")
    names = (*times_and_energy, "peak_memory", "foreign", "device_memory", "device_reserved")
    assert {name for name in found if ".domains" not in name} == {
        f".{phase}.{name}" for phase in phases for name in names
    } | {".price", ".co2e"}
    for quantity in found.values():
        assert {"value", "unit", "provenance", "interval", "sensor"} <= quantity.keys()


def test_the_phases_add_up_to_no_more_than_the_total(record: RunRecord) -> None:
    spent = [cost.wall.value or 0.0 for cost in record.cost.phases().values()]
    assert 0 < sum(spent) <= (record.cost.total.wall.value or 0.0) * 1.001


def test_the_record_names_what_was_asked_for(record: RunRecord) -> None:
    values = record.to_dict()
    assert values["test_accuracy"] == record.test_score == record.test_accuracy
    assert (values["reached_target"], values["time_to_target_s"]) == (None, None)
    assert (record.id, record.recipe_name, record.epochs, record.steps) == ("first", "tiny", 4, 24)
    assert record.confusion is not None
    assert sum(map(sum, record.confusion)) == record.dataset.n_test == 24
    assert sum(record.confusion[i][i] for i in range(3)) / 24 == pytest.approx(record.test_score)
    assert record.n_parameters == 2 * 5 + 5 + 5 * 3 + 3
    assert record.samples_per_s > 0


def test_a_record_is_frozen(record: RunRecord) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        record.epochs = 3  # type: ignore[misc]


@pytest.mark.parametrize("score", [float("nan"), float("-inf")])
def test_a_score_that_is_no_number_is_null(record: RunRecord, score: float) -> None:
    broken = record.model_copy(update={"test_score": score})
    text = broken.to_json()
    assert json.loads(text)["test_score"] is None
    assert isnan(RunRecord.from_json(text, "there").test_score)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "x.json is not valid JSON"),
        ("{", "x.json is not valid JSON"),
        ("[]", "x.json has schema version None; this wattlab reads version 1"),
        ("{}", "x.json has schema version None"),
        ('{"schema_version": 99}', "x.json has schema version 99; this wattlab reads version 1"),
        ('{"schema_version": 1}', "x.json is damaged at wattlab_version: Field required"),
    ],
)
def test_a_damaged_record_is_named(text: str, complaint: str) -> None:
    with pytest.raises(RunError, match=complaint):
        RunRecord.from_json(text, "x.json")


@pytest.mark.parametrize("lost", ["id", "machine", "cost", "dataset", "test_score", "recipe"])
def test_a_missing_field_is_named(record: RunRecord, lost: str) -> None:
    values = record.to_dict()
    del values[lost]
    with pytest.raises(
        RunError, match=f"x.json is damaged at {lost}: Field required; delete the run's folder"
    ):
        RunRecord.from_json(json.dumps(values), "x.json")


def test_a_damaged_quantity_is_named(record: RunRecord) -> None:
    values = record.to_dict()
    values["cost"]["total"]["wall"]["value"] = "long"
    with pytest.raises(RunError, match=r"x.json is damaged at cost\.total\.wall\.value"):
        RunRecord.from_json(json.dumps(values), "x.json")
    values["cost"]["total"]["wall"].update(value=None, provenance="measured")
    with pytest.raises(RunError, match=r"x.json is damaged at cost\.total\.wall"):
        RunRecord.from_json(json.dumps(values), "x.json")


def test_the_card_holds_every_cost_with_its_provenance(record: RunRecord) -> None:
    text = card_text(record)
    for label in ("accuracy", "wall time", "CPU time", "peak memory", "energy", "price", "CO2e", "machine"):
        assert any(line.strip().startswith(label) for line in text.splitlines())
    assert record.cost.total.energy.provenance in text
    assert "<script" not in card_html(record.model_copy(update={"id": "<script>"}))


def test_the_card_says_whether_the_target_was_reached(record: RunRecord) -> None:
    missed = record.model_copy(update={"target": 2.0, "reached_target": False})
    assert "not reached" in card_text(missed)
    reached = missed.model_copy(update={"reached_target": True, "target_epoch": 3, "time_to_target_s": 1.0})
    assert "reached in epoch 3 after 1.00 s" in card_text(reached)


def test_a_missing_energy_is_never_a_zero(record: RunRecord) -> None:
    unknown = Quantity(None, "J", "missing", "none", None, "no sensor and no model")
    values = record.to_dict()
    for name in ("energy", "idle", "net"):
        values["cost"]["total"][name] = unknown.to_dict()
    again = RunRecord.from_json(json.dumps(values), "there")
    energy = next(line for line in card_text(again).splitlines() if line.startswith("energy"))
    assert energy.split(maxsplit=1)[1] == "missing  (no sensor and no model)"


@pytest.mark.parametrize("recipe", [{}, {"name": "a"}, {"name": 1, "seed": 1}, {"name": "a", "seed": True}])
def test_a_recipe_without_name_or_seed_is_damage(run: Run, recipe: dict[str, Any]) -> None:
    values = {**run.record.to_dict(), "recipe": recipe}
    with pytest.raises(RunError, match=r"x.json is damaged at recipe: .*needs a name"):
        RunRecord.from_json(json.dumps(values), "x.json")
    (run.path / "record.json").write_text(json.dumps(values))
    assert len(runs(run.path.parent)) == 0


def test_a_record_of_before_the_names_of_features_is_read(record: RunRecord) -> None:
    values = record.to_dict()
    assert values["dataset"].pop("feature_names") is None
    assert RunRecord.from_json(json.dumps(values), "x.json") == record


def test_price_and_co2e_say_where_they_come_from(record: RunRecord) -> None:
    energy = Quantity(3.6e6, "J", "modelled", "model:tdp", (1.8e6, 7.2e6), "a note; and another")
    total = replace(record.cost.total, energy=energy)
    rate = "0.5 EUR/kWh: from /a; b/config.toml"
    price = Quantity(0.5, "EUR", "modelled", "model:tdp", (0.25, 1.0), f"{energy.note}; {rate}")
    unknown = Quantity(None, "g", "missing", "none", None, "no sensor")
    cost = record.cost.model_copy(update={"total": total, "price": price, "co2e": unknown})
    lines = {line.label: line for line in card_lines(record.model_copy(update={"cost": cost}))}
    assert lines["price"].detail == f"modelled, 0.25 EUR to 1.00 EUR, {rate}"
    assert (lines["CO2e"].value, lines["CO2e"].detail) == ("missing", "no sensor")


@pytest.mark.parametrize(("most", "kept"), [(2, ("x", "y")), (1, None)])
def test_names_of_features_are_kept_up_to_a_number(
    tiny_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    kept: tuple[str, ...] | None,
) -> None:
    monkeypatch.setattr("wattlab.training.outcome.MOST_FEATURE_NAMES", most)
    moons = tiny_recipe.with_changes({"data.dataset": "moons", "data.options": {}, "training.epochs": 1})
    assert train(moons, runs=tmp_path / "named").record.dataset.feature_names == kept
