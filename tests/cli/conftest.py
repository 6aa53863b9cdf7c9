"""The command line, in this process and in one of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from wattlab.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


class Command(Protocol):
    """Runs ``wattlab`` with arguments."""

    def __call__(self, *arguments: str) -> Said: ...


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs a command in this process."""

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["wattlab", *arguments])
        capsys.readouterr()
        before = signal.getsignal(signal.SIGINT)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        signal.signal(signal.SIGINT, before)
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, said.out, said.err)

    return run


class Start(Protocol):
    """Starts ``wattlab`` with arguments in a process of its own."""

    def __call__(self, *arguments: str) -> subprocess.Popen[str]: ...


_MAIN = "from wattlab.cli.main import main; main()"


@pytest.fixture
def start() -> Start:
    """Return a function that starts the real command; any warning is an error there, too."""

    def begin(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _MAIN, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    return begin


@pytest.fixture
def outside(start: Start) -> Command:
    """Return a function that runs the real command in a process of its own."""

    def run(*arguments: str) -> Said:
        process = start(*arguments)
        out, err = process.communicate(timeout=120)
        return Said(process.returncode, out, err)

    return run


@pytest.fixture
def tiny(tiny_toml: str, tmp_path: Path) -> str:
    """Return the path of a recipe that trains in milliseconds."""
    path = tmp_path / "tiny.toml"
    path.write_text(tiny_toml)
    return str(path)
