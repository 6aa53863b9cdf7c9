"""The state of an unfinished training in one file, replaced atomically."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wattlab.errors import RunError
from wattlab.records.files import packed, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Checkpoint"]

_FORMAT = "1"


@dataclass(frozen=True)
class Checkpoint:
    """All that is needed to go on bit-exactly.

    Parameters
    ----------
    state : dict of arrays
        From `Trainer.state`.
    history : dict of arrays
        Columns of the finished epochs.
    progress : dict
        Plain values: what has been reached and spent so far.
    """

    state: Mapping[str, NDArray[np.generic]]
    history: Mapping[str, NDArray[np.float64]]
    progress: Mapping[str, Any]

    def save(self, path: Path) -> None:
        """Write to `path`; an older checkpoint there is replaced only once this one is on the disk."""
        arrays = {f"state/{name}": array for name, array in self.state.items()}
        arrays |= {f"history/{name}": array for name, array in self.history.items()}
        write_atomically(path, packed(arrays, {"format": _FORMAT, "progress": json.dumps(self.progress)}))

    @classmethod
    def load(cls, path: Path) -> Checkpoint:
        """Read from `path`.

        Raises
        ------
        wattlab.errors.RunError
            If it is missing or damaged.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="numpy") as file:
                metadata = file.metadata() or {}
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        except FileNotFoundError as error:
            msg = f"{str(path.parent)!r} has no checkpoint: nothing was finished that could be resumed; delete it"
            raise RunError(msg) from error
        except (SafetensorError, OSError) as error:
            msg = f"checkpoint {str(path)!r} is damaged ({error}); delete the folder and train again"
            raise RunError(msg) from error
        if metadata.get("format") != _FORMAT:
            msg = f"checkpoint {str(path)!r} has format {metadata.get('format')!r}; this wattlab reads {_FORMAT!r}"
            raise RunError(msg)
        try:
            progress = json.loads(metadata["progress"])
        except (KeyError, ValueError) as error:
            msg = (
                f"checkpoint {str(path)!r} is damaged (progress: {error}); delete the folder and train again"
            )
            raise RunError(msg) from error
        return cls(_under("state/", arrays), _under("history/", arrays), progress)


def _under(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
