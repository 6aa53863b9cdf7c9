"""Downloads from a server on this machine: resumed, checked, atomic, and clear when they fail."""

from __future__ import annotations

import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.data import download, load
from wattlab.data.download import DATA_VARIABLE, Remote, fetch, obtain
from wattlab.data.idx import IDX_FILES
from wattlab.data.transfer import ResumableDownload
from wattlab.errors import DataError, DownloadError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = f"{IDX_FILES[0]}.gz"
CONTENT = bytes(range(256)) * 4096


class Server(ThreadingHTTPServer):
    """Serves `content` at every path, as badly as it is told to."""

    content = CONTENT
    ranges = True
    break_after: int | None = None
    breaks = 0
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def remote(self, content: bytes | None = None, *before: str) -> Remote:
        digest = hashlib.sha256(self.content if content is None else content).hexdigest()
        return Remote((*before, self.url), {f"{file}.gz": digest for file in IDX_FILES})


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *arguments: Any) -> None: ...

    def do_GET(self) -> None:
        asked = self.headers["Range"]
        self.server.asked.append(asked)
        if self.server.status != 200:
            self.send_error(self.server.status)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        size = len(self.server.content)
        if asked and self.server.ranges and start >= size:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if asked and self.server.ranges else 200)
        body = self.server.content[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.break_after is not None and self.server.breaks > 0:
            self.server.breaks -= 1
            body = body[: self.server.break_after]
        self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no folder of the user's, and no proxy."""
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def use(monkeypatch: pytest.MonkeyPatch, remote: Remote) -> None:
    monkeypatch.setitem(download.REMOTES, "mnist", remote)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_download_arrives_whole_and_alone(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, server.remote())
    path = fetch("mnist", FILE)
    assert path == cache / "mnist" / FILE
    assert path.read_bytes() == CONTENT
    assert names(path.parent) == [FILE]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"downloading {FILE}\n"


def test_a_broken_connection_is_taken_up_where_it_broke(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.break_after, server.breaks = 300_000, 2
    use(monkeypatch, server.remote())
    assert fetch("mnist", FILE).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-", "bytes=600000-"]


def test_what_was_received_outlives_a_failure(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.break_after, server.breaks = 100_000, 3
    use(monkeypatch, server.remote())
    with pytest.raises(DownloadError, match=r"broke off at 300000 of 1048576 bytes; 300000 bytes are kept"):
        fetch("mnist", FILE)
    assert names(cache / "mnist") == [f"{FILE}.part"]
    server.asked.clear()
    assert fetch("mnist", FILE).read_bytes() == CONTENT
    assert server.asked == ["bytes=300000-"]
    assert names(cache / "mnist") == [FILE]


def test_a_server_that_knows_no_ranges_sends_all_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.ranges, server.break_after, server.breaks = False, 100_000, 1
    use(monkeypatch, server.remote())
    assert fetch("mnist", FILE).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=100000-"]


def test_wrong_content_never_gets_the_name(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, server.remote(b"something else"))
    with pytest.raises(DownloadError, match="does not have the expected SHA-256"):
        fetch("mnist", FILE)
    assert names(cache / "mnist") == []


def test_kept_bytes_that_are_wrong_are_not_kept_for_ever(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / "mnist").mkdir(parents=True)
    (cache / "mnist" / f"{FILE}.part").write_bytes(b"x" * 1000)
    use(monkeypatch, server.remote())
    with pytest.raises(DownloadError, match="SHA-256"):
        fetch("mnist", FILE)
    assert fetch("mnist", FILE).read_bytes() == CONTENT


@pytest.mark.parametrize(("kept", "asked"), [(0, ["bytes=1048576-"]), (7, ["bytes=1048583-", None])])
def test_kept_bytes_that_are_all_or_more_than_all(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, kept: int, asked: list[str | None]
) -> None:
    (cache / "mnist").mkdir(parents=True)
    (cache / "mnist" / f"{FILE}.part").write_bytes(CONTENT + b"x" * kept)
    use(monkeypatch, server.remote())
    assert fetch("mnist", FILE).read_bytes() == CONTENT
    assert server.asked == asked


def test_the_next_mirror_is_tried(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, server.remote(None, "http://127.0.0.1:1/"))
    assert fetch("mnist", FILE).read_bytes() == CONTENT


def test_a_file_that_the_server_does_not_have(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.status = 404
    use(monkeypatch, server.remote())
    with pytest.raises(DownloadError, match=f"{FILE}: 404 Not Found"):
        fetch("mnist", FILE)
    assert len(server.asked) == 1


def test_offline_says_which_file_goes_where(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Remote(("http://127.0.0.1:1/",), {FILE: "0" * 64}))
    with pytest.raises(DownloadError) as caught:
        load("mnist")
    message = str(caught.value)
    assert "could not be downloaded" in message
    assert f"put the file {FILE!r} at {str(cache / 'mnist' / FILE)!r}" in message
    assert f"set {DATA_VARIABLE} to a folder that holds mnist/{FILE}" in message


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "file")
    with pytest.raises(StorageError, match=r"download folder .* cannot be written: Not a directory"):
        fetch("mnist", FILE)


def test_a_disk_that_is_full(server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: ResumableDownload, *arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ResumableDownload, "_receive", full)
    use(monkeypatch, server.remote())
    with pytest.raises(StorageError, match="No space left on device; make it writable, make room"):
        fetch("mnist", FILE)
    assert names(cache / "mnist") == []


def test_files_of_the_user_s_come_first_then_earlier_downloads(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    for folder, files in ((own, IDX_FILES[:2]), (cache, IDX_FILES[1:])):
        (folder / "mnist").mkdir(parents=True)
        for file in files:
            (folder / "mnist" / f"{file}.gz").write_bytes(gzip.compress(b"x"))
    monkeypatch.setenv(DATA_VARIABLE, str(own))
    assert [path.parent.parent for path in obtain("mnist")] == [own, own, cache, cache]


def test_only_what_is_missing_is_downloaded(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / "mnist").mkdir(parents=True)
    (cache / "mnist" / IDX_FILES[1]).write_bytes(b"unpacked by hand")
    use(monkeypatch, server.remote())
    paths = obtain("mnist")
    assert [path.name for path in paths] == [FILE, IDX_FILES[1], f"{IDX_FILES[2]}.gz", f"{IDX_FILES[3]}.gz"]
    assert len(server.asked) == 3
    assert obtain("mnist") == paths
    assert len(server.asked) == 3


def test_two_at_once_download_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, server.remote())
    threads = [threading.Thread(target=fetch, args=("mnist", FILE)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked == [None]
    assert fetch("mnist", FILE).read_bytes() == CONTENT


def test_the_variable_must_name_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match=r"WATTLAB_DATA names '.*nowhere', which is not a folder"):
        load("mnist")


def test_every_remote_has_digests_for_the_four_files() -> None:
    for remote in download.REMOTES.values():
        assert set(remote.sha256) == {f"{file}.gz" for file in IDX_FILES}
        assert all(len(digest) == 64 for digest in remote.sha256.values())
        assert len(set(remote.sha256.values())) == 4
