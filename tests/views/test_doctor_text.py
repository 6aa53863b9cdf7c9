from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from wattlab.doctor.diagnosis import Diagnosis, Section
from wattlab.doctor.finding import Fix, advice, ok, problem
from wattlab.doctor.mending import Change
from wattlab.views.doctor_text import Watcher, make_watcher, print_changes, print_diagnosis

FOUND = Diagnosis(
    (
        Section(
            "GPU",
            (
                ok("a", "a card", "of some kind", ("try it",)),
                problem(
                    "b", "its driver is [old]", "driver 1", "nothing computes on it", ("install 2", "reboot")
                ),
            ),
        ),
        Section("wattlab", (advice("c", "no price", "0.30", "money", ("edit it",), Fix(Path("x"), "y")),)),
    ),
    "2026-11-27",
    "2026-11-20",
)


def printed(width: int, **options: bool) -> str:
    file = io.StringIO()
    print_diagnosis(FOUND, Console(file=file, width=width, highlight=False, **options))  # type: ignore[arg-type]
    return file.getvalue()


def test_plain_words_in_a_pipe() -> None:
    assert printed(80) == (
        "GPU\n"
        "  ok: a card\n"
        "    of some kind\n"
        "    more: try it\n"
        "  problem: its driver is [old]\n"
        "    driver 1\n"
        "    why: nothing computes on it\n"
        "    mend: install 2\n"
        "    mend: reboot\n"
        "\n"
        "wattlab\n"
        "  advice: no price\n"
        "    0.30\n"
        "    why: money\n"
        "    mend: edit it\n"
        "\n"
        "1 problem, 1 piece of advice, 1 thing in order\n"
        "Versions were compared by a table of 2026-11-20. `wattlab doctor --fix` writes 1 of these, after it has "
        "shown what.\n"
    )


@pytest.mark.parametrize("width", [30, 80, 120])
def test_marks_and_wrapped_lines_in_a_terminal(width: int) -> None:
    text = printed(width, force_terminal=True, no_color=True)
    lines = re.sub(r"\x1b\[[\d;]*m", "", text).splitlines()
    assert max(map(len, lines)) <= width
    assert any(line.startswith("  ✓ a card") for line in lines)
    assert any(line.startswith("  ✗ its driver is [old]") for line in lines)
    assert any(line.startswith("    why  nothing") for line in lines)
    assert any(line.startswith("    mend reboot") for line in lines)


def test_no_problems_is_said() -> None:
    file = io.StringIO()
    print_diagnosis(Diagnosis((Section("x", (ok("a", "fine"),)),), "", "2026"), Console(file=file))
    assert "no problems, 1 thing in order\nVersions were compared by a table of 2026.\n" in file.getvalue()


def test_changes_are_shown_as_diffs() -> None:
    file = io.StringIO()
    print_changes([Change(Path("/x/y"), "a\n", "a\nb\n")], Console(file=file))
    assert file.getvalue() == "--- /x/y\n+++ /x/y\n@@ -1 +1,2 @@\n a\n+b\n"


def test_the_watcher_writes_over_its_line_and_takes_it_away() -> None:
    said: list[str] = []
    watcher = Watcher(said.append)
    watcher("importing torch")
    watcher.close()
    assert said == ["\r\x1b[Kimporting torch ...", "\r\x1b[K"]


def test_the_watcher_is_silent_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    watcher = make_watcher()
    watcher("importing torch")
    watcher.close()
    assert capsys.readouterr().err == ""
