from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.machine.system_files import read_text

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_cannot_be_read_is_empty(tmp_path: Path) -> None:
    (tmp_path / "name").write_bytes(b" ACME \xff 1\n")
    assert read_text(tmp_path / "name") == "ACME \ufffd 1"
    assert read_text(tmp_path / "nothing") == ""
    assert read_text(tmp_path) == ""
