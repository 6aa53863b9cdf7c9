from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from wattlab.command import CommandRun, Measurement
from wattlab.command.repeat import counted_runs, level, notes_on_runs, summary
from wattlab.meter.cost import Cost
from wattlab.meter.price import co2e, money
from wattlab.meter.quantity import measured, modelled
from wattlab.settings import DEFAULTS_DATED, Settings
from wattlab.views import measure_text

FEW = (
    "note: 2 runs are few: their range covers the true median with a probability of 50.0% only; "
    "from 5 runs on it is more than 90 %."
)


def cost(seconds: float, **changes: object) -> Cost:
    energy = measured(50 * seconds, "J", "rapl:package-0", (49 * seconds, 51 * seconds))
    idle = measured(10 * seconds, "J", "rapl:package-0", note="idle baseline measured over 10 s")
    made = Cost(
        wall=measured(seconds, "s", "clock:wall"),
        cpu=measured(1.5 * seconds, "s", "clock:tree"),
        energy=energy,
        idle=idle,
        net=energy - idle,
        peak_memory=measured(
            2**28, "B", "memory:tree-rss", note="resident sets added up, sampled every 500 ms"
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def run(seconds: float, exit_code: int = 0, **fields: object) -> CommandRun:
    changes = fields.pop("changes", {})
    values = {
        "exit_code": exit_code,
        "cost": cost(seconds, **changes),  # type: ignore[arg-type]
        "overhead": measured(0.002 * seconds, "s", "clock:cpu"),
        "processes": 3,
        **fields,
    }
    return CommandRun.model_validate(values)


def measurement(*runs: CommandRun, repeat: int = 0) -> Measurement:
    counted = counted_runs(runs, ignore_failure=False)
    total = summary(counted)
    return Measurement(
        wattlab_version="1.0",
        command=("python", "my training.py", "--epochs", "3"),
        created_utc="2026-11-27T12:00:00+00:00",
        machine={"line": "A machine · 8 cores"},
        repeat=repeat or len(runs),
        interval_s=0.5,
        runs=runs,
        counted=len(counted),
        level=level(counted),
        cost=total,
        price=money(total.energy, Settings()),
        co2e=co2e(total.energy, Settings()),
        notes=tuple(notes_on_runs(runs, counted, repeat or len(runs))),
    )


def printed(found: Measurement, *, width: int = 200, terminal: bool = False) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=terminal, highlight=False)
    measure_text.print_measurement(found, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_card_of_a_single_run(capsys: pytest.CaptureFixture[str]) -> None:
    measure_text.print_measurement(measurement(run(10.0)))
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "",
        "command        python 'my training.py' --epochs 3",
        "ended          exit code 0",
        "wall time      10.0 s",
        "CPU time       15.0 s  (1.5 cores busy on average)",
        "peak memory    256 MiB  (resident sets added up, sampled every 500 ms, up to 3 processes at once)",
        "energy         500 J  (measured by rapl:package-0, 490 J to 510 J)",
        "  net of idle  400 J  (measured by rapl:package-0, 390 J to 410 J)",
        "  idle         100 J  (idle baseline measured over 10 s)",
        f"price          0.000042 EUR  (measured, 0.000041 EUR to 0.000042 EUR, 0.3 EUR/kWh: {DEFAULTS_DATED})",
        f"CO2e           41.7 mg CO2e  (measured, 40.8 mg CO2e to 42.5 mg CO2e, 300 g CO2e/kWh: {DEFAULTS_DATED})",
        "measuring      20.0 ms of CPU time  (0.20% of one core, in the energy)",
        "machine        A machine · 8 cores",
    ]


def test_the_card_of_five_runs_has_medians_and_what_they_are_worth() -> None:
    said = printed(measurement(*(run(seconds) for seconds in (9.0, 11.0, 10.0, 12.0, 10.5))))
    assert (
        "runs           5 of 5  (medians; their intervals cover the true ones with a probability of 93.8%)"
        in said
    )
    assert "wall time      10.5 s  (9.00 s to 12.0 s)" in said
    assert "energy         525 J  (measured by rapl:package-0, 441 J to 612 J)" in said
    assert "note" not in said


def test_failures_and_few_runs_are_noted() -> None:
    failed = run(1.0, 137, signal="SIGKILL", left_running=("sleep", "cat"))
    said = printed(measurement(run(10.0), run(11.0), failed, repeat=7))
    assert "ended          killed by SIGKILL (exit code 137)  (run 3)" in said
    assert "runs           2 of 7" in said
    notes = [line for line in said.splitlines() if line.startswith("note: ")]
    assert notes == [
        "note: Run 3 of 7 failed and was the last; the figures are of the other 2.",
        FEW,
        "note: Still running after the command had ended: cat, sleep; what they cost later is not counted.",
    ]


def test_what_others_did_domains_and_cards_have_lines() -> None:
    changes = {
        "shared": "other processes kept 40% of the cores busy",
        "device_memory": measured(2**30, "B", "driver:process-memory", note="highest of samples"),
        "domains": {
            "rapl:package-0": measured(500.0, "J", "rapl:package-0"),
            "rapl:core-0": measured(300.0, "J", "rapl:core-0"),
        },
    }
    said = printed(measurement(run(10.0, changes=changes, interrupted_by="SIGTERM", exit_code=143)))
    assert "shared machine    yes  (other processes kept 40% of the cores busy)" in said
    assert "device memory     1.00 GiB  (highest of samples)" in said
    assert "  rapl:core-0     300 J  (not added; measured, 300 J to 300 J)" in said
    assert "exit code 143  (asked to end by SIGTERM)" in said


def test_an_energy_below_the_sensors_resolution_is_not_passed_off_as_a_figure() -> None:
    energy = modelled(0.1, "J", "model:tdp", (0.0, 2.0), "unfit for ranking; below resolution (0.01 s)")
    said = printed(measurement(run(0.001, changes={"energy": energy})))
    assert "energy         100 mJ  (modelled by model:tdp, 0 J to 2.00 J, below resolution (0.01 s))" in said


@pytest.mark.parametrize("width", [80, 120])
def test_in_a_terminal_the_card_fits_and_loses_nothing(width: int) -> None:
    found = measurement(*(run(seconds) for seconds in (9.0, 11.0)))
    said = printed(found, width=width, terminal=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert plain != said
    assert max(map(len, plain.splitlines())) <= width
    words = set(" ".join(plain.split()).split())
    for line in measure_text.measurement_lines(found):
        assert set(f"{line.value} {line.detail}".split()) <= words


def test_a_failure_is_red_and_a_success_is_not() -> None:
    red = "\x1b[1;31mexit code 3\x1b[0m"
    assert red in printed(measurement(run(1.0, 3)), terminal=True)
    assert "\x1b[1;31m" not in printed(measurement(run(1.0)), terminal=True)


def test_a_closed_standard_error_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    measure_text.print_measurement(measurement(run(1.0)))
    measure_text.RunLines(5).ran(1, run(1.0))


def test_lines_while_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    lines = measure_text.RunLines(5)
    lines.idle(10.0)
    lines.ran(1, run(2.0))
    lines.ran(2, run(2.0, 7))
    measure_text.RunLines(1).ran(1, run(2.0))
    assert capsys.readouterr().err.splitlines() == [
        "measuring the idle machine for 10.0 s",
        "run 1 of 5: 2.00 s, 100 J",
        "run 2 of 5: 2.00 s, 100 J, exit code 7",
    ]
