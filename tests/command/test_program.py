from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from wattlab.command.program import find_program, start
from wattlab.errors import CommandError, UnsupportedError

if TYPE_CHECKING:
    from pathlib import Path


def script(path: Path, text: str, mode: int = 0o755) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def run(program: str, *arguments: str) -> int:
    pid = start(program, [program, *arguments], os.environ, ())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_name_is_looked_up_in_the_path_and_a_path_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "later").mkdir()
    script(tmp_path / "bin/tool", "", mode=0o644)
    there = script(tmp_path / "later/tool", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{tmp_path}/later")
    assert find_program("tool") == there
    assert find_program("later/tool") == "later/tool"
    script(tmp_path / "tool", "#!/bin/sh\n")
    assert find_program("./tool") == "./tool"


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("no-such-tool", 127, "'no-such-tool' was not found in PATH"),
        ("", 127, "'' was not found in PATH"),
        ("./no/tool", 127, "'./no/tool' was not found; check"),
        ("./plain", 126, r"'\./plain' is not executable; .* chmod \+x \./plain$"),
        ("plain", 127, r"write: \./plain$"),
        ("plain it", 127, "write: ./'plain it'$"),
        ("train.py", 127, r"write: python train\.py$"),
        ("gone.py", 127, "check the spelling"),
        ("sh train.py", 127, r"one word with spaces; leave out the quotes: sh train\.py$"),
        ("no-such-tool train.py", 127, "check the spelling"),
        ("sh a.sh | wc -l", 127, r"write: sh -c 'sh a\.sh \| wc -l'$"),
        ("true && echo 'a b'", 127, "write: sh -c 'true && echo '\"'\"'a b'\"'\"''$"),
        ("true>out", 127, "write: sh -c 'true>out'$"),
        ("true; false", 127, "write: sh -c 'true; false'$"),
        (".", 126, "is a folder"),
        ("./folder", 126, "is a folder"),
    ],
)
def test_what_cannot_be_run_is_told_with_the_exit_code_of_a_shell(
    tmp_path: Path, name: str, code: int, said: str
) -> None:
    (tmp_path / "folder").mkdir()
    for file in ("plain", "plain it", "train.py"):
        script(tmp_path / file, "", mode=0o644)
    path = name if name != "." else "./"
    with pytest.raises(CommandError, match=said) as refused:
        find_program(path)
    assert refused.value.exit_code == code


def test_a_script_without_a_first_line_is_left_to_the_shell(tmp_path: Path) -> None:
    assert run(script(tmp_path / "plain", 'exit "$1"\n'), "7") == 7


def test_a_script_whose_interpreter_is_not_there_says_so(tmp_path: Path) -> None:
    path = script(tmp_path / "bad", "#!/no/such/interpreter\n")
    with pytest.raises(CommandError, match="the interpreter that its first line names") as refused:
        run(path)
    assert refused.value.exit_code == 127


def test_the_path_is_that_of_the_commands_own_variables(tmp_path: Path) -> None:
    tool = script(tmp_path / "tool", "#!/bin/sh\n")
    assert find_program("tool", {"PATH": str(tmp_path)}) == tool
    with pytest.raises(CommandError, match="not found in PATH"):
        find_program("tool", {"PATH": "/no/such/folder"})


def test_an_empty_program_that_the_system_refuses(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    assert path.stat().st_mode & stat.S_IXUSR
    with pytest.raises(CommandError, match="cannot be executed: Permission denied") as refused:
        run(str(path))
    assert refused.value.exit_code == 126


def test_what_python_ignores_the_command_does_not(tmp_path: Path) -> None:
    # A writer without a reader dies of SIGPIPE, as in any pipe.
    assert run(script(tmp_path / "writer", "#!/bin/sh\nkill -PIPE $$\nexit 0\n")) == -13


def test_windows_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(UnsupportedError, match="WSL 2"):
        find_program("cmd")
