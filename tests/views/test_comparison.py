"""What differs between runs, and what does not compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter import measured, missing
from wattlab.views.comparison import compare, energy_origin, machines, warnings

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.records.record import RunCost
    from wattlab.records.run import Run

    MakeRun = Callable[..., Run]


def test_recipes_that_differ_are_compared_field_by_field(make_run: MakeRun) -> None:
    changes = {"training.batch_size": 500, "network.layers[0].units": 7, "stop.at_target": False}
    first, second = make_run("a"), make_run("b", changes=changes)
    differences = compare([first.record, second.record]).differences
    assert differences == {
        "network.layers[0].units": ("64", "7"),
        "training.batch_size": ("32", "500"),
        "stop.at_target": ("true", "false"),
    }


def test_a_field_that_only_one_recipe_has_is_absent_in_the_other(make_run: MakeRun) -> None:
    step = {"schedule": {"kind": "step", "every": 3, "factor": 0.5}}
    first, second = make_run("a"), make_run("b", changes=step)
    differences = compare([first.record, second.record]).differences
    assert differences["schedule.kind"] == ("cosine", "step")
    assert differences["schedule.every"] == ("–", "3")


def test_equal_recipes_do_not_differ(make_run: MakeRun) -> None:
    assert compare([make_run("a").record, make_run("b").record]).differences == {}


def test_facts_are_the_lines_of_the_cost_card(make_run: MakeRun) -> None:
    facts = compare([make_run("a").record, make_run("b", target=0.9, reached_target=False).record]).facts
    assert facts["wall time"] == ("14.0 s", "14.0 s")
    assert facts["target"] == ("–", "not reached")
    assert list(facts)[:3] == ["data", "accuracy", "target"]


def test_equal_runs_need_no_warning(make_run: MakeRun) -> None:
    assert warnings([make_run("a").record, make_run("b").record]) == ()


def test_different_machines_are_named(make_run: MakeRun) -> None:
    other = {"id": "12345678", "line": "Another machine"}
    records = [make_run("a").record, make_run("b", machine=other).record]
    (note,) = warnings(records)
    assert "different machines" in note
    assert all(line in note for line in machines(records).values())
    assert len(machines(records)) == 2


def test_a_diverged_run_and_different_losses_are_told(make_run: MakeRun) -> None:
    first = make_run("a", message="training diverged")
    second = make_run("b", changes={"loss.label_smoothing": 0.1})
    notes = warnings([first.record, second.record])
    assert notes[0] == "a: training diverged"
    assert notes[1].startswith("Trained with different losses")


def test_data_of_one_name_may_be_divided_differently(make_run: MakeRun) -> None:
    first = make_run("a").record
    facts = first.dataset
    divided = make_run("b", dataset=facts.model_copy(update={"fingerprint": "e" * 64})).record
    other = make_run("c", dataset=facts.model_copy(update={"fingerprint": "d" * 64, "name": "moons"})).record
    assert [note.split(" (")[0] for note in warnings([first, divided])] == ["The arrays are not the same"]
    assert [note.split(",")[0] for note in warnings([first, other])] == ["Learned from different data"]


def test_origin_of_modelled_energy(make_run: MakeRun) -> None:
    text = energy_origin(make_run().record)
    assert text.startswith("Modelled, not measured: computed by model:tdp.")
    assert "within 70.0-280 J." in text
    assert "Made up." in text


def test_origin_of_measured_energy_without_bounds(make_run: MakeRun, cost_of: Callable[..., RunCost]) -> None:
    text = energy_origin(make_run(cost=cost_of(measured(5.0, "J", "rapl:package-0"))).record)
    assert text.startswith("Measured: counted by the sensor rapl:package-0. No bound is known")


def test_missing_energy_is_not_zero(make_run: MakeRun, cost_of: Callable[..., RunCost]) -> None:
    text = energy_origin(make_run(cost=cost_of(missing("J", "no sensor"))).record)
    assert text == "Missing, which is not zero: no sensor."
