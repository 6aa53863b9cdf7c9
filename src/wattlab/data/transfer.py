"""One file over HTTP, continued where an earlier attempt broke off."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from wattlab.errors import DownloadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["ResumableDownload"]

_CHUNK_BYTES = 1 << 16
_TIMEOUT_S = 30.0


class _BrokenOffError(Exception):
    """The connection ended before all was there; another attempt may continue."""


class ResumableDownload:
    """A downloader for pooch that keeps what it received in a file of its own until all is there.

    pooch (1.9) hands its downloaders a new temporary file each time and deletes it if they fail, so it
    cannot resume by itself.

    Parameters
    ----------
    part : Path
        Where unfinished content is kept.
    attempts : int
        How often a connection is made before giving up on one that breaks off.
    """

    def __init__(self, part: Path, attempts: int = 3) -> None:
        self.part = part
        self.attempts = attempts

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:  # noqa: ARG002 (pooch passes itself)
        """Download `url` to `output_file`, as pooch asks it of a downloader.

        Raises
        ------
        wattlab.errors.DownloadError
            If the server cannot be reached, does not have the file, or breaks off each time. What was
            received is kept.
        """
        with _progress(self.part.name.removesuffix(".part")) as show:
            self._try_repeatedly(url, show)
        self.part.replace(output_file)

    def _try_repeatedly(self, url: str, show: Callable[[int, int | None], None]) -> None:
        reason = ""
        for _ in range(self.attempts):
            try:
                return self._continue(url, show)
            except _BrokenOffError as error:
                reason = str(error)
            except HTTPError as error:
                raise DownloadError(f"{url}: {error.code} {error.reason}") from error
            except URLError as error:
                raise DownloadError(f"{url}: {error.reason}") from error
        raise DownloadError(f"{url}: {reason}; {self._received()} bytes are kept and will be continued")

    def _continue(self, url: str, show: Callable[[int, int | None], None]) -> None:
        """Receive what is missing over one connection."""
        offset = self._received()
        try:
            response = _open(url, offset)
        except HTTPError as error:
            if error.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise
            return self._nothing_beyond(error, offset)
        with response:
            if response.status != HTTPStatus.PARTIAL_CONTENT:
                offset = 0  # this server always sends the whole file
            length = response.headers.get("Content-Length")
            total = offset + int(length) if length else None
            self._receive(response, offset, total, show)
        if total is not None and self._received() < total:
            raise _BrokenOffError(f"the connection broke off at {self._received()} of {total} bytes")
        return None

    def _nothing_beyond(self, error: HTTPError, offset: int) -> None:
        """Accept that the server has no more bytes if all are here; else begin anew."""
        if error.headers.get("Content-Range", "").rpartition("/")[2] == str(offset):
            return
        self.part.unlink()
        raise _BrokenOffError("what was kept from an earlier attempt is longer than the file")

    def _receive(
        self, response: HTTPResponse, offset: int, total: int | None, show: Callable[[int, int | None], None]
    ) -> None:
        with self.part.open("ab" if offset else "wb") as file:
            while chunk := _read(response):
                file.write(chunk)
                show(file.tell(), total)

    def _received(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0


def _open(url: str, offset: int) -> HTTPResponse:
    """Ask for the bytes from `offset` on."""
    request = Request(url, headers={"User-Agent": "wattlab", "Accept-Encoding": "identity"})  # noqa: S310 (our mirrors)
    if offset:
        request.add_header("Range", f"bytes={offset}-")
    try:
        response = urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310 (our mirrors)
    except (ConnectionError, HTTPException) as error:
        raise _BrokenOffError(f"the connection broke off ({error!r})") from error
    assert isinstance(response, HTTPResponse)
    return response


def _read(response: HTTPResponse) -> bytes:
    try:
        return response.read(_CHUNK_BYTES)
    except (OSError, HTTPException) as error:
        raise _BrokenOffError(f"the connection broke off ({error!r})") from error


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show a bar on standard error, or one plain line where that is no terminal."""
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TransferSpeedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(f"downloading {name}", highlight=False)
    columns = (*Progress.get_default_columns(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(name, total=None)
        yield lambda received, total: progress.update(task, completed=received, total=total)
