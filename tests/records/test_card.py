"""The lines of the cost card that only some settings bring."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from wattlab.meter.price import money, surcharges
from wattlab.meter.quantity import measured, missing
from wattlab.records.card import card_lines, card_text
from wattlab.records.record import RunRecord
from wattlab.settings import EnergySettings, Settings
from wattlab.training import train

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.meter.quantity import Quantity
    from wattlab.recipe import Recipe
    from wattlab.records.run import Run

LOSSY = Settings(energy=EnergySettings(pue=1.5, supply_loss=0.1))


def lossy(run: Run, energy: Quantity) -> RunRecord:
    changes = {"price": money(energy, LOSSY), "surcharges": surcharges(energy, LOSSY)}
    cost = run.record.cost.model_copy(update=changes)
    return run.record.model_copy(update={"cost": cost})


def test_a_training_on_a_card_tells_what_memory_it_took_there(run: Run) -> None:
    used, kept = measured(2.0**30, "B", "torch:allocated"), measured(2.0**31, "B", "torch:reserved")
    total = replace(run.record.cost.total, device_memory=used, device_reserved=kept)
    cost = run.record.cost.model_copy(update={"total": total})
    (line,) = [
        one
        for one in card_lines(run.record.model_copy(update={"cost": cost}))
        if one.label == "device memory"
    ]
    assert (line.value, line.detail) == ("1.00 GiB", "reserved 2.00 GiB")


def test_without_such_settings_the_card_has_no_line_of_them(run: Run) -> None:
    assert run.record.cost.surcharges == {}
    assert "loss" not in card_text(run.record)
    assert "PUE" not in card_text(run.record)


def test_losses_have_lines_of_their_own_with_their_formula(run: Run) -> None:
    energy = measured(90.0, "J", "rapl:package-0", (81.0, 99.0))
    lines = {line.label.strip(): line for line in card_lines(lossy(run, energy))}
    assert list(lines)[-5:] == ["supply loss", "PUE overhead", "price", "CO2e", "machine"]
    assert lines["supply loss"].value == "10.0 J"
    assert lines["supply loss"].detail == (
        "modelled: energy * 0.1 / (1 - 0.1), 9.00 J to 11.0 J; not in the energy"
    )
    assert lines["PUE overhead"].value == "50.0 J"
    assert "supply loss and PUE overhead included; 0.3 EUR/kWh" in lines["price"].detail


def test_losses_of_a_missing_energy_are_missing_with_its_reason(run: Run) -> None:
    lines = {line.label.strip(): line for line in card_lines(lossy(run, missing("J", "no sensor")))}
    assert (lines["supply loss"].value, lines["PUE overhead"].detail) == ("missing", "no sensor")


def test_a_record_with_losses_survives_json_and_one_from_before_them_loads(run: Run) -> None:
    record = lossy(run, measured(90.0, "J", "rapl:package-0"))
    assert RunRecord.from_json(record.to_json(), "there") == record
    values = json.loads(run.record.to_json())
    del values["cost"]["surcharges"]
    assert RunRecord.from_json(json.dumps(values), "there") == run.record


def test_a_training_notes_the_losses_that_the_settings_name(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[energy]\ncountry = 'DE'\nsupply_loss = 0.2\n")
    monkeypatch.setenv("WATTLAB_CONFIG", str(config))
    cost = train(tiny_recipe, runs=tmp_path / "runs").record.cost
    energy = cost.total.energy.value
    assert energy
    assert cost.surcharges["supply loss"].value == pytest.approx(energy / 4)
    assert cost.price.value == pytest.approx(energy * 1.25 * 0.3869 / 3.6e6)
    assert "Eurostat nrg_pc_204, 2025-S2" in cost.price.note


def test_the_card_says_what_was_learned_from(run: Run) -> None:
    facts = run.record.dataset.model_copy(
        update={
            "name": "cifar10",
            "source": "CIFAR-10, JPEG copy, slightly harder than the original, from /data/cifar10-jpeg; "
            "32 × 32 pixels of 3 channels, 175 MiB kept in /cache; "
            "2 pictures that cannot be decoded left out: a (truncated), b (truncated)",
        }
    )
    (line,) = [
        one for one in card_lines(run.record.model_copy(update={"dataset": facts})) if one.label == "data"
    ]
    assert line.value == "cifar10"
    assert line.detail == (
        "CIFAR-10, JPEG copy, slightly harder than the original; 2 pictures that cannot be decoded left out"
    )
