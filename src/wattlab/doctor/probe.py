"""What an engine says of itself, in a process of its own: ``python -m wattlab.doctor.probe NAME`` prints JSON.

A process of its own, because an engine that does not fit the machine may crash, hang or fill the device's memory.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MODULE", "PROBES", "main"]

MODULE: Final = "wattlab.doctor.probe"
Facts = dict[str, Any]


def _numpy() -> Facts:
    import numpy as np

    _ = np.ones((64, 64), np.float32) @ np.ones((64, 64), np.float32)
    return {"version": np.__version__}


def _sklearn() -> Facts:
    import sklearn
    import sklearn.neural_network as brings_openmp

    _ = brings_openmp

    return {"version": sklearn.__version__}


def _numba() -> Facts:
    import numba

    layer = "tbb, omp or workqueue, the first that is there"
    return {"version": numba.__version__, "threads": numba.get_num_threads(), "layer": layer}


def _torch() -> Facts:
    import torch

    devices = [_torch_device(torch, number) for number in range(torch.cuda.device_count())]
    cudnn = torch.backends.cudnn.version() if torch.version.cuda else None  # type: ignore[no-untyped-call]
    # After torch, for it lets a second OpenMP runtime pass for what comes later: torch alone has to stand without.
    _sklearn()
    return {
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "rocm": torch.version.hip,
        "cudnn": None if cudnn is None else _cudnn_version(cudnn),
        "gpu": torch.cuda.is_available() or torch.backends.mps.is_available(),
        "devices": devices,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "architectures": torch.cuda.get_arch_list(),
        "threads": torch.get_num_threads(),
    }


def _torch_device(torch: Any, number: int) -> Facts:
    major, minor = torch.cuda.get_device_capability(number)
    return {"name": torch.cuda.get_device_name(number), "capability": f"{major}.{minor}"}


def _cudnn_version(number: int) -> str:
    # 8902 is 8.9.2, and from 9 on 90100 is 9.1.0.
    thousand = 10_000 if number >= 90_000 else 1000
    return f"{number // thousand}.{number % thousand // 100}.{number % 100}"


def _tensorflow() -> Facts:
    import tensorflow as tf

    build = tf.sysconfig.get_build_info()
    return {
        "version": tf.__version__,
        "cuda": build.get("cuda_version") if build.get("is_cuda_build") else None,
        "cudnn": build.get("cudnn_version") if build.get("is_cuda_build") else None,
        "gpu": bool(tf.config.list_physical_devices("GPU")),
        "devices": [{"name": device.name} for device in tf.config.list_physical_devices("GPU")],
    }


def _jax() -> Facts:
    import jax

    devices = [device for device in jax.devices() if device.platform != "cpu"]
    return {
        "version": jax.__version__,
        "backend": jax.default_backend(),
        "gpu": bool(devices),
        "devices": [{"name": device.device_kind} for device in devices],
    }


PROBES: Final[dict[str, Callable[[], Facts]]] = {
    "numpy": _numpy,
    "scikit-learn": _sklearn,
    "numba": _numba,
    "torch": _torch,
    "tensorflow": _tensorflow,
    "jax": _jax,
}
"""By the names that people know them by."""


def main() -> None:
    """Import one engine and print what it says as one line of JSON."""
    # The doctor looks; it must not take the device's memory from those who compute.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    facts = PROBES[sys.argv[1]]()
    from threadpoolctl import threadpool_info

    print(f"\n{json.dumps({**facts, 'pools': threadpool_info()})}")  # noqa: T201 (the answer)


if __name__ == "__main__":
    main()
