"""``wattlab monitor`` as a process of its own: in a terminal, in a pipe, ended in every way."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from pathlib import Path

# The verb alone: what else the command line knows is tested elsewhere.
ALONE = """
import typer
from wattlab.cli import main, monitor
main.app = typer.Typer(callback=lambda: None)
monitor.add_to(main.app)
main.main()
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "error", "-c", ALONE, "monitor", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False
    )


# The kernel refuses the first samples, as on a full disk.
FULL = """
import resource
from wattlab.monitor.journal import CsvJournal
append = CsvJournal.append
def full(journal, rows):
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal._good_B + 9,) * 2)
    append(journal, rows)
CsvJournal.append = full
"""

# What a shell does for a job: its own group in the foreground, until it stops; then again.
SHELL = """
import fcntl, os, signal, subprocess, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = subprocess.Popen(
    sys.argv[1:], process_group=0, preexec_fn=lambda: signal.signal(signal.SIGTTOU, signal.SIG_DFL)
)
os.tcsetpgrp(0, job.pid)
_, status = os.waitpid(job.pid, os.WUNTRACED)
assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTSTP
os.tcsetpgrp(0, os.getpgrp())
print("stopped, echo", bool(termios.tcgetattr(0)[3] & termios.ECHO), flush=True)
input()
os.tcsetpgrp(0, job.pid)
os.killpg(job.pid, signal.SIGCONT)
sys.exit(job.wait())
"""


class Terminal:
    """The command in a terminal of 80 by 24."""

    def __init__(self, *arguments: str, shell: str = "") -> None:
        import fcntl
        import struct
        import termios

        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", shell, *command(*arguments)] if shell else command(*arguments),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.text = ""

    def read_until(self, pattern: str) -> None:
        deadline_s = time.monotonic() + 30
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline_s, self.text
            self._read()

    def _read(self) -> bool:
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # the other side has closed
            return False
        self.text += piece.decode(errors="replace")
        return bool(piece)

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def end(self) -> int:
        while self._read():
            pass
        os.close(self._master)
        return self.process.wait(timeout=30)


def test_in_a_terminal_it_draws_and_q_ends_it_with_a_summary(tmp_path: Path) -> None:
    path = tmp_path / "power.parquet"
    terminal = Terminal("--record", str(path), "--prometheus", "0", "--interval", "0.1")
    terminal.read_until(r"q or Ctrl-C ends")
    (url,) = set(re.findall(r"http://127\.0\.0\.1:\d+/metrics", terminal.text))
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert b"wattlab_memory_used_bytes" in answer.read()
    terminal.type(b"q")
    assert terminal.end() == 0
    _, _, after = terminal.text.rpartition("\x1b[?1049l")
    for part in ("watched for", "energy", "of one core busy"):
        assert part in after
    assert pq.read_table(path).num_rows >= 1


def test_in_a_terminal_ctrl_c_ends_it_with_a_summary() -> None:
    terminal = Terminal("--interval", "0.1")
    terminal.read_until(r"q or Ctrl-C ends")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 0
    assert "watched for" in terminal.text
    assert "Traceback" not in terminal.text


def test_ctrl_z_gives_the_terminal_back_until_it_goes_on() -> None:
    terminal = Terminal("--interval", "0.1", shell=SHELL)
    terminal.read_until(r"q or Ctrl-C ends")
    terminal.type(b"\x1a")
    terminal.read_until(r"stopped, echo \w+")
    _, _, shell = terminal.text.rpartition("\x1b[?1049l")
    assert "stopped, echo True" in shell
    terminal.text = ""
    terminal.type(b"\n")
    terminal.read_until(r"\x1b\[\?1049h[\s\S]*q or Ctrl-C ends")
    terminal.type(b"q")
    assert terminal.end() == 0
    assert "watched for" in terminal.text.rpartition("\x1b[?1049l")[2]


def test_a_recording_that_fails_is_the_exit_code_after_the_summary(tmp_path: Path) -> None:
    arguments = ("--interval", "0.05", "--duration", "0.2s", "--record", str(tmp_path / "power.csv"))
    said = subprocess.run(
        [*command()[:-2], FULL + ALONE, "monitor", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 2
    assert "recording stopped before the first sample was written: " in said.stderr
    assert "File too large" in said.stderr
    assert "watched for" in said.stdout


def test_the_help_says_who_is_served() -> None:
    said = " ".join(run("--help").stdout.replace("│", " ").split())
    assert "to this machine only; with an ADDRESS, to all who can reach it" in said


def test_a_pipe_gets_plain_lines_and_the_summary(tmp_path: Path) -> None:
    path = tmp_path / "power.csv"
    said = run("--duration", "1s", "--interval", "0.1", "--record", str(path))
    assert (said.returncode, said.stderr) == (0, "")
    assert "\x1b" not in said.stdout
    assert re.search(r"^ +\d\.\d\d s  .* memory ", said.stdout, re.MULTILINE)
    assert "watched for 1.00 s: 11 samples" in said.stdout
    assert len(path.read_text().splitlines()) == 12


def test_json_is_a_line_a_sample_and_a_summary() -> None:
    said = run("--duration", "300ms", "--interval", "100ms", "--json")
    objects = [json.loads(line) for line in said.stdout.splitlines()]
    assert [one["kind"] for one in objects] == ["sample"] * 4 + ["summary"]
    assert objects[-1]["samples"] == 4
    assert objects[-1]["energy"]["unit"] == "J"


def test_a_termination_leaves_a_whole_recording(tmp_path: Path) -> None:
    path = tmp_path / "power.parquet"
    with subprocess.Popen(
        command("--record", str(path), "--interval", "0.1"), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "memory" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert "watched for" in process.stdout.read()
    assert process.returncode == 0
    assert pq.read_table(path).num_rows >= 1


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    with subprocess.Popen(
        command("--json", "--interval", "0.05"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--interval", "0.01"], "--interval is 0.01 s; expected at least 0.05 s"),
        (["--interval", "often"], "--interval: duration 'often' is not understood"),
        (["--interval", "0"], "--interval: duration '0' is not understood; expected more than zero"),
        (["--interval", "10ms"], "--interval is 0.01 s; expected at least 0.05 s"),
        (["--duration", "soon"], "--duration: duration 'soon' is not understood"),
        (["--record", "nowhere/x.csv"], "there is no folder 'nowhere'; make it with: mkdir -p nowhere"),
        (["--record", "power.txt"], "expected a name that ends in .parquet or .csv"),
        (["--prometheus", "http"], "--prometheus 'http': expected a port"),
    ],
)
def test_bad_input_is_explained(arguments: list[str], complaint: str) -> None:
    said = run(*arguments)
    assert said.returncode == 2
    assert said.stderr.startswith("error: ")
    assert complaint in said.stderr
    assert said.stdout == ""


def test_a_port_in_use_is_explained_and_leaves_no_recording(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = run("--prometheus", str(port), "--record", str(tmp_path / "power.csv"))
    assert said.returncode == 2
    assert f"port {port} of 127.0.0.1 is in use" in said.stderr
    assert not (tmp_path / "power.csv").exists()
