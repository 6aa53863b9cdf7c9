from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wattlab.command.saving import check_destination, save
from wattlab.errors import StorageError

if TYPE_CHECKING:
    from .conftest import Run  # type: ignore[import-not-found,unused-ignore]

READ_ONLY = Path("/proc/version")


def test_a_file_is_written_whole(run: Run, tmp_path: Path) -> None:
    found = run("true")
    (tmp_path / "target.json").write_text("older")
    (tmp_path / "link.json").symlink_to("target.json")
    for name in ("new.json", "link.json"):
        check_destination(tmp_path / name)
        save(found, tmp_path / name)
    assert json.loads((tmp_path / "new.json").read_text())["command"] == ["true"]
    assert json.loads((tmp_path / "target.json").read_text())["command"] == ["true"]
    assert (tmp_path / "link.json").is_symlink()
    assert sorted(path.name for path in tmp_path.glob("*.json*")) == ["link.json", "new.json", "target.json"]


@pytest.mark.parametrize("to_file", [True, False])
def test_a_descriptor_that_the_caller_holds_is_written_to(run: Run, tmp_path: Path, *, to_file: bool) -> None:
    kept = tmp_path / "kept"
    reading, writing = (-1, os.open(kept, os.O_RDWR | os.O_CREAT)) if to_file else os.pipe()
    path = Path(f"/dev/fd/{writing}")
    check_destination(path)
    found = run("true")
    save(found, path)
    os.close(writing)
    text = kept.read_bytes() if to_file else os.read(reading, 2**20)
    assert json.loads(text)["repeat"] == 1
    if not to_file:
        os.close(reading)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("-", "standard output is the command's own"),
        ("none/cost.json", "there is no folder 'none'; make it with: mkdir -p none"),
        (".", "it is a folder; name a file in it"),
        ("file/cost.json", "there is no folder 'file'"),
        ("/proc/cost.json", "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_told_before_the_command_runs(tmp_path: Path, path: str, said: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=said):
        check_destination(Path(path))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_permission_is_told_before_the_command_runs(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(StorageError, match="Permission denied"):
        check_destination(tmp_path / "cost.json")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
def test_a_full_disk_is_told(run: Run) -> None:
    check_destination(Path("/dev/full"))
    with pytest.raises(StorageError, match="No space left"):
        save(run("true"), Path("/dev/full"))
