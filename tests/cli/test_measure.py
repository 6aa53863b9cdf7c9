"""The command ``wattlab measure``: what it lets through, what it prints, and its exit code."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wattlab.command import Measurement

if TYPE_CHECKING:
    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="commands are measured on POSIX systems")
LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells who sent a signal, and what it began with"
)
WATTLAB = [sys.executable, "-W", "error", "-c", "from wattlab.cli.main import main; main()", "measure"]


def test_the_card_goes_to_standard_error_and_all_else_is_the_commands(outside: Command) -> None:
    said = outside("measure", "--", "sh", "-c", "echo out; echo err >&2; exit 3")
    assert (said.code, said.out) == (3, "out\n")
    lines = said.err.splitlines()
    assert lines[:2] == ["err", ""]
    assert lines[2].split(maxsplit=1) == ["command", "sh -c 'echo out; echo err >&2; exit 3'"]
    for label in (
        "ended",
        "wall time",
        "CPU time",
        "energy",
        "net of idle",
        "idle",
        "price",
        "CO2e",
        "machine",
    ):
        assert any(line.strip().startswith(label) for line in lines[3:]), label


def test_quiet_prints_nothing_of_its_own(outside: Command, tmp_path: Path) -> None:
    options = ("-q", "--repeat", "2", "--json", "cost.json")
    said = outside("measure", *options, "echo", "-n", "--repeat")
    assert (said.code, said.out, said.err) == (0, "--repeat" * 2, "")
    found = Measurement.from_json((tmp_path / "cost.json").read_text(), "cost.json")
    assert (found.command, found.repeat) == (("echo", "-n", "--repeat"), 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-q", "--", "echo", "--debug"), "--debug\n"),
        (("-q", "echo", "--debug"), "--debug\n"),
        (("--debug", "--repeat", "2", "-q", "echo", "--debug", "--", "-i"), "--debug -- -i\n" * 2),
    ],
)
def test_what_follows_the_command_is_the_commands_own(
    arguments: tuple[str, ...], said: str, outside: Command
) -> None:
    assert outside("measure", *arguments).out == said


def test_debug_before_the_command_is_wattlabs(here: Command) -> None:
    assert "Traceback" in here("measure", "--interval", "soon", "--debug", "echo").err
    assert "Traceback" not in here("measure", "--interval", "soon", "echo", "--debug").err


@pytest.mark.parametrize("environ", [{}, {"KMP_DUPLICATE_LIB_OK": "True", "LC_CTYPE": "C", "EMPTY": ""}])
@LINUX
def test_the_command_gets_the_variables_that_we_got(environ: dict[str, str]) -> None:
    # In the C locale, Python sets one itself.
    given = {"PATH": os.environ["PATH"], **environ}
    said = subprocess.run(
        [*WATTLAB, "-q", "--", "env"], env=given, capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines() == [f"{name}={value}" for name, value in given.items()]


def test_a_command_that_is_gone_later_keeps_its_card_and_its_file(here: Command, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text('#!/bin/sh\nrm -f "$0"\nsleep 0.1\n')
    script.chmod(0o755)
    said = here("measure", "--repeat", "3", "--json", "cost.json", "--", "./script")
    assert said.code == 127
    assert "wall time" in said.err
    assert said.err.splitlines()[-1].startswith("error: run 2 of 3: command './script' cannot be executed")
    found = Measurement.from_json((tmp_path / "cost.json").read_text(), "cost.json")
    assert (len(found.runs), found.repeat) == (1, 3)


def test_each_of_several_runs_has_a_line(here: Command) -> None:
    said = here("measure", "--repeat", "5", "--warm-up", "1", "true")
    lines = said.err.splitlines()
    assert [line.partition(":")[0] for line in lines[:5]] == [f"run {number} of 5" for number in range(1, 6)]
    assert "5 of 5  (medians; their intervals cover the true ones with a probability of 93.8%)" in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["no-such-command"], 127, "error: command 'no-such-command' was not found in PATH"),
        (["/dev/null"], 126, "error: command '/dev/null' is not executable"),
        (["/"], 126, "error: command '/' is a folder"),
        ([], 2, "Missing argument"),
        (["--"], 2, "Missing argument"),
        (["--repeat", "0", "true"], 2, "--repeat"),
        (["--baseline", "soon", "true"], 2, "error: --baseline: duration 'soon' is not understood"),
        (["--baseline", "-1", "true"], 2, "error: --baseline: duration '-1' is not understood"),
        (["--interval", "0", "true"], 2, "error: --interval: duration '0' is not understood"),
        (["--interval", "1ms", "true"], 2, "error: the interval is 0.001 s; expected at least 0.05 s"),
        (["--json", "-", "touch", "ran"], 2, "error: standard output is the command's own"),
        (
            ["--json", "none/x", "touch", "ran"],
            2,
            "error: 'none/x' cannot be written: there is no folder 'none'",
        ),
        (["--no-such-option", "true"], 2, "No such option"),
    ],
)
def test_bad_input_is_told_before_anything_runs(
    here: Command, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    ended = here("measure", *arguments)
    assert ended.code == code
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
@pytest.mark.parametrize(("script", "code"), [("exit 0", 2), ("exit 5", 5)])
def test_a_full_disk_costs_the_file_and_not_the_card(here: Command, script: str, code: int) -> None:
    said = here("measure", "--json", "/dev/full", "--", "sh", "-c", script)
    assert said.code == code
    assert "wall time" in said.err
    assert said.err.splitlines()[-1].startswith(
        "error: '/dev/full' cannot be written: No space left on device"
    )


@LINUX
def test_an_interrupt_is_reported_with_all_that_is_known(here: Command, tmp_path: Path) -> None:
    with subprocess.Popen(["sh", "-c", f"sleep 1; kill -TERM {os.getpid()}"]):
        said = here("measure", "--json", "cost.json", "--repeat", "1000", "--", "sleep", "0.2")
    assert said.code == 143
    found = Measurement.from_json((tmp_path / "cost.json").read_text(), "cost.json")
    assert found.runs[-1].interrupted_by == "SIGTERM"
    assert "asked to end by SIGTERM" in said.err


def in_terminal(program: list[str], typed: dict[str, bytes]) -> tuple[int, str]:
    """Run a program in a terminal of its own; what is typed follows when a word has been printed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execvp(program[0], program)
    seen = b""
    waiting = list(typed.items())
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux's way to say that the other side has closed
            break
        if not part:
            break
        seen += part
        if waiting and waiting[0][0].encode() in seen:
            time.sleep(0.1)
            os.write(terminal, waiting.pop(0)[1])
    os.close(terminal)
    return os.waitpid(pid, 0)[1], seen.decode()


