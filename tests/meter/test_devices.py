"""Waiting for devices: which calls of which library, and nothing that would start one that is not in use."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from wattlab.meter.devices import synchronize_devices


class FakeTorch:
    """torch with so many CUDA devices, of which some hold memory; notes what is waited for."""

    def __init__(self, *, started: bool, mps: bool = False, xpu: bool = False) -> None:
        self.waits: list[Any] = []
        self.cuda = SimpleNamespace(
            is_initialized=lambda: started,
            current_device=lambda: 1,
            device_count=lambda: 4,
            memory_reserved=lambda index: 2**20 if index == 3 else 0,
            synchronize=self.waits.append,
        )
        self.xpu = SimpleNamespace(is_initialized=lambda: xpu, synchronize=lambda: self.waits.append("xpu"))
        self.mps = SimpleNamespace(synchronize=lambda: self.waits.append("mps"))
        self.backends = SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps))


@pytest.mark.parametrize(
    ("kind", "waits"),
    [
        ({"started": False}, []),
        ({"started": True}, [1, 3]),
        ({"started": False, "mps": True}, ["mps"]),
        ({"started": False, "xpu": True}, ["xpu"]),
    ],
)
def test_torch_is_waited_for_where_it_works(
    kind: dict[str, bool], waits: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = FakeTorch(**kind)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.delitem(sys.modules, "jax", raising=False)
    synchronize_devices()
    assert torch.waits == waits


@pytest.mark.parametrize("parts", [(), ("cuda",), ("cuda", "backends")])
def test_a_library_that_is_still_being_imported_has_no_work(
    parts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, half = FakeTorch(started=True, mps=True), ModuleType("torch")
    for part in parts:
        setattr(half, part, getattr(whole, part))
    monkeypatch.setitem(sys.modules, "torch", half)
    monkeypatch.setitem(sys.modules, "jax", ModuleType("jax"))
    synchronize_devices()
    assert whole.waits == ([1, 3] if parts else [])


def test_real_torch_has_all_that_is_asked_of_it() -> None:
    pytest.importorskip("torch")
    synchronize_devices()


def test_a_real_gpu_is_waited_for() -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU that torch can use")
    matrix = torch.randn(4096, 4096, device="cuda")
    synchronize_devices()
    for _ in range(200):
        matrix = torch.tanh(matrix @ matrix)
    queued = torch.cuda.Event()
    queued.record()
    assert not queued.query()
    synchronize_devices()
    assert queued.query()


def test_nothing_is_imported() -> None:
    code = "import sys; from wattlab.meter.devices import synchronize_devices as s; s(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


JAX = """
import jax, jax.numpy as jnp
from wattlab.meter.devices import _jax_has_started, synchronize_devices
synchronize_devices()
assert not _jax_has_started(), "asking started it"

@jax.jit
def slow(x):
    return jax.lax.fori_loop(0, 60, lambda _, y: jnp.tanh(y @ y), x)

x = jnp.full((400, 400), 1e-3)
slow(x).block_until_ready()
queued = slow(x)
was_ready = queued.is_ready()
assert _jax_has_started()
synchronize_devices()
print(was_ready, queued.is_ready())
"""


@pytest.mark.slow
def test_real_jax_is_waited_for_and_not_started() -> None:
    pytest.importorskip("jax")
    done = subprocess.run(
        [sys.executable, "-c", JAX], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout == "False True\n", done.stdout + done.stderr
