from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from wattlab.command.environment import SET_BY_IMPORTS, inherited, present

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_block_of_the_kernel_is_read_as_it_is(tmp_path: Path) -> None:
    block = tmp_path / "environ"
    block.write_bytes(b"A=1\0EMPTY=\0TWO=a=b\0BYTES=\xff\0LINES=x\ny\0no pair\0")
    found = inherited(block)
    assert found == {"A": "1", "EMPTY": "", "TWO": "a=b", "BYTES": os.fsdecode(b"\xff"), "LINES": "x\ny"}


def test_where_there_is_no_block_it_is_what_python_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTLAB_TEST", "later")
    found = inherited(tmp_path / "none")
    assert found["PATH"] == os.environ["PATH"]
    assert "WATTLAB_TEST" not in found


def test_what_the_user_set_is_kept() -> None:
    chosen = {"KMP_DUPLICATE_LIB_OK": "TRUE", "OTHER": "True"}
    assert present(chosen, got={}) == chosen
    assert present(SET_BY_IMPORTS, got=SET_BY_IMPORTS) == SET_BY_IMPORTS
    assert present(SET_BY_IMPORTS, got={}) == {}


def test_what_our_imports_set_is_known() -> None:
    code = (
        "import os, sklearn, threadpoolctl; "
        "from wattlab.command.environment import inherited, present; "
        "print(os.environ == inherited(), sorted(present().items() ^ inherited().items()))"
    )
    environ = {name: value for name, value in os.environ.items() if name not in SET_BY_IMPORTS}
    environ["LC_ALL"] = "C.UTF-8"
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    same = sys.platform != "linux"
    assert ended.stdout == f"{same} []\n"
