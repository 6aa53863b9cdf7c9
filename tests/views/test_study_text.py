"""A study in terminals of several widths, and in none."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from wattlab.views.study_text import print_study, print_verifications

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.row import Row, Verification
    from wattlab.studies.study import Study

    MakeRow = Callable[..., Row]
    MakeStudy = Callable[..., Study]
    MakeVerification = Callable[..., Verification]

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def terminal(width: int, *, no_color: bool = False) -> Console:
    return Console(
        file=io.StringIO(), force_terminal=True, width=width, color_system="standard", no_color=no_color
    )


def raw(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def lines(console: Console) -> list[str]:
    return ESCAPE.sub("", raw(console)).splitlines()


def words(console: Console) -> str:
    return " ".join(" ".join(lines(console)).split())


def shown(study: Study, width: int) -> Console:
    console = terminal(width)
    print_study(study, console)
    return console


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160])
def test_nothing_overflows_and_nothing_is_cut(make_study: MakeStudy, width: int) -> None:
    study = make_study()
    console = shown(study, width)
    assert max(map(len, lines(console))) <= width
    assert "…" not in raw(console)
    texts = ("0.0912-0.0950", "15.8", "15.2-16.4", "644 k", "806 MiB", "37.2 J", "unknown", "missing")
    assert [text for text in texts if text not in words(console)] == []


@pytest.mark.parametrize(("width", "blocks"), [(80, 2), (100, 2), (160, 1)])
def test_columns_are_stacked_where_the_terminal_is_narrow(
    make_study: MakeStudy, width: int, blocks: int
) -> None:
    console = shown(make_study(), width)
    heads = [line for line in lines(console) if line.startswith("candidate")]
    assert len(heads) == blocks
    assert sum(line.startswith("torch:compiled") for line in lines(console)) == blocks
    assert heads[0].split()[:3] == ["candidate", "s/epoch", "ratio"]


def test_what_is_left_out_is_named_with_the_way_to_see_it(make_study: MakeStudy) -> None:
    narrow, wide = shown(make_study(), 80), shown(make_study(), 100)
    assert "Left out, since the terminal is narrow: process (s). All numbers: --json." in words(narrow)
    assert "Left out" not in words(wide)
    assert "10.9" in words(wide)
    assert "-o report.html" in words(wide)


def test_decimal_points_stand_below_one_another(make_study: MakeStudy) -> None:
    console = shown(make_study(), 160)
    names = ("native  ", "torch", "keras:tensorflow", "sklearn")
    rows = [line for line in lines(console) if line.startswith(names)]
    assert len(rows) == 5
    for column in ("0.430", "4.62"):
        place = rows[0].index(column) + column.index(".")
        assert {row[place] for row in rows} == {"."}


def test_a_failure_is_told_below_the_table_and_wrapped(make_study: MakeStudy) -> None:
    console = shown(make_study(), 80)
    told = [line for line in lines(console) if line.startswith("failed")]
    assert len(told) == 2
    assert "keras:jax: ran out of memory: the process was ended by the system after it had taken" in words(
        console
    )


def test_verdicts_are_words_and_colours(make_study: MakeStudy) -> None:
    coloured, plain = terminal(160), terminal(160, no_color=True)
    print_study(make_study(), coloured)
    print_study(make_study(), plain)
    assert "\x1b[1;32mbetter" in raw(coloured)
    assert "\x1b[1;31mworse" in raw(coloured)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", raw(plain))
    assert lines(coloured) == lines(plain)


def test_a_long_label_is_wrapped_before_it_takes_the_room(make_study: MakeStudy, make_row: MakeRow) -> None:
    label = "native, bfloat16, batch_size 500, learning_rate 0.0125"
    console = shown(make_study((make_row(label),)), 80)
    assert max(map(len, lines(console))) <= 80
    column = " ".join(line[:26].strip() for line in lines(console))
    assert "learning_rate" in column


def test_markup_in_labels_and_messages_stays_text(make_study: MakeStudy, make_row: MakeRow) -> None:
    row = make_row("native [x]", "failed", None, failures=("see [bold]this[/bold]",))
    console = shown(make_study((row,), title="[red]title"), 100)
    assert "native [x]" in words(console)
    assert "see [bold]this[/bold]" in words(console)
    assert lines(console)[0] == "[red]title"


def test_piped_output_is_one_table_with_a_line_for_each_candidate(
    make_study: MakeStudy, capsys: pytest.CaptureFixture[str]
) -> None:
    print_study(make_study())
    text = capsys.readouterr().out
    assert "\x1b" not in text
    head, *rows = text.split("\n\n")[1].splitlines()
    assert head.startswith("candidate  ")
    assert head.endswith("energy (modelled)")
    assert [row.split("  ")[0] for row in rows] == [row.label for row in make_study().rows]
    points = {row.index(".", len("keras:tensorflow")) for row in rows if "failed" not in row}
    assert len(points) == 1
    assert "failed: keras:jax: ran out of memory" in text
    assert "ACME 5950X · 16 cores · id 0badcafe" in text


def test_an_interrupted_study_without_a_result_is_shown(make_study: MakeStudy, make_row: MakeRow) -> None:
    study = make_study((make_row(epoch_s=None),), complete=False, trials=())
    console = shown(study, 80)
    assert "0 of 5 rounds begun" in words(console)
    assert "Not every trial was run" in words(console)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_verifications_fit_into_one_block(
    make_study: MakeStudy, make_verification: MakeVerification, width: int
) -> None:
    refused = make_verification("sklearn", loss_deviation=0.0131, passed=False, message="the loss differs")
    console = terminal(width)
    print_verifications([make_verification("keras:tensorflow"), refused], console)
    assert max(map(len, lines(console))) <= width
    assert [line.split() for line in lines(console) if line.startswith(("keras", "sklearn"))] == [
        ["keras:tensorflow", "float64", "5", "2.2e-16", "3.4e-15", "1e-09", "yes"],
        ["sklearn", "float64", "5", "1.3e-02", "3.4e-15", "1e-09", "no"],
    ]
    assert "not verified sklearn: the loss differs" in words(console)
    assert "Held against native in float64; the steps are taken twice" in words(console)


def test_piped_verifications_are_plain_lines(
    make_verification: MakeVerification, capsys: pytest.CaptureFixture[str]
) -> None:
    print_verifications([make_verification()])
    head, row, *_ = capsys.readouterr().out.splitlines()
    assert head.split("  ")[0] == "candidate"
    assert row.split() == ["native", "float64", "5", "2.2e-16", "3.4e-15", "1e-09", "yes"]


def test_plain_output_loads_neither_rich_nor_a_drawing_library() -> None:
    code = (
        "import sys\n"
        "from wattlab.views.study_text import make_study_observer, print_verifications\n"
        "make_study_observer()\n"
        "print_verifications([])\n"
        "sys.exit(bool({'rich', 'matplotlib', 'plotly'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("Nothing was verified.")