def test_a_terminal_stays_one_for_the_command() -> None:
    code = "import os; print('at', [os.isatty(i) for i in range(3)], flush=True); print('got', input())"
    status, seen = in_terminal([*WATTLAB, "-q", "--", sys.executable, "-c", code], {"at [": b"typed\n"})
    assert status == 0
    assert "at [True, True, True]" in seen
    assert "got typed" in seen


@LINUX
def test_ctrl_c_reaches_the_command_once_and_the_card_is_printed() -> None:
    script = "trap 'echo; echo caught' INT; echo ready; sleep 0.5 & wait; wait; exit 4"
    status, seen = in_terminal([*WATTLAB, "--", "sh", "-c", script], {"ready": b"\x03"})
    assert os.waitstatus_to_exitcode(status) == 4
    assert seen.count("caught\r\n") == 1
    assert "asked to end by SIGINT" in seen
    assert "wall time" in seen


@LINUX
def test_a_command_that_dies_of_ctrl_c_ends_the_loop_of_a_shell() -> None:
    status, seen = in_terminal([*WATTLAB, "--", "sh", "-c", "echo ready; sleep 20"], {"ready": b"\x03"})
    assert os.WTERMSIG(status) == signal.SIGINT
    assert "killed by SIGINT (exit code 130)" in seen


def loop(body: str) -> list[str]:
    # bash goes on after any child that handled Ctrl-C, and ends by one that died of it.
    return ["bash", "-c", f"for i in 1 2 3; do echo turn $i; {body}; done; echo over", "bash", *WATTLAB]


@pytest.mark.skipif(shutil.which("bash") is None, reason="a shell that tells how its child ended")
@pytest.mark.parametrize("attempt", range(3))
def test_one_ctrl_c_ends_a_loop_of_measurements(attempt: int) -> None:
    body = f'"$@" -q -- sh -c "echo ready {attempt}; sleep 20"'
    status, seen = in_terminal(loop(body), {"ready": b"\x03"})
    assert os.WTERMSIG(status) == signal.SIGINT
    assert seen.count("turn") == seen.count("ready") == 1
    assert "over" not in seen


@pytest.mark.skipif(shutil.which("bash") is None, reason="a shell that tells how its child ended")
def test_ctrl_c_before_the_command_ends_the_loop_as_well(tmp_path: Path) -> None:
    # Where libraries are loaded, as on a slow disk.
    (tmp_path / "numpy.py").write_text("import time; print('loading', flush=True); time.sleep(20)")
    body = f'PYTHONPATH={tmp_path} "$@" -q -- echo began'
    status, seen = in_terminal(loop(body), {"loading": b"\x03"})
    assert os.WTERMSIG(status) == signal.SIGINT
    assert seen.count("turn") == 1
    assert "began" not in seen


@pytest.mark.skipif(not hasattr(os, "nice"), reason="POSIX")
def test_niceness_descriptors_and_the_background_are_passed_on(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    script = f"nice; echo through > /dev/fd/{writing}"
    ended = subprocess.run(
        ["nice", "-n", "5", *WATTLAB, "-q", "sh", "-c", script],
        capture_output=True, text=True, pass_fds=[writing], start_new_session=True, check=True,
    )  # fmt: skip
    os.close(writing)
    assert int(ended.stdout) == min(19, os.nice(0) + 5)
    assert os.read(reading, 100) == b"through\n"
    os.close(reading)


def test_a_closed_standard_error_costs_the_card_alone(tmp_path: Path) -> None:
    shell = '"$@" --json cost.json -- sh -c "exit 6" 2>&-'
    ended = subprocess.run(["sh", "-c", shell, "sh", *WATTLAB], check=False)
    assert ended.returncode == 6
    assert json.loads((tmp_path / "cost.json").read_text())["runs"][0]["exit_code"] == 6
