"""Keras goes through the contract of all engines, and its own tests, in a fresh process for each backend."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("keras")

HERE = Path(__file__).resolve().parent
CONTRACT, OWN = HERE.parent / "contracts" / "test_engines.py", HERE / "test_keras_backend.py"


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_a_backend_passes_in_a_process_of_its_own(backend: str, tmp_path: Path) -> None:
    pytest.importorskip(backend)
    run_tests(backend, (CONTRACT, OWN), tmp_path)


@pytest.mark.slow
def test_torch_passes_on_a_gpu(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU that torch can use")
    run_tests("torch@cuda:0", (CONTRACT,), tmp_path)


def run_tests(backend: str, files: tuple[Path, ...], tmp_path: Path) -> None:
    environment = os.environ | {
        "WATTLAB_TEST_ENGINE": f"keras:{backend}",
        # The same small networks are compiled over and over: once is enough.
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, files)]
    done = subprocess.run(
        command,
        cwd=HERE.parents[1],
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 100
