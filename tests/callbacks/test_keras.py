"""Keras' callback goes through its tests in a fresh process for each backend that is waited for in its own way."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("keras")

if TYPE_CHECKING:
    from collections.abc import Iterator

    Processes = dict[str, subprocess.Popen[str]]

TESTS = Path(__file__).with_name("test_keras_backend.py")
BACKENDS = ("tensorflow", "jax")


def started(backend: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS)],
        cwd=TESTS.parents[2],
        env={
            **os.environ,
            "WATTLAB_TEST_CALLBACK": backend,
            "KERAS_BACKEND": backend,
            "TF_CPP_MIN_LOG_LEVEL": "3",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    """Return one for each backend that is installed: side by side, as most of their time goes into imports."""
    running = {backend: started(backend) for backend in BACKENDS if find_spec(backend) is not None}
    yield running
    for process in running.values():
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_backend_passes_in_a_process_of_its_own(backend: str, processes: Processes) -> None:
    if backend not in processes:
        pytest.skip(f"{backend} is not installed")
    said, _ = processes[backend].communicate(timeout=300)
    assert processes[backend].returncode == 0, said[-5000:]
    passed = re.search(r"(\d+) passed", said)
    assert passed is not None
    assert int(passed[1]) >= 8
