"""Standard output that takes nothing: full, closed, or read by nobody."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wattlab.views.terminal import stream_is_terminal

if TYPE_CHECKING:
    from .conftest import Command  # type: ignore[import-not-found,unused-ignore]

WATTLAB = [sys.executable, "-W", "error", "-c", "from wattlab.cli.main import main; main()"]
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")


def said(arguments: str, redirect: str) -> tuple[int, str]:
    """Run a verb in a shell that leads its standard output somewhere."""
    shell = f'"$@" {arguments} {redirect}'
    ended = subprocess.run(
        ["sh", "-c", shell, "sh", *WATTLAB], stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    return ended.returncode, ended.stderr


@FULL
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", ["monitor --duration 0.1s --interval 0.05", "runs", "--version"])
def test_a_full_one_is_for_the_user_to_mend(
    arguments: str, unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    reason = "error: standard output cannot be written: No space left on device; send it elsewhere"
    assert said(arguments, ">/dev/full") == (2, f"{reason}, such as > output.txt\n")


@pytest.mark.parametrize("arguments", ["monitor --duration 0.1s --interval 0.05", "recipes", "--help"])
def test_a_closed_one_is_too(arguments: str) -> None:
    reason = (
        "error: standard output cannot be written: it is closed; send it elsewhere, such as > output.txt\n"
    )
    assert said(arguments, ">&-") == (2, reason)


@pytest.mark.skipif(os.name != "posix", reason="commands are measured on POSIX systems")
def test_who_prints_nothing_does_not_notice() -> None:
    assert said("measure -q -- sh -c 'exit 3'", ">&-") == (3, "")


def test_one_that_nobody_reads_ends_us_quietly() -> None:
    # The other end is closed before anything is written.
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run([*WATTLAB, "recipes"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_another_file_that_cannot_be_written_is_not_called_standard_output(
    here: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("wattlab.cli.main.app", full)
    ended = here("recipes")
    assert ended.code == 1
    assert ended.err.startswith("internal error: OSError: [Errno 28] No space left")


def test_a_closed_stream_is_no_terminal() -> None:
    assert not stream_is_terminal(None)
    assert not stream_is_terminal(io.StringIO())
