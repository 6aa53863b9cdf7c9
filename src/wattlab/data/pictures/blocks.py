"""Many pictures at once: decoded by threads, block after block, so that memory holds two blocks at most."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.data.pictures.decoding import UndecodableError, decode, look_at
from wattlab.errors import DataError
from wattlab.machine.threads import usable_cores

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from wattlab.data.pictures.album import Album, Encoded

__all__ = ["Form", "LeftOut", "decoded_blocks", "find_form"]

_BLOCK_B: Final = 16 << 20
_MOST_ROWS: Final = 512
_TASKS_PER_CORE: Final = 4
"""More tasks than cores, so that none waits long for the slowest."""


@dataclass(frozen=True)
class Form:
    """The one shape that all pictures of a data set get.

    Parameters
    ----------
    rows, columns, channels : int
    resizes : bool
        Pictures of another size are resized; else they are an error.
    example : str
        What has this size by itself.
    remedy : str
        What to do about a picture of another size.
    """

    rows: int
    columns: int
    channels: int
    resizes: bool
    example: str = ""
    remedy: str = "set the data's option size, such as size = 128, to resize all of them"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, channels."""
        return self.rows, self.columns, self.channels

    @property
    def n_features(self) -> int:
        """Bytes of one picture."""
        return self.rows * self.columns * self.channels

    @property
    def block_rows(self) -> int:
        """How many pictures are decoded at a time."""
        return max(1, min(_MOST_ROWS, _BLOCK_B // self.n_features))


@dataclass
class LeftOut:
    """What is done about pictures that cannot be decoded, and which they were.

    Parameters
    ----------
    allowed : bool
        False: the first one is an error.
    pictures : list of str
        With the reason.
    remedy : str
        What to do about one, where it is an error.
    """

    allowed: bool
    pictures: list[str] = field(default_factory=list)
    remedy: str = (
        'fetch it again, take it out, or set the data\'s option undecodable = "skip" to leave such out'
    )

    def note(self, where: str, error: UndecodableError) -> None:
        """Note one, or raise.

        Raises
        ------
        wattlab.errors.DataError
            If none may be left out.
        """
        if not self.allowed:
            raise DataError(f"picture {where} cannot be decoded: {error}; {self.remedy}") from error
        self.pictures.append(f"{where} ({error})")


def find_form(albums: Iterable[Album], size: int, left_out: LeftOut) -> Form:
    """Find the shape of pictures: grey if all are, and, where nothing is resized, as large as the first.

    Parameters
    ----------
    albums : iterable of Album
        All parts.
    size : int
        Rows and columns to resize to; 0: not at all.
    left_out : LeftOut
        What is done about pictures that have no header. They are noted when they are decoded, not here.

    Raises
    ------
    wattlab.errors.DataError
        If no picture can be decoded, or one cannot where none may be left out.
    """
    first: tuple[str, tuple[int, int]] | None = None
    for where, shape, is_grey in _headers(albums, left_out):
        first = first or (where, shape)
        if not is_grey:
            return _form(first, 3, size)
    if first is None:
        raise DataError("none of the pictures can be decoded; are they pictures?")
    return _form(first, 1, size)


def _form(first: tuple[str, tuple[int, int]], channels: int, size: int) -> Form:
    rows, columns = (size, size) if size else first[1]
    return Form(rows, columns, channels, resizes=bool(size), example=first[0])


def _headers(albums: Iterable[Album], left_out: LeftOut) -> Iterator[tuple[str, tuple[int, int], bool]]:
    for album in albums:
        for rows, pictures in album.blocks(np.arange(len(album.labels)), 64):
            for row, encoded in zip(rows, pictures, strict=True):
                try:
                    yield album.where(row), *look_at(encoded)
                except UndecodableError as error:
                    if not left_out.allowed:
                        left_out.note(album.where(row), error)


def decoded_blocks(
    album: Album, rows: NDArray[np.int64], form: Form, left_out: LeftOut
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint8]]]:
    """Yield the pixels of some pictures, block after block.

    Parameters
    ----------
    album : Album
        The pictures.
    rows : ndarray of int64
        Which of them, in increasing order.
    form : Form
        The shape of all.
    left_out : LeftOut
        What is done about pictures that cannot be decoded.

    Yields
    ------
    rows : ndarray of shape (n,), int64
        Those that could be decoded.
    pixels : ndarray of shape (n, n_features), uint8

    Raises
    ------
    wattlab.errors.DataError
        If a picture cannot be decoded and none may be left out, or has another size and nothing is resized.
    """
    cores = usable_cores()
    with ThreadPoolExecutor(cores) as threads:
        pending: deque[_Block] = deque()
        for chosen, pictures in album.blocks(rows, form.block_rows):
            pending.append(_Block(threads, cores, album, chosen, pictures, form))
            if len(pending) > 1:
                yield pending.popleft().finish(left_out)
        while pending:
            yield pending.popleft().finish(left_out)


class _Block:
    """Pictures that threads are decoding.

    Parameters
    ----------
    threads : ThreadPoolExecutor
    cores : int
        That the threads keep busy.
    album : Album
    rows : ndarray of int64
        Of the album.
    pictures : list of Encoded
        One a row.
    form : Form
    """

    def __init__(
        self,
        threads: ThreadPoolExecutor,
        cores: int,
        album: Album,
        rows: NDArray[np.int64],
        pictures: list[Encoded],
        form: Form,
    ) -> None:
        self._album, self._rows, self._form = album, rows, form
        self._pixels = np.empty((len(rows), form.n_features), np.uint8)
        step = -(-len(rows) // (cores * _TASKS_PER_CORE))
        self._tasks: list[Future[list[tuple[int, UndecodableError]]]] = [
            threads.submit(self._decode, start, pictures[start : start + step])
            for start in range(0, len(rows), step)
        ]

    def finish(self, left_out: LeftOut) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Wait for the threads; return rows and pixels of what could be decoded."""
        bad = [found for task in self._tasks for found in task.result()]
        for index, error in bad:
            left_out.note(self._album.where(self._rows[index]), error)
        if not bad:
            return self._rows, self._pixels
        good = np.delete(np.arange(len(self._rows)), [index for index, _ in bad])
        return self._rows[good], self._pixels[good]

    def _decode(self, start: int, pictures: list[Encoded]) -> list[tuple[int, UndecodableError]]:
        """Decode some pictures; return those that could not be, by their place in the block."""
        bad = []
        resize_to = self._form.shape[:2] if self._form.resizes else None
        for index, encoded in enumerate(pictures, start):
            try:
                pixels = decode(encoded, self._form.channels, resize_to)
            except UndecodableError as error:
                bad.append((index, error))
            else:
                self._check_size(index, pixels)
                self._pixels[index] = pixels.reshape(-1)
        return bad

    def _check_size(self, index: int, pixels: NDArray[np.uint8]) -> None:
        if pixels.shape != self._form.shape:
            rows, columns, _ = pixels.shape
            raise DataError(
                f"the pictures have different sizes: {self._form.example} has {self._form.rows} rows × "
                f"{self._form.columns} columns, but {self._album.where(self._rows[index])} has {rows} rows × "
                f"{columns} columns; {self._form.remedy}"
            )
