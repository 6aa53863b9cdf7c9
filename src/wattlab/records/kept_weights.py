"""Weights by epoch: one file each beside a run's own, read when asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.errors import ParameterError, RunError
from wattlab.records.files import packed, storage_errors, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.engines.base import Weights

__all__ = ["KeptWeights", "WeightsKeeper", "check_keeping"]

_FOLDER: Final = "epochs"
_NAME: Final = re.compile(r"(\d+)\.safetensors")


@dataclass(frozen=True)
class WeightsKeeper:
    """Writes the weights after every so many epochs.

    Parameters
    ----------
    run : Path
        The run's folder, temporary or not.
    every : int
        Epochs between two that are kept; 0: none is kept.
    """

    run: Path
    every: int

    def is_due(self, epoch: int) -> bool:
        """Return whether the weights after so many epochs are to be kept; epoch 0 is that of the initial weights."""
        return self.every > 0 and epoch % self.every == 0

    def keep(self, epoch: int, weights: Weights) -> None:
        """Write the weights after so many epochs; `wattlab.errors.StorageError` if there is no room for them."""
        folder = self.run / _FOLDER
        with storage_errors(folder):
            folder.mkdir(exist_ok=True)
        write_atomically(
            folder / f"{epoch:06}.safetensors", packed(weights, {"format": "1", "epoch": str(epoch)})
        )


class KeptWeights(Mapping[int, "Weights"]):
    """The weights that a run has kept, by finished epochs: 0 has the initial ones.

    Parameters
    ----------
    run : Path
        The run's folder.
    last : (int, Weights), optional
        The run's own weights, with its number of epochs; they count as kept.
    """

    def __init__(self, run: Path, last: tuple[int, Weights] | None = None) -> None:
        found = (_NAME.fullmatch(path.name) for path in (run / _FOLDER).glob("*.safetensors"))
        paths = {int(match[1]): run / _FOLDER / match[0] for match in found if match}
        # A resumed training may have ended before the epoch in which it was cut off.
        self._paths = {epoch: path for epoch, path in paths.items() if last is None or epoch < last[0]}
        self._last = {} if last is None else dict([last])

    def __getitem__(self, epoch: int) -> Weights:
        if epoch in self._last:
            return self._last[epoch]
        return _read(self._paths[epoch])

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._paths.keys() | self._last.keys()))

    def __len__(self) -> int:
        return len(self._paths.keys() | self._last.keys())

    def __contains__(self, epoch: object) -> bool:
        return epoch in self._paths or epoch in self._last

    def __repr__(self) -> str:
        return f"KeptWeights(epochs {', '.join(map(str, self))})"


def check_keeping(every: int) -> None:
    """Refuse a number of epochs below 0; `wattlab.errors.ParameterError` says what would be right."""
    if every < 0:
        msg = (
            f"keep_weights is {every}; expected a whole number of epochs: 1 keeps the weights after each of them, "
            "0 only the last"
        )
        raise ParameterError(msg)


def _read(path: Path) -> Weights:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        msg = (
            f"{str(path)!r} cannot be read ({error}); delete that file: the run itself is whole, and "
            "`wattlab epochs` does without it"
        )
        raise RunError(msg) from error
