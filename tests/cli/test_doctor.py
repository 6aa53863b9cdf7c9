"""``wattlab doctor``: what it prints, how it ends, and what it writes."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
import typer

from wattlab.doctor import diagnosis
from wattlab.doctor.diagnosis import Diagnosis, Section
from wattlab.doctor.finding import Fix, advice, ok, problem

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.doctor.finding import Finding

    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

FINDINGS = {
    "ok": ok("a", "all is well"),
    "advice": advice("b", "a hint", "detail", "why", ("mend",)),
    "problem": problem("c", "a fault", "detail", "why", ("mend",)),
}


def found(monkeypatch: pytest.MonkeyPatch, *statuses: str, fix: Fix | None = None) -> None:
    findings = [FINDINGS[status] for status in statuses]
    findings += [advice("d", "mendable", "detail", "why", ("mend",), fix)] if fix else []
    made = Diagnosis((Section("machine", tuple(findings)),), "2026-11-27", "2026-11-27")
    monkeypatch.setattr(diagnosis, "diagnose", lambda _: made)


@pytest.mark.parametrize(
    ("statuses", "flags", "code"),
    [
        (["ok"], [], 0),
        (["ok", "advice"], [], 0),
        (["ok", "advice"], ["--strict"], 2),
        (["ok"], ["--strict"], 0),
        (["ok", "problem"], [], 2),
        (["problem"], ["--json"], 2),
    ],
)
def test_exit_codes(
    here: Command, monkeypatch: pytest.MonkeyPatch, statuses: list[str], flags: list[str], code: int
) -> None:
    found(monkeypatch, *statuses)
    said = here("doctor", *flags)
    assert (said.code, said.err) == (code, "")


def test_json_is_one_object(here: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, "ok", "problem")
    told = json.loads(here("doctor", "--json").out)
    assert told["counts"] == {"ok": 1, "advice": 0, "problem": 1}
    assert told["sections"][0]["findings"][1]["mend"] == ["mend"]
    assert "written" not in told


def test_nothing_is_written_without_fix(
    here: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "environment.sh"
    found(monkeypatch, fix=Fix(path, "export A=1", "lines"))
    assert "`wattlab doctor --fix` writes 1 of these" in here("doctor").out
    assert not path.exists()


def test_fix_asks_and_has_nobody_to_ask(
    here: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "environment.sh"
    found(monkeypatch, fix=Fix(path, "export A=1", "lines"))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    said = here("doctor", "--fix")
    assert said.code == 0
    assert "+export A=1" in said.out
    assert "nothing is written" in said.err
    assert not path.exists()


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("n", False), ("", False)])
def test_fix_does_as_it_is_told_in_a_terminal(
    here: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str, written: bool
) -> None:
    path = tmp_path / "environment.sh"
    found(monkeypatch, fix=Fix(path, "export A=1", "lines"))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda question, err: answer == "y")
    said = here("doctor", "--fix")
    assert path.exists() == written
    assert (f"for this shell: source {path}" in said.out) == written


@pytest.mark.parametrize("ending", [KeyboardInterrupt, EOFError])
def test_ctrl_c_at_the_question_writes_nothing(
    here: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: type[BaseException]
) -> None:
    def cut_off(_: str) -> str:
        raise ending

    path = tmp_path / "environment.sh"
    found(monkeypatch, fix=Fix(path, "export A=1", "lines"))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(f"{typer.confirm.__module__}.visible_prompt_func", cut_off)
    said = here("doctor", "--fix")
    assert said.code == 130
    assert said.err.endswith("interrupted: nothing is written\n")
    assert not path.exists()


def test_ctrl_c_while_it_looks(here: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> Diagnosis:
        raise KeyboardInterrupt

    monkeypatch.setattr(diagnosis, "diagnose", interrupted)
    said = here("doctor")
    assert (said.code, said.out) == (130, "")


def test_what_is_written_but_not_sourced_is_said_and_offered_no_more(
    here: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "environment.sh"

    def check_made_up(_: object) -> list[Finding]:
        fix = Fix(path, "export A=1", "lines")
        return [advice("d", "mendable", "detail", "why", ("export A=1", "or: reboot"), fix)]

    monkeypatch.setattr(diagnosis, "CHECKS", (("machine", (check_made_up,)),))
    assert "`wattlab doctor --fix` writes 1 of these" in here("doctor").out
    here("doctor", "--fix", "--yes")
    said = here("doctor")
    assert "`wattlab doctor --fix`" not in said.out
    assert f"written in {path}, not sourced in this shell" in said.out
    assert f"mend: source {path}\n    mend: or: reboot\n" in said.out
    assert "mend: export" not in said.out


def test_fix_with_yes_writes_what_it_showed_and_tells_it_in_json(
    here: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "environment.sh"
    path.write_text("# mine\n")
    found(monkeypatch, fix=Fix(path, "export A=1", "lines"))
    told = json.loads(here("doctor", "--fix", "--yes", "--json").out)
    assert path.read_text() == "# mine\nexport A=1\n"
    (one,) = told["written"]
    assert one["path"] == str(path)
    assert (tmp_path / "environment.sh.before-1").read_text() == "# mine\n"
    said = here("doctor", "--fix", "--yes")
    assert "There is nothing that --fix could write." in said.out


def test_yes_without_fix_is_refused(here: Command) -> None:
    said = here("doctor", "--yes")
    assert (said.code, said.out) == (2, "")
    assert "--fix" in said.err
