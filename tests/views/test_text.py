"""Cards and tables in a terminal, in a narrow one, and in none."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

from rich.console import Console

from wattlab.meter import missing
from wattlab.records.card import card_text
from wattlab.views.text import print_card, print_recipes, print_runs

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from wattlab.records.record import RunCost
    from wattlab.records.run import Run

    MakeRun = Callable[..., Run]

BOX = "─━│┃"


def terminal(width: int = 100, no_color: bool = False) -> Console:
    return Console(
        file=io.StringIO(), force_terminal=True, width=width, color_system="standard", no_color=no_color
    )


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_card_without_a_terminal_is_plain_and_whole(
    make_run: MakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    record = make_run().record
    print_card(record)
    assert capsys.readouterr().out == card_text(record) + "\n"


def test_a_card_in_a_terminal_marks_where_energy_comes_from(
    make_run: MakeRun, cost_of: Callable[..., RunCost]
) -> None:
    modelled, unknown = terminal(), terminal()
    print_card(make_run("a").record, modelled)
    print_card(make_run("b", cost=cost_of(missing("J", "no sensor"))).record, unknown)
    assert "\x1b[1;33m140 J\x1b[0m" in written(modelled)
    assert "\x1b[1;31mmissing\x1b[0m" in written(unknown)


def test_the_message_of_a_diverged_run_is_shown(
    make_run: MakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    record = make_run(message="training diverged: lower [the rate]").record
    console = terminal()
    print_card(record, console)
    print_card(record)
    assert "lower [the rate]" in written(console)
    assert capsys.readouterr().out.endswith("training diverged: lower [the rate]\n")


def test_no_color_leaves_no_colour(make_run: MakeRun) -> None:
    console = terminal(no_color=True)
    print_card(make_run().record, console)
    assert "140 J" in written(console)
    assert not any(f"[{weight}3{colour}m" in written(console) for weight in ("", "1;") for colour in range(8))


def test_a_narrow_card_is_wrapped_and_not_cut(make_run: MakeRun) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=60, color_system=None)
    print_card(make_run().record, console)
    lines = written(console).splitlines()
    assert max(map(len, lines)) <= 60
    words = " ".join(written(console).split())
    assert "start-up 1.00 s, data 2.00 s, training 7.00 s, evaluation 3.00 s" in words


def test_runs_without_a_terminal_are_plain_lines(
    make_run: MakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    print_runs([make_run("a"), make_run("a-long-name-of-a-run")])
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["run", "recipe", "epochs", "score", "target", "time", "energy", "data"]
    assert first.split() == ["a", "digits", "6", "0.8500", "14.0", "s", "140", "J", "modelled", "digits"]
    assert head.index("recipe") == second.index("digits")


def test_a_narrow_table_of_runs_leaves_out_columns_and_keeps_names_whole(make_run: MakeRun) -> None:
    wide, narrow = terminal(120), terminal(60, no_color=True)
    runs = [make_run("mnist-fast-20261121-022246"), make_run("b", target=0.978, reached_target=True)]
    print_runs(runs, wide)
    print_runs(runs, narrow)
    assert "data" in written(wide)
    assert "0.978 reached" in written(wide)
    assert "data" not in written(narrow)
    assert "mnist-fast-20261121-022246" in written(narrow)
    assert "140 J modelled" in written(narrow)


def test_no_runs_are_a_heading_alone(capsys: pytest.CaptureFixture[str]) -> None:
    print_runs([])
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_recipes_are_listed_with_what_they_are_for() -> None:
    console, plain = terminal(60), Console(file=io.StringIO(), width=60)
    recipes = {"mnist-fast": "to 97.8 % in [two] seconds " * 4, "moons": "half circles"}
    print_recipes(recipes, console)
    print_recipes(recipes, plain)
    assert any(sign in written(console) for sign in BOX)
    assert "[two]" in written(console)
    assert not any(sign in written(plain) for sign in (*BOX, "\x1b"))
    assert len(written(plain).splitlines()) == 3


def test_plain_output_loads_neither_rich_nor_a_drawing_library() -> None:
    code = (
        "import sys\n"
        "from wattlab.views.text import print_recipes\n"
        "from wattlab.views.progress import make_observer\n"
        "make_observer()\n"
        "print_recipes({'a': 'b'})\n"
        "sys.exit(bool({'rich', 'matplotlib', 'plotly'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "recipe  description\na       b\n"), done.stderr
