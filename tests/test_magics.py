"""The magics in a real IPython shell, in a made-up world where each second takes 60 J, and once on this machine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("IPython")

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from wattlab.magics import EnergyMagics, load_ipython_extension

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.made_up_meter import World

    from wattlab.meter import Cost, Meter


class Notebook:
    """A shell with the magics; what a cell displays is kept."""

    def __init__(self, world: World, meter: Meter) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        # What displays something asks for the one shell of the process.
        self.shell: Any = InteractiveShell.instance(config=config)
        self.world, self.meter, self.baselines = world, meter, list[float]()
        self.shell.register_magics(EnergyMagics(self.shell, self.new_meter, lambda: meter))
        self.shell.user_ns["work"] = world.work

    def new_meter(self, baseline_s: float) -> Any:
        @contextmanager
        def running() -> Iterator[Meter]:
            self.baselines.append(baseline_s)
            yield self.meter

        return running()

    def run(self, cell: str) -> tuple[Any, list[Any], str]:
        """Return the cell's result, what it displayed, and what it wrote."""
        with capture_output() as captured:
            result = self.shell.run_cell(cell)
        return result, captured.outputs, captured.stdout + captured.stderr

    def cost(self, name: str) -> Cost:
        found: Cost = self.shell.user_ns[name]
        return found


@pytest.fixture
def notebook(
    world: World, meter: Meter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Notebook]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("TERM", "dumb")
    made = Notebook(world, meter)
    yield made
    made.shell.restore_sys_module_state()
    InteractiveShell.clear_instance()


def test_a_cell_shows_its_cost_and_its_result(notebook: Notebook) -> None:
    result, outputs, shown = notebook.run("%%energy -n 'my cell'\nx = 20\nwork(2.0)\nx + 1")
    assert result.success
    assert result.result == 21
    assert notebook.shell.user_ns["x"] == 20
    (table,) = outputs
    text, page = table.data["text/plain"], table.data["text/html"]
    assert text.splitlines()[0] == "my cell"
    assert "energy         120 J  (measured by rapl:package-0, 120 J to 120 J)" in text
    assert "  net of idle  100 J" in text
    assert "price          0.000010 EUR" in text
    assert "<b>120 J</b>" in page
    assert ">my cell</caption>" in page
    assert shown == "Out[0]: 21\n"


def test_a_statement(notebook: Notebook) -> None:
    result, outputs, _ = notebook.run('%energy -o cost work(1.0) or "a  b"')
    assert result.result == "a  b"
    assert notebook.cost("cost").energy.value == 60.0
    assert outputs[0].data["text/plain"].startswith("cost\nwall time      1.00 s")


def test_braces_and_dollars_of_a_statement_are_its_own(notebook: Notebook) -> None:
    notebook.run("x = 3")
    assert notebook.run("%energy -q f'{x}$x'")[0].result == "3$x"
    assert notebook.run("%energy -q {x}")[0].result == {3}


def test_a_statement_without_a_value_and_an_empty_one(notebook: Notebook) -> None:
    result, _, _ = notebook.run("%energy -q y = 3")
    assert (result.success, result.result, notebook.shell.user_ns["y"]) == (True, None, 3)
    assert notebook.run("%energy -q")[0].success


def test_quiet_shows_the_result_alone_and_semicolons_work(notebook: Notebook) -> None:
    assert notebook.run("%%energy -q -o cost\nwork(3.0)\n7")[1:] == ([], "Out[0]: 7\n")
    assert notebook.cost("cost").wall.value == 3.0
    assert notebook.run("%%energy -q\n7;")[1:] == ([], "")


def test_a_cell_repeated_shows_the_median(notebook: Notebook) -> None:
    notebook.run("step = 0")
    result, outputs, _ = notebook.run("%%energy -r 3 -o cost -n steps\nstep += 1\nwork(step)\nstep")
    assert result.result == 3
    assert notebook.cost("cost").energy.value == 120.0
    interval = notebook.cost("cost").energy.interval
    assert interval is not None
    assert interval[0] < 61
    assert interval[1] > 179
    assert outputs[0].data["text/plain"].startswith("steps, median of 3 runs\nwall time      2.00 s")


