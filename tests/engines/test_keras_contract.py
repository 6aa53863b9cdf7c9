"""Keras goes through the contract of all engines, and its own tests, in a fresh process for each backend."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("keras")

HERE = Path(__file__).resolve().parent
CONTRACTS = HERE.parent / "contracts"
CONTRACT, NETWORKS = CONTRACTS / "test_engines.py", CONTRACTS / "test_networks.py"
OWN = (HERE / "test_keras_backend.py", HERE / "test_keras_networks.py")
TELLING = (
    "conv same, stride 2, even and odd",
    "transposed same, kernel 3",
    "batch-norm of images",
    "variational autoencoder",
)
"""Of the contract's networks, where each is compiled for seconds; in these, most could go wrong."""
CASES = "test_steps_are_those_of_autograd and (sum or constant or falling)"
STATES = "bit_for_bit and (constant or falling)"
SHORT = ("-k", f"not ({CASES} or {STATES})")
"""Where each case is compiled: of a loss' two reductions and an optimizer's schedules, float64 takes one."""

BACKENDS = ("tensorflow", "jax", "torch")
Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Done]]]:
    """The tests of all backends that are here, begun together: each compiles on one core most of the time."""
    here = [backend for backend in BACKENDS if find_spec(backend)]
    with ThreadPoolExecutor() as pool:
        yield {
            backend: pool.submit(
                run_tests,
                backend,
                (CONTRACT, *OWN, *networks(backend), *(SHORT if backend != "torch" else ())),
                tmp_path_factory.mktemp(f"keras-{backend}"),
            )
            for backend in here
        }


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_backend_passes_in_a_process_of_its_own(backend: str, processes: dict[str, Future[Done]]) -> None:
    if backend not in processes:
        pytest.skip(f"{backend} is not installed")
    check(processes[backend].result())


@pytest.mark.slow
def test_torch_passes_on_a_gpu(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU that torch can use")
    check(run_tests("torch@cuda:0", (CONTRACT,), tmp_path))


def networks(backend: str) -> tuple[Path | str, ...]:
    """Return the contract of networks, or what of it is worth its time."""
    if backend == "torch":
        return (NETWORKS,)
    return tuple(f"{NETWORKS}::test_a_network_is_the_one_by_hand[keras:{backend}-{case}]" for case in TELLING)


def run_tests(backend: str, chosen: tuple[Path | str, ...], tmp_path: Path) -> Done:
    environment = os.environ | {
        "WATTLAB_TEST_ENGINE": f"keras:{backend}",
        # The same small networks are compiled over and over: once is enough.
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, chosen)]
    return subprocess.run(
        command,
        cwd=HERE.parents[1],
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def check(done: Done) -> None:
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 100
