"""Rows of a host's tensor on their way to a GPU: gathered ahead in a thread, copied while the GPU computes."""

from __future__ import annotations

from contextlib import contextmanager
from queue import Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

__all__ = ["Selection", "moved"]

AHEAD: Final = 3
"""Buffers: one that the GPU reads, and two that are filled meanwhile."""
_POLL_S: Final = 0.1

Selection = torch.Tensor | slice
"""Rows, one by one or in a row."""


def moved(
    features: torch.Tensor, selections: Sequence[Selection], device: torch.device
) -> Generator[torch.Tensor]:
    """Yield selected rows on a device, each selection gathered while those before it are used.

    Parameters
    ----------
    features : Tensor of shape (n_samples, n_features)
        On the host; a file's memory map is read as rows are asked for.
    selections : sequence of Tensor of shape (n_rows,), int64, or of slice
        Rows, on the host.
    device : torch.device
        Where they go. A tensor that was yielded stays as it is.
    """
    most = max((_length(one) for one in selections), default=0)
    buffers = [_Buffer(features, most, device) for _ in range(min(AHEAD, len(selections)))]
    with _gathered(features, selections, buffers) as ready:
        for _ in selections:
            buffer = ready.get()
            if isinstance(buffer, BaseException):
                raise buffer
            yield buffer.sent()


class _Buffer:
    """Memory of a batch on the host, pinned where a GPU reads it."""

    def __init__(self, features: torch.Tensor, n_rows: int, device: torch.device) -> None:
        self._on_gpu, self._device = device.type == "cuda", device
        self._memory = torch.empty((n_rows, features.shape[1]), dtype=features.dtype, pin_memory=self._on_gpu)
        self._rows = self._memory[:0]
        self._stream = torch.cuda.Stream(device) if self._on_gpu else None  # type: ignore[no-untyped-call]
        self._copied = torch.cuda.Event() if self._on_gpu else None  # type: ignore[no-untyped-call]
        self._free = Event()
        self._free.set()

    def fill(self, features: torch.Tensor, selection: Selection, given_up: Event) -> bool:
        """Gather rows once the last ones are on their way; False if nobody wants them any more."""
        while not self._free.wait(_POLL_S):
            if given_up.is_set():
                return False
        self._free.clear()
        if self._copied is not None:
            self._copied.synchronize()
        self._rows = self._memory[: _length(selection)]
        if isinstance(selection, slice):
            self._rows.copy_(features[selection])
        else:
            torch.index_select(features, 0, selection, out=self._rows)
        return True

    def sent(self) -> torch.Tensor:
        """Return a copy on the device; the device's present stream waits for it, the host does not."""
        if self._stream is None or self._copied is None:
            copy = self._rows.clone()
        else:
            present = torch.cuda.current_stream(self._device)
            with torch.cuda.stream(self._stream):
                copy = self._rows.to(self._device, non_blocking=True)
                self._copied.record(self._stream)
            present.wait_stream(self._stream)
            copy.record_stream(present)
        self._free.set()
        return copy


@contextmanager
def _gathered(
    features: torch.Tensor, selections: Sequence[Selection], buffers: Sequence[_Buffer]
) -> Iterator[Queue[_Buffer | BaseException]]:
    """Fill the buffers in turn in a thread, which ends with the block."""
    ready: Queue[_Buffer | BaseException] = Queue()
    given_up = Event()

    def work() -> None:
        try:
            for index, selection in enumerate(selections):
                buffer = buffers[index % len(buffers)]
                if given_up.is_set() or not buffer.fill(features, selection, given_up):
                    return
                ready.put(buffer)
        except BaseException as error:  # noqa: BLE001 (raised again where the rows are waited for)
            ready.put(error)

    thread = Thread(target=work, name="wattlab-gather", daemon=True)
    thread.start()
    try:
        yield ready
    finally:
        given_up.set()
        thread.join()


def _length(selection: Selection) -> int:
    return selection.stop - selection.start if isinstance(selection, slice) else len(selection)