def test_a_baseline_has_a_meter_of_its_own(notebook: Notebook) -> None:
    notebook.run("%%energy -b 2.5 -q\nwork(1.0)")
    notebook.run("%%energy -q\nwork(1.0)")
    assert notebook.baselines == [2.5]


def test_an_error_is_raised_once_and_its_cost_is_shown(notebook: Notebook) -> None:
    result, outputs, text = notebook.run("%%energy -o cost -r 5\nwork(1.0)\nwork(1 / 0)")
    assert not result.success
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert notebook.cost("cost").energy.value == 60.0
    assert outputs[0].data["text/plain"].startswith("cost\n")
    assert text.count("ZeroDivisionError: division by zero") == 1
    assert "----> 2 work(1 / 0)" in text


def test_a_syntax_error_and_an_interrupt_pass(notebook: Notebook) -> None:
    result, outputs, _ = notebook.run("%%energy\nx = = 1")
    assert isinstance(result.error_in_exec, SyntaxError)
    assert outputs == []
    result, _, _ = notebook.run("%%energy -o cost -q\nwork(2.0)\nraise KeyboardInterrupt")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert notebook.cost("cost").energy.value == 120.0


def test_other_magics_and_functions_work_inside(notebook: Notebook) -> None:
    result, _, text = notebook.run("%%energy -q\nprint('out')\nhere = %pwd\nlen(here) > 0")
    assert result.result is True
    assert "out" in text
    result, _, _ = notebook.run("def f(a):\n    %energy -q b = a * 2\n    return a\nf(4)")
    assert result.result == 4


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("%%energy -r no", "-r is 'no'; expected a whole number of at least 1"),
        ("%%energy -r 0", "-r is '0'"),
        ("%%energy -b -1", "-b is '-1'; expected seconds, from 0 to an hour"),
        ("%%energy -b nan", "-b is 'nan'"),
        ("%%energy -b soon", "-b is 'soon'"),
        ("%%energy -o 3x", "-o is '3x'; expected the name of a variable"),
        ("%%energy -z", "-z not recognized"),
        ("%%energy work(1.0)", "'work(1.0)' stands behind %%energy"),
    ],
)
def test_a_wrong_option_is_named_and_nothing_runs(notebook: Notebook, line: str, problem: str) -> None:
    result, outputs, text = notebook.run(f"{line}\nwork(1.0)")
    assert not result.success
    assert problem in text
    assert "Traceback" not in text
    assert outputs == []
    assert notebook.world.time_s == 50.0


@pytest.mark.parametrize("line", ["%%energy --help\nwork(1.0)", "%energy -h", "%energy -q --help work(1.0)"])
def test_help_tells_the_options_and_runs_nothing(notebook: Notebook, line: str) -> None:
    result, outputs, text = notebook.run(line)
    assert (result.success, result.result, outputs) == (True, None, [])
    for option in ("-n NAME: ", "-r REPEAT: ", "-b SECONDS: ", "-q: ", "-o VARIABLE: ", "-h, --help: "):
        assert text.count(option) == 1
    assert notebook.world.time_s == 50.0


def test_a_wrong_option_has_no_cause_to_show(notebook: Notebook) -> None:
    error = notebook.run("%energy --repeat 3 work(1.0)")[0].error_in_exec
    assert str(error).startswith("option --repeat not recognized: %%energy [-n NAME]")
    assert (error.__cause__, error.__suppress_context__) == (None, True)


def test_the_extension_measures_this_machine(notebook: Notebook) -> None:
    load_ipython_extension(notebook.shell)
    result, outputs, _ = notebook.run("%%energy -o cost\nsum(range(1000))")
    assert result.result == 499500
    assert notebook.cost("cost").energy.provenance in {"measured", "modelled"}
    assert "peak memory" in outputs[0].data["text/plain"]
