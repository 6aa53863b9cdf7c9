"""The state of an unfinished training in one file."""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import save_file

from wattlab.errors import RunError, StorageError
from wattlab.records.checkpoint import Checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture
def checkpoint() -> Checkpoint:
    rng = np.random.default_rng(0)
    state: dict[str, NDArray[np.generic]] = {
        "parameters": rng.normal(size=7).astype(np.float32),
        "optimizer.velocity": rng.normal(size=7),
        "channels last": rng.normal(size=(2, 3, 5, 4)).transpose(0, 3, 1, 2),
        "steps": np.array(2**40 + 1),
    }
    history = {"test_score": np.array([0.1, np.nan]), "forward_s": np.zeros((2, 0)), "none": np.zeros((0, 3))}
    return Checkpoint(state, history, {"judge": {"best": 0.1 + 0.2}, "sessions": 2, "name": "é"})


def test_a_checkpoint_survives_bit_for_bit(checkpoint: Checkpoint, tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "c")
    again = Checkpoint.load(tmp_path / "c")
    for old, new in ((checkpoint.state, again.state), (checkpoint.history, again.history)):
        assert old.keys() == new.keys()
        for name in old:
            assert (old[name].dtype, old[name].shape) == (new[name].dtype, new[name].shape)
            assert old[name].tobytes() == new[name].tobytes()
    assert again.progress == checkpoint.progress
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["c"]


def test_no_checkpoint_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="has no checkpoint: nothing was finished that could be resumed"):
        Checkpoint.load(tmp_path / "c")


@pytest.mark.parametrize("keep", [0, 4, 100, -3])
def test_a_truncated_checkpoint_is_named(checkpoint: Checkpoint, tmp_path: Path, keep: int) -> None:
    path = tmp_path / "c"
    checkpoint.save(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(
        RunError, match=r"checkpoint '.*/c' is damaged \(.*\); delete the folder and train again"
    ):
        Checkpoint.load(path)


@pytest.mark.parametrize(
    ("metadata", "complaint"),
    [
        (None, "has format None; this wattlab reads '1'"),
        ({"format": "9"}, "has format '9'; this wattlab reads '1'"),
        ({"format": "1"}, "is damaged"),
        ({"format": "1", "progress": "{"}, "is damaged"),
    ],
)
def test_a_foreign_checkpoint_is_named(
    tmp_path: Path, metadata: dict[str, str] | None, complaint: str
) -> None:
    save_file({"state/parameters": np.zeros(3)}, tmp_path / "c", metadata)
    with pytest.raises(RunError, match=complaint):
        Checkpoint.load(tmp_path / "c")


def test_a_full_disk_leaves_the_older_checkpoint(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.save(tmp_path / "c")
    before = (tmp_path / "c").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    newer = Checkpoint(checkpoint.state, checkpoint.history, {"sessions": 3})
    with pytest.raises(
        StorageError, match=r"/c' cannot be written: No space left on device; free some space"
    ):
        newer.save(tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == before
    assert not (tmp_path / "c.tmp").exists()
    assert json.loads(json.dumps(Checkpoint.load(tmp_path / "c").progress)) == checkpoint.progress
