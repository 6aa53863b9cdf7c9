"""A run that is being written: a folder with a temporary name, which gets its own once all is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.records.files import storage_errors, sync_folder, write_atomically
from wattlab.records.lock import LOCK_NAME
from wattlab.records.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.records.checkpoint import Checkpoint
    from wattlab.records.lock import FolderLock
    from wattlab.records.record import RunRecord

__all__ = ["PARTIAL", "OpenRun"]

PARTIAL = ".partial"
"""Ending of a temporary folder."""


class OpenRun:
    """A run that is being written, under a temporary name and locked against other processes.

    Parameters
    ----------
    path : Path
        The temporary folder, which exists.
    lock : FolderLock
        Held by this process; the system lets go of it even if the process is killed.
    """

    def __init__(self, path: Path, lock: FolderLock) -> None:
        self.path = path
        self.id = path.name.removesuffix(PARTIAL)
        self._lock = lock

    @property
    def checkpoint_path(self) -> Path:
        """Where the newest checkpoint lies."""
        return self.path / "checkpoint.safetensors"

    def write(self, name: str, content: bytes) -> None:
        """Write one file into the folder."""
        write_atomically(self.path / name, content)

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint."""
        checkpoint.save(self.checkpoint_path)

    def finish(self, record: RunRecord) -> Run:
        """Write the record last and give the folder its final name."""
        self.write("record.json", record.to_json().encode())
        return self.publish()

    @property
    def is_complete(self) -> bool:
        """Whether the record is there: only the final name was missing when the process was killed."""
        return (self.path / "record.json").is_file()

    def publish(self) -> Run:
        """Give a complete run its final name, then remove what only a resumption would have needed."""
        final = self.path.with_name(self.id)
        with storage_errors(final):
            sync_folder(self.path)
            self._lock.release()
            self.path.rename(final)
            sync_folder(final.parent)
            for leftover in (final / self.checkpoint_path.name, final / LOCK_NAME, *final.glob("*.tmp")):
                leftover.unlink(missing_ok=True)
        return Run(final)

    def close(self) -> None:
        """Let go of the folder and leave it as it is."""
        self._lock.release()

    def discard(self) -> None:
        """Remove the folder: nothing was finished in it."""
        self._lock.release()
        for file in self.path.iterdir():
            file.unlink()
        self.path.rmdir()
