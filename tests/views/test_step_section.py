"""The report's section about the inside of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.meter.quantity import Quantity, measured, missing, modelled
from wattlab.records.phases import StepPhases
from wattlab.views.colours import PHASES, STEP_PHASES
from wattlab.views.report import write_report
from wattlab.views.step_section import step_phases

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.records.run import Run

    from .conftest import ReadPage  # type: ignore[import-not-found,unused-ignore]

    MakeRun = Callable[..., Run]

SHARES = {"data": 0.05, "forward": 0.3, "backward": 0.6, "optimizer": 0.05}


def phases(make: Callable[..., Quantity] = measured, note: str = "", **more: Any) -> StepPhases:
    return StepPhases(
        shares={
            name: make(share, "1", "clock", (0.9 * share, 1.1 * share)) for name, share in SHARES.items()
        },
        wall={name: make(7.0 * share, "s", "clock") for name, share in SHARES.items()},
        energy={name: modelled(70.0 * share, "J", "model:time-share") for name, share in SHARES.items()},
        n_steps=12,
        sampling=measured(0.0021, "s", "clock:wall"),
        note=note,
        **more,
    )


def unknown(reason: str) -> StepPhases:
    nothing = {unit: {name: missing(unit, reason) for name in SHARES} for unit in ("1", "s", "J")}
    return StepPhases(
        shares=nothing["1"], wall=nothing["s"], energy=nothing["J"], n_steps=0,
        sampling=measured(0.0, "s", "clock:wall"), note=reason,
    )  # fmt: skip


def test_a_run_shows_time_and_energy_of_every_phase(
    make_run: MakeRun, read_page: ReadPage, tmp_path: Path
) -> None:
    write_report([make_run(phases=phases())], tmp_path / "report.html")
    text = read_page(tmp_path / "report.html").text
    assert "Inside a training step" in text
    for row in (
        "data 5.0% (4.5% to 5.5%) 350 ms 3.50 J modelled",
        "backward 60.0% (54.0% to 66.0%) 4.20 s 42.0 J modelled",
        "training 7.00 s 70.0 J modelled",
        "evaluation 3.00 s 30.0 J modelled",
        "measured inside 12 steps",
        "took 2.10 ms",
        "takes 2 times as long as the forward pass",
    ):
        assert row in text


@pytest.mark.parametrize("note", ["", "losses are found elsewhere"])
def test_a_model_is_called_one(note: str, make_run: MakeRun) -> None:
    html = step_phases([make_run(phases=phases(modelled, note)).record], ["one"])
    assert "Shares are modelled" in html
    assert "measured inside" not in html
    assert ("Losses are found elsewhere." in html) == bool(note)


def test_missing_phases_have_a_reason_and_no_bar(make_run: MakeRun) -> None:
    html = step_phases([make_run(phases=unknown("all <one> call")).record], ["one"])
    assert "The phases are missing: all &lt;one&gt; call." in html
    assert "<table" not in html
    assert "0%" not in html


def test_runs_that_did_not_look_have_no_section(make_run: MakeRun) -> None:
    old, new = make_run("old").record, make_run("new", phases=phases()).record
    assert step_phases([old], ["old"]) == ""
    both = step_phases([old, new], ["old", "<new>"])
    assert "<h3>&lt;new&gt;</h3>" in both
    assert "<h3>old</h3>" not in both


def test_every_phase_has_a_colour_of_its_own(make_run: MakeRun) -> None:
    cost = make_run().record.cost
    with_compiling = cost.model_copy(update={"compile": cost.data})
    assert {*with_compiling.phases(), "other"} == {*PHASES}
    for colours in (PHASES, STEP_PHASES):
        assert len(set(colours.values())) == len(colours)


def test_a_run_that_compiled_can_be_reported(make_run: MakeRun, read_page: ReadPage, tmp_path: Path) -> None:
    cost = make_run("plain").record.cost
    run = make_run("compiled", cost=cost.model_copy(update={"compile": cost.data}))
    write_report([run], tmp_path / "report.html")
    assert "compile 14%" in read_page(tmp_path / "report.html").text
