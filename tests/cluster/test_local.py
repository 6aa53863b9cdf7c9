from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from wattlab.cluster.local import module_command, run_process
from wattlab.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_what_it_prints_is_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    ended = run_process(python("import sys; print('out'); print('err', file=sys.stderr)"), log)
    assert (ended.failure, ended.refused) == (None, False)
    assert ended.wall_s > 0
    assert sorted(log.read_text().split()) == ["err", "out"]


@pytest.mark.parametrize(
    ("code", "failure", "refused"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "segmentation fault", False),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "memory ran out", False),
        ("bytearray(1 << 60)", "memory ran out: MemoryError", False),
        ("raise SystemExit('error: no such engine')", "exit code 1: error: no such engine", False),
        ("import sys; print('error: not so', file=sys.stderr); sys.exit(2)", "not so", True),
    ],
)
def test_a_failure_is_told_and_harms_nobody(code: str, failure: str, refused: bool, tmp_path: Path) -> None:
    ended = run_process(python(code), tmp_path / "log")
    assert ended.failure is not None
    assert failure in ended.failure
    assert ended.refused == refused


_PARENT_AND_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid)
{then}
"""


def is_gone(log: Path) -> bool:
    """Tell whether the process whose number was printed has ended; init may take a moment to bury it."""
    number = int(log.read_text())
    for _ in range(100):
        if not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_a_process_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    log = tmp_path / "log"
    ended = run_process(python(_PARENT_AND_CHILD.format(then="time.sleep(60)")), log, 1.0)
    assert ended.failure == "it was ended because it took longer than 1.00 s"
    assert ended.wall_s < 10
    assert is_gone(log)


def test_what_a_process_leaves_running_is_ended(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert run_process(python(_PARENT_AND_CHILD.format(then="")), log).failure is None
    assert is_gone(log)


def test_ctrl_c_ends_it_and_all_it_started(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def interrupt() -> None:
        while not (log.is_file() and log.read_text().endswith("\n")):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        run_process(python(_PARENT_AND_CHILD.format(then="time.sleep(60)")), log)
    assert is_gone(log)


def test_what_cannot_be_started_is_a_failure(tmp_path: Path) -> None:
    ended = run_process([str(tmp_path / "no-such-program")], tmp_path / "log")
    assert ended.failure == "it could not be started: No such file or directory"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nowhere"):
        run_process(python(""), tmp_path / "nowhere" / "log")


def test_the_present_folder_hides_no_package(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong one')")
    assert run_process(module_command("json.tool", "--help"), tmp_path / "log").failure is None


def test_who_watches_may_end_it_and_says_why(tmp_path: Path) -> None:
    seen: list[int] = []

    def watch(pid: int) -> str | None:
        seen.append(pid)
        return "enough" if len(seen) == 3 else None

    ended = run_process(python("import time; time.sleep(60)"), tmp_path / "log", watch=watch)
    assert (ended.failure, ended.refused) == ("enough", False)
    assert len(set(seen)) == 1
    assert ended.wall_s < 10


def test_a_watched_process_ends_by_itself_or_by_its_time(tmp_path: Path) -> None:
    def nobody(_: int) -> None:
        return None

    ended = run_process(python("raise SystemExit(3)"), tmp_path / "log", watch=nobody)
    assert ended.failure == "it ended with exit code 3"
    ended = run_process(python("import time; time.sleep(60)"), tmp_path / "log", 0.2, nobody)
    assert ended.failure == "it was ended because it took longer than 200 ms"
